"""Computes what visitors ask for: in few threads for all of them, in fair turns, and in batches of texts.

base.py says what is asked and answered, local.py does it in this process, turns.py shares the threads out, batch.py
writes the texts of one model together, prefixes.py keeps what was read, and line.py lets wait who finds no place.
"""

from playground.engine.base import Engine
from playground.engine.local import Local

ENGINE: Engine = Local()

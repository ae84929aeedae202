"""Computes what visitors ask for: in few threads for all of them, in fair turns, and in batches of texts.

base.py says what is asked and answered, local.py does it in this process, turns.py shares the threads out, batch.py
writes the texts of one model together, and line.py lets wait who finds no place.
"""

from playground.engine.local import Local

ENGINE = Local()

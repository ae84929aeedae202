"""Who computes what visitors ask for: few threads for all of them, in fair turns, and texts that share their steps.

base.py says what is asked and answered, local.py does it in this process, turns.py shares the threads out, and batch.py
writes the texts of one model together.
"""

from playground.engine.local import Local

ENGINE = Local()

"""Computes what visitors ask for: in few threads for all of them, in fair turns, and in batches of texts.

base.py says what is asked and answered, local.py does it in this process, turns.py shares the threads out, batch.py
writes the texts of one model together, prefixes.py keeps what was read, and line.py lets wait who finds no place.
ray_serve/ asks such engines in other processes.
"""

import os

from playground.engine.base import Engine
from playground.engine.local import Local

CHOICE = "PLAYGROUND_ENGINE"


def choose_engine() -> Engine:
    """The engine that the environment names: "local", which is meant where it names none, or "ray"."""
    name = os.environ.get(CHOICE, "local")
    if name == "ray":
        from playground.engine.ray_serve.remote import Remote

        return Remote()
    if name != "local":
        raise SystemExit(f"{CHOICE} is local or ray, but was {name!r}.")
    return Local()


ENGINE = choose_engine()

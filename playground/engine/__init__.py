"""Computes what visitors request: in a few shared threads, in fair turns, and in batches of texts.

base.py defines the interface, local.py implements it in this process, turns.py allocates the threads, scheduler.py the
batch slots of a model, batch.py writes its texts together, prefixes.py caches prefills, and admission.py queues
requests without a slot. ray_serve/ calls such engines in other processes.
"""

import os

from playground.engine.base import Engine
from playground.engine.local import Local

CHOICE = "PLAYGROUND_ENGINE"


def choose_engine() -> Engine:
    """The engine that the environment selects: "local" (the default) or "ray"."""
    name = os.environ.get(CHOICE, "local")
    if name == "ray":
        from playground.engine.ray_serve.remote import Remote

        return Remote()
    if name != "local":
        raise SystemExit(f"{CHOICE} is local or ray, but was {name!r}.")
    return Local()


ENGINE = choose_engine()

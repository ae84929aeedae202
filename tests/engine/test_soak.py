"""Hours of texts that join and leave, sped up: afterwards the engine is in its initial state, with no extra threads or
states.

A class of 30 for four hours, in which each begins a text every 20 seconds, is 30 · 4 · 3,600 / 20 = 21,600 texts, each
of which joins a batch and leaves it. PLAYGROUND_LONG=1 writes that many; otherwise it is the first eight minutes, 720.
"""

import asyncio
import gc
import random
import threading
from collections import Counter
from contextlib import aclosing

import pytest

from playground import library
from playground.engine.base import RequestAborted, Run
from playground.engine.batch import Batch
from playground.engine.local import Local
from playground.engine.seats import Log, Seat
from playground.engine.tasks import Task
from playground.errors import BadInput
from playground.inference.prefill import Prefill, prefill
from playground.inference.stopping import Stop
from playground.library import Checkpoint
from playground.sampling import Sampling
from tests.conftest import LONG

PUPILS, HOURS, EVERY = 30, 4, 20
TEXTS = PUPILS * HOURS * 3_600 // EVERY if LONG else PUPILS * 8 * 60 // EVERY
MODELS = ("names-gru", "nietzsche-lstm", "shakespeare-ngram", "shakespeare-gru-geron")
STATES = (Seat, Batch, Log, Task)


def states() -> Counter[str]:
    """How many of the engine's objects are alive."""
    gc.collect()
    return Counter(type(one).__name__ for one in gc.get_objects() if type(one) in STATES)


async def write_text(engine: Local, checkpoint: Checkpoint, begin: Prefill, dice: random.Random) -> str:
    """One text, which ends in one of the possible ways; returns which."""
    way = dice.choice(["end", "end", "end", "leave", "cancel", "fail", "at once"])
    length = dice.randint(1, 30)
    # A bias that leaves nothing to draw ends a text by an error.
    bias = dict.fromkeys(range(len(checkpoint.vocabulary)), float("-inf")) if way == "fail" else {}
    sampling = Sampling(dice.choice([0, 0.7, 1.5]), bias=bias)
    run = Run(sampling, dice.getrandbits(32), Stop(length), rows=dice.random() < 0.3)
    cancelled = threading.Event()
    if way == "at once":
        cancelled.set()
    try:
        made = engine.write(checkpoint, begin, run, cancelled)
        async with engine.place(checkpoint, cancelled), aclosing(made) as chunks:
            async for _ in chunks:
                if way == "leave":
                    break
                if way == "cancel":
                    cancelled.set()
    except (RequestAborted, BadInput) as error:
        return type(error).__name__
    return way


async def run_lesson(engine: Local, dice: random.Random) -> Counter[str]:
    """All texts, with as many at a time as there are pupils."""
    checkpoints = [library.load(name) for name in MODELS]
    begins = [(one, prefill(one, one.vocabulary.encode("to be").ids)) for one in checkpoints]
    left, ways = iter(range(TEXTS)), Counter[str]()

    async def pupil() -> None:
        for _ in left:
            ways[await write_text(engine, *dice.choice(begins), dice)] += 1

    await asyncio.gather(*(pupil() for _ in range(PUPILS)))
    while engine.writing() or engine.turns._used:  # who left is noticed at the next step
        await asyncio.sleep(0.01)
    return ways


@pytest.mark.filterwarnings("ignore::RuntimeWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_the_engine_returns_to_its_initial_state_after_many_texts() -> None:
    before, threads = states(), set(threading.enumerate())
    engine = Local()
    ways = asyncio.run(asyncio.wait_for(run_lesson(engine, random.Random(0)), 600))
    assert sum(ways.values()) == TEXTS
    assert set(ways) >= {"end", "leave", "RequestAborted", "BadInput"}
    assert engine._schedulers == {}
    assert engine._presence == {}
    assert engine._lines == {}
    turns = engine.turns
    assert (turns._used, turns._waiting, turns._at_turn) == ({}, {}, {})
    new = [thread for thread in set(threading.enumerate()) - threads if thread.name.startswith("engine-")]
    assert set(new) == set(turns.threads)
    assert len(turns.threads) <= turns.most
    assert states() - before == Counter()

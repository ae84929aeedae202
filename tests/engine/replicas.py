"""Runs on engines, local or in replicas, with checks that they are equal, and of their cost."""

import asyncio
import threading
import time
from typing import Any

import numpy as np

from playground.engine.base import Chunk, Engine, Run, RunStart, Text
from playground.engine.local import Local
from playground.engine.ray_serve import plan
from playground.inference.beam import Beam
from playground.inference.next_character import NextCharacter
from playground.inference.query import Query
from playground.inference.reach import FullAnswers, Reach
from playground.inference.samples import Samples
from playground.inference.score import LogProbabilities
from playground.inference.stopping import Stop
from playground.sampling import Sampling
from tests.apps import processor_seconds
from tests.engine.starting import wait_until

MODEL = "names-gru"
NEVER = threading.Event()
SETTINGS = [Sampling(0.8), Sampling(1.3, top_k=9), Sampling(0), Sampling(1, top_p=0.9, bias={3: 2.0})]
WALKS: list[Query[Any]] = [
    LogProbabilities(list(range(27)) * 60),
    Beam([1, 2, 3], 4, Stop(9, frozenset({0})), penalty=0.7),
    Samples([1, 2, 3], [Sampling(0), Sampling(1.5)], [1, 2], 9),
    Reach(list(range(27)), [9, 20, 27], [1, 2, 4], {"count": np.full((3, 27), -np.log(27))}),
    FullAnswers(list(range(27)), [9, 20, 27]),
    NextCharacter((1, 2, 3)),
]
Parts = list[RunStart | Chunk]


def some_runs(count: int, length: int) -> list[tuple[Text, Run]]:
    """Runs that differ in every setting."""
    texts = [Text(()), Text((1, 5, 9)), Text((3,), written=(4, 5)), Text((2, 2), start=False)]
    return [
        (texts[n % 4], Run(SETTINGS[n % len(SETTINGS)], n, Stop(length), first=n % 3, picks={5: 4} if n % 5 else {}))
        for n in range(count)
    ]


async def run_whole(engine: Engine, text: Text, run: Run, progress: list[int] | None = None) -> Parts:
    found: Parts = []
    async for part in engine.run(MODEL, text, run, NEVER, first=0 if text.start else None):
        found.append(part)
        if progress is not None and isinstance(part, Chunk):
            progress[run.seed] += len(part.ids)
    return found


async def run_all(engine: Engine, runs: list[tuple[Text, Run]]) -> list[Parts]:
    return await asyncio.gather(*(run_whole(engine, text, run) for text, run in runs))


def assert_same(one: Parts, other: Parts) -> None:
    """Each was begun once, and has the same ids, us and rows, to the last bit."""
    for parts in (one, other):
        assert [isinstance(part, RunStart) for part in parts] == [True] + [False] * (len(parts) - 1)
        chunks = [part for part in parts if isinstance(part, Chunk)]
        assert [chunk.stopped is not None for chunk in chunks] == [False] * (len(chunks) - 1) + [True]
    first, second = one[0], other[0]
    assert isinstance(first, RunStart) and isinstance(second, RunStart)
    np.testing.assert_array_equal(first.rows, second.rows)
    np.testing.assert_array_equal(first.tip, second.tip)
    for name in ("ids", "us"):
        told = [[x for part in parts if isinstance(part, Chunk) for x in getattr(part, name)] for parts in (one, other)]
        assert told[0] == told[1]
    rows = [[row for part in parts if isinstance(part, Chunk) for row in part.rows] for parts in (one, other)]
    np.testing.assert_array_equal(rows[0], rows[1])


def loads(remote: Any, model: str = MODEL) -> dict[int, int]:
    """The number of texts being written in each replica, by process id."""
    return dict(remote.handle(model, NEVER).call("state").result() for _ in range(20))


def grow(remote: Any, local: Local, seconds: float) -> list[int]:
    """Write the same texts, and compare them, until a second replica runs; return how many were written."""
    from ray import serve

    runs, written = some_runs(24, 90), [0]
    expected = asyncio.run(run_all(local, runs))

    def ask() -> bool:
        for far, near in zip(asyncio.run(run_all(remote, runs)), expected, strict=True):
            assert_same(far, near)
        written[0] += len(runs)
        deployed = serve.status().applications[plan.application(MODEL)].deployments[plan.DEPLOYMENT]
        return sum(deployed.replica_states.values()) == 2

    assert len(loads(remote)) == 1
    wait_until(ask, seconds, "no other replica was wanted", pause=0.0)
    wait_until(lambda: len(loads(remote)) == 2, seconds, "no other replica came")
    ask()
    return written


def is_idle(pid: int, seconds: float = 1.0) -> bool:
    """Whether a process uses hardly any CPU time for that long (Linux)."""
    before = processor_seconds(pid)
    time.sleep(seconds)
    return processor_seconds(pid) - before < seconds / 10

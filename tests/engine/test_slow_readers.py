"""A slow reader delays neither the engine nor fills its memory, and no thread of the engine dies."""

import asyncio
import threading
from collections import Counter

import pytest

from playground import library
from playground.engine import batch as batches
from playground.engine import scheduler as schedulers
from playground.engine import seats
from playground.engine.base import Chunk, Requester, Run
from playground.engine.fair import SeatBudgets
from playground.engine.local import Local
from playground.engine.scheduler import Scheduler
from playground.engine.seats import Seat
from playground.engine.turns import Turns
from playground.inference.stopping import Stop
from playground.sampling import Sampling
from tests.engine.test_local import begun, run_alone, run_in_engine, same

ROW = 4 * 27  # bytes of a row of names-gru
NEVER = threading.Event()


@pytest.fixture
def small_bound(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The unsent bytes whenever a chunk was made, with room for 30 steps. Chunks come after a hundredth of a second, so
    that they are short on a fast machine too."""
    unsent: list[int] = []
    make = Seat.chunk

    def chunk(self: Seat, *parts: object) -> Chunk:
        made = make(self, *parts)  # type: ignore[arg-type]
        unsent.append(self.bytes_made - self.bytes_taken)
        return made

    monkeypatch.setattr(seats, "UNSENT_BYTES", 30 * ROW)
    monkeypatch.setattr(batches, "CHUNK_SECONDS", 0.01)
    monkeypatch.setattr(Seat, "chunk", chunk)
    return unsent


async def read_slowly(engine: Local, run: Run, pause: float) -> list[Chunk]:
    checkpoint, chunks = library.load("names-gru"), []
    async for chunk in engine.write(checkpoint, begun(checkpoint, ""), run, threading.Event()):
        chunks.append(chunk)
        await asyncio.sleep(pause)
    return chunks


def test_a_text_waits_for_its_reader_and_stays_the_same(small_bound: list[int]) -> None:
    engine, checkpoint, run = Local(), library.load("names-gru"), Run(Sampling(), 3, Stop(4000))
    others = [Run(Sampling(), seed, Stop(500)) for seed in range(3)]
    begin, done = begun(checkpoint, ""), list[str]()

    async def other(each: Run) -> list[Chunk]:
        chunks = await run_in_engine(engine, checkpoint, begin, each)
        done.append("other")
        return chunks

    async def slow() -> list[Chunk]:
        chunks = await read_slowly(engine, run, 0.05)
        done.append("slow")
        return chunks

    async def go() -> list[list[Chunk]]:
        return await asyncio.gather(slow(), *(other(each) for each in others))

    found = asyncio.run(go())
    for chunks, each in zip(found, [run, *others], strict=True):
        same(chunks, run_alone(checkpoint, begin, each))
    assert done[-1] == "slow"
    # So slow a reader has at most one chunk too many.
    largest = max(len(chunk.ids) for chunk in found[0])
    assert max(small_bound) <= (30 + 2 * largest) * ROW < 4000 * ROW / 2
    assert not engine._schedulers


def test_a_slow_reader_who_leaves_is_forgotten(small_bound: list[int]) -> None:
    engine, checkpoint = Local(), library.load("names-gru")

    async def go() -> None:
        chunks = engine.write(checkpoint, begun(checkpoint, ""), Run(Sampling(), 3, Stop(100_000)), threading.Event())
        await anext(chunks)
        while not any(scheduler._resting for scheduler in engine._schedulers.values()):
            await asyncio.sleep(0.02)  # it waits for its reader now, and nothing else is written
        while any(scheduler.batches for scheduler in engine._schedulers.values()):
            await asyncio.sleep(0.02)
        assert engine.writing() == 1
        await chunks.aclose()

    asyncio.run(asyncio.wait_for(go(), 30))
    assert engine.writing() == 0
    assert not engine._schedulers
    assert not engine._presence
    assert small_bound[-1] > 30 * ROW


def test_sent_rows_do_not_keep_rows_of_others_in_memory() -> None:
    engine, checkpoint = Local(), library.load("names-gru")
    begin = begun(checkpoint, "")

    async def go() -> list[list[Chunk]]:
        runs = [Run(Sampling(), seed, Stop(60)) for seed in range(20)]
        return await asyncio.gather(*(run_in_engine(engine, checkpoint, begin, run) for run in runs))

    for chunks in asyncio.run(go()):
        for row in (row for chunk in chunks for row in chunk.rows):
            assert row.base is None or row.base.nbytes == row.nbytes


def test_a_text_shown_only_when_complete_is_sent_once_after_losing_its_seat(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seats, "UNHURRIED_SECONDS", 1e9)
    monkeypatch.setattr(schedulers, "SEATED_SECONDS", 0.0)  # at each turn another one gets a seat
    monkeypatch.setattr(batches, "TURN_SECONDS", 0.0)  # and a turn is one step
    engine, checkpoint, preempted = Local(), library.load("names-gru"), list[int]()
    begin = begun(checkpoint, "")
    runs = [Run(Sampling(), seed, Stop(60), rows=False, early=False) for seed in range(9)]
    settle = Scheduler.settle

    def count(self: Scheduler, left: list[Seat], away: list[Seat]) -> None:
        preempted.append(len(away))
        settle(self, left, away)

    monkeypatch.setattr(Scheduler, "settle", count)

    async def one(requester: Requester, run: Run) -> list[Chunk]:
        return [chunk async for chunk in engine.write(checkpoint, begin, run, NEVER, requester)]

    async def go() -> list[list[Chunk]]:
        return await asyncio.gather(*(one(Requester("script" if run.seed else "other"), run) for run in runs))

    for chunks, run in zip(asyncio.run(go()), runs, strict=True):
        [chunk] = chunks
        assert chunk.ids == [step.id for step in run_alone(checkpoint, begin, run)[:-1]]
    assert sum(preempted) > 10


# ── The engine's threads stay ────────────────────────────────────────────────────────────────────
def test_a_weight_read_while_a_visitor_leaves_raises_nothing() -> None:
    """Turns read it without the lock: the visitor may still be in one table, but not in the other."""
    checkpoint, presence = library.load("names-gru"), Counter({"a": 1})
    scheduler = Scheduler(
        checkpoint.model, "key", 4, 1, threading.Lock(), lambda out: None, lambda: 1.0, presence, SeatBudgets(),
        lambda batch: None, lambda: None,
    )  # fmt: skip
    scheduler._wanted[0].update({"a": 1, "b": 2})
    assert scheduler.weight == 2


class FailingWeight:
    """Work whose weight raises."""

    key, name = "odd", ""

    def __init__(self) -> None:
        self.turns = 0

    @property
    def weight(self) -> float:
        raise ZeroDivisionError

    def turn(self) -> bool:
        self.turns += 1
        return self.turns < 3


class Plain(FailingWeight):
    key = "plain"
    weight = 1.0

    def __init__(self) -> None:
        super().__init__()
        self.done = threading.Event()

    def turn(self) -> bool:
        self.done.set()
        return False


def test_an_engine_thread_survives_any_error() -> None:
    turns, odd, plain = Turns(1), FailingWeight(), Plain()
    turns.add(odd)
    turns.add(plain)
    assert plain.done.wait(10)
    again = Plain()
    turns.add(again)
    assert again.done.wait(10)
    assert odd.turns == 3
    assert [thread.is_alive() for thread in turns.threads] == [True]

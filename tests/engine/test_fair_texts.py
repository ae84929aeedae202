"""Fairness of writing and reading: many requests of one visitor leave the others their usual share, and each text
is the same as alone."""

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Generator
from math import inf
from typing import Protocol

import pytest

from playground import library
from playground.engine import batch as batches
from playground.engine import fair, seats
from playground.engine import scheduler as schedulers
from playground.engine.base import Chunk, RequestAborted, Requester, Run, RunStart, Text
from playground.engine.fair import LEAST
from playground.engine.local import Local
from playground.engine.seats import Seat
from playground.inference.score import LogProbabilities
from playground.inference.stopping import Stop
from playground.sampling import Sampling
from tests.engine.test_local import KINDS, SETTINGS, begun, run_alone, same

SCRIPT = Requester("script")
NEVER = threading.Event()


@pytest.mark.parametrize("name", KINDS)
def test_a_text_that_gives_up_its_seat_stays_the_same(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedulers, "SEATED_SECONDS", 0.0)  # at each turn another one gets a seat
    monkeypatch.setattr(fair, "BURST_SECONDS", inf)  # a model's first step can take longer
    monkeypatch.setattr(batches, "TURN_SECONDS", 0.0)  # and a turn is one step
    engine, checkpoint = Local(), library.load(name)
    begins = [begun(checkpoint, text) for text in ("", "to", "anna")]
    preempted = 0
    there = schedulers.Scheduler.to_preempt

    def count(self: schedulers.Scheduler, here: list[Seat]) -> list[int]:
        nonlocal preempted
        going = there(self, here)
        preempted += len(going)
        return going

    monkeypatch.setattr(schedulers.Scheduler, "to_preempt", count)
    picks = [{n % 3 + 7: 4} if n % 4 == 0 else {} for n in range(9)]
    runs = [Run(SETTINGS[n % 5], n, Stop(60), first=n % 3, picks=picks[n]) for n in range(9)]

    async def one(requester: Requester, n: int) -> list[Chunk]:
        return [chunk async for chunk in engine.write(checkpoint, begins[n % 3], runs[n], NEVER, requester)]

    async def go() -> list[list[Chunk]]:
        return await asyncio.gather(*(one(SCRIPT if n else Requester("other"), n) for n in range(9)))

    for n, chunks in enumerate(asyncio.run(go())):
        same(chunks, run_alone(checkpoint, begins[n % 3], runs[n]))
    assert preempted > 10
    assert engine.writing() == 0
    assert not engine._schedulers
    assert not engine._presence


class SharedOut(Protocol):
    def __call__(self, others: list[Requester], script: list[Requester], steps: int) -> tuple[int, int]: ...


@pytest.fixture
def shared_out(monkeypatch: pytest.MonkeyPatch) -> SharedOut:
    """Returns shared_out(others, script, steps): all of them write; it returns the symbols of the others until the
    first has that many steps, and those of the script in that time. They are counted as they are written."""
    checkpoint, step, lock = library.load("names-gru"), batches.Batch._step, threading.Lock()

    def write(others: list[Requester], script: list[Requester], steps: int) -> tuple[int, int]:
        begin, end, written = begun(checkpoint, ""), threading.Event(), Counter[Requester]()

        def counted_step(batch: batches.Batch) -> None:
            with lock:
                if not end.is_set():
                    written.update(seat.requester for seat in batch.here)
                if any(written[other] >= steps for other in others):
                    end.set()
            step(batch)

        async def one(requester: Requester, n: int) -> None:
            run = Run(Sampling(), n, Stop(1_000_000), rows=False)
            async for _ in engine.write(checkpoint, begin, run, end, requester):
                pass

        async def go() -> None:
            told = [one(requester, n) for n, requester in enumerate([*script, *others])]
            await asyncio.gather(*told, return_exceptions=True)

        monkeypatch.setattr(batches.Batch, "_step", counted_step)
        engine = Local()
        asyncio.run(go())
        return sum(written[other] for other in others), sum(written[one] for one in {*script})

    return write


@pytest.mark.parametrize("names", ["one name", "many names"])
@pytest.mark.parametrize("others", [1, 10])
def test_a_script_with_a_hundred_texts_writes_a_few_at_a_time(names: str, others: int, shared_out: SharedOut) -> None:
    script = [Requester("script", f"s{n}" if names == "many names" else "") for n in range(100)]
    theirs, its = shared_out([Requester(f"other {n}") for n in range(others)], script, 5_000)
    assert its < theirs * max(LEAST, others // 4) / others * 1.4  # what came before the others is not counted twice
    assert its > 0


def test_beside_a_lone_text_a_script_writes_for_a_small_part_of_the_time(
    shared_out: SharedOut, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fair, "BURST_SECONDS", 0.1)
    monkeypatch.setattr(schedulers, "SEATED_SECONDS", 0.01)
    others_written, written_by_script = shared_out([Requester("other")], [SCRIPT] * 100, 20_000)
    assert 0 < written_by_script < others_written / 2  # two seats all the time would give twice as much


@pytest.mark.timed
def test_a_script_that_writes_text_after_text_makes_room_for_a_newcomer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fair, "BURST_SECONDS", 1.0)
    engine, checkpoint, end = Local(), library.load("names-gru"), threading.Event()
    begin, written = begun(checkpoint, ""), Counter[Requester]()

    async def write(requester: Requester, steps: int) -> None:
        run = Run(Sampling(), 1, Stop(steps), rows=False)
        async for chunk in engine.write(checkpoint, begin, run, end, requester):
            written[requester] += len(chunk.ids)

    async def write_on(requester: Requester) -> None:
        while not end.is_set():  # between two of its texts the engine has nothing to write
            await write(requester, 100)

    async def go() -> None:
        script = asyncio.create_task(write_on(SCRIPT))
        await asyncio.sleep(1.5)
        written.clear()
        await write(Requester("newcomer"), 1_000)
        end.set()
        await asyncio.gather(script, return_exceptions=True)

    asyncio.run(go())
    assert 0 < written[SCRIPT] < 600, written  # an equal share would be 1,000


def test_a_script_whose_budget_is_spent_writes_while_the_others_wait_for_their_readers(
    monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fair, "BURST_SECONDS", 0.0)
    monkeypatch.setattr(seats, "UNSENT_BYTES", 1)  # a reader who takes nothing holds up its text at once
    engine, checkpoint, end = Local(), library.load("names-gru"), threading.Event()
    begin = begun(checkpoint, "")

    async def symbols(seed: int) -> int:
        run = Run(Sampling(), seed, Stop(2_000), rows=False)
        return sum([len(chunk.ids) async for chunk in engine.write(checkpoint, begin, run, NEVER, SCRIPT)])

    async def go() -> None:
        slow = engine.write(checkpoint, begin, Run(Sampling(), 1, Stop(10**6)), end, Requester("slow"))
        await anext(slow)
        async with asyncio.timeout(20):
            assert await asyncio.gather(*(symbols(seed) for seed in range(5))) == [2_000] * 5
        end.set()
        await slow.aclose()

    asyncio.run(go())


def test_few_texts_share_one_batch_after_many_were_written_in_two() -> None:
    """Two batches of short steps wait for each other: eight texts in one batch take half of the time."""
    engine, checkpoint, end = Local(), library.load("names-gru"), threading.Event()
    begin = begun(checkpoint, "")
    run = Run(Sampling(), 1, Stop(10**6), rows=False)

    async def one(requester: Requester) -> None:
        async for _ in engine.write(checkpoint, begin, run, end, requester):
            pass

    async def batches_of(count: int) -> None:
        async with asyncio.timeout(10):
            while [len(scheduler.batches) for scheduler in engine._schedulers.values()] != [count]:
                await asyncio.sleep(0.01)

    async def go() -> None:
        tasks = [asyncio.create_task(one(SCRIPT)) for _ in range(100)]
        await batches_of(2)
        tasks.append(asyncio.create_task(one(Requester("other"))))
        await batches_of(1)
        [scheduler] = engine._schedulers.values()
        for _ in range(50):  # and it stays so, while the script's texts take turns
            await asyncio.sleep(0.01)
            assert len(scheduler.batches) == 1
        end.set()
        await asyncio.gather(*tasks, return_exceptions=True)

    asyncio.run(go())


def test_names_within_a_group_get_equal_shares(shared_out: SharedOut) -> None:
    """A class that has just arrived, in which one pupil has many texts."""
    script = [Requester("school", "script")] * 50
    theirs, its = shared_out([Requester("school", f"p{n}") for n in range(8)], script, 3_000)
    assert its < theirs * 2 / 8 * 1.5


def test_an_abandoned_text_without_a_seat_leaves() -> None:
    engine, checkpoint, end = Local(), library.load("names-gru"), threading.Event()
    begin = begun(checkpoint, "")

    async def one(requester: Requester, cancelled: threading.Event) -> None:
        async for _ in engine.write(checkpoint, begin, Run(Sampling(), 1, Stop(10**6)), cancelled, requester):
            pass

    async def go() -> None:
        gone = threading.Event()
        other = asyncio.create_task(one(Requester("other"), end))
        many = [asyncio.create_task(one(SCRIPT, gone)) for _ in range(30)]
        await asyncio.sleep(0.2)
        assert engine.writing() == 31
        gone.set()
        async with asyncio.timeout(2):
            assert all(isinstance(told, RequestAborted) for told in await asyncio.gather(*many, return_exceptions=True))
        assert engine.writing() == 1
        end.set()
        await asyncio.gather(other, return_exceptions=True)

    asyncio.run(go())
    assert not engine._schedulers


@pytest.mark.timed
def test_long_prompts_of_one_visitor_do_not_delay_anothers() -> None:
    """Reading takes turns too: a short prompt is done while dozens of long ones are not."""
    engine, gone, done = Local(), threading.Event(), list[str]()

    def steps(name: str, count: int) -> Generator[None, None, None]:
        for _ in range(count):
            time.sleep(0.005)
            yield
        done.append(name)

    async def go() -> None:
        many = [engine.work(steps("long", 400), "reading for script", gone, f"s{n}") for n in range(40)]
        reading = [asyncio.create_task(one) for one in many]
        await asyncio.sleep(0.05)
        begun = time.monotonic()
        await engine.work(steps("short", 10), "reading for other", NEVER)
        assert time.monotonic() - begun < 1
        assert done == ["short"]
        gone.set()
        await asyncio.gather(*reading, return_exceptions=True)

    asyncio.run(go())


def test_work_of_the_engine_is_attributed_to_its_requester(monkeypatch: pytest.MonkeyPatch) -> None:
    engine, seen = Local(), list[tuple[str, str]]()
    add = engine.turns.add

    def noted(work: object) -> None:
        seen.append((work.key, work.name))  # type: ignore[attr-defined]
        add(work)  # type: ignore[arg-type]

    monkeypatch.setattr(engine.turns, "add", noted)
    requester, text = Requester("group", "name"), Text([1, 2, 3])

    async def go() -> None:
        run = Run(Sampling(), 1, Stop(3))
        first = [part async for part in engine.run("names-gru", text, run, NEVER, requester=requester)]
        assert isinstance(first[0], RunStart)
        assert len([part async for part in engine.replay("names-gru", text, [4, 5], NEVER, requester=requester)]) == 2

    asyncio.run(go())
    engine.prefill("names-gru", text, 0, NEVER, exact=True, requester=requester)
    assert sum(map(len, engine.query("names-gru", LogProbabilities([1, 2, 3]), NEVER, requester=requester))) == 3
    assert {key for key, _ in seen} == {"reading for group", "writing names-gru"}
    assert {name for key, name in seen if key == "reading for group"} == {"name"}

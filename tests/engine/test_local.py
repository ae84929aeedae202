"""The engine: texts in a batch equal texts alone, and nobody delays the others."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Generator
from typing import Any

import numpy as np
import pytest

from playground import library
from playground.engine import batch as batches
from playground.engine import seats
from playground.engine.base import Chunk, RequestAborted, Run
from playground.engine.local import Local, seats_of
from playground.errors import BadInput
from playground.inference.generate import Step, generate
from playground.inference.prefill import Prefill, prefill
from playground.inference.stopping import Stop, stop_of
from playground.library import Checkpoint
from playground.sampling import Sampling
from tests.engine.meeting import Meeting

KINDS = (
    "names-gru", "shakespeare-lstm", "shakespeare-rnn", "shakespeare-transformer", "shakespeare-convnet",
    "shakespeare-bigram", "shakespeare-ngram",
    "translate-gru", "translate-luong", "translate-bahdanau", "translate-transformer",
)  # fmt: skip
CLASS, AT_ONCE = 200, 100  # texts: so many at once are written in two batches, whatever the kind
SETTINGS = [
    Sampling(0.8), Sampling(1.3, top_k=9), Sampling(0), Sampling(1, top_p=0.9), Sampling(2, min_p=0.05, bias={3: 2.0}),
]  # fmt: skip


@pytest.fixture
def engine() -> Local:
    return Local()


def begun(checkpoint: Checkpoint, text: str) -> Prefill:
    return prefill(checkpoint, checkpoint.vocabulary.encode(text).ids)


def run_alone(checkpoint: Checkpoint, begin: Prefill, run: Run) -> list[Step]:
    steps, found = generate(checkpoint, begin, run.sampling, seed=run.seed, first=run.first, picks=run.picks), []
    for step in steps:
        found.append(step)
        if run.stop.reason(step.id, len(found)):
            break
    return [*found, next(steps)]  # and the row after the last


async def run_in_engine(engine: Local, checkpoint: Checkpoint, begin: Prefill, run: Run) -> list[Chunk]:
    return [chunk async for chunk in engine.write(checkpoint, begin, run, threading.Event())]


async def leaves_after(chunks: AsyncIterator[Chunk], gone: threading.Event) -> None:
    async for _ in chunks:
        gone.set()


def same(chunks: list[Chunk], steps: list[Step]) -> None:
    assert [id for chunk in chunks for id in chunk.ids] == [step.id for step in steps[:-1]]
    assert [u for chunk in chunks for u in chunk.us] == [step.u for step in steps[:-1]]
    rows = [row for chunk in chunks for row in chunk.rows]
    np.testing.assert_array_equal(rows, [step.logits for step in steps[1:]])
    assert [chunk.stopped is not None for chunk in chunks] == [False] * (len(chunks) - 1) + [True]


@pytest.mark.parametrize("name", KINDS)
def test_a_run_among_two_hundred_others_equals_the_run_alone(
    name: str, engine: Local, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkpoint = library.load(name)
    dice = np.random.default_rng(2)
    begins = [begun(checkpoint, text) for text in ("", "to", "anna", "the ")]
    runs = []
    for n in range(CLASS):
        stop = stop_of(checkpoint, "line" if n % 4 == 0 else "none", int(dice.integers(1, 24)))
        picks = {int(dice.integers(0, 12)): 4} if n % 5 == 0 else {}
        runs.append((begins[n % 4], Run(SETTINGS[n % 5], n, stop, first=n % 3, picks=picks)))

    meeting = Meeting(monkeypatch)
    room = asyncio.Semaphore(AT_ONCE)  # a text that ends makes room, so that none need be late on a fast machine

    async def one(begin: Prefill, run: Run, leaves: bool) -> list[Chunk]:
        async with room:
            if not leaves:
                return await run_in_engine(engine, checkpoint, begin, run)
            gone = threading.Event()
            with pytest.raises(RequestAborted):
                await leaves_after(engine.write(checkpoint, begin, Run(run.sampling, 1, Stop(10_000)), gone), gone)
            return []

    async def all_of_them() -> list[list[Chunk]]:
        return await asyncio.gather(*(one(begin, run, n % 7 == 3) for n, (begin, run) in enumerate(runs)))

    found = asyncio.run(all_of_them())
    for n, (chunks, (begin, run)) in enumerate(zip(found, runs, strict=True)):
        if n % 7 != 3:
            same(chunks, run_alone(checkpoint, begin, run))
    assert meeting.times > 10
    assert engine.writing() == 0
    assert not engine._schedulers  # and nothing keeps the model in memory


def test_more_texts_than_a_batch_has_seats(engine: Local, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("playground.engine.local.SEATS", 4)
    checkpoint = library.load("names-gru")
    assert seats_of(checkpoint.model) == 4
    begin = begun(checkpoint, "")
    runs = [Run(Sampling(), seed, Stop(25)) for seed in range(11)]

    async def go() -> list[list[Chunk]]:
        return await asyncio.gather(*(run_in_engine(engine, checkpoint, begin, run) for run in runs))

    for chunks, run in zip(asyncio.run(go()), runs, strict=True):
        same(chunks, run_alone(checkpoint, begin, run))


def test_a_text_with_nothing_to_draw_ends_and_the_others_continue(engine: Local) -> None:
    checkpoint = library.load("names-gru")
    begin = begun(checkpoint, "")
    banned = Sampling(bias={id: float("-inf") for id in range(len(checkpoint.vocabulary))})
    wrong, right = Run(banned, 1, Stop(9)), Run(Sampling(), 2, Stop(30))

    async def go() -> list[Any]:
        runs = [run_in_engine(engine, checkpoint, begin, run) for run in (right, wrong, right)]
        return await asyncio.gather(*runs, return_exceptions=True)

    first, told, last = asyncio.run(go())
    assert isinstance(told, BadInput)
    same(first, run_alone(checkpoint, begin, right))
    same(last, run_alone(checkpoint, begin, right))


def test_a_failed_step_is_reported_to_all_and_the_next_text_is_written(
    engine: Local, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    checkpoint = library.load("names-gru")
    begin, run = begun(checkpoint, ""), Run(Sampling(), 2, Stop(30))

    def broken(*_: Any) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(batches, "choose_rows", broken)
        with pytest.raises(ZeroDivisionError):
            asyncio.run(run_in_engine(engine, checkpoint, begin, run))
    assert caplog.text.count("A step broke off.") == 1
    same(asyncio.run(run_in_engine(engine, checkpoint, begin, run)), run_alone(checkpoint, begin, run))


def test_the_first_step_is_sent_at_once_and_rows_only_on_request(engine: Local) -> None:
    checkpoint = library.load("shakespeare-lstm")
    begin = begun(checkpoint, "To be")
    first, *others = asyncio.run(run_in_engine(engine, checkpoint, begin, Run(Sampling(), 1, Stop(200), rows=False)))
    assert len(first.ids) == 1
    assert len(others) < 100
    assert first.rows == []


def test_a_text_shown_only_when_complete_comes_in_few_parts(engine: Local, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even if others join and leave meanwhile; until then it keeps no rows of theirs."""
    monkeypatch.setattr(seats, "UNHURRIED_SECONDS", 1e9)
    checkpoint = library.load("shakespeare-lstm")
    begin = begun(checkpoint, "To be")
    run = Run(Sampling(), 1, Stop(200), rows=False, early=False)

    async def go() -> list[list[Chunk]]:
        others = [Run(Sampling(), seed, Stop(20 * seed)) for seed in range(1, 6)]
        return await asyncio.gather(*(run_in_engine(engine, checkpoint, begin, each) for each in (run, *others)))

    chunks, *_ = asyncio.run(go())
    [chunk] = chunks
    steps = run_alone(checkpoint, begin, run)[:-1]
    assert chunk.stopped == "length"
    assert chunk.ids == [step.id for step in steps]
    assert chunk.us == [step.u for step in steps]


def test_the_progress_of_such_a_text_is_reported(engine: Local, monkeypatch: pytest.MonkeyPatch) -> None:
    """So a text whose reader leaves early is charged for what was written of it."""
    monkeypatch.setattr(seats, "UNHURRIED_SECONDS", 0.0)
    monkeypatch.setattr(batches, "CHUNK_SECONDS", 0.0)
    monkeypatch.setattr(batches, "CHUNK_SECONDS_EACH", 0.0)
    checkpoint = library.load("names-gru")
    run = Run(Sampling(), 1, Stop(50), rows=False, early=False)
    chunks = asyncio.run(run_in_engine(engine, checkpoint, begun(checkpoint, ""), run))
    assert len(chunks) > 5
    assert sum(len(chunk.ids) for chunk in chunks) == 50


def slow_work(seconds: float, times: int, log: list[str], name: str) -> Generator[None, None, str]:
    for _ in range(times):
        time.sleep(seconds)
        log.append(name)
        yield
    return name


def test_long_turns_do_not_delay_short_ones(engine: Local) -> None:
    """Four prompts of a model whose pieces take long, and one of a model whose pieces are short."""
    log: list[str] = []

    async def go() -> list[str]:
        never = threading.Event()
        long = [engine.work(slow_work(0.02, 10, log, "long"), "large", never) for _ in range(4)]
        tasks = [asyncio.create_task(work) for work in long]
        await asyncio.sleep(0.05)
        begun = log.count("long")
        short = await engine.work(slow_work(0.001, 20, log, "short"), "small", never)
        assert log.count("long") - begun < 20, "the short ones waited for the long ones"
        return [short, *(await asyncio.gather(*tasks))]

    assert asyncio.run(go()) == ["short", *["long"] * 4]


def test_abandoned_work_ends_between_two_turns(engine: Local) -> None:
    log: list[str] = []

    async def go() -> None:
        gone = threading.Event()
        task = asyncio.create_task(engine.work(slow_work(0.005, 10_000, log, "x"), "a", gone))
        await asyncio.sleep(0.05)
        gone.set()
        with pytest.raises(RequestAborted):
            await task

    asyncio.run(go())
    assert 0 < len(log) < 100


def test_an_error_is_raised_to_its_own_caller(engine: Local) -> None:
    def broken() -> Generator[None, None, None]:
        yield
        raise BadInput("input.nothing_to_predict")

    with pytest.raises(BadInput):
        asyncio.run(engine.work(broken(), "a", threading.Event()))


def test_the_number_of_places_is_limited_by_memory(engine: Local, monkeypatch: pytest.MonkeyPatch) -> None:
    checkpoint = library.load("shakespeare-transformer")
    monkeypatch.setattr("playground.engine.local.MEMORY", 3 * checkpoint.model.text_size())
    here, most = 0, 0

    async def one() -> None:
        nonlocal here, most
        async with engine.place(checkpoint, threading.Event()):
            here += 1
            most = max(most, here)
            await asyncio.sleep(0.01)
            here -= 1

    async def go() -> None:
        await asyncio.gather(*(one() for _ in range(7)))
        gone = threading.Event()
        async with engine.place(checkpoint, gone), engine.place(checkpoint, gone), engine.place(checkpoint, gone):
            gone.set()
            with pytest.raises(RequestAborted):
                async with engine.place(checkpoint, gone):
                    pass

    asyncio.run(go())
    assert most == 3


def test_the_number_of_threads_is_limited(engine: Local) -> None:
    checkpoint = library.load("names-gru")
    begin = begun(checkpoint, "")
    before = threading.active_count()

    async def go() -> None:
        runs = (Run(Sampling(), n, Stop(5)) for n in range(100))
        await asyncio.gather(*(run_in_engine(engine, checkpoint, begin, run) for run in runs))

    asyncio.run(go())
    assert threading.active_count() - before <= 2

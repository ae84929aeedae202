"""The engine: texts that come and go among others are what they are alone, and nobody holds the others up."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Generator
from typing import Any

import numpy as np
import pytest

from playground import library
from playground.engine import batch as batches
from playground.engine.base import Chunk, Run, Unwanted
from playground.engine.local import Local, seats_of
from playground.errors import BadInput
from playground.inference.generate import Step, generate
from playground.inference.prefill import Prefill, prefill
from playground.inference.stopping import Stop, stop_of
from playground.library import Checkpoint
from playground.sampling import Sampling

KINDS = (
    "names-gru", "shakespeare-lstm", "shakespeare-rnn", "shakespeare-transformer", "shakespeare-convnet",
    "shakespeare-bigram", "shakespeare-ngram", "translate-luong", "translate-bahdanau", "translate-transformer",
)  # fmt: skip
SETTINGS = [
    Sampling(0.8), Sampling(1.3, top_k=9), Sampling(0), Sampling(1, top_p=0.9), Sampling(2, min_p=0.05, bias={3: 2.0}),
]  # fmt: skip


@pytest.fixture
def engine() -> Local:
    return Local()


def begun(checkpoint: Checkpoint, text: str) -> Prefill:
    return prefill(checkpoint, checkpoint.vocabulary.encode(text).ids)


def alone(checkpoint: Checkpoint, begin: Prefill, run: Run) -> list[Step]:
    steps, found = generate(checkpoint, begin, run.sampling, seed=run.seed, first=run.first, picks=run.picks), []
    for step in steps:
        found.append(step)
        if run.stop.reason(step.id, len(found)):
            break
    return [*found, next(steps)]  # and the row after the last


async def written(engine: Local, checkpoint: Checkpoint, begin: Prefill, run: Run) -> list[Chunk]:
    return [chunk async for chunk in engine.write(checkpoint, begin, run, threading.Event())]


async def left(chunks: AsyncIterator[Chunk], gone: threading.Event) -> None:
    async for _ in chunks:
        gone.set()


def same(chunks: list[Chunk], steps: list[Step]) -> None:
    assert [id for chunk in chunks for id in chunk.ids] == [step.id for step in steps[:-1]]
    assert [u for chunk in chunks for u in chunk.us] == [step.u for step in steps[:-1]]
    rows = [row for chunk in chunks for row in chunk.rows]
    np.testing.assert_array_equal(rows, [step.logits for step in steps[1:]])
    assert [chunk.stopped is not None for chunk in chunks] == [False] * (len(chunks) - 1) + [True]


@pytest.mark.parametrize("name", KINDS)
def test_a_run_among_others_that_come_and_go_is_what_it_is_alone(name: str, engine: Local) -> None:
    checkpoint = library.load(name)
    dice = np.random.default_rng(2)
    begins = [begun(checkpoint, text) for text in ("", "to", "anna", "the ")]
    runs = []
    for n in range(40):
        stop = stop_of(checkpoint, "line" if n % 4 == 0 else "none", int(dice.integers(1, 40)))
        picks = {int(dice.integers(0, 20)): 4} if n % 5 == 0 else {}
        runs.append((begins[n % 4], Run(SETTINGS[n % 5], n, stop, first=n % 3, picks=picks)))

    async def one(begin: Prefill, run: Run, leaves: bool) -> list[Chunk]:
        await asyncio.sleep(float(dice.uniform(0, 0.15)))
        if not leaves:
            return await written(engine, checkpoint, begin, run)
        gone = threading.Event()
        with pytest.raises(Unwanted):
            await left(engine.write(checkpoint, begin, Run(run.sampling, 1, Stop(10_000)), gone), gone)
        return []

    async def all_of_them() -> list[list[Chunk]]:
        return await asyncio.gather(*(one(begin, run, n % 7 == 3) for n, (begin, run) in enumerate(runs)))

    found = asyncio.run(all_of_them())
    for n, (chunks, (begin, run)) in enumerate(zip(found, runs, strict=True)):
        if n % 7 != 3:
            same(chunks, alone(checkpoint, begin, run))
    assert engine.writing() == 0
    assert not engine._desks  # and nothing keeps the model


def test_more_texts_than_a_batch_has_seats(engine: Local, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("playground.engine.local.SEATS", 4)
    checkpoint = library.load("names-gru")
    assert seats_of(checkpoint.model) == 4
    begin = begun(checkpoint, "")
    runs = [Run(Sampling(), seed, Stop(25)) for seed in range(11)]

    async def go() -> list[list[Chunk]]:
        return await asyncio.gather(*(written(engine, checkpoint, begin, run) for run in runs))

    for chunks, run in zip(asyncio.run(go()), runs, strict=True):
        same(chunks, alone(checkpoint, begin, run))


def test_a_text_that_nothing_can_be_drawn_for_ends_and_the_others_go_on(engine: Local) -> None:
    checkpoint = library.load("names-gru")
    begin = begun(checkpoint, "")
    banned = Sampling(bias={id: float("-inf") for id in range(len(checkpoint.vocabulary))})
    wrong, right = Run(banned, 1, Stop(9)), Run(Sampling(), 2, Stop(30))

    async def go() -> list[Any]:
        runs = [written(engine, checkpoint, begin, run) for run in (right, wrong, right)]
        return await asyncio.gather(*runs, return_exceptions=True)

    first, told, last = asyncio.run(go())
    assert isinstance(told, BadInput)
    same(first, alone(checkpoint, begin, right))
    same(last, alone(checkpoint, begin, right))


def test_a_step_that_fails_is_told_to_all_and_the_next_text_is_written(
    engine: Local, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    checkpoint = library.load("names-gru")
    begin, run = begun(checkpoint, ""), Run(Sampling(), 2, Stop(30))

    def broken(*_: Any) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(batches, "choose_rows", broken)
        with pytest.raises(ZeroDivisionError):
            asyncio.run(written(engine, checkpoint, begin, run))
    assert caplog.text.count("A step broke off.") == 1
    same(asyncio.run(written(engine, checkpoint, begin, run)), alone(checkpoint, begin, run))


def test_the_first_step_is_sent_at_once_and_rows_only_where_they_are_wanted(engine: Local) -> None:
    checkpoint = library.load("shakespeare-lstm")
    begin = begun(checkpoint, "To be")
    first, *others = asyncio.run(written(engine, checkpoint, begin, Run(Sampling(), 1, Stop(200), rows=False)))
    assert len(first.ids) == 1
    assert len(others) < 100
    assert first.rows == []


def test_a_text_that_is_wanted_whole_is_told_once(engine: Local) -> None:
    """Also where others come and go meanwhile, and it keeps no rows of theirs until then."""
    checkpoint = library.load("shakespeare-lstm")
    begin = begun(checkpoint, "To be")
    run = Run(Sampling(), 1, Stop(200), rows=False, whole=True)

    async def go() -> list[list[Chunk]]:
        others = [Run(Sampling(), seed, Stop(20 * seed)) for seed in range(1, 6)]
        return await asyncio.gather(*(written(engine, checkpoint, begin, each) for each in (run, *others)))

    chunks, *_ = asyncio.run(go())
    [chunk] = chunks
    steps = alone(checkpoint, begin, run)[:-1]
    assert chunk.stopped == "length"
    assert chunk.ids == [step.id for step in steps]
    assert chunk.us == [step.u for step in steps]


def slow(seconds: float, times: int, log: list[str], name: str) -> Generator[None, None, str]:
    for _ in range(times):
        time.sleep(seconds)
        log.append(name)
        yield
    return name


def test_long_turns_do_not_hold_up_short_ones(engine: Local) -> None:
    """Four prompts of one model whose pieces take long, and one of another whose pieces are short."""
    log: list[str] = []

    async def go() -> list[str]:
        never = threading.Event()
        long = [engine.work(slow(0.02, 10, log, "long"), "large", never) for _ in range(4)]
        tasks = [asyncio.create_task(work) for work in long]
        await asyncio.sleep(0.05)
        short = await engine.work(slow(0.001, 20, log, "short"), "small", never)
        before = log.count("long")
        assert before < 20, "the short ones waited for the long ones"
        return [short, *(await asyncio.gather(*tasks))]

    assert asyncio.run(go()) == ["short", *["long"] * 4]


def test_work_that_nobody_waits_for_ends_between_two_turns(engine: Local) -> None:
    log: list[str] = []

    async def go() -> None:
        gone = threading.Event()
        task = asyncio.create_task(engine.work(slow(0.005, 10_000, log, "x"), "a", gone))
        await asyncio.sleep(0.05)
        gone.set()
        with pytest.raises(Unwanted):
            await task

    asyncio.run(go())
    assert 0 < len(log) < 100


def test_an_error_of_work_is_whose_it_is(engine: Local) -> None:
    def broken() -> Generator[None, None, None]:
        yield
        raise BadInput("input.nothing_to_predict")

    with pytest.raises(BadInput):
        asyncio.run(engine.work(broken(), "a", threading.Event()))


def test_places_are_as_many_as_memory_has_room_for(engine: Local, monkeypatch: pytest.MonkeyPatch) -> None:
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
            with pytest.raises(Unwanted):
                async with engine.place(checkpoint, gone):
                    pass

    asyncio.run(go())
    assert most == 3


def test_threads_stay_few_however_many_ask(engine: Local) -> None:
    checkpoint = library.load("names-gru")
    begin = begun(checkpoint, "")
    before = threading.active_count()

    async def go() -> None:
        await asyncio.gather(*(written(engine, checkpoint, begin, Run(Sampling(), n, Stop(5))) for n in range(100)))

    asyncio.run(go())
    assert threading.active_count() - before <= 2

"""Temperatures: one prompt with the same random numbers at several temperatures, written as one batch, with each text's
measures.

A column's frames are those of `write` (wire.py), with its number: {"column": 0, …}. A long vocabulary's steps come
without rows. After a column's last step follows

    {"column": 0, "measures": {"distinct_words": 0.82, "loop_rate": 0.0, "known_words": null, "surprise": 1.9},
     "loops": [[120, 164]],        repeated parts, in code points of the composed text (NFC) including the prompt
     "unknown": [[31, 36]]}        words that the training text does not have; empty if the model came without a list

With more than one seed the texts are not shown, and only their measures are sent. The first frame says {"runs": 200,
"length": 180}, with the length that the work limit allows; then follows one for each finished text: {"temperature": 3,
"seed": 0, "measures": {…}}, where the numbers are indices of the temperatures and the seeds.

A class opens the tab with the same request, so recent texts are cached: the same request has the same answer, and only
its speed reveals that others have sent it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import replace

from playground.engine.base import Chunk, RunStart, Text
from playground.errors import BadInput
from playground.inference import stopping
from playground.models.footprint import text_size
from playground.server import frames, reading, requests, writing
from playground.server.cache import Cache
from playground.server.jobs import CancelToken
from playground.server.measuring import MeasuredRun, run_of, write_measured
from playground.server.settings import WORK_LIMIT, check_ids, check_work, seeds_from, work_of
from playground.server.shares import UNBOUNDED, Share

AT_ONCE = 24  # of many texts, so many are written together: their states must be in memory
SHORTEST = 20  # symbols: there is nothing to measure in less
POLL_SECONDS = 0.05  # how often a request that waits for another one's text checks for it
KEPT_NUMBERS = 500_000  # in the rows of a text that is cached: 2 MB, twenty times what one of 400 characters has

_TEXTS: Cache[list[RunStart | Chunk]] = Cache(100)
_MANY: Cache[list[bytes]] = Cache(100)


async def write(request: requests.Temperatures, cancel: CancelToken, share: Share = UNBOUNDED) -> AsyncIterator[bytes]:
    """Yield the columns as they are written, or the measures of many texts. RequestAborted once `cancel` is set."""
    if request.seeds > 1:
        told = _many(request, cancel, share)
    else:
        told = _merge([_column(n, request, cancel, share) for n in range(len(request.temperatures))])
    async with aclosing(told) as answer:
        async for frame in answer:
            yield frame


async def _column(n: int, request: requests.Temperatures, cancel: CancelToken, share: Share) -> AsyncIterator[bytes]:
    """The frames of one column."""
    asked = (request.column(n), cancel, share)
    job = await writing.OPENERS.call(writing.prepare_job, *asked, requester=share.requester)
    question = replace(job.question, head=job.question.head | {"column": n})
    job = replace(job, question=question)
    checkpoint = reading.open_model(request.settings, cancel)
    text = MeasuredRun(checkpoint, request.settings.prompt, request.written, [], [])
    numbers = len(checkpoint.vocabulary) * (len(job.question.ids) - job.question.first + job.run.stop.length)
    run = _run_once if numbers <= KEPT_NUMBERS else _run
    async with aclosing(run(job, cancel, share)) as parts:
        async for part in parts:
            if isinstance(part, RunStart):
                tip = part.tip
                long = frames.is_long(tip)
                yield await asyncio.to_thread(job.head, part)
                continue
            head = {"column": n, "n": len(part.ids), "done": part.stopped is not None, "stopped": part.stopped}
            if long:
                await asyncio.to_thread(text.add, part, tip)
                yield frames.frame(head, frames.draws(part.ids, part.us))
            else:
                text.add(part, tip)
                yield frames.frame(head, frames.block(part.ids, tip, part.rows, part.us, question.also))
            tip = part.rows[-1]
            if part.stopped is not None:
                whole = part.stopped != "length"
                found = {"measures": text.measures(whole=whole), **text.marks(whole=whole)}
                yield frames.frame({"column": n, **found})


async def _run(job: writing.WriteJob, cancel: CancelToken, share: Share) -> AsyncGenerator[RunStart | Chunk, None]:
    """The engine's parts."""
    async with aclosing(job.parts(cancel, share.requester)) as parts:
        async for part in parts:
            if isinstance(part, Chunk):
                share.done(job.each * len(part.ids))
            yield part


async def _run_once(job: writing.WriteJob, cancel: CancelToken, share: Share) -> AsyncGenerator[RunStart | Chunk, None]:
    """The same, cached. Of several concurrent requests for the same text, one runs."""
    name = repr((job.model, job.question.ids, job.question.first, job.written, job.run))
    while (kept := _TEXTS.get(name)) is None and next(_TEXTS.wait(name, cancel.event), None) is not None:
        cancel.check()
        await asyncio.sleep(POLL_SECONDS)
    if kept is not None:
        for part in kept:
            yield part
        return
    made: list[RunStart | Chunk] = []
    with _TEXTS.making(name):
        async with aclosing(_run(job, cancel, share)) as parts:
            async for part in parts:
                made.append(part)
                yield part
        _TEXTS.put(name, made)


async def _many(request: requests.Temperatures, cancel: CancelToken, share: Share) -> AsyncGenerator[bytes, None]:
    """The measures of many texts, one for each temperature and seed: the first seed is the page's, and the others
    follow it."""
    asked = (request.settings, cancel)
    checkpoint = await writing.OPENERS.call(reading.open_model, *asked, requester=share.requester)
    settings = request.settings
    check_ids(checkpoint, request.written)
    if settings.stop not in stopping.stops_of(checkpoint):
        settings = replace(settings, stop="none")
    runs = len(request.temperatures) * request.seeds
    ids = checkpoint.vocabulary.encode(settings.prompt).ids
    check_work(checkpoint, len(ids) + len(request.written))
    length = min(settings.length, WORK_LIMIT // (work_of(checkpoint, 1) * runs))
    if length < min(SHORTEST, settings.length):
        raise BadInput("temperatures.work", runs=runs)
    about = replace(settings, temperature=1, picks="")
    name = repr((checkpoint.name, about, request.written, request.temperatures, request.seeds))
    head = frames.frame({"runs": runs, "length": length})
    if (kept := _MANY.get(name)) is not None:
        yield head
        for frame in kept:
            yield frame
        return
    read = work_of(checkpoint, len(ids) + len(request.written))
    share.reserve(read + work_of(checkpoint, runs * length), text_size(checkpoint.model) * min(runs, AT_ONCE))
    yield head
    share.done(read)
    free = asyncio.Semaphore(AT_ONCE)
    seeds = seeds_from(settings.seed, request.seeds)

    async def one(temperature: int, seed: int) -> AsyncIterator[bytes]:
        under = replace(settings, temperature=request.temperatures[temperature], length=length)
        run = run_of(checkpoint, under, seeds[seed], first=len(request.written))
        async with free:
            text = Text(ids, request.written)
            made, whole = await write_measured(checkpoint, settings.prompt, text, run, cancel.event, share)
        found = made.measures(whole=whole)
        yield frames.frame({"temperature": temperature, "seed": seed, "measures": found})

    every = [one(t, s) for s in range(request.seeds) for t in range(len(request.temperatures))]
    told: list[bytes] = []
    async with aclosing(_merge(every)) as merged:
        async for frame in merged:
            told.append(frame)
            yield frame
    _MANY.put(name, told)


async def _merge(streams: Sequence[AsyncIterator[bytes]]) -> AsyncGenerator[bytes, None]:
    """The frames of several streams as they come. If one of them raises, the others end too."""
    told: asyncio.Queue[bytes | Exception | None] = asyncio.Queue()

    async def feed(stream: AsyncIterator[bytes]) -> None:
        try:
            async for frame in stream:
                told.put_nowait(frame)
        except Exception as error:  # noqa: BLE001  # passed on to the reader of the frames
            told.put_nowait(error)
        else:
            told.put_nowait(None)

    tasks = [asyncio.create_task(feed(stream)) for stream in streams]
    try:
        left = len(tasks)
        while left:
            one = await told.get()
            if isinstance(one, Exception):
                raise one
            if one is None:
                left -= 1
            else:
                yield one
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

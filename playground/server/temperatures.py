"""Temperatures: one prompt and one set of dice at several temperatures, written as one batch; and what each text is
like.

A column's frames are those of `write` (wire.py), with its number: {"column": 0, …}. A long vocabulary's steps come
without rows. After a column's last step follows

    {"column": 0, "measures": {"distinct_words": 0.82, "loop_rate": 0.0, "known_words": null, "surprise": 1.9},
     "loops": [[120, 164]],        parts that stood before, in code points of the composed text (NFC), prompt and all
     "unknown": [[31, 36]]}        words that the training text does not have; empty where no list came with the model

With more than one seed nobody reads the texts, and only what they are like is told. A first frame says
{"runs": 200, "length": 180}, as long as the work allows; then one for each text follows, as it is done:
{"temperature": 3, "seed": 0, "measures": {…}}, where the numbers count the temperatures and the seeds.

A class opens the tab with one question, so the latest texts are kept: the same question has the same answer, and
nothing in it says that others have asked, but for how soon it comes.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import replace

from playground.engine.base import Begun, Chunk, Text
from playground.errors import BadInput
from playground.inference import stopping
from playground.models.footprint import text_size
from playground.server import frames, reading, requests, writing
from playground.server.cache import Cache
from playground.server.jobs import End
from playground.server.measuring import Written, run_of, write_measured
from playground.server.settings import WORK_LIMIT, check_work, work_of
from playground.server.shares import UNBOUNDED, Share

AT_ONCE = 24  # of many texts, so many are written together: their states have to be in memory
SHORTEST = 20  # symbols: of less there is nothing to measure
POLL_SECONDS = 0.05  # how often who waits for another's text looks for it

_TEXTS: Cache[list[Begun | Chunk]] = Cache(100)  # one of 400 symbols of 65 takes 110 kB
_MANY: Cache[list[bytes]] = Cache(100)


async def write(asked: requests.Temperatures, end: End, share: Share = UNBOUNDED) -> AsyncIterator[bytes]:
    """Yield the columns as they are written, or the measures of many texts. Raises Unwanted once `end` is set."""
    if asked.seeds > 1:
        told = _many(asked, end, share)
    else:
        told = _merged([_column(n, asked, end, share) for n in range(len(asked.temperatures))])
    async with aclosing(told) as answer:
        async for frame in answer:
            yield frame


async def _column(n: int, asked: requests.Temperatures, end: End, share: Share) -> AsyncIterator[bytes]:
    """The frames of one column."""
    loop = asyncio.get_running_loop()
    asking = await loop.run_in_executor(writing.OPENERS, writing.ask, asked.column(n), end, share)
    question = replace(asking.question, head=asking.question.head | {"column": n})
    asking = replace(asking, question=question)
    checkpoint = reading.open_model(asked.settings, end)
    text = Written(checkpoint, asked.settings.prompt, asked.written, [], [])
    async with aclosing(_parts(asking, end, share)) as parts:
        async for part in parts:
            if isinstance(part, Begun):
                tip = part.tip
                long = frames.is_long(tip)
                yield await asyncio.to_thread(asking.head, part)
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


async def _parts(asking: writing.Asking, end: End, share: Share) -> AsyncGenerator[Begun | Chunk, None]:
    """What the engine answers, or answered lately. Of several who ask at the same moment it answers one."""
    name = repr((asking.model, asking.question.ids, asking.question.first, asking.written, asking.run))
    while (kept := _TEXTS.get(name)) is None and next(_TEXTS.wait(name, end.event), None) is not None:
        end.check()
        await asyncio.sleep(POLL_SECONDS)
    if kept is not None:
        for part in kept:
            yield part
        return
    made: list[Begun | Chunk] = []
    with _TEXTS.making(name):
        async with aclosing(asking.parts(end, share.asker)) as parts:
            async for part in parts:
                if isinstance(part, Chunk):
                    share.done(asking.each * len(part.ids))
                made.append(part)
                yield part
        if isinstance(made[0], Begun) and not frames.is_long(made[0].tip):  # such rows would take 80 MB
            _TEXTS.put(name, made)


async def _many(asked: requests.Temperatures, end: End, share: Share) -> AsyncGenerator[bytes, None]:
    """What many texts are like, each at a temperature and with a seed: the first seed is the page's, and the others
    follow it."""
    loop = asyncio.get_running_loop()
    checkpoint = await loop.run_in_executor(writing.OPENERS, reading.open_model, asked.settings, end)
    settings = asked.settings
    if settings.stop not in stopping.stops_of(checkpoint):
        settings = replace(settings, stop="none")
    runs = len(asked.temperatures) * asked.seeds
    ids = checkpoint.vocabulary.encode(settings.prompt).ids
    check_work(checkpoint, len(ids) + len(asked.written))
    length = min(settings.length, WORK_LIMIT // (work_of(checkpoint, 1) * runs))
    if length < min(SHORTEST, settings.length):
        raise BadInput("temperatures.work", runs=runs)
    read = work_of(checkpoint, len(ids) + len(asked.written))
    yield frames.frame({"runs": runs, "length": length})
    about = replace(settings, temperature=1, picks="")
    name = repr((checkpoint.name, about, asked.written, asked.temperatures, asked.seeds))
    if (kept := _MANY.get(name)) is not None:
        for frame in kept:
            yield frame
        return
    share.reserve(read + work_of(checkpoint, runs * length), text_size(checkpoint.model) * min(runs, AT_ONCE))
    share.done(read)
    free = asyncio.Semaphore(AT_ONCE)

    async def one(temperature: int, seed: int) -> AsyncIterator[bytes]:
        under = replace(settings, temperature=asked.temperatures[temperature], length=length)
        run = run_of(checkpoint, under, settings.seed + seed, first=len(asked.written))
        async with free:
            text = Text(ids, asked.written)
            made, whole = await write_measured(checkpoint, settings.prompt, text, run, end.event, share)
        found = made.measures(whole=whole)
        yield frames.frame({"temperature": temperature, "seed": seed, "measures": found})

    every = [one(t, s) for s in range(asked.seeds) for t in range(len(asked.temperatures))]
    told: list[bytes] = []
    async with aclosing(_merged(every)) as merged:
        async for frame in merged:
            told.append(frame)
            yield frame
    _MANY.put(name, told)


async def _merged(streams: Sequence[AsyncIterator[bytes]]) -> AsyncGenerator[bytes, None]:
    """The frames of several streams as they come. Where one of them raises, the others end too."""
    told: asyncio.Queue[bytes | Exception | None] = asyncio.Queue()

    async def feed(stream: AsyncIterator[bytes]) -> None:
        try:
            async for frame in stream:
                told.put_nowait(frame)
        except Exception as error:  # noqa: BLE001  # whoever reads the frames is told
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

"""Writing: what follows a prompt, a few steps to a frame, as they are made.

All of it is the engine's: the prompt is read in its turns, and the text is written among those of others.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Collection
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any

from playground.engine import ENGINE
from playground.engine.base import Asker, Begun, Chunk, Run, Text
from playground.inference import stopping
from playground.inference.prefill import Logits
from playground.server import frames, reading, requests
from playground.server.charges import in_thread
from playground.server.jobs import End
from playground.server.settings import check_ids, work_of
from playground.server.shares import UNBOUNDED, Share

OPENERS = ThreadPoolExecutor(8, thread_name_prefix="opening")  # a model that is not in memory takes a while


@dataclass(frozen=True)
class Asking:
    """What the engine is asked. each: the work of one id. given: ids that follow as they are, instead of a run."""

    model: str
    each: int
    question: reading.Question
    written: list[int]
    given: list[int]
    run: Run

    def parts(self, end: End, asker: Asker) -> AsyncGenerator[Begun | Chunk, None]:
        """What the engine answers."""
        text, first = Text(self.question.ids, self.written), self.question.first
        if self.given:
            return ENGINE.given(self.model, text, self.given, end.event, first=first, asker=asker)
        return ENGINE.run(self.model, text, self.run, end.event, first=first, asker=asker)

    def head(self, begun: Begun) -> bytes:
        """The first frame."""
        told = {"first": len(self.written), "length": len(self.given) or self.run.stop.length}
        body = self.question.body(begun.rows) + frames.row(begun.tip, self.question.also)
        return frames.frame(self.question.head | told, body)


async def write(asked: requests.Write, end: End, share: Share = UNBOUNDED) -> AsyncIterator[bytes]:
    """The frames that answer: a head, and then the steps, until the run is done. Unwanted once nobody waits.

    What it may cost is taken from the share before it begins; what is not written is given back.
    """
    asking = await in_thread(OPENERS, ask, asked, end, share)
    async with aclosing(asking.parts(end, share.asker)) as parts:
        async for part in parts:
            if isinstance(part, Begun):
                tip = part.tip
                long = frames.is_long(tip)  # such rows are folded, which takes a while
                yield await asyncio.to_thread(asking.head, part)
                continue
            share.done(asking.each * len(part.ids))
            if asked.light and not asking.given:
                yield frames.frame(_head(part), frames.draws(part.ids, part.us))
            else:
                made = (part, tip, asking.question.also)
                yield await asyncio.to_thread(_frame, *made) if long else _frame(*made)
                tip = part.rows[-1]


def ask(asked: requests.Write, end: End, share: Share = UNBOUNDED) -> Asking:
    """What is to be asked, once the model is open."""
    checkpoint = reading.open_model(asked.settings, end)
    settings = asked.settings
    if settings.stop not in stopping.stops_of(checkpoint):  # the page takes note of that, and goes on without
        settings = replace(settings, stop="none")
        asked = replace(asked, settings=settings)
    ids = asked.written
    given = asked.again if asked.pick is None else [asked.pick]
    check_ids(checkpoint, [*ids, *given])
    length = 0 if given else settings.length
    question = reading.prepare(checkpoint, asked, share, written=len(ids) + max(1, len(given)), length=length)
    run = Run(
        settings.sampling(checkpoint.vocabulary),
        settings.seed,
        stopping.stop_of(checkpoint, settings.stop, settings.length),
        first=len(ids),
        picks=settings.picked(checkpoint.vocabulary),
        rows=not asked.light,
        whole=asked.light,  # the page shows it when all of it is there
    )
    return Asking(checkpoint.name, work_of(checkpoint, 1), question, ids, given, run)


def _frame(chunk: Chunk, before: Logits, also: Collection[int]) -> bytes:
    """Some steps. before: the row that the first came out of."""
    return frames.frame(_head(chunk), frames.block(chunk.ids, before, chunk.rows, chunk.us, also))


def _head(chunk: Chunk) -> dict[str, Any]:
    return {"n": len(chunk.ids), "done": chunk.stopped is not None, "stopped": chunk.stopped}

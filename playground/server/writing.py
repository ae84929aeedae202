"""Writing: the continuation of a prompt, a few steps per frame, as they are computed.

The engine does all of it: the prompt is read in its turns, and the text is written in a batch with others.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Collection
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any

from playground.engine import ENGINE
from playground.engine.base import Chunk, Requester, Run, RunStart, Text
from playground.inference import stopping
from playground.inference.prefill import Logits
from playground.inference.stopping import Reason
from playground.server import frames, reading, requests
from playground.server.jobs import CancelToken, Lane
from playground.server.settings import check_ids, work_of
from playground.server.shares import UNBOUNDED, Share

# Loading a model takes a while, and so does waiting for memory.
OPENERS = Lane("preparing", threads=8, waiting=1_000)


@dataclass(frozen=True)
class WriteJob:
    """A request to the engine. each: the work per id. replay_ids: given ids to follow, instead of a run."""

    model: str
    each: int
    question: reading.PreparedPrompt
    written: list[int]
    replay_ids: list[int]
    run: Run

    def parts(self, cancel: CancelToken, requester: Requester) -> AsyncGenerator[RunStart | Chunk, None]:
        """The engine's answer."""
        text, first = Text(self.question.ids, self.written), self.question.first
        if self.replay_ids:
            return ENGINE.replay(self.model, text, self.replay_ids, cancel.event, first=first, requester=requester)
        return ENGINE.run(self.model, text, self.run, cancel.event, first=first, requester=requester)

    def head(self, start: RunStart) -> bytes:
        """The first frame."""
        told = {"first": len(self.written), "length": len(self.replay_ids) or self.run.stop.length}
        body = self.question.body(start.rows) + frames.row(start.tip, self.question.also)
        return frames.frame(self.question.head | told, body)


async def write(request: requests.Write, cancel: CancelToken, share: Share = UNBOUNDED) -> AsyncIterator[bytes]:
    """The answer's frames: a head, and then the steps, until the run is done. RequestAborted once nobody waits.

    Its maximum cost is taken from the share first; the unused part is returned.
    """
    job = await OPENERS.call(prepare_job, request, cancel, share, requester=share.requester)
    ids: list[int] = []  # of a light run, sent in one frame: the page shows it when it is complete
    us: list[float | None] = []
    async with aclosing(job.parts(cancel, share.requester)) as parts:
        async for part in parts:
            if isinstance(part, RunStart):
                tip = part.tip
                long = frames.is_long(tip)  # such rows are folded, which takes a while
                yield await asyncio.to_thread(job.head, part)
                continue
            share.done(job.each * len(part.ids))
            if request.light and not job.replay_ids:
                ids, us = ids + part.ids, us + part.us
                if part.stopped is not None:
                    yield frames.frame(_head(part.stopped, len(ids)), frames.draws(ids, us))
            else:
                made = (part, tip, job.question.also)
                yield await asyncio.to_thread(_frame, *made) if long else _frame(*made)
                tip = part.rows[-1]


def prepare_job(request: requests.Write, cancel: CancelToken, share: Share = UNBOUNDED) -> WriteJob:
    """The request to the engine, once the model is open."""
    checkpoint = reading.open_model(request.settings, cancel)
    settings = request.settings
    if settings.stop not in stopping.stops_of(checkpoint):  # the page notices, and continues without
        settings = replace(settings, stop="none")
        request = replace(request, settings=settings)
    ids = request.written
    replay_ids = request.again if request.pick is None else [request.pick]
    check_ids(checkpoint, [*ids, *replay_ids])
    length = 0 if replay_ids else settings.length
    question = reading.prepare(checkpoint, request, share, written=len(ids) + max(1, len(replay_ids)), length=length)
    run = Run(
        settings.sampling(checkpoint.vocabulary),
        settings.seed,
        stopping.stop_of(checkpoint, settings.stop, settings.length),
        first=len(ids),
        picks=settings.picked_ids(checkpoint.vocabulary),
        rows=not request.light,
        early=not request.light,
    )
    return WriteJob(checkpoint.name, work_of(checkpoint, 1), question, ids, replay_ids, run)


def _frame(chunk: Chunk, before: Logits, also: Collection[int]) -> bytes:
    """Some steps. before: the row from which the first was drawn."""
    body = frames.block(chunk.ids, before, chunk.rows, chunk.us, also)
    return frames.frame(_head(chunk.stopped, len(chunk.ids)), body)


def _head(stopped: Reason | None, steps: int) -> dict[str, Any]:
    return {"n": steps, "done": stopped is not None, "stopped": stopped}

"""Writing: what follows a prompt, a few steps to a frame, as they are made.

All of it is the engine's: the prompt is read in its turns, and the text is written among those of others.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

from playground.engine import ENGINE
from playground.engine.base import Run
from playground.errors import BadInput
from playground.inference import stopping
from playground.inference.prefill import Logits, Prefill, pieces, require_finite
from playground.library import Checkpoint
from playground.server import frames, reading, requests, wire
from playground.server.jobs import End
from playground.server.settings import Settings

OPENERS = ThreadPoolExecutor(8, thread_name_prefix="opening")  # a model that is not in memory takes a while
PIECE_STEPS = 200  # steps of a frame that are not drawn here


@dataclass(frozen=True)
class Begun:
    """What is known when a prompt was read. given: ids that follow as they are; also: ids that no row may fold."""

    head: bytes
    after: Prefill
    settings: Settings
    given: list[int]
    length: int
    also: Collection[int]


async def write(asked: requests.Write, end: End) -> AsyncIterator[bytes]:
    """The frames that answer: a head, and then the steps, until the run is done. Unwanted once nobody waits."""
    loop = asyncio.get_running_loop()
    checkpoint = await loop.run_in_executor(OPENERS, reading.opened, asked.settings, end)
    async with ENGINE.place(checkpoint, end.event):
        begun = await ENGINE.work(begin(checkpoint, asked), checkpoint.name, end.event)
        yield begun.head
        if begun.given:
            steps = _given(checkpoint, begun)
            while frame := await ENGINE.work(_one(steps), checkpoint.name, end.event):
                yield frame
            return
        settings = begun.settings
        run = Run(
            settings.sampling(checkpoint.vocabulary),
            settings.seed,
            stopping.stop_of(checkpoint, settings.stop, begun.length),
            first=len(asked.written),
            picks=settings.picked(checkpoint.vocabulary),
            rows=not asked.light,
        )
        tip = begun.after.logits[-1]
        long = frames.is_long(tip)  # such rows are folded, which takes a while
        async for chunk in ENGINE.write(checkpoint, begun.after, run, end.event):
            if asked.light:
                yield frames.frame(_head(chunk.ids, chunk.stopped), frames.draws(chunk.ids, chunk.us))
                continue
            given = (chunk.ids, chunk.us, tip, chunk.rows, chunk.stopped, begun.also)
            yield await asyncio.to_thread(_frame, *given) if long else _frame(*given)
            tip = chunk.rows[-1]


def begin(checkpoint: Checkpoint, asked: requests.Write) -> Generator[None, None, Begun]:
    """Read the prompt, and what was written after it, in short steps."""
    settings = asked.settings
    if settings.stop not in stopping.stops_of(checkpoint):  # the page takes note of that, and goes on without
        settings = replace(settings, stop="none")
        asked = replace(asked, settings=settings)
    ids = asked.written
    given = asked.again if asked.pick is None else [asked.pick]
    _check_ids(checkpoint, [*ids, *given])
    read = len(ids) + max(1, len(given))
    head, body, after = yield from reading.read(checkpoint, asked, exact=True, written=read)
    for _, piece in pieces(checkpoint, ids, after) if ids else ():
        after = Prefill(piece.logits[-1:], piece.state)
        yield
    require_finite(checkpoint, after.logits)
    length = len(given) or settings.length
    also = wire.biased(checkpoint, settings)
    told = {"first": len(ids), "length": length}
    whole = frames.frame(head | told, body + frames.row(after.logits[-1], also))
    return Begun(whole, after, settings, given, length, also)


def _given(checkpoint: Checkpoint, begun: Begun) -> Iterator[bytes]:
    """Steps that were not drawn here."""
    number, ids, after = 0, begun.given, begun.after
    for _, piece in pieces(checkpoint, ids, after, most=PIECE_STEPS):
        require_finite(checkpoint, piece.logits)
        some = ids[number : number + len(piece.logits)]
        number += len(some)
        stopped = "length" if number == len(ids) else None
        yield _frame(some, [None] * len(some), after.logits[-1], list(piece.logits), stopped, begun.also)
        after = piece


def _one(steps: Iterator[bytes]) -> Generator[None, None, bytes | None]:
    """The next of some steps, in one turn of the engine's; None after the last."""
    yield from ()
    return next(steps, None)


def _frame(
    ids: Sequence[int],
    us: Sequence[float | None],
    before: Logits,
    after: Sequence[Logits],
    stopped: str | None,
    also: Collection[int],
) -> bytes:
    """Some steps: the row that the first came out of, and the row after each."""
    return frames.frame(_head(ids, stopped), frames.block(ids, before, after, us, also))


def _head(ids: Sequence[int], stopped: str | None) -> dict[str, Any]:
    return {"n": len(ids), "done": stopped is not None, "stopped": stopped}


def _check_ids(checkpoint: Checkpoint, ids: list[int]) -> None:
    size = len(checkpoint.vocabulary)
    if any(type(i) is not int or not 0 <= i < size for i in ids):
        raise BadInput("input.written", most=size - 1)

"""Writing: what follows a prompt, a few steps to a frame, as they are made."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator
from dataclasses import replace

from playground.errors import BadInput
from playground.inference import stopping
from playground.inference.generate import Step, generate
from playground.inference.prefill import Logits, Prefill, pieces, require_finite
from playground.library import Checkpoint
from playground.server import frames, reading, requests, wire
from playground.server.jobs import End

CHUNK_SECONDS = 0.1  # how often a run in the making is sent; its first step is sent at once
PIECE_STEPS = 200  # steps of a frame that are not drawn here


def write(asked: requests.Write, end: End) -> Iterator[bytes]:
    """The frames that answer: a head, and then the steps, until the run is done."""
    settings = asked.settings
    checkpoint = reading.opened(settings, end)
    if settings.stop not in stopping.stops_of(checkpoint):  # the page takes note of that, and goes on without
        settings = replace(settings, stop="none")
        asked = replace(asked, settings=settings)
    ids = asked.written
    given = asked.again if asked.pick is None else [asked.pick]
    _check_ids(checkpoint, [*ids, *given])
    read = len(ids) + max(1, len(given))
    head, body, prompt = reading.read(checkpoint, asked, exact=True, written=read, check=end.check)
    begin = _advanced(checkpoint, ids, prompt, end)
    length = len(given) or settings.length
    also = wire.biased(checkpoint, settings)
    told = {"first": len(ids), "length": length}
    yield frames.frame(head | told, body + frames.row(begin.logits[-1], also))

    if given:
        yield from _given(checkpoint, given, begin, also, end)
    else:
        sampling, picks = settings.sampling(checkpoint.vocabulary), settings.picked(checkpoint.vocabulary)
        stream = generate(checkpoint, begin, sampling, seed=settings.seed, first=len(ids), picks=picks)
        yield from _steps(stream, stopping.stop_of(checkpoint, settings.stop, length), also, end)


def _given(checkpoint: Checkpoint, ids: list[int], after: Prefill, also: Collection[int], end: End) -> Iterator[bytes]:
    """Steps that were not drawn here."""
    number = 0
    for _, piece in pieces(checkpoint, ids, after, most=PIECE_STEPS):
        end.check()
        require_finite(checkpoint, piece.logits)
        rows = [after.logits[-1], *piece.logits]
        steps = [Step(id, row, None) for id, row in zip(ids[number:], rows[:-1], strict=False)]
        number += len(steps)
        yield _frame(steps, rows[-1], "length" if number == len(ids) else None, also)
        after = piece


def _advanced(checkpoint: Checkpoint, ids: list[int], after: Prefill, end: End) -> Prefill:
    """The last row and the state after these ids too."""
    for _, piece in pieces(checkpoint, ids, after) if ids else ():
        end.check()
        after = Prefill(piece.logits[-1:], piece.state)
    require_finite(checkpoint, after.logits)
    return after


def _steps(steps: Iterator[Step], stop: stopping.Stop, also: Collection[int], end: End) -> Iterator[bytes]:
    waiting: list[Step] = []
    sent = -CHUNK_SECONDS
    stopped = None
    # One step more than is written: what it was drawn from comes after the last.
    for number, step in enumerate(steps):
        end.check()
        if waiting and (stopped or time.monotonic() - sent > CHUNK_SECONDS):
            yield _frame(waiting, step.logits, stopped, also)
            waiting, sent = [], time.monotonic()
        if stopped:
            return
        waiting.append(step)
        stopped = stop.reason(step.id, number + 1)


def _frame(steps: list[Step], tip: Logits, stopped: str | None, also: Collection[int]) -> bytes:
    """Some steps, and the row after the last one."""
    ids, us = [step.id for step in steps], [step.u for step in steps]
    rows = [*(step.logits for step in steps[1:]), tip]
    head = {"n": len(steps), "done": stopped is not None, "stopped": stopped}
    return frames.frame(head, frames.block(ids, steps[0].logits, rows, us, also))


def _check_ids(checkpoint: Checkpoint, ids: list[int]) -> None:
    size = len(checkpoint.vocabulary)
    if any(type(i) is not int or not 0 <= i < size for i in ids):
        raise BadInput("input.written", most=size - 1)

"""Reading: the distributions of a prompt, before each of its characters and after the last."""

from __future__ import annotations

from collections.abc import Collection, Generator
from typing import Any, TypeVar
from uuid import uuid4

from playground import library
from playground.inference.prefill import Logits, Prefill, pieces, require_finite
from playground.library import Checkpoint
from playground.sampling import folding
from playground.server import frames, requests, wire
from playground.server.jobs import End
from playground.server.settings import Settings, check_work
from playground.server.states import States

STATES = States()

T = TypeVar("T")


def look(asked: requests.Look, end: End) -> bytes:
    """The frame that answers."""
    checkpoint = opened(asked.settings, end)
    head, body, _ = whole(read(checkpoint, asked, exact=False), end)
    return frames.frame(head, body)


def whole(steps: Generator[None, None, T], end: End) -> T:
    """What steps give in the end. Ended once nobody waits for it."""
    while True:
        try:
            next(steps)
        except StopIteration as last:
            value: T = last.value
            return value
        end.check()


def opened(settings: Settings, end: End) -> Checkpoint:
    """The checkpoint that is asked about."""
    return library.load(settings.model, visitor=True, cancelled=end.event)


def read(
    checkpoint: Checkpoint,
    asked: requests.Look | requests.Write,
    *,
    exact: bool,
    written: int = 0,
) -> Generator[None, None, tuple[dict[str, Any], bytes, Prefill]]:
    """The head and the body of an answer about a prompt, and what the model made of it: its last row and the state. In
    short steps.

    written: how many ids follow it that have to be read too.
    """
    prompt, had = asked.settings.prompt, asked.had
    encoding = checkpoint.vocabulary.encode(prompt)
    check_work(checkpoint, len(encoding.ids) + written)
    also = wire.biased(checkpoint, asked.settings)
    folded = len(checkpoint.vocabulary) > folding.LONG
    before = None
    if had is not None and not (also and folded):  # which may be folded under another bias
        old = had.text(prompt)
        before = wire.shown(checkpoint, old, checkpoint.vocabulary.encode(old), had.skipped)
        if before.begin != had.skipped:
            before = None
    now = wire.shown(checkpoint, prompt, encoding, before.begin if before else 0)
    stays = wire.kept(now, before)
    first = now.first + stays[3] if stays else now.first
    prefilled = yield from STATES.read(checkpoint, now.ids, first, exact=exact)
    require_finite(checkpoint, prefilled.logits)
    knows = asked.asked.knows
    head = {
        "id": asked.asked.token or uuid4().hex[:12],
        "model": checkpoint.name,
        "about": None if knows == checkpoint.name else wire.about(checkpoint),
        "names": wire.names(now),
        "prompt": wire.told(now, stays, asked=asked.sent),
        "first": None,
        "length": 0,
        "settings": wire.plain(asked.settings) | {"prompt": ""},
    }
    return head, _body(prefilled.logits, now.ids[first:], also, whole=stays is None), _tip(prefilled)


def last(checkpoint: Checkpoint, ids: list[int], start: bool) -> Generator[None, None, Prefill]:
    """What a model made of a prompt, with its start before it or without: last row and state. In short steps."""
    if start:
        prefilled = yield from STATES.read(checkpoint, ids, len(ids), exact=True)
    else:
        for _, piece in pieces(checkpoint, ids, start=False):
            prefilled = _tip(piece)
            yield
    require_finite(checkpoint, prefilled.logits)
    return prefilled


def _body(rows: Logits, ids: list[int], also: Collection[int], *, whole: bool) -> bytes:
    return (frames.row(rows[0], also) if whole else b"") + frames.block(ids, rows[0], rows[1:], also=also)


def _tip(prefilled: Prefill) -> Prefill:
    return Prefill(prefilled.logits[-1:], prefilled.state)

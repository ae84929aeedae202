"""Prefill requests: the distributions of a prompt, before each of its characters and after the last."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from playground.engine import ENGINE
from playground.engine.base import Text
from playground.engine.seats import UNSENT_BYTES
from playground.inference.prefill import Logits
from playground.library import Checkpoint
from playground.models.footprint import text_size
from playground.sampling import folding
from playground.server import frames, requests, wire
from playground.server.jobs import CancelToken
from playground.server.settings import Settings, check_work, work_of
from playground.server.shares import UNBOUNDED, Share


@dataclass(frozen=True)
class PreparedPrompt:
    """A prompt as sent to the engine, and the head of the answer.

    first: the first row that the browser does not have; whole: whether it has none before that. also: ids that no row
    may fold.
    """

    head: dict[str, Any]
    ids: list[int]
    first: int
    whole: bool
    also: Collection[int]

    def body(self, rows: Logits) -> bytes:
        """The body of the answer, from the requested rows."""
        before = frames.row(rows[0], self.also) if self.whole else b""
        return before + frames.block(self.ids[self.first :], rows[0], rows[1:], also=self.also)


def look(request: requests.Look, cancel: CancelToken, share: Share = UNBOUNDED) -> bytes:
    """The frame that answers."""
    return frames.frame(*answer(request, cancel, share, exact=False))


def answer(request: requests.Look, cancel: CancelToken, share: Share, *, exact: bool) -> tuple[dict[str, Any], bytes]:
    """The head and body of an answer about a prompt. exact: as in the engine's `prefill`."""
    checkpoint = open_model(request.settings, cancel)
    question = prepare(checkpoint, request, share)
    asked_for = (checkpoint.name, Text(question.ids), question.first, cancel.event)
    return question.head, question.body(ENGINE.prefill(*asked_for, exact=exact, requester=share.requester))


def open_model(settings: Settings, cancel: CancelToken) -> Checkpoint:
    """The requested model."""
    return ENGINE.open(settings.model, cancel.event)


def prepare(
    checkpoint: Checkpoint,
    request: requests.Look | requests.Write,
    share: Share = UNBOUNDED,
    *,
    written: int = 0,
    length: int = 0,
) -> PreparedPrompt:
    """Prepares a request about a prompt.

    written: the number of ids after it that must be read too. length: the number of further ones to be written. share:
    charged for all of that. RateLimited if it is too much.
    """
    prompt, had = request.settings.prompt, request.had
    encoding = checkpoint.vocabulary.encode(prompt)
    ids = len(encoding.ids) + written
    check_work(checkpoint, ids)
    share.reserve(work_of(checkpoint, ids + length), memory_of(checkpoint, len(encoding.ids), length))
    share.done(work_of(checkpoint, ids))
    also = wire.biased_ids(checkpoint, request.settings)
    folded = len(checkpoint.vocabulary) > folding.LONG
    before = None
    if had is not None and not (also and folded):  # which may be folded under another bias
        old = had.text(prompt)
        before = wire.visible_prompt(checkpoint, old, checkpoint.vocabulary.encode(old), had.skipped)
        if before.begin != had.skipped:
            before = None
    now = wire.visible_prompt(checkpoint, prompt, encoding, before.begin if before else 0)
    stays = wire.common_part(now, before)
    knows = request.envelope.knows
    head = {
        "id": request.envelope.token or uuid4().hex[:12],
        "model": checkpoint.name,
        "about": None if knows == checkpoint.name else wire.about(checkpoint),
        "names": wire.names(now),
        "prompt": wire.prompt_message(now, stays, sent_prompt=request.sent),
        "first": None,
        "length": 0,
        "settings": wire.plain(request.settings) | {"prompt": ""},
    }
    return PreparedPrompt(head, now.ids, now.first + stays[3] if stays else now.first, stays is None, also)


def memory_of(checkpoint: Checkpoint, ids: int, length: int) -> int:
    """Bytes that a request takes until it is answered: its prompt's rows; the state of its text, and the rows that its
    reader may lag behind."""
    row = 4 * len(checkpoint.vocabulary)
    shown = wire.SHOWN_FOLDED if len(checkpoint.vocabulary) > folding.LONG else wire.SHOWN_CELLS
    written = text_size(checkpoint.model) + min(length * row, UNSENT_BYTES) if length else 0
    return row * min(ids + 1, shown) + written

"""Reading: the distributions of a prompt, before each of its characters and after the last."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from playground.engine import ENGINE
from playground.engine.base import Text
from playground.inference.prefill import Logits
from playground.library import Checkpoint
from playground.models.footprint import text_size
from playground.sampling import folding
from playground.server import frames, requests, wire
from playground.server.jobs import End
from playground.server.settings import Settings, check_work, work_of
from playground.server.shares import UNBOUNDED, Share


@dataclass(frozen=True)
class Question:
    """A prompt as the engine is asked about it, and what the answer's head says.

    first: the first row that the browser does not have; whole: whether it has none before that. also: ids that no row
    may fold.
    """

    head: dict[str, Any]
    ids: list[int]
    first: int
    whole: bool
    also: Collection[int]

    def body(self, rows: Logits) -> bytes:
        """The body of the answer, from the rows that were asked for."""
        before = frames.row(rows[0], self.also) if self.whole else b""
        return before + frames.block(self.ids[self.first :], rows[0], rows[1:], also=self.also)


def look(asked: requests.Look, end: End, share: Share = UNBOUNDED) -> bytes:
    """The frame that answers."""
    return frames.frame(*answer(asked, end, share, exact=False))


def answer(asked: requests.Look, end: End, share: Share, *, exact: bool) -> tuple[dict[str, Any], bytes]:
    """The head and the body of an answer about a prompt. exact: as the engine's `prefill` says."""
    checkpoint = open_model(asked.settings, end)
    question = prepare(checkpoint, asked, share)
    asked_for = (checkpoint.name, Text(question.ids), question.first, end.event)
    return question.head, question.body(ENGINE.prefill(*asked_for, exact=exact, asker=share.asker))


def open_model(settings: Settings, end: End) -> Checkpoint:
    """What is known of the model that is asked about."""
    return ENGINE.open(settings.model, end.event)


def prepare(
    checkpoint: Checkpoint,
    asked: requests.Look | requests.Write,
    share: Share = UNBOUNDED,
    *,
    written: int = 0,
    length: int = 0,
) -> Question:
    """What is to be asked about a prompt.

    written: how many ids follow it that have to be read too. length: how many more are going to be written. share:
    from which all of that is taken. Over where it is too much.
    """
    prompt, had = asked.settings.prompt, asked.had
    encoding = checkpoint.vocabulary.encode(prompt)
    ids = len(encoding.ids) + written
    check_work(checkpoint, ids)
    share.reserve(work_of(checkpoint, ids + length), memory_of(checkpoint, len(encoding.ids), writes=length > 0))
    share.done(work_of(checkpoint, ids))
    also = wire.biased_ids(checkpoint, asked.settings)
    folded = len(checkpoint.vocabulary) > folding.LONG
    before = None
    if had is not None and not (also and folded):  # which may be folded under another bias
        old = had.text(prompt)
        before = wire.show(checkpoint, old, checkpoint.vocabulary.encode(old), had.skipped)
        if before.begin != had.skipped:
            before = None
    now = wire.show(checkpoint, prompt, encoding, before.begin if before else 0)
    stays = wire.common_part(now, before)
    knows = asked.asked.knows
    head = {
        "id": asked.asked.token or uuid4().hex[:12],
        "model": checkpoint.name,
        "about": None if knows == checkpoint.name else wire.about(checkpoint),
        "names": wire.names(now),
        "prompt": wire.prompt_message(now, stays, asked=asked.sent),
        "first": None,
        "length": 0,
        "settings": wire.plain(asked.settings) | {"prompt": ""},
    }
    return Question(head, now.ids, now.first + stays[3] if stays else now.first, stays is None, also)


def memory_of(checkpoint: Checkpoint, ids: int, *, writes: bool) -> int:
    """Bytes that a request takes while it is answered: the rows of its prompt, and the state of what is written."""
    shown = wire.SHOWN_FOLDED if len(checkpoint.vocabulary) > folding.LONG else wire.SHOWN_CELLS
    rows = 4 * len(checkpoint.vocabulary) * min(ids + 1, shown)
    return rows + (text_size(checkpoint.model) if writes else 0)

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
from playground.sampling import folding
from playground.server import frames, requests, wire
from playground.server.jobs import End
from playground.server.settings import Settings, check_work


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


def look(asked: requests.Look, end: End) -> bytes:
    """The frame that answers."""
    return frames.frame(*answer(asked, end, exact=False))


def answer(asked: requests.Look, end: End, *, exact: bool) -> tuple[dict[str, Any], bytes]:
    """The head and the body of an answer about a prompt. exact: as the engine's `prefill` says."""
    checkpoint = opened(asked.settings, end)
    question = prepare(checkpoint, asked)
    text = Text(question.ids)
    return question.head, question.body(ENGINE.prefill(checkpoint.name, text, question.first, end.event, exact=exact))


def opened(settings: Settings, end: End) -> Checkpoint:
    """What is known of the model that is asked about."""
    return ENGINE.open(settings.model, end.event)


def prepare(checkpoint: Checkpoint, asked: requests.Look | requests.Write, written: int = 0) -> Question:
    """What is to be asked about a prompt. written: how many ids follow it that have to be read too."""
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
    return Question(head, now.ids, now.first + stays[3] if stays else now.first, stays is None, also)

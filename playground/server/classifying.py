"""Classifying: what a classifier makes of a review, for the Shapes tab.

The first frame's head has what is known before the model reads; flipped and accuracy are figures of its card, or null:

    {"model", "title", "counted", "cells": [["T", 1], …], "unknown": {"3": "e"}, "ids": [32, …], "names": {},
     "classes": ["bad", "good"], "widest": 352, "flipped": 0.28, "accuracy": 0.85}

Then, as they are found, and all of it logits in the order of the classes:

    {"logits": [-1.2, 1.2], "shares": [[…], […]]}   the verdict; of each class a number for each id (models/verdicts.py)
    {"beginnings": [[…], …]}                        the verdicts after each cell, a part at a time
    {"padded": [[60, […], […]], …]}                 width of the batch, logits with the mask, and with it dropped
    {"done": true}
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Any

from playground.checkpoints.card import Figures
from playground.checkpoints.folders import require
from playground.engine import ENGINE
from playground.errors import BadInput
from playground.inference import classify as classifiers
from playground.inference.score import unit_of
from playground.library import Checkpoint
from playground.server import frames, requests, sanitize, wire
from playground.server.answers import Letter
from playground.server.cache import Cache, once
from playground.server.jobs import End
from playground.server.settings import work_of
from playground.server.shares import UNBOUNDED, Share
from playground.text import unicode_text
from playground.text.characters import Encoding

_ANSWERS: Cache[list[bytes]] = Cache(200)  # one is some 10 kB: a class opens the tab with one text
AT_ONCE = 4  # widths in a frame


def read(checkpoint: Checkpoint, text: str) -> Encoding:
    """A text as the model reads it. BadInput where that is no classifier, where the text is empty or too long, or where
    the model knows none of it."""
    require(checkpoint, "classifier")
    encoding = checkpoint.vocabulary.encode(text)
    if not text.strip():
        raise BadInput("classify.empty")
    classifiers.check_length(len(encoding.ids))
    unknown = {s.position for s in encoding.substitutions if not s.replacement.strip()}
    if all(at in unknown or not text[at].strip() for at in set(encoding.offsets)):
        raise BadInput("classify.unknown", name=checkpoint.name)
    return encoding


def by_character(checkpoint: Checkpoint, text: str, encoding: Encoding, shares: Sequence[float]) -> list[Letter]:
    """The characters of a text, each with the sum of the shares of its ids."""
    cells = _cells(checkpoint, text, encoding)["cells"]
    sums = [0.0, *accumulate(shares)]
    ends = accumulate(count for _, count in cells)
    return [
        {"character": said, "share": sums[end] - sums[end - count]}
        for (said, count), end in zip(cells, ends, strict=True)
    ]


def classify(asked: requests.Classify, end: End, share: Share = UNBOUNDED) -> Iterator[bytes]:
    """Yield the verdict, the verdicts after each character, then those in wider batches. Whole answers are cached."""
    return once(_ANSWERS, repr((asked.model, asked.text)), end.event, lambda: _answer(asked, end, share))


def _cells(checkpoint: Checkpoint, text: str, encoding: Encoding) -> dict[str, Any]:
    return wire.cells_of(text, encoding, wire.cell_starts(checkpoint, text, encoding))


def _head(checkpoint: Checkpoint, text: str, encoding: Encoding) -> dict[str, Any]:
    """What is known of a text before the model reads it, and of the model."""
    card = checkpoint.card.validation or Figures()
    return {
        "model": checkpoint.name,
        "title": sanitize.title(checkpoint.name, checkpoint.card),
        "counted": unit_of(checkpoint.vocabulary),
        **_cells(checkpoint, text, encoding),
        "names": unicode_text.names(set(text)),
        "widest": classifiers.MOST,
        "flipped": card.flipped,
        "accuracy": card.accuracy,
    }


def _answer(asked: requests.Classify, end: End, share: Share) -> Iterator[bytes]:
    checkpoint = ENGINE.open(asked.model, end.event)
    encoding = read(checkpoint, asked.text)
    ids = encoding.ids
    head = _head(checkpoint, asked.text, encoding)
    ends = [count for count in dict.fromkeys(accumulate(count for _, count in head["cells"])) if count]
    widths = classifiers.widths_of(len(ids))
    share.reserve(work_of(checkpoint, 3 * len(ids) + sum(ends) + 2 * sum(widths)))
    name, asker = checkpoint.name, share.asker
    (verdict,) = ENGINE.walk(name, classifiers.Judge(ids), end.event, asker=asker)
    yield frames.frame({**head, "classes": list(classifiers.names_of(len(verdict.logits)))})
    yield frames.frame({"logits": verdict.logits, "shares": verdict.shares})
    share.done(work_of(checkpoint, 3 * len(ids)))
    done = 0
    for part in ENGINE.walk(name, classifiers.Beginnings(ids, ends), end.event, asker=asker):
        yield frames.frame({"beginnings": part})
        share.done(work_of(checkpoint, sum(ends[done : done + len(part)])))
        done += len(part)
    rows: list[list[Any]] = []
    for padded in ENGINE.walk(name, classifiers.Padding(ids, widths), end.event, asker=asker):
        rows.append([padded.width, padded.masked, padded.dropped])
        share.done(work_of(checkpoint, 2 * padded.width))
        if len(rows) == AT_ONCE or padded.width == widths[-1]:
            yield frames.frame({"padded": rows})
            rows = []
    yield frames.frame({"done": True})

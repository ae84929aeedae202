"""Classification of a review, for the Shapes tab.

The first frame's head has what is known before the model runs; flipped and accuracy are figures from its card, or null:

    {"model", "title", "counted", "cells": [["T", 1], …], "unknown": {"3": "e"}, "ids": [32, …], "names": {},
     "classes": ["bad", "good"], "widest": 352, "flipped": 0.28, "accuracy": 0.85}

Then the results as they come, all of them logits in the order of the classes:

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
from playground.server.jobs import CancelToken
from playground.server.settings import work_of
from playground.server.shares import UNBOUNDED, Share
from playground.text import unicode_text
from playground.text.characters import Encoding

_ANSWERS: Cache[list[bytes]] = Cache(200)  # one is some 10 kB: a class opens the tab with the same text
AT_ONCE = 4  # widths per frame


def read(checkpoint: Checkpoint, text: str) -> Encoding:
    """A text as the model reads it. BadInput if the model is not a classifier, the text is empty or too long, or none
    of it is in the vocabulary."""
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
    """The characters of a text, each with the sum of its ids' shares."""
    cells = _cells(checkpoint, text, encoding)["cells"]
    sums = [0.0, *accumulate(shares)]
    ends = accumulate(count for _, count in cells)
    return [
        {"character": said, "share": sums[end] - sums[end - count]}
        for (said, count), end in zip(cells, ends, strict=True)
    ]


def classify(request: requests.Classify, cancel: CancelToken, share: Share = UNBOUNDED) -> Iterator[bytes]:
    """Yield the verdict, the verdicts after each character, then those in wider batches. Whole answers are cached."""
    return once(_ANSWERS, repr((request.model, request.text)), cancel.event, lambda: _answer(request, cancel, share))


def _cells(checkpoint: Checkpoint, text: str, encoding: Encoding) -> dict[str, Any]:
    return wire.cells_of(text, encoding, wire.cell_starts(checkpoint, text, encoding))


def _head(checkpoint: Checkpoint, text: str, encoding: Encoding) -> dict[str, Any]:
    """What is known about a text before the model runs, and about the model."""
    card = checkpoint.card.validation or Figures()
    return {
        "model": checkpoint.name,
        "title": sanitize.title(checkpoint.name, checkpoint.card),
        "counted": unit_of(checkpoint.vocabulary),
        **_cells(checkpoint, text, encoding),
        "names": unicode_text.names(set(text)),
        "widest": classifiers.MAX_SYMBOLS,
        "flipped": card.flipped,
        "accuracy": card.accuracy,
    }


def _answer(request: requests.Classify, cancel: CancelToken, share: Share) -> Iterator[bytes]:
    checkpoint = ENGINE.open(request.model, cancel.event)
    encoding = read(checkpoint, request.text)
    ids = encoding.ids
    head = _head(checkpoint, request.text, encoding)
    ends = [count for count in dict.fromkeys(accumulate(count for _, count in head["cells"])) if count]
    widths = classifiers.widths_of(len(ids))
    share.reserve(work_of(checkpoint, 3 * len(ids) + sum(ends) + 2 * sum(widths)))
    name, requester = checkpoint.name, share.requester
    (verdict,) = ENGINE.query(name, classifiers.Judge(ids), cancel.event, requester=requester)
    yield frames.frame({**head, "classes": list(classifiers.names_of(len(verdict.logits)))})
    yield frames.frame({"logits": verdict.logits, "shares": verdict.shares})
    share.done(work_of(checkpoint, 3 * len(ids)))
    done = 0
    for part in ENGINE.query(name, classifiers.Beginnings(ids, ends), cancel.event, requester=requester):
        yield frames.frame({"beginnings": part})
        share.done(work_of(checkpoint, sum(ends[done : done + len(part)])))
        done += len(part)
    rows: list[list[Any]] = []
    for padded in ENGINE.query(name, classifiers.Padding(ids, widths), cancel.event, requester=requester):
        rows.append([padded.width, padded.masked, padded.dropped])
        share.done(work_of(checkpoint, 2 * padded.width))
        if len(rows) == AT_ONCE or padded.width == widths[-1]:
            yield frames.frame({"padded": rows})
            rows = []
    yield frames.frame({"done": True})

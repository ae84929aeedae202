"""Scoring: how well a model predicts a text, for the Score tab, a few symbols per frame as they are read.

The first frame's head has everything known before the model reads the text:

    {"model", "title", "unit", "counted", "start", "cells": [["T", 1], …], "unknown": {"3": "e"}, "ids": [32, …],
     "special": [], "names": {}, "characters": 42}

Then a frame for each piece, {"n": 256}, whose body is n float32 numbers: the natural logarithms of the probabilities of
these symbols. The last frame has the totals: {"nats", "bits_per_symbol", "bits_per_character", "perplexity"}.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from playground.engine import ENGINE
from playground.errors import BadInput
from playground.inference import score as scoring
from playground.library import Checkpoint
from playground.server import frames, requests, sanitize, wire
from playground.server.jobs import CancelToken
from playground.server.settings import check_work, jsonable, work_of
from playground.server.shares import UNBOUNDED, Share
from playground.text import unicode_text
from playground.text.characters import Encoding


def score(request: requests.Score, cancel: CancelToken, share: Share = UNBOUNDED) -> Iterator[bytes]:
    """Yield a head, the log-probabilities piece by piece, then the totals. BadInput if it is empty or too long."""
    checkpoint = ENGINE.open(request.settings.model, cancel.event)
    encoding = checkpoint.vocabulary.encode(request.text)
    check_work(checkpoint, len(encoding.ids))
    if not encoding.ids:
        raise BadInput("score.empty")
    share.reserve(work_of(checkpoint, len(encoding.ids)))
    head = head_of(checkpoint, request.text, encoding)
    yield frames.frame(head)
    found: list[float] = []
    query = scoring.LogProbabilities(encoding.ids)
    for piece in ENGINE.query(checkpoint.name, query, cancel.event, requester=share.requester):
        found += piece
        share.done(work_of(checkpoint, len(piece)))
        yield frames.frame({"n": len(piece)}, np.asarray(piece, "<f4").tobytes())
    yield frames.frame(_figures(scoring.measure(found, head["characters"])))


def head_of(checkpoint: Checkpoint, text: str, encoding: Encoding) -> dict[str, Any]:
    """Everything known about a text before the model reads it."""
    vocabulary = checkpoint.vocabulary
    cells = wire.cells_of(text, encoding, wire.cell_starts(checkpoint, text, encoding))
    return {
        "model": checkpoint.name,
        "title": sanitize.title(checkpoint.name, checkpoint.card),
        "unit": vocabulary.unit,
        "counted": scoring.unit_of(vocabulary),
        "start": checkpoint.start,
        **cells,
        "special": sorted(vocabulary.special & set(encoding.ids)),
        "names": unicode_text.names(set(text)),
        "characters": scoring.characters_of(text, encoding),
    }


def _figures(score: scoring.Score) -> dict[str, Any]:
    return {
        "nats": jsonable(score.nats),
        "bits_per_symbol": jsonable(score.bits_per_symbol),
        "bits_per_character": jsonable(score.bits_per_character),
        "perplexity": jsonable(score.perplexity),
    }

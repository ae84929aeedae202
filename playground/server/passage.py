"""The passage over which models are averaged: how far back each looks at 200 of its places (inference/reach.py).

What is worked out takes a network up to half a minute, so that of the bundled models is kept beside the passage, in
averages.json, as `python -m playground.server.averages` writes it:

    {"passage": "1f0c…", "models": {"shakespeare-rnn": {"weights": "9b2e…", "losses": [["uniform", 2.78, 4.17], …]}}}

A loss is what was given, the mean divergence and the mean surprise, in nats. The other two are the first digits of
SHA-256: of other weights, or of another passage, it says nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from functools import cache
from math import log
from pathlib import Path
from typing import Any

import numpy as np

from playground import library
from playground.errors import BadInput
from playground.inference.reach import Loss, Reach, doublings
from playground.library import Checkpoint
from playground.server.settings import work_of

PASSAGE = Path(__file__).with_name("passage.txt")
AVERAGES = Path(__file__).with_name("averages.json")
PLACES, FIRST = 200, 256  # places of the passage, and how many symbols stand before the first one at least
WORK = 1e12  # of an average, at most: longer contexts are left out
ENOUGH = 1e-3  # nats: where the answers are as near, an average asks for no longer contexts
LACKING = 20  # characters of the passage that a model may lack
EXACT = 1e-9  # nats: no less is left of what more context could tell
DIGITS = 16  # of a digest


def reach(checkpoint: Checkpoint, letters: Sequence[float]) -> Reach:
    """The places of the passage, spread evenly, and as many contexts as are not too much work.

    letters: how often each symbol stands in a text; empty where nobody knows. BadInput where the passage is not of this
    model's letters, or all of it is too much work.
    """
    encoding = checkpoint.vocabulary.encode(PASSAGE.read_text("utf-8"))
    if (lacking := len(encoding.substitutions)) > LACKING:
        raise BadInput("compare.passage", name=checkpoint.name, count=lacking)
    ids = encoding.ids
    first = min(FIRST, len(ids) // 2)  # tokens are fewer
    places = sorted({first + i * (len(ids) - 1 - first) // (PLACES - 1) for i in range(PLACES)})
    contexts = doublings(FIRST + 1)
    while work_of(checkpoint, len(ids) + len(places) * sum(contexts)) > WORK:
        if not contexts:
            raise BadInput("compare.work", name=checkpoint.name)
        contexts.pop()
    return Reach(ids, places, contexts, letters, ENOUGH)


def mean(loss: Loss) -> tuple[float, float | None]:
    """The mean divergence and the mean surprise of the places; no surprise where none of them has one."""
    return float(np.mean(loss.divergence)), float(np.mean(loss.surprise)) if loss.surprise else None


def kept_losses(checkpoint: Checkpoint) -> list[dict[str, Any]] | None:
    """The losses of a bundled model, as the page has them, and how many places of how many symbols they are of; None
    where none are kept of these weights."""
    found = averages().get(checkpoint.name)
    if found is None or found["weights"] != digest(library.BUNDLED / checkpoint.name / "model.safetensors"):
        return None
    rows = [{"given": given, "divergence": gap, "surprise": nats} for given, gap, nats in found["losses"]]
    return [*rows, {"places": PLACES, "of": found["symbols"]}]


@cache
def averages() -> dict[str, Any]:
    """What is kept, by the models' names; nothing where it is of another passage."""
    known = json.loads(AVERAGES.read_text("utf-8"))
    models: dict[str, Any] = known["models"] if known["passage"] == digest(PASSAGE) else {}
    return models


@cache
def digest(path: Path) -> str:
    """The first digits of a file's SHA-256; empty where there is none."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:DIGITS] if path.is_file() else ""


def enough_context(losses: Sequence[tuple[str, float]], limit: float) -> float | None:
    """With how many symbols the divergence falls to a limit, in nats, and stays under it; None where it never does.

    losses: what was given, and the divergence. Between two of the numbers given, divergence and number are taken to be
    a straight line where both are logarithms; where nothing is left to be told, the number given is the answer. The
    same as `reachOf` in web/core/compare.js.
    """
    counted = sorted((int(given), gap) for given, gap in losses if given.isdigit())
    above = [at for at, (_, gap) in enumerate(counted) if not gap < limit]
    if not above:
        return float(counted[0][0]) if counted else None
    if above[-1] + 1 == len(counted):
        return None
    (less, over), (more, under) = counted[above[-1] : above[-1] + 2]
    if under < EXACT:
        return float(more)
    return float(less * (more / less) ** (log(over / limit) / log(over / under)))

"""The passages over which models are averaged: how much context each uses at 200 positions (inference/reach.py) of a
text like its training text, in a part not used for training. passages/README.md names their sources.

A network takes up to half a minute, so the results of the bundled models are stored beside the passages, in
averages.json, written by `python -m playground.server.averages`:

    {"shakespeare-rnn": {"passage": "1f0c…", "weights": "9b2e…", "symbols": 1692, "losses": [["uniform", 2.78, …], …]}}

A loss is the context length, the mean divergence and the mean surprise, in nats. The first two fields are the first
digits of SHA-256: results for other weights or passages are ignored.
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

PASSAGES = Path(__file__).with_name("passages")
AVERAGES = Path(__file__).with_name("averages.json")
SHAKESPEARE, KOREAN = "shakespeare", "korean"
OF_CORPUS = {  # the passage for a model's training text, by the corpus's name in its card
    "Tiny Shakespeare": SHAKESPEARE,
    "Tiny Shakespeare, lowercase": SHAKESPEARE,
    "Nietzsche, lowercase": "nietzsche",
    "53 Korean stories": KOREAN,
    "the C source of Lua": "lua",
    "32,033 given names": "names",
}
PLACES, FIRST = 200, 256  # positions in the passage, and the minimum number of symbols before the first one
WORK = 1e12  # of an average, at most: longer contexts are skipped
ENOUGH = 1e-3  # nats: once predictions are this close, longer contexts are not requested
LACKING = 20  # characters of the passage that a model may lack
EXACT = 1e-9  # nats: below this, more context has nothing to add
DIGITS = 16  # of a digest


def name_of(checkpoint: Checkpoint) -> str:
    """The passage for a model: that of its corpus, otherwise one in its language, by default English."""
    card = checkpoint.card
    return OF_CORPUS.get(card.corpus.name, KOREAN if card.language == "ko" else SHAKESPEARE)


def file_of(name: str) -> Path:
    """The file of a passage."""
    return PASSAGES / f"{name}.txt"


def reach(checkpoint: Checkpoint) -> Reach:
    """Evenly spaced positions in its passage, and as many context lengths as the work limit allows; no yardsticks.

    BadInput if the model lacks the passage's letters, or even the least work is too much.
    """
    encoding = checkpoint.vocabulary.encode(file_of(name_of(checkpoint)).read_text("utf-8"))
    if (lacking := len(encoding.substitutions)) > LACKING:
        raise BadInput("compare.passage", name=checkpoint.name, count=lacking)
    ids = encoding.ids
    first = min(FIRST, len(ids) // 2)  # a passage has fewer tokens
    places = sorted({first + i * (len(ids) - 1 - first) // (PLACES - 1) for i in range(PLACES)})
    contexts = doublings(FIRST + 1)
    while work_of(checkpoint, len(ids) + len(places) * sum(contexts)) > WORK:
        if not contexts:
            raise BadInput("compare.work", name=checkpoint.name)
        contexts.pop()
    return Reach(ids, places, contexts, enough=ENOUGH)


def mean(loss: Loss) -> tuple[float, float | None]:
    """The mean divergence and the mean surprise over the positions; no surprise if none has one."""
    return float(np.mean(loss.divergence)), float(np.mean(loss.surprise)) if loss.surprise else None


def kept_losses(checkpoint: Checkpoint) -> list[dict[str, Any]] | None:
    """The losses of a bundled model in the page's format, with the number of positions and symbols and the passage;
    None if none are stored for these weights and this passage."""
    found = averages().get(checkpoint.name)
    if found is None or (found["passage"], found["weights"]) != digests(checkpoint):
        return None
    rows = [{"given": given, "divergence": gap, "surprise": nats} for given, gap, nats in found["losses"]]
    return [*rows, about(checkpoint, PLACES, found["symbols"])]


def about(checkpoint: Checkpoint, places: int, symbols: int) -> dict[str, Any]:
    """What is averaged: N positions of a passage of M symbols."""
    return {"places": places, "of": symbols, "passage": name_of(checkpoint)}


def digests(checkpoint: Checkpoint) -> tuple[str, str]:
    """The digests of a bundled model's passage and weights."""
    weights = library.BUNDLED / checkpoint.name / "model.safetensors"
    return digest(file_of(name_of(checkpoint))), digest(weights)


@cache
def averages() -> dict[str, Any]:
    """The stored results, by model name."""
    known: dict[str, Any] = json.loads(AVERAGES.read_text("utf-8"))
    return known


@cache
def digest(path: Path) -> str:
    """The first digits of a file's SHA-256; empty if there is none."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:DIGITS] if path.is_file() else ""


def enough_context(losses: Sequence[tuple[str, float]], limit: float) -> float | None:
    """The context length at which the divergence falls to a limit, in nats, and stays below it; None if it never does.

    losses: context length and divergence. Between two lengths it is interpolated linearly on log-log axes; where the
    divergence is practically zero, the measured length is the answer. The same as `reachOf` in web/core/compare.js.
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

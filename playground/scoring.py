"""How well a model foretold a text: log-probabilities, bits a character, perplexity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log

import numpy as np

from playground.checkpoints import Checkpoint
from playground.generation import pieces


@dataclass(frozen=True)
class Score:
    """The measure of one text of N symbols.

    log_probabilities:  natural logarithms, one a symbol, at temperature 1 and without truncation.
    bits_per_character: −log₂ p of the whole text ÷ its characters.
    perplexity:         e^(cross-entropy in nats a symbol) (Jelinek et al. 1977): how many equally likely
                        symbols would have been as hard to foretell; e^700 at most, near the largest float.
    """

    log_probabilities: tuple[float, ...]
    bits_per_character: float
    perplexity: float


def score(checkpoint: Checkpoint, ids: Sequence[int], characters: int) -> Score:
    """Score N ≥ 1 ids that spell `characters` characters (fewer than N where one takes several ids)."""
    chosen: list[float] = []
    for begin, piece in pieces(checkpoint, ids):
        wanted = np.asarray(ids[begin : begin + len(piece.logits)], np.int64)  # the last row foretells none of them
        logits = piece.logits[: len(wanted)].astype(np.float64)  # (n, V)
        shifted = logits - logits.max(axis=-1, keepdims=True)
        log_totals = np.log(np.exp(shifted).sum(axis=-1))
        chosen += (shifted[np.arange(len(wanted)), wanted] - log_totals).tolist()
    nats = -float(np.sum(chosen))
    return Score(tuple(chosen), nats / log(2) / characters, exp(min(nats / len(ids), 700)))

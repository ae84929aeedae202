"""How well a model foretold a text: log-probabilities, bits a character, perplexity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log

import numpy as np

from playground.checkpoints import Checkpoint
from playground.generation import read


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
    logits = read(checkpoint, ids).logits[:-1].astype(np.float64)  # (N, V)
    shifted = logits - logits.max(axis=-1, keepdims=True)
    log_totals = np.log(np.exp(shifted).sum(axis=-1))
    chosen = shifted[np.arange(len(ids)), np.asarray(ids)] - log_totals  # (N,)
    nats = -float(chosen.sum())
    return Score(tuple(chosen.tolist()), nats / log(2) / characters, exp(min(nats / len(ids), 700)))

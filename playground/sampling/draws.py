"""From a distribution to a draw, by a number u that is plain data: it can be recorded and reused."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from playground.errors import BadInput
from playground.sampling.stages import Sampling, distribution, ranks, truncate


def draw(probabilities: ArrayLike, u: float) -> int:
    """The id drawn by u: the inverse of the cumulative sum, likeliest first (ties by id).

    probabilities: (V,) that sum to 1; u: in [0, 1).
    Raises BadInput if u is outside [0, 1) or the probabilities are no distribution.
    """
    row = np.asarray(probabilities, dtype=np.float64)
    if not 0 <= u < 1:
        raise BadInput("draw.u", value=repr(u))
    if row.ndim == 1 and len(row):
        ranked = ranks(row)
        ordered = row[ranked]
        if ordered[-1] >= 0:  # the smallest, or NaN, which sorts last
            cumulative = np.add.accumulate(ordered)
            if abs(cumulative[-1] - 1) < 1e-6:
                # Rounding can leave the total slightly below u: then the last possible symbol is drawn.
                last = int(np.count_nonzero(row)) - 1
                return ranked.item(min(int(cumulative.searchsorted(u, side="right")), last))
    raise BadInput("draw.probabilities")


def choose(logits: ArrayLike, sampling: Sampling, u: float) -> int:
    """The same as draw(distribution(logits, sampling), u) for one row (V,), in two thirds of the time.

    The ranks of the logits serve as those of the probabilities, except where distinct logits become equal
    probabilities.
    """
    row = np.asarray(logits, dtype=np.float64)
    if row.ndim == 1 and len(row) and u >= 0:
        ids, kept = truncate(row, sampling)
        place = int(np.add.accumulate(kept).searchsorted(u, side="right"))
        last = len(kept) - 1
        if place <= last:
            p = kept.item(place)
            if (place == 0 or kept.item(place - 1) > p) and (place == last or kept.item(place + 1) < p):
                return ids.item(place)
    return draw(distribution(row, sampling), u)


_MASK = (1 << 64) - 1


def _mix(z: int) -> int:
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
    return z ^ (z >> 31)


def dice(seed: int, step: int) -> float:
    """The number u in [0, 1) for step `step` (0, 1, …) of the run with this seed.

    SplitMix64 (Steele, Lea and Flood 2014, "Fast splittable pseudorandom number generators"), read at a
    counter: the stream starts at the mixed seed. Any step's u is computed without the earlier ones, identically on
    every machine and in the browser. The top 53 bits make the fraction.
    """
    z = (_mix((seed + 0x9E3779B97F4A7C15) & _MASK) + (step + 1) * 0x9E3779B97F4A7C15) & _MASK
    return (_mix(z) >> 11) / (1 << 53)

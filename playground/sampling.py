"""Logits become a distribution, a distribution becomes a draw: pure functions on float64 arrays.

The order of the stages is a contract: temperature, then top-k, then top-p, then min-p, then renormalise.
It is the order of the logits processors in `transformers`. `ui/assets/sampling.js` is the twin of this
file, function for function; one table of cases drives the tests of both.

Decided here, once:

* Temperature 0 is the first of the likeliest; infinity is uniform over what truncation keeps. Between
  them, everything is computed after subtracting the largest logit, so nothing overflows.
* A logit of minus infinity means "impossible" and keeps probability 0 at every temperature.
* Ranks come from the raw logits (ties by id), which no temperature reorders. So truncation at an infinite
  temperature is the limit of truncation at high ones, and where top-p cuts through equals, the lower ids stay.
* Top-k keeps every logit equal to the k-th. At least one character is always kept.

This file knows no model, no vocabulary and no page.
"""

from __future__ import annotations

from contextlib import nullcontext, suppress
from dataclasses import dataclass
from math import inf
from numbers import Integral, Real

import numpy as np
from numpy.typing import ArrayLike, NDArray

from playground.errors import BadInput

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Sampling:
    """The settings of the stages. The defaults are "off": the model as it believes.

    temperature: 0 (greedy) to infinity (uniform).
    top_k:       keep the k likeliest; 0 is off.
    top_p:       nucleus (Holtzman et al. 2020, arXiv 1904.09751): keep the smallest set of the likeliest
                 that holds at least this mass, from 0 to 1; 1 is off.
    min_p:       keep what has at least this share of the likeliest one's probability
                 (Nguyen et al. 2024, arXiv 2407.01082), from 0 to 1; 0 is off.

    Raises BadInput, naming the field, the range and the value.
    """

    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 1.0
    min_p: float = 0.0

    def __post_init__(self) -> None:
        for name, high in (("temperature", inf), ("top_p", 1), ("min_p", 1)):
            object.__setattr__(self, name, _number(getattr(self, name), name, 0, high))
        if not isinstance(self.top_k, Integral) or isinstance(self.top_k, bool) or self.top_k < 0:
            raise BadInput(f"top_k must be a whole number, 0 (off) or more, but was {self.top_k!r}.")


def _number(value: object, name: str, low: float, high: float) -> float:
    if isinstance(value, Real) and not isinstance(value, bool):
        with suppress(OverflowError):  # a whole number beyond every float
            number = float(value)
            if low <= number <= high:
                return number
    raise BadInput(f"{name} must be a number from {low} to {high}, but was {value!r}.")


def distribution(logits: ArrayLike, sampling: Sampling = Sampling()) -> Array:
    """Return the distribution that `draw` samples from.

    logits:  (..., V) floats; minus infinity for what is impossible.
    returns: (..., V) float64; each row sums to 1.
    Raises BadInput if a logit is NaN or plus infinity, or a row has nothing possible in it.
    """
    rows = np.asarray(logits, dtype=np.float64)
    if rows.ndim == 0 or rows.shape[-1] == 0:
        raise BadInput("logits must have at least one entry in their last axis.")
    if rows.ndim == 1:
        return _row(rows, sampling)
    flat = rows.reshape(-1, rows.shape[-1])
    return np.stack([_row(row, sampling) for row in flat]).reshape(rows.shape)


def _row(logits: Array, sampling: Sampling) -> Array:
    probabilities = np.zeros(len(logits))
    ids, kept = _kept(logits, sampling)
    probabilities[ids] = kept
    return probabilities


def _kept(logits: Array, sampling: Sampling) -> tuple[NDArray[np.intp], Array]:
    """The ids that stay, by rank, and their probabilities."""
    ranked = ranks(logits)
    ordered = logits[ranked]
    largest, last = ordered.item(0), ordered.item(-1)
    if not (-inf < largest < inf and last <= largest):  # the ends tell of all: what is NaN sorts last
        raise BadInput("logits must not be NaN or plus infinity, and at least one must be finite.")
    if sampling.temperature == 0:
        return ranked[:1], np.ones(1)

    weights = _weights(ordered, sampling.temperature)  # (V,) descending, the first is 1
    kept = len(weights)
    if 0 < sampling.top_k < kept:
        kept = _keep_top_k(ordered, sampling.top_k)
    if sampling.top_p < 1:
        kept = _keep_top_p(weights[:kept], sampling.top_p)
    if sampling.min_p > 0:
        kept = _keep_min_p(weights[:kept], sampling.min_p)
    weights = weights[:kept]
    return ranked[:kept], weights / _total(weights)


def _weights(ranked: Array, temperature: float) -> Array:
    """e^((logit − largest) ÷ T) for logits in descending order; 1 for all that are possible at T = ∞."""
    if temperature == inf:
        return np.where(ranked == -inf, 0.0, 1.0)
    largest, last = ranked.item(0), ranked.item(-1)
    overflows = (last - largest) / temperature == -inf  # a gap divided by a tiny T, as it should be
    with np.errstate(over="ignore") if overflows else nullcontext():  # the first takes a while
        weights: Array = np.exp((ranked - largest) / temperature)
    return weights


# Each stage takes one row in descending order and says how many of its first entries stay.


def _keep_top_k(logits: Array, k: int) -> int:
    return int(np.count_nonzero(logits >= logits[k - 1]))


def _keep_top_p(weights: Array, p: float) -> int:
    """Drop from the unlikely end while the mass dropped is at most 1 − p."""
    tail = (weights / _total(weights))[::-1].cumsum()
    return max(1, len(weights) - int(np.count_nonzero(tail <= 1 - p)))


def _keep_min_p(weights: Array, share: float) -> int:
    return max(1, int(np.count_nonzero(weights >= share * weights[0])))


def _total(weights: Array) -> float:
    """Sum from left to right, as JavaScript does; NumPy's own sum adds in pairs."""
    return np.add.accumulate(weights).item(-1)


def ranks(values: ArrayLike) -> NDArray[np.intp]:
    """Ids of a (V,) array, largest value first, ties by id."""
    return (-np.asarray(values, dtype=np.float64)).argsort(kind="stable")


def draw(probabilities: ArrayLike, u: float) -> int:
    """The id under the dart: the inverse of the cumulative sum, likeliest first (ties by id).

    probabilities: (V,) that sum to 1; u: in [0, 1).
    Raises BadInput if u is outside [0, 1) or the probabilities are no distribution.
    """
    row = np.asarray(probabilities, dtype=np.float64)
    if not 0 <= u < 1:
        raise BadInput(f"u must be a number in [0, 1), but was {u!r}.")
    if row.ndim == 1 and len(row):
        ranked = ranks(row)
        ordered = row[ranked]
        if ordered[-1] >= 0:  # the least, or NaN, which sorts last
            cumulative = np.add.accumulate(ordered)
            if abs(cumulative[-1] - 1) < 1e-6:
                # Rounding can leave the total a hair under u: then the last possible character is under the dart.
                last = int(np.count_nonzero(row)) - 1
                return ranked.item(min(int(cumulative.searchsorted(u, side="right")), last))
    raise BadInput("probabilities must be one row of numbers of at least 0 that sum to 1.")


def choose(logits: ArrayLike, sampling: Sampling, u: float) -> int:
    """The same as draw(distribution(logits, sampling), u) for one row (V,), in two thirds of the time.

    The ranks of the logits serve as those of the probabilities, except where logits have become equals.
    """
    row = np.asarray(logits, dtype=np.float64)
    if row.ndim == 1 and len(row) and u >= 0:
        ids, kept = _kept(row, sampling)
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
    """The number u in [0, 1) that belongs to step `step` (0, 1, …) of the run with this seed.

    SplitMix64 (Steele, Lea and Flood 2014, "Fast splittable pseudorandom number generators"), read at a
    counter: the stream starts at the mixed seed. Any step's u is had without those before it, the
    same on every machine and in the browser. The top 53 bits make the fraction.
    """
    z = (_mix((seed + 0x9E3779B97F4A7C15) & _MASK) + (step + 1) * 0x9E3779B97F4A7C15) & _MASK
    return (_mix(z) >> 11) / (1 << 53)


def entropy(probabilities: ArrayLike) -> float:
    """Entropy in bits of one row (Shannon 1948): −Σ p log₂ p, with 0 log 0 = 0."""
    row = np.asarray(probabilities, dtype=np.float64)
    possible = row[row > 0]
    return float(max(0.0, -(possible * np.log2(possible)).sum()))

"""Draws for many rows at once, each under its own settings: the same ids as `choose` gives row by row.

A step of a small model takes less time than thirty NumPy calls, so what follows from the settings is computed once per
set of texts (`Samplings`), and a few rows are drawn one by one.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playground.sampling.draws import choose
from playground.sampling.stages import Array, Sampling

# Numbers processed at once; more would not fit in the processor's cache.
NUMBERS = 200_000
FEW = 6  # up to this many rows are drawn one by one
_MIXES = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))
_GOLDEN = 0x9E3779B97F4A7C15


class Samplings:
    """The settings of B rows, and what follows from them for all rows together."""

    def __init__(self, each: Sequence[Sampling]) -> None:
        self.each = list(each)
        temperatures = np.array([sampling.temperature for sampling in each])
        usual = (temperatures > 0) & (temperatures < inf)
        self.divisors = np.where(usual, temperatures, 1.0)[:, None]  # (B, 1)
        self.greedy = temperatures == 0
        self.any_greedy = bool(self.greedy.any())
        self.uniform = np.flatnonzero(temperatures == inf).tolist()
        self.shifted = [n for n, sampling in enumerate(each) if sampling.shifts]
        self.cut = [n for n, sampling in enumerate(each) if sampling.cuts and sampling.temperature > 0]

    def parts(self, most: int) -> list[tuple[slice, Samplings]]:
        """The same, split into parts of at most `most` rows."""
        if len(self.each) <= most:
            return [(slice(None), self)]
        parts = [slice(row, row + most) for row in range(0, len(self.each), most)]
        return [(part, Samplings(self.each[part])) for part in parts]


def choose_rows(logits: NDArray[np.floating[Any]], samplings: Samplings, us: Array) -> NDArray[np.int64]:
    """The ids that `choose` gives for each of B rows (B, V), with its settings and its number u (B,).

    BadInput as `choose`, where a row or a u is wrong.
    """
    B, V = logits.shape
    if B <= FEW:
        given = zip(logits, samplings.each, us.tolist(), strict=True)
        return np.array([choose(row, sampling, u) for row, sampling, u in given])
    parts = samplings.parts(max(1, NUMBERS // max(1, V)))
    found = [_choose_part(logits[part], some, us[part]) for part, some in parts]
    return found[0] if len(found) == 1 else np.concatenate(found)


@np.errstate(over="ignore", invalid="ignore", divide="ignore")
def _choose_part(logits: NDArray[np.floating[Any]], samplings: Samplings, us: Array) -> NDArray[np.int64]:
    """All rows at once. Unusual rows are left to `choose`, which reports what is wrong with them."""
    rows = logits.astype(np.float64)  # a copy
    B, V = rows.shape
    for row in samplings.shifted:
        for apply, value in samplings.each[row].shifts:
            rows[row] = apply(rows[row], value)
    first = np.arange(0, B * V, V)  # the start of each row in the flattened array
    ranked = np.negative(rows).argsort(axis=1, kind="stable")
    ordered = rows.take(ranked + first[:, None])
    largest, last = ordered[:, 0], ordered[:, -1]
    sure = np.isfinite(largest) & (last <= largest) & (us >= 0)  # NaN sorts last

    # As in `stages`: e^((logit − largest) ÷ T).
    weights = ordered - largest[:, None]
    weights /= samplings.divisors
    np.exp(weights, weights)
    for row in samplings.uniform:
        weights[row] = np.where(ordered[row] == -inf, 0.0, 1.0)
    for row in samplings.cut:
        if sure[row]:
            kept = V
            for keep, value in samplings.each[row].cuts:
                kept = keep(ordered[row, :kept], weights[row, :kept], value)
            weights[row, kept:] = 0  # which changes none of the earlier sums
    weights /= np.add.accumulate(weights, 1)[:, -1:]
    places = (np.add.accumulate(weights, 1) <= us[:, None]).sum(axis=1)

    # Where different logits have equal probabilities the ids decide the order, which `choose` handles.
    here = np.minimum(places, V - 1)
    at = here + first
    p = weights.take(at)
    sure &= (places < V) & (p > 0)
    sure &= (weights.take(at - 1) > p) | (here == 0)
    sure &= (weights.take(at + 1, mode="clip") < p) | (here == V - 1)
    found: NDArray[np.int64] = ranked.take(at)
    if samplings.any_greedy:
        greedy = samplings.greedy & np.isfinite(largest) & (last <= largest) & (us >= 0) & (us < 1)
        found = np.where(greedy, ranked[:, 0], found)
        sure |= greedy
    if not sure.all():
        for row in np.flatnonzero(~sure).tolist():
            found[row] = choose(logits[row], samplings.each[row], float(us[row]))
    return found


def bases(seeds: Sequence[int]) -> NDArray[np.uint64]:
    """What `dice_rows` needs of the seeds of B runs (B,); constant during a run."""
    mask = (1 << 64) - 1
    return _mix(np.array([(seed + _GOLDEN) & mask for seed in seeds], np.uint64))


def dice_rows(bases: NDArray[np.uint64], steps: NDArray[np.int64]) -> Array:
    """The numbers u (B,) that `dice` gives for B runs, each at its own step."""
    counters = bases + (steps.astype(np.uint64) + np.uint64(1)) * np.uint64(_GOLDEN)
    return (_mix(counters) >> np.uint64(11)).astype(np.float64) / (1 << 53)


def _mix(z: NDArray[np.uint64]) -> NDArray[np.uint64]:
    z = (z ^ (z >> np.uint64(30))) * _MIXES[0]
    z = (z ^ (z >> np.uint64(27))) * _MIXES[1]
    return z ^ (z >> np.uint64(31))

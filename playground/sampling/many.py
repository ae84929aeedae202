"""The draws of many rows at once, each under its own settings: the same ids as `choose` gives row by row."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playground.sampling.draws import choose
from playground.sampling.stages import Array, Sampling

# Numbers that are worked on at once. More would not stay near the processor.
NUMBERS = 200_000
_MIXES = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))
_GOLDEN = 0x9E3779B97F4A7C15


def choose_rows(logits: NDArray[np.floating[Any]], samplings: Sequence[Sampling], us: Array) -> NDArray[np.int64]:
    """The ids that `choose` gives for each of B rows (B, V), with its settings and its number u (B,).

    BadInput as `choose`, where a row or a u is wrong.
    """
    B, V = logits.shape
    most = max(1, NUMBERS // max(1, V))
    if B == 1:
        return np.array([choose(logits[0], samplings[0], float(us[0]))])
    parts = [slice(row, row + most) for row in range(0, B, most)]
    found = [_choose_part(logits[part], samplings[part], us[part]) for part in parts]
    return found[0] if len(found) == 1 else np.concatenate(found)


def _choose_part(logits: NDArray[np.floating[Any]], samplings: Sequence[Sampling], us: Array) -> NDArray[np.int64]:
    rows = logits.astype(np.float64)  # a copy
    B, V = rows.shape
    for row, sampling in enumerate(samplings):
        for apply, value in sampling.shifts:
            rows[row] = apply(rows[row], value)
    ranked = (-rows).argsort(axis=1, kind="stable")
    ordered = np.take_along_axis(rows, ranked, 1)
    largest, last = ordered[:, 0], ordered[:, -1]
    sure = (largest > -inf) & (largest < inf) & (last <= largest) & (us >= 0)  # choose tells what is wrong elsewhere

    temperatures = np.array([sampling.temperature for sampling in samplings])
    weights = _weights(ordered, temperatures, sure)
    for row, sampling in enumerate(samplings):
        if sampling.cuts and sure[row] and temperatures[row] > 0:
            kept = V
            for keep, value in sampling.cuts:
                kept = keep(ordered[row, :kept], weights[row, :kept], value)
            weights[row, kept:] = 0  # which changes no sum of those before
    totals = weights.cumsum(axis=1)[:, -1:]
    with np.errstate(invalid="ignore", divide="ignore"):
        weights /= totals
    places = (weights.cumsum(axis=1) <= us[:, None]).sum(axis=1)
    # Equal probabilities of different logits stand in the order of their ids, which `choose` sees to.
    beside = np.pad(weights, ((0, 0), (1, 1)), constant_values=((0, 0), (inf, 0)))
    here, each = np.minimum(places, V - 1), np.arange(B)
    p = weights[each, here]
    sure &= (places < V) & (p > 0) & (beside[each, here] > p)
    sure &= (beside[each, here + 2] < p) | (here == V - 1)
    greedy = (temperatures == 0) & (largest > -inf) & (largest < inf) & (last <= largest) & (us >= 0) & (us < 1)
    found: NDArray[np.int64] = np.where(greedy, ranked[:, 0], ranked[each, here])
    for row in np.flatnonzero(~(sure | greedy)).tolist():
        found[row] = choose(logits[row], samplings[row], float(us[row]))
    return found


def _weights(ordered: Array, temperatures: Array, sure: NDArray[np.bool_]) -> Array:
    """As `stages` makes them of each row: e^((logit − largest) ÷ T). Where it is not sure, or T is 0, anything."""
    usual = sure & (temperatures > 0) & (temperatures < inf)
    divisors = np.where(usual, temperatures, 1.0)[:, None]
    with np.errstate(over="ignore", invalid="ignore"):
        weights: Array = np.exp((ordered - ordered[:, :1]) / divisors)
    for row in np.flatnonzero(temperatures == inf).tolist():
        weights[row] = np.where(ordered[row] == -inf, 0.0, 1.0)
    return weights


def bases(seeds: Sequence[int]) -> NDArray[np.uint64]:
    """What `dice_rows` needs of the seeds of B runs (B,), which is always the same."""
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

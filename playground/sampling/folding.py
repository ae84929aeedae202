"""Compression of a long row of logits: the likeliest ids individually, all others as a fine histogram.

A vocabulary of 50,257 tokens has 200 kB of logits a step: too much to send for every token of a text. The browser gets
the thousand likeliest exactly. The rest is sent as groups of neighbours in rank: the size n of each and its mean logit
m. At temperature T a group counts as n e^(m / T), where the exact value is the sum of its e^(l / T): larger by a
fraction var(l) / 2 T². So groups are limited in three ways: by rank, to 1/256 of the rest each; by value, to 1/256 of
the rest's range; and by distance from the top, in steps that grow with it, so that a few logits far below (−10,000 is
how some models say "never") are not averaged with others. The total, and with it every probability, is then right to
1e-3 at every temperature (tested; far closer for real models). Where top-p or min-p cuts through a group, it is split
proportionally: then to 5e-3.

Logits are folded without the bias, which the browser adds. So ids with a bias must not be in a group: they are sent
individually too, whatever their rank.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

KEEP = 1_000  # ids that are sent individually
LONG = 3_000  # row length from which folding pays: shorter rows take no more room than the histogram
PARTS = 256  # groups of the rest, by rank and by value; half as many by distance


@dataclass(frozen=True)
class Folded:
    """One row, likeliest first.

    ids, logits:   (K,) the likeliest, ties by id, followed by the requested ids from the rest.
    counts, means: (R,) the rest in groups, R at most 640: how many symbols, and the mean of their logits. Impossible
                   symbols (minus infinity) are in none.
    """

    ids: NDArray[np.uint32]
    logits: NDArray[np.float32]
    counts: NDArray[np.uint32]
    means: NDArray[np.float32]


def fold(logits: ArrayLike, keep: int = KEEP, also: Collection[int] = ()) -> Folded:
    """Fold one row (V,) with V above `keep`. also: further ids that must not be in a group."""
    row = np.asarray(logits, dtype=np.float32)
    least = np.partition(row, len(row) - keep)[len(row) - keep]  # the smallest logit kept
    ids = np.flatnonzero(row >= least)  # more than `keep` if there are ties
    ids = ids[(-row[ids]).argsort(kind="stable")][:keep]
    others = np.ones(len(row), dtype=bool)
    others[ids] = False
    if also:
        asked = np.array(sorted({id for id in also if others[id]}), dtype=np.intp)
        asked = asked[(-row[asked]).argsort(kind="stable")]
        ids = np.concatenate([ids, asked])
        others[asked] = False
    others &= row > -np.inf
    rest = -np.sort(-row[others].astype(np.float64))  # (N,) descending
    if not len(rest):
        return Folded(ids.astype(np.uint32), row[ids], np.empty(0, np.uint32), np.empty(0, np.float32))
    by_rank = np.arange(PARTS) * len(rest) // PARTS
    depth = rest[0] - rest  # (N,) ascending from 0
    near = min(0.01, depth[-1]) or 1.0
    by_value = np.searchsorted(depth, np.linspace(0, depth[-1], PARTS, endpoint=False))
    by_distance = np.searchsorted(depth, np.geomspace(near, max(near, depth[-1]), PARTS // 2))
    starts = np.unique(np.concatenate([by_rank, by_value, by_distance]))
    starts = starts[starts < len(rest)]
    counts = np.diff(starts, append=len(rest))
    means = np.add.reduceat(rest, starts) / counts
    return Folded(ids.astype(np.uint32), row[ids], counts.astype(np.uint32), means.astype(np.float32))


def rank(logits: ArrayLike, id: int) -> int:
    """The rank of an id in a row (V,): 1 is the likeliest, ties by id."""
    row = np.asarray(logits)
    return 1 + int(np.count_nonzero(row > row[id])) + int(np.count_nonzero(row[:id] == row[id]))

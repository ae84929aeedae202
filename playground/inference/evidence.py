"""The evidence of an n-gram: the counts behind a prediction at each order, and how smoothing mixes them.

The formula is at the top of models/ngram.py. Written out, with h_n the last n symbols, and p_-1 = 1 / V:

    p_n(w) = (c(h_n w) - D(c)) / c(h_n.)  +  back_n p_n-1(w),     back_n = (D1 N1 + D2 N2 + D3 N3+) / c(h_n.)

So every order gives a symbol (c - D) / c(h_n.), times its share, which is the product of back_m of all longer orders,
and the rest is uniform: all these terms sum to p(w). An order whose context was never continued contributes nothing,
and leaves its share to the shorter ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from playground.checkpoints.folders import Checkpoint
from playground.errors import BadInput
from playground.models.ngram import NGram


@dataclass(frozen=True)
class Level:
    """One order's counts for the next symbol.

    context:   the ids of h_n, the last n ones.
    ids:       the symbols that followed it, none if it was never seen; counts: of each: occurrences at the highest
               order, different left neighbours at the others.
    total:     their sum, c(h_n.).
    discounts: D1, D2, D3, for a count of 1, of 2, and of 3 or more.
    back:      the weight left to shorter contexts, from 0 to 1; 1 if nothing followed.
    share:     the weight that all longer ones leave to it.
    """

    context: list[int]
    ids: list[int]
    counts: list[int]
    total: int
    discounts: list[float]
    back: float
    share: float


@dataclass(frozen=True)
class Evidence:
    """A query: an n-gram's counts after these ids; one answer, the levels, longest context first.

    BadInput if the model is not an n-gram.
    """

    ids: Sequence[int]

    def steps(self, checkpoint: Checkpoint) -> Iterator[list[Level]]:
        """Yield the levels, once."""
        model = checkpoint.model
        if not isinstance(model, NGram):
            raise BadInput("evidence.kind", name=checkpoint.name)
        # No context is longer than that, so earlier ids do not matter.
        recent = [*checkpoint.start_ids, *self.ids][-model.config.order :]
        yield levels(model, recent)


def levels(model: NGram, ids: Sequence[int]) -> list[Level]:
    """The levels after these ids, longest context first; with fewer than order − 1 ids there are fewer levels."""
    order, longest = model.config.order, model.config.sizes[-1]
    nodes = model.advance(list(ids))[1][0] if ids else (0,) + (-1,) * (order - 1)
    fanout = model.fanout.cpu().numpy()
    ends = np.cumsum(fanout, dtype=np.int64)  # of each node's children
    symbols, left_counts = model.symbols.cpu().numpy(), model.left_counts.cpu().numpy()
    counts = model.counts.cpu().numpy()
    shorter = len(symbols) - longest

    found: list[Level] = []
    share = 1.0
    for n in reversed(range(min(order, len(ids) + 1))):
        node, discounts = nodes[n], model.discounts[n].tolist()
        begin, end = (int(ends[node] - fanout[node]), int(ends[node])) if 0 <= node < len(fanout) else (0, 0)
        own = counts[begin - shorter : end - shorter] if n == order - 1 else left_counts[begin:end]
        total = int(own.sum(dtype=np.int64))
        taken = sum(discount(int(c), discounts) for c in own)
        back = taken / total if total else 1.0
        context = list(ids[len(ids) - n :])
        found.append(Level(context, symbols[begin:end].tolist(), own.tolist(), total, discounts, back, share))
        share *= back
    return found


def discount(count: int, discounts: Sequence[float]) -> float:
    """What is subtracted from a count, which is 1 or more."""
    return discounts[min(count, 3) - 1]


def probability(found: Sequence[Level], id: int, vocabulary: int) -> float:
    """p of a symbol: the sum of each level's contribution and of its part of the uniform rest, 1 / V."""
    p = found[-1].share * found[-1].back / vocabulary
    for level in found:
        if id in level.ids:
            count = level.counts[level.ids.index(id)]
            p += level.share * (count - discount(count, level.discounts)) / level.total
    return p

"""The tables that an n-gram predicts from, computed once from its counts; the formula is at the top of ngram.py.

They take several times the size of the model's file; how much is stated here too.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

# Bytes per node: of the finished tables, and at most while they are built.
KEPT, PEAK = 24, 52


class Tables(NamedTuple):
    """For M nodes. Node i > 0 is entry i - 1 of the first three."""

    keys: NDArray[np.int64]  # (M,) parent * V + symbol: sorted, so a child is found by bisection
    symbols: NDArray[Any]  # (M,) the model's own
    weights: NDArray[np.float32]  # (M,) (c - D) / the sum of c over its siblings
    first: NDArray[np.int64]  # (M + 2,) the children of node i are entries first[i] to first[i + 1]
    back: NDArray[np.float32]  # (1 + M,) the factor of the shorter context's distribution
    order: int
    vocabulary: int

    def contexts(self, before: tuple[int, ...], ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """The context after each of T ids, as in a state: (T, order)."""
        T, order = len(ids), self.order
        nodes = np.full((1 + T, order), -1)
        nodes[0] = before
        nodes[:, 0] = 0
        for n in range(order - 1):  # a string is found from the one without its last symbol, one position earlier
            wanted = nodes[:-1, n] * self.vocabulary + ids  # < 0 after -1
            at = self.keys.searchsorted(wanted)
            found = self.keys.take(at, mode="clip") == wanted
            nodes[1:, n + 1] = np.where(found, at + 1, -1)
        return nodes[1:]

    def after(self, before: NDArray[np.int64], ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """The contexts of B texts after one more id each: (B, order), (B,) -> (B, order)."""
        wanted = before[:, :-1] * self.vocabulary + ids[:, None]  # < 0 after -1
        at = self.keys.searchsorted(wanted)
        found = self.keys.take(at, mode="clip") == wanted
        nodes = np.zeros_like(before)
        nodes[:, 1:] = np.where(found, at + 1, -1)
        return nodes

    def mix(self, contexts: NDArray[np.int64]) -> NDArray[np.float64]:
        """Contexts (N, order) -> probabilities (N, V)."""
        p = np.full((len(contexts), self.vocabulary), 1 / self.vocabulary)
        for nodes in contexts.T:
            seen = np.flatnonzero(nodes >= 0)
            nodes = nodes[seen]
            p[seen] *= self.back[nodes, None]
            first = self.first[nodes]
            number = self.first[nodes + 1] - first
            # The children of all nodes, node by node: the offset of its node, and its index within it.
            children = np.arange(number.sum()) + np.repeat(first - np.cumsum(number) + number, number)
            p[np.repeat(seen, number), self.symbols[children]] += self.weights[children]
        return p

    def mix_few(self, contexts: NDArray[np.int64]) -> NDArray[np.float64]:
        """The same for few contexts, in few operations: a single sum over the shares of all lengths. A row's result
        does not depend on the others."""
        B, order = contexts.shape
        known = contexts >= 0
        # The weight of each length in the mixture: what all longer ones leave to it.
        nodes = contexts[known]
        backs = np.ones((B, order))
        backs[known] = self.back[nodes]
        left = backs[:, ::-1].cumprod(axis=1)
        shares = np.ones((B, order))
        shares[:, :-1] = left[:, -2::-1]
        first = self.first[nodes]
        number = self.first[nodes + 1] - first
        # The children of all nodes, by text and by node: the offset of its node, and its index within it.
        children = np.arange(number.sum()) + np.repeat(first - np.cumsum(number) + number, number)
        weights = self.weights[children] * np.repeat(shares[known], number)
        symbols = self.symbols[children] + np.repeat(np.nonzero(known)[0] * self.vocabulary, number)
        p: Any = np.bincount(symbols, weights, B * self.vocabulary).reshape(B, self.vocabulary)
        p += left[:, -1:] / self.vocabulary
        return p


def keys_of(model: Any) -> NDArray[np.int64]:
    """The keys of an n-gram's nodes, (M,)."""
    fanout = model.fanout.cpu().numpy()
    keys = np.repeat(np.arange(len(fanout)), fanout)  # (M,) the parents
    keys *= model.config.vocabulary
    keys += model.symbols.cpu().numpy()
    return keys


def build(model: Any) -> Tables:
    """The tables of an n-gram."""
    # Arrays of M float64 are many times the model's file, so each is freed as soon as it is used.
    keys, symbols = keys_of(model), model.symbols.cpu().numpy()
    M = len(keys)
    parents = keys // model.config.vocabulary
    counts = np.concatenate((model.left_counts.cpu().numpy(), model.counts.cpu().numpy()), dtype=np.float64)  # (M,)
    length = np.repeat(np.arange(model.config.order, dtype=np.int8), model.config.sizes)  # (M,)
    discounts = model.discounts.double().cpu().numpy()[length, np.minimum(counts, 3).astype(np.int8) - 1]  # (M,)
    del length
    totals = np.bincount(parents, counts, minlength=1 + M)  # (1 + M,)
    taken = np.bincount(parents, discounts, minlength=1 + M)  # (1 + M,)
    counts -= discounts
    del discounts
    counts /= totals[parents]
    weights = counts.astype(np.float32)
    del counts
    back = np.divide(taken, totals, out=np.ones(1 + M), where=totals > 0).astype(np.float32)
    del taken, totals
    parents += 1
    first = np.bincount(parents, minlength=M + 2)
    np.cumsum(first, out=first)
    return Tables(keys, symbols, weights, first, back, model.config.order, model.config.vocabulary)

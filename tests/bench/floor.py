"""The least that a step can cost: the same matrix products alone, in NumPy float32 with the same shapes.

No bias, no activation, no normalisation, no dispatch. The n-gram has no products: its floor is the bare
look-ups, one bisection for all context lengths and one slice of what followed each context.
"""

from collections.abc import Callable, Sequence
from itertools import cycle
from typing import Any

import numpy as np
from torch import nn

from playground.library import Checkpoint


def floor(checkpoint: Checkpoint, ids: Sequence[int]) -> Callable[[], object]:
    """A function that does one step's bare work; `ids` is a text of the model's, for the look-ups."""
    return _look_ups(checkpoint, ids) if checkpoint.kind == "ngram" else _products(checkpoint)


def _products(checkpoint: Checkpoint) -> Callable[[], object]:
    model: Any = checkpoint.model
    looked_up = {id(m.weight) for m in model.modules() if isinstance(m, nn.Embedding)}
    dice = np.random.default_rng(0)
    products = []
    for parameter in model.parameters():
        if parameter.dim() == 2 and id(parameter) not in looked_up:
            out, inner = parameter.shape
            weights = parameter.detach().numpy().copy()
            products.append((weights, dice.random(inner, np.float32), np.empty(out, np.float32)))
    if checkpoint.kind == "transformer":
        products += _attention(checkpoint.config)

    def step() -> None:
        for weights, x, out in products:
            np.matmul(weights, x, out=out)

    return step


def _attention(config: Any) -> list[tuple[Any, Any, Any]]:
    """In each layer, keys times the query and values times the weights, of a full window."""
    heads, S, D = config.heads, config.window, config.width // config.heads
    dice = np.random.default_rng(0)

    def product(rows: int, inner: int) -> tuple[Any, Any, Any]:
        many = dice.random((heads, rows, inner), np.float32)
        one = dice.random((heads, inner, 1), np.float32)
        return many, one, np.empty((heads, rows, 1), np.float32)

    return [p for _ in range(config.layers) for p in (product(S, D), product(D, S))]


def _look_ups(checkpoint: Checkpoint, ids: Sequence[int]) -> Callable[[], object]:
    model: Any = checkpoint.model
    order, V = checkpoint.config.order, checkpoint.config.vocabulary
    symbols, fanout = model.symbols.numpy(), model.fanout.numpy()
    # Node 0 is the empty string, entry i is node i + 1, and siblings lie side by side.
    keys = np.repeat(np.arange(len(fanout)), fanout).astype(np.int64) * V + symbols
    first = np.concatenate(([0], np.cumsum(fanout, dtype=np.int64)))

    def node(context: Sequence[int]) -> int:
        found = 0
        for id in context:
            at = int(keys.searchsorted(found * V + id))
            if at == len(keys) or keys[at] != found * V + id:
                return -1
            found = at + 1
        return found

    def work(end: int) -> tuple[Any, list[tuple[int, int]]]:
        nodes = [node(ids[end - n : end]) for n in range(order)]  # of the last 0, 1, … symbols
        wanted = np.asarray([n * V + ids[end] for n in nodes[:-1]])
        return wanted, [(int(first[n]), int(first[n + 1])) for n in nodes if n >= 0]

    steps = cycle([work(end) for end in range(order, len(ids))])

    def step() -> None:
        wanted, followed = next(steps)
        keys.searchsorted(wanted)
        for begin, end in followed:
            symbols[begin:end]

    return step

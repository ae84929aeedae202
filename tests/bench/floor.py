"""The least that a step can cost: the same matrix products alone, in NumPy float32 with the same shapes.

No bias, no activation, no normalisation, no dispatch. The n-gram has no products: its floor is the bare
look-ups, one bisection for all context lengths and one slice of what followed each context.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from torch import nn

from playground.checkpoints import Checkpoint


def floor(checkpoint: Checkpoint) -> Callable[[], object]:
    """A function that does one step's bare work."""
    return _look_ups(checkpoint) if checkpoint.kind == "ngram" else _products(checkpoint)


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


def _look_ups(checkpoint: Checkpoint) -> Callable[[], object]:
    model: Any = checkpoint.model
    symbols, fanout = model.symbols.numpy(), model.fanout.numpy()
    V = checkpoint.config.vocabulary
    # Node 0 is the empty string, entry i is node i + 1, and siblings lie side by side.
    keys = np.repeat(np.arange(len(fanout)), fanout).astype(np.int64) * V + symbols
    first = np.cumsum(np.concatenate(([0], fanout)), dtype=np.int64)
    # The contexts of a text: the strings that begin with any one entry, each longer by the commonest symbol.
    nodes = [0]
    for _ in range(checkpoint.config.order - 1):
        begin, end = int(first[nodes[-1]]), int(first[nodes[-1] + 1])
        if begin == end:
            break
        nodes.append(begin + int(np.argmax(np.append(fanout, np.zeros(len(symbols)))[begin + 1 : end + 1])) + 1)
    wanted = keys[np.asarray(nodes[1:]) - 1]
    inner = [node for node in nodes if node < len(fanout)]

    def step() -> None:
        keys.searchsorted(wanted)
        for node in inner:
            symbols[first[node] : first[node + 1]]

    return step

"""Parts that the recurrent models share: weights, two kinds of dropout that suit a recurrence, and their stacking."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def recurrent_weights(gates: int, width: int, hidden: int) -> tuple[nn.Parameter, ...]:
    """w_ih (gates·H, width), w_hh (gates·H, H), b_ih and b_hh (gates·H,) of one layer.

    Started as Keras does: Glorot-uniform inputs, orthogonal recurrence a gate (Saxe et al., 2014), biases 0.
    """
    w_ih, w_hh = torch.empty(gates * hidden, width), torch.empty(gates * hidden, hidden)
    for gate in range(gates):
        part = slice(gate * hidden, (gate + 1) * hidden)
        nn.init.xavier_uniform_(w_ih[part])
        nn.init.orthogonal_(w_hh[part])
    b_ih, b_hh = torch.zeros(gates * hidden), torch.zeros(gates * hidden)
    return nn.Parameter(w_ih), nn.Parameter(w_hh), nn.Parameter(b_ih), nn.Parameter(b_hh)


def locked_dropout(x: Tensor, p: float, training: bool) -> Tensor:
    """Drop features of x (B, T, C), each for the whole window: a recurrence would learn to see through noise."""
    if not training or p == 0:
        return x
    keep = torch.full_like(x[:, :1], 1 - p).bernoulli_() / (1 - p)  # (B, 1, C)
    return x * keep


def drop_weights(w: Tensor, p: float, training: bool) -> Tensor:
    """Drop single weights of a recurrent matrix for a whole window."""
    return F.dropout(w, p) if training and p > 0 else w


def stacked(
    layers: nn.ModuleList, x: Tensor, state: Sequence[Any], config: Any, training: bool
) -> tuple[Tensor, tuple[Any, ...]]:
    """x (B, T, E) through layers that each take (x, state, weight_dropout), with locked dropout after each.

    Returns the last layer's output (B, T, H) and the state of every layer after the last step.
    """
    after = []
    for layer, before in zip(layers, state, strict=True):
        x, last = layer(x, before, config.weight_dropout)
        x = locked_dropout(x, config.dropout, training)
        after.append(last)
    return x, tuple(after)

"""Parts that the recurrent models share: weights, and the two kinds of dropout that suit a recurrence."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def recurrent_weights(gates: int, width: int, hidden: int) -> tuple[nn.Parameter, ...]:
    """w_ih (gates·H, width), w_hh (gates·H, H), b_ih and b_hh (gates·H,) of one layer.

    Weights are uniform in ±1/√H, as the field starts them; biases start at 0.
    """
    bound = 1 / math.sqrt(hidden)
    w_ih = torch.empty(gates * hidden, width).uniform_(-bound, bound)
    w_hh = torch.empty(gates * hidden, hidden).uniform_(-bound, bound)
    return (
        nn.Parameter(w_ih),
        nn.Parameter(w_hh),
        nn.Parameter(torch.zeros(gates * hidden)),
        nn.Parameter(torch.zeros(gates * hidden)),
    )


def locked_dropout(x: Tensor, p: float, training: bool) -> Tensor:
    """Drop features of x (B, T, C), each for the whole window: a recurrence would learn to see through noise."""
    if not training or p == 0:
        return x
    keep = torch.full_like(x[:, :1], 1 - p).bernoulli_() / (1 - p)  # (B, 1, C)
    return x * keep


def drop_weights(w: Tensor, p: float, training: bool) -> Tensor:
    """Drop single weights of a recurrent matrix for a whole window."""
    return F.dropout(w, p) if training and p > 0 else w

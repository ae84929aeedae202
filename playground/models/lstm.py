"""The cell of long short-term memory (Hochreiter and Schmidhuber, 1997; with the forget gate of Gers et al., 2000).

    i, f, g, o = split(x W_ih' + b_ih + h W_hh' + b_hh)
    c' = σ(f) c + σ(i) tanh(g),   h' = σ(o) tanh(c')

Leaves out: peepholes, projections.
"""

import numpy as np
import torch
from torch import Tensor

from playground.models.cell import ArrayState, Cell, LayerState, Weights
from playground.models.fast.steps import Array, Product, sigmoid_


def one(x: Tensor, state: LayerState, weights: Weights) -> LayerState:
    return torch.lstm_cell(x, state, *weights)


def many(x: Tensor, state: LayerState, weights: Weights, training: bool) -> tuple[Tensor, LayerState]:
    h, c = state
    y, h, c = torch.lstm(x, (h[None], c[None]), weights, True, 1, 0.0, training, False, True)
    return y, (h[0], c[0])


def step(x: Array, state: ArrayState, w_hh: Product, b_hh: Array) -> ArrayState:
    h, c = state
    H = h.shape[-1]
    gates = w_hh(h)  # (…, 4H)
    gates += b_hh
    gates += x
    candidate = gates[..., 2 * H : 3 * H]
    candidate += candidate
    sigmoid_(gates)
    candidate += candidate  # tanh(x) = 2 σ(2 x) − 1, so one call serves all four
    candidate -= 1
    i, f, g, o = (gates[..., gate * H : (gate + 1) * H] for gate in range(4))
    c = f * c
    i *= g
    c += i
    h = np.tanh(c)
    h *= o
    return (h, c)


# It remembers at first: the forget gate's bias starts at 1 (Jozefowicz et al., 2015).
LSTM = Cell(biases=(0.0, 1.0, 0.0, 0.0), parts=2, one=one, many=many, step=step)

"""The cell of the plain recurrent network (Elman, 1990).

    h' = tanh(x W_ih' + b_ih + h W_hh' + b_hh)

Leaves out: gates, which is why it forgets sooner; it is here to show that difference.
"""

import numpy as np
import torch
from torch import Tensor

from playground.models.cell import ArrayState, Cell, LayerState, Weights
from playground.models.fast.steps import Array, Product


def one(x: Tensor, state: LayerState, weights: Weights) -> LayerState:
    return (torch.rnn_tanh_cell(x, state[0], *weights),)


def many(x: Tensor, state: LayerState, weights: Weights, training: bool) -> tuple[Tensor, LayerState]:
    y, h = torch.rnn_tanh(x, state[0][None], weights, True, 1, 0.0, training, False, True)
    return y, (h[0],)


def step(x: Array, state: ArrayState, w_hh: Product, b_hh: Array) -> ArrayState:
    h = w_hh(state[0])
    h += b_hh
    h += x
    np.tanh(h, h)
    return (h,)


RNN = Cell(biases=(0.0,), parts=1, one=one, many=many, step=step)

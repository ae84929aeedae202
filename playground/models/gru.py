"""The cell of the gated recurrent unit (Cho et al., 2014), in the form that cuDNN and Keras compute.

    r, z = σ of the reset and update parts of x W_ih' + b_ih + h W_hh' + b_hh
    n = tanh(x W_in' + b_in + r (h W_hn' + b_hn)),   h' = (1 − z) n + z h

Leaves out: the older form, where r multiplies h before the product.
"""

import numpy as np
import torch
from torch import Tensor

from playground.models.cell import ArrayState, Cell, LayerState, Weights
from playground.models.fast.steps import Array, Product, sigmoid_


def one(x: Tensor, state: LayerState, weights: Weights) -> LayerState:
    return (torch.gru_cell(x, state[0], *weights),)


def many(x: Tensor, state: LayerState, weights: Weights, training: bool) -> tuple[Tensor, LayerState]:
    y, h = torch.gru(x, state[0][None], weights, True, 1, 0.0, training, False, True)
    return y, (h[0],)


def step(x: Array, state: ArrayState, w_hh: Product, b_hh: Array) -> ArrayState:
    (h,) = state
    H = h.shape[-1]
    gates = w_hh(h)  # (…, 3H)
    gates += b_hh
    rz, n = gates[..., : 2 * H], gates[..., 2 * H :]
    rz += x[..., : 2 * H]
    sigmoid_(rz)
    n *= rz[..., :H]
    n += x[..., 2 * H :]
    np.tanh(n, n)
    h = h - n
    h *= rz[..., H:]
    h += n
    return (h,)


GRU = Cell(biases=(0.0, 0.0, 0.0), parts=1, one=one, many=many, step=step)

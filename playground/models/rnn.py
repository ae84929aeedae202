"""The plain recurrent network (Elman, 1990).

    h' = tanh(x W_ih' + b_ih + h W_hh' + b_hh)

Layers are stacked, with locked and weight dropout in training, as in the LSTM. Leaves out: gates, which
is why it forgets sooner; that difference is what it is here to show.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from playground.models.footprint import Footprint
from playground.models.interface import as_batch, bounded, check
from playground.models.recurrent import (
    as_tensors,
    drop_weights,
    in_table,
    inputs,
    recurrent_weights,
    stacked,
    step,
    step_views,
    worked_out,
)
from playground.models.steps import Array, Product, Views, single

# h of each layer, (B, H) each.
RNNState = tuple[Tensor, ...]


@dataclass(frozen=True)
class RNNConfig:
    vocabulary: int = bounded(1, 200_000)
    embedding: int = bounded(0, 4096, 64)  # 0: the ids are one-hot
    hidden: int = bounded(1, 4096, 512)
    layers: int = bounded(1, 48, 2)
    dropout: float = bounded(0.0, 0.9, 0.0)
    weight_dropout: float = bounded(0.0, 0.9, 0.0)

    def __post_init__(self) -> None:
        check(self)


class RNNLayer(nn.Module):
    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.w_ih, self.w_hh, self.b_ih, self.b_hh = recurrent_weights(1, width, hidden)

    def forward(self, x: Tensor, h: Tensor, weight_dropout: float) -> tuple[Tensor, Tensor]:
        """x (B, T, width) -> (B, T, H), and the state after the last step."""
        if x.shape[1] == 1 and not self.training:
            # One step needs none of what torch.rnn_tanh prepares for many.
            h = torch.rnn_tanh_cell(x[:, 0], h, self.w_ih, self.w_hh, self.b_ih, self.b_hh)
            return h[:, None], h
        w_hh = drop_weights(self.w_hh, weight_dropout, self.training)
        weights = (self.w_ih, w_hh, self.b_ih, self.b_hh)
        x, last = torch.rnn_tanh(x, h.unsqueeze(0), weights, True, 1, 0.0, self.training, False, True)
        return x, last[0]


def cell(x: Array, h: Array, w_hh: Product, b_hh: Array) -> tuple[Array, Array]:
    """The same in NumPy, for one step: see `recurrent.Cell`."""
    h = w_hh(h)
    h += b_hh
    h += x
    np.tanh(h, h)
    return h, h


class RNN(nn.Module):
    def __init__(self, config: RNNConfig) -> None:
        super().__init__()
        self.config = config
        widths = [config.embedding or config.vocabulary] + [config.hidden] * (config.layers - 1)
        self.embedding = inputs(config.vocabulary, config.embedding)
        self.layers = nn.ModuleList(RNNLayer(width, config.hidden) for width in widths)
        self.output = nn.Linear(config.hidden, config.vocabulary)
        self.views = Views(self, step_views, in_table(self))

    def worked_out(self) -> Footprint:
        return worked_out(self.config, gates=1)

    def advance(self, ids: Sequence[int] | Tensor, state: RNNState | None = None) -> tuple[Tensor, RNNState]:
        id = single(ids, self.config.vocabulary)
        if id is not None and state is not None and (views := self.views.now()) is not None:
            return step(views, cell, id, state)
        ids = as_batch(ids, self.config.vocabulary, self.output.weight.device)  # (B, T)
        x = self.embedding(ids)  # (B, T, E)
        if state is None:
            state = (x.new_zeros(x.shape[0], self.config.hidden),) * self.config.layers
        x, after = stacked(self.layers, x, as_tensors(state), self.config, self.training)  # (B, T, H)
        return self.output(x), after  # (B, T, V)

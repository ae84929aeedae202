"""Long short-term memory (Hochreiter and Schmidhuber, 1997; with the forget gate of Gers et al., 2000).

    i, f, g, o = split(x W_ih' + b_ih + h W_hh' + b_hh)
    c' = σ(f) c + σ(i) tanh(g),   h' = σ(o) tanh(c')

Layers are stacked; between them, in training, whole features are dropped for a whole window (locked
dropout, Gal and Ghahramani, 2016), and single recurrent weights too (weight dropout, Merity et al., 2018).
Leaves out: peepholes, projections, two directions.
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
from playground.models.steps import Array, Product, Views, constant, single

# (h, c) of each layer, (B, H) each.
LSTMState = tuple[tuple[Tensor, Tensor], ...]


@dataclass(frozen=True)
class LSTMConfig:
    vocabulary: int = bounded(1, 200_000)
    embedding: int = bounded(0, 4096, 64)  # 0: the ids are one-hot
    hidden: int = bounded(1, 4096, 512)
    layers: int = bounded(1, 48, 2)
    dropout: float = bounded(0.0, 0.9, 0.0)
    weight_dropout: float = bounded(0.0, 0.9, 0.0)

    def __post_init__(self) -> None:
        check(self)


class LSTMLayer(nn.Module):
    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.w_ih, self.w_hh, self.b_ih, self.b_hh = recurrent_weights(4, width, hidden)
        with torch.no_grad():
            self.b_ih[hidden : 2 * hidden] = 1.0  # remember at first: Jozefowicz et al., 2015

    def forward(
        self, x: Tensor, state: tuple[Tensor, Tensor], weight_dropout: float
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """x (B, T, width) -> (B, T, H), and the state after the last step."""
        if x.shape[1] == 1 and not self.training:
            # One step of torch.lstm on a CPU packs the weights anew: many times the cost of the cell.
            h, c = torch.lstm_cell(x[:, 0], state, self.w_ih, self.w_hh, self.b_ih, self.b_hh)
            return h[:, None], (h, c)
        h, c = (part.unsqueeze(0) for part in state)
        w_hh = drop_weights(self.w_hh, weight_dropout, self.training)
        weights = (self.w_ih, w_hh, self.b_ih, self.b_hh)
        x, h, c = torch.lstm(x, (h, c), weights, True, 1, 0.0, self.training, False, True)
        return x, (h[0], c[0])


def cell(x: Array, state: tuple[Array, Array], w_hh: Product, b_hh: Array) -> tuple[Array, tuple[Array, Array]]:
    """The same in NumPy, for one step: see `recurrent.Cell`."""
    h, c = state
    gates = w_hh(h)  # (4H,)
    gates += b_hh
    gates += x
    # σ(x) = (1 + tanh(x / 2)) / 2, so one tanh serves the gates i, f and o and the candidate g.
    scale = constant(len(gates), 0.5, 0.5, 1.0, 0.5)
    gates *= scale
    np.tanh(gates, gates)
    gates *= scale
    gates += constant(len(gates), 0.5, 0.5, 0.0, 0.5)
    i, f, g, o = gates.reshape(4, -1)  # (H,) each
    c = f * c
    i *= g
    c += i
    h = np.tanh(c)
    h *= o
    return h, (h, c)


class LSTM(nn.Module):
    def __init__(self, config: LSTMConfig) -> None:
        super().__init__()
        self.config = config
        widths = [config.embedding or config.vocabulary] + [config.hidden] * (config.layers - 1)
        self.embedding = inputs(config.vocabulary, config.embedding)
        self.layers = nn.ModuleList(LSTMLayer(width, config.hidden) for width in widths)
        self.output = nn.Linear(config.hidden, config.vocabulary)
        self.views = Views(self, step_views, in_table(self))

    def worked_out(self) -> Footprint:
        return worked_out(self.config, gates=4)

    def advance(self, ids: Sequence[int] | Tensor, state: LSTMState | None = None) -> tuple[Tensor, LSTMState]:
        id = single(ids, self.config.vocabulary)
        if id is not None and state is not None and (views := self.views.now()) is not None:
            return step(views, cell, id, state)
        ids = as_batch(ids, self.config.vocabulary, self.output.weight.device)  # (B, T)
        x = self.embedding(ids)  # (B, T, E)
        if state is None:
            zeros = x.new_zeros(x.shape[0], self.config.hidden)
            state = ((zeros, zeros),) * self.config.layers
        x, after = stacked(self.layers, x, as_tensors(state), self.config, self.training)  # (B, T, H)
        return self.output(x), after  # (B, T, V)

"""The recurrent models: layers of one cell, stacked, from an id to the logits of the next.

    x = embedding(id),   x, state = layer(x, state) for each layer,   logits = x W' + b

The output may be the embedding itself, transposed (Press and Wolf, 2017), if the sizes match.

What a layer computes is its cell's: rnn.py, gru.py, lstm.py. In training, each dropped feature stays dropped for the
whole window (locked dropout, Gal and Ghahramani, 2016), and single recurrent weights are dropped too (weight dropout,
Merity et al., 2018). A step of one text runs in NumPy (fast/recurrent.py).

Leaves out: bidirectional layers, a different size for each layer.
"""

from collections.abc import Sequence
from functools import partial
from typing import ClassVar, Self

import numpy as np
import torch
from pydantic import Field, model_validator
from torch import Tensor, nn
from torch.nn import functional as F

from playground.errors import BadInput
from playground.models.cell import Cell, LayerState
from playground.models.config import Config
from playground.models.fast.recurrent import (
    RowsState,
    as_tensors,
    copied_names,
    matrices,
    row_views,
    rows_size,
    step,
    step_rows,
    step_views,
    table_size,
)
from playground.models.fast.steps import Array, Views, single
from playground.models.footprint import Footprint
from playground.models.tasks import as_batch

MOST_ONE_HOT = 1024  # symbols

# One state per layer.
RecurrentState = tuple[LayerState, ...]


class RecurrentConfig(Config):
    vocabulary: int = Field(ge=1, le=200_000)
    embedding: int = Field(64, ge=0, le=4096)  # 0: the ids are one-hot
    hidden: int = Field(512, ge=1, le=4096)
    layers: int = Field(2, ge=1, le=48)
    dropout: float = Field(0.0, ge=0.0, le=0.9)
    weight_dropout: float = Field(0.0, ge=0.0, le=0.9)
    tied: bool = False  # whether the output matrix is the embedding, without a bias

    TACIT: ClassVar[frozenset[str]] = frozenset({"tied"})

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        if self.tied and self.embedding != self.hidden:
            raise BadInput("config.tied", embedding=self.embedding, hidden=self.hidden)
        return self


class OneHot(nn.Module):
    """Ids (B, T) as one-hot vectors (B, T, V). Nothing is learned: w_ih has a column for each id."""

    like: Tensor

    def __init__(self, vocabulary: int) -> None:
        super().__init__()
        if vocabulary > MOST_ONE_HOT:
            raise BadInput("recurrent.embedding", most=MOST_ONE_HOT)
        self.vocabulary = vocabulary
        self.register_buffer("like", torch.empty(0), persistent=False)  # follows the dtype of the weights

    @property
    def weight(self) -> Tensor:
        """(V, V), as an embedding's."""
        return torch.eye(self.vocabulary)

    def forward(self, ids: Tensor) -> Tensor:
        return F.one_hot(ids, self.vocabulary).to(self.like.dtype)


class Layer(nn.Module):
    """w_ih (G·H, width), w_hh (G·H, H), b_ih and b_hh (G·H,), with G the cell's gates.

    Initialised as in Keras: Glorot-uniform inputs, an orthogonal recurrence for each gate (Saxe et al., 2014), and
    biases of 0 unless the cell says otherwise.
    """

    def __init__(self, cell: Cell, width: int, hidden: int) -> None:
        super().__init__()
        self.cell = cell
        gates = len(cell.biases)
        w_ih, w_hh = torch.empty(gates * hidden, width), torch.empty(gates * hidden, hidden)
        for gate in range(gates):
            part = slice(gate * hidden, (gate + 1) * hidden)
            nn.init.xavier_uniform_(w_ih[part])
            nn.init.orthogonal_(w_hh[part])
        self.w_ih, self.w_hh = nn.Parameter(w_ih), nn.Parameter(w_hh)
        self.b_ih = nn.Parameter(torch.tensor(cell.biases).repeat_interleave(hidden))
        self.b_hh = nn.Parameter(torch.zeros(gates * hidden))

    def forward(self, x: Tensor, state: LayerState, weight_dropout: float) -> tuple[Tensor, LayerState]:
        """x (B, T, width) -> (B, T, H), and the state after the last step."""
        if x.shape[1] == 1 and not self.training:
            # torch.lstm on a CPU repacks the weights at each call, at many times the cost of one step of the cell.
            state = self.cell.one(x[:, 0], state, (self.w_ih, self.w_hh, self.b_ih, self.b_hh))
            return state[0][:, None], state
        w_hh = drop_weights(self.w_hh, weight_dropout, self.training)
        return self.cell.many(x, state, (self.w_ih, w_hh, self.b_ih, self.b_hh), self.training)


class Recurrent(nn.Module):
    def __init__(self, cell: Cell, config: RecurrentConfig) -> None:
        super().__init__()
        self.cell, self.config = cell, config
        one_hot = config.embedding == 0
        widths = [config.vocabulary if one_hot else config.embedding] + [config.hidden] * (config.layers - 1)
        self.embedding = OneHot(config.vocabulary) if one_hot else nn.Embedding(config.vocabulary, config.embedding)
        self.layers = nn.ModuleList(Layer(cell, width, config.hidden) for width in widths)
        self.output = None if config.tied else nn.Linear(config.hidden, config.vocabulary)
        if config.tied:
            nn.init.normal_(self.embedding.weight, std=config.hidden**-0.5)  # so that the first logits are near ±1
        self.views = Views(self, step_views, copied_names(self))
        self.rows = Views(self, row_views, matrices(self))

    @property
    def output_weight(self) -> Tensor:
        """(V, H), the embedding itself where they are tied."""
        return self.embedding.weight if self.output is None else self.output.weight

    def derived_footprint(self) -> Footprint:
        """Of the step's table and the one-hot vectors that it is built from; of the copies for batched steps."""
        table = table_size(self.config.vocabulary, len(self.cell.biases) * self.config.hidden)
        one_hot = 0 if self.config.embedding else 4 * self.config.vocabulary**2
        rows = rows_size(self)
        return Footprint(table + one_hot + rows, 2 * table + one_hot + rows)

    def advance(
        self, ids: Sequence[int] | Tensor, state: RecurrentState | None = None
    ) -> tuple[Tensor, RecurrentState]:
        """See LanguageModel."""
        id = single(ids, self.config.vocabulary)
        if type(state) is RowsState:  # type: ignore[comparison-overlap]  # arrays, where that has tensors
            state = as_tensors(state)
        if id is not None and state is not None and (views := self.views.current()) is not None:
            return step(views, self.cell, id, state)  # type: ignore[return-value]  # arrays, where that has tensors
        ids = as_batch(ids, self.config.vocabulary, self.output_weight.device)  # (B, T)
        return self.forward_embeddings(self.embedding(ids), state)

    def forward_embeddings(self, x: Tensor, state: RecurrentState | None = None) -> tuple[Tensor, RecurrentState]:
        """The model after its embeddings x (B, T, E): the logits (B, T, V), and the state after the last one."""
        if state is None:
            zeros = x.new_zeros(x.shape[0], self.config.hidden)
            state = ((zeros,) * self.cell.parts,) * self.config.layers
        after = []
        for layer, before in zip(self.layers, as_tensors(state), strict=True):
            x, last = layer(x, before, self.config.weight_dropout)
            x = locked_dropout(x, self.config.dropout, self.training)
            after.append(last)
        return self._logits(x), tuple(after)  # (B, T, V)

    def _logits(self, x: Tensor) -> Tensor:
        """(…, H) -> (…, V)."""
        return F.linear(x, self.embedding.weight) if self.output is None else self.output(x)

    def step(self, ids: Sequence[int], state: RecurrentState) -> tuple[Array, RecurrentState]:
        """See LanguageModel."""
        with torch.inference_mode():
            views = self.rows.current()
            if views is None:
                logits, after = self.advance(torch.tensor(ids)[:, None], as_tensors(state))
                return logits[:, 0].numpy(), after
            return step_rows(views, self.cell, np.asarray(ids, np.int64), state)  # type: ignore[return-value]

    def merge(self, states: Sequence[RecurrentState]) -> RecurrentState:
        """See LanguageModel."""
        layers = zip(*map(as_tensors, states), strict=True)  # for each layer all its states
        return tuple(tuple(map(torch.cat, zip(*of, strict=True))) for of in layers)

    def select(self, state: RecurrentState, rows: Sequence[int]) -> RecurrentState:
        """See LanguageModel."""
        chosen = torch.tensor(rows)
        return tuple(tuple(part[chosen] for part in layer) for layer in as_tensors(state))

    def between(self, states: Sequence[RecurrentState], share: float) -> tuple[Array, RecurrentState]:
        """A state interpolated between the states of two texts, and the logits (V,) that it gives.

        share: from 0 (the first) to 1 (the second). Each number of the state is interpolated linearly.
        """
        with torch.inference_mode():
            one, other = (as_tensors(state) for state in states)
            layers = zip(one, other, strict=True)
            state = tuple(tuple(map(partial(torch.lerp, weight=share), *pair)) for pair in layers)
            logits: Array = self._logits(state[-1][0])[0].numpy()  # the first part of a layer's state is its output
            return logits, state


def locked_dropout(x: Tensor, p: float, training: bool) -> Tensor:
    """Drop features of x (B, T, C), each for the whole window: a recurrence would learn to average out noise."""
    if not training or p == 0:
        return x
    keep = torch.empty_like(x[:, :1]).bernoulli_(1 - p) / (1 - p)  # (B, 1, C)
    return x * keep


def drop_weights(w: Tensor, p: float, training: bool) -> Tensor:
    """Drop single weights of a recurrent matrix for a whole window."""
    return F.dropout(w, p) if training and p > 0 else w

"""A causal convolutional network: each layer mixes a position with a few before it, and none after it.

    a, b = W · [h at t − (k − 1) d, …, h at t − d, h at t] + bias       h = norm(x), k the kernel, d the dilation
    x = x + W' (a ⊙ σ(b)) + bias'                                      in each layer; logits = norm(x) W″

The gate is that of Dauphin et al. (2017). The dilation doubles from layer to layer, as in WaveNet (van den Oord et al.,
2016), and restarts at 1 after `cycle` layers, so a few layers see far without skipping positions in between. Nothing
further back than 1 + Σ (k − 1) d is ever seen. A pass over a text is a few large products without sequential steps; one
more symbol needs only the last (k − 1) d inputs of each layer, which are the state.

Leaves out: depthwise convolutions, skip connections to the output. Its step in NumPy is in fast/convnet.py.
"""

from collections.abc import Sequence

import numpy as np
import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F

from playground.models.config import Config
from playground.models.fast.convnet import (
    RowsState,
    as_tensors,
    merge_states,
    row_views,
    rows_size,
    select_states,
    step,
    step_rows,
    step_views,
)
from playground.models.fast.steps import Array, Views, single
from playground.models.footprint import Footprint
from playground.models.tasks import as_batch

# For each layer its last inputs (B, (k − 1) d, C), zeros before the start of the text; arrays after a NumPy step.
ConvnetState = tuple[Tensor, ...]


class ConvnetConfig(Config):
    vocabulary: int = Field(ge=1, le=200_000)
    width: int = Field(192, ge=1, le=4096)
    layers: int = Field(8, ge=1, le=48)
    kernel: int = Field(2, ge=2, le=16)  # positions that a layer mixes
    cycle: int = Field(5, ge=1, le=10)  # layers until the dilation restarts at 1
    dropout: float = Field(0.0, ge=0.0, le=0.9)
    tied: bool = False  # whether the output matrix is the embedding

    def dilation(self, layer: int) -> int:
        return int(2 ** (layer % self.cycle))

    @property
    def sees(self) -> int:
        """Symbols that a prediction depends on, at most."""
        return 1 + sum((self.kernel - 1) * self.dilation(layer) for layer in range(self.layers))


class Block(nn.Module):
    def __init__(self, config: ConvnetConfig, dilation: int) -> None:
        super().__init__()
        self.kernel, self.dilation = config.kernel, dilation
        self.span = (config.kernel - 1) * dilation  # positions in its state
        self.norm = nn.LayerNorm(config.width)
        self.conv = nn.Linear(config.kernel * config.width, 2 * config.width)
        self.out = nn.Linear(config.width, config.width)
        self.drop = nn.Dropout(config.dropout)

    def forward(self, x: Tensor, past: Tensor) -> tuple[Tensor, Tensor]:
        """x (B, T, C) and the inputs before it (B, span, C) -> the output (B, T, C), and the last inputs."""
        inputs = torch.cat([past.to(x.dtype), self.norm(x)], 1)  # (B, span + T, C)
        T = x.shape[1]
        seen = torch.cat([inputs[:, k * self.dilation :][:, :T] for k in range(self.kernel)], -1)  # (B, T, k · C)
        return x + self.drop(self.out(F.glu(self.conv(seen), -1))), inputs[:, T:]


class Convnet(nn.Module):
    def __init__(self, config: ConvnetConfig) -> None:
        super().__init__()
        self.config = config
        self.embedding = nn.Embedding(config.vocabulary, config.width)
        self.drop = nn.Dropout(config.dropout)
        self.blocks = nn.ModuleList(Block(config, config.dilation(layer)) for layer in range(config.layers))
        self.norm = nn.LayerNorm(config.width)
        self.output = None if config.tied else nn.Linear(config.width, config.vocabulary, bias=False)
        # Each layer starts by adding little to the residual stream, so that the sum does not grow with the number of
        # layers.
        nn.init.normal_(self.embedding.weight, std=config.width**-0.5 if config.tied else 0.5)
        for name, parameter in self.blocks.named_parameters():
            if name.endswith("conv.weight"):
                nn.init.normal_(parameter, std=(config.kernel * config.width) ** -0.5)
            elif name.endswith("out.weight"):
                nn.init.normal_(parameter, std=(config.layers * config.width) ** -0.5)
            elif name.endswith(("conv.bias", "out.bias")):
                nn.init.zeros_(parameter)
        self.views = Views(self, step_views)
        self.rows = Views(self, row_views, [name for name, p in self.named_parameters() if p.dim() == 2])

    @property
    def output_weight(self) -> Tensor:
        """(V, C), the embedding itself where they are tied."""
        return self.embedding.weight if self.output is None else self.output.weight

    def derived_footprint(self) -> Footprint:
        """Of the copies for batched steps."""
        return Footprint(rows_size(self), rows_size(self))

    def text_size(self) -> int:
        """Bytes of a text's state, including the overhead of each vector's object."""
        return (self.config.sees - 1) * (4 * self.config.width + 120)

    def advance(self, ids: Sequence[int] | Tensor, state: ConvnetState | None = None) -> tuple[Tensor, ConvnetState]:
        """See LanguageModel."""
        id = single(ids, self.config.vocabulary)
        if id is not None and state is not None and (views := self.views.current()) is not None:
            return step(views, id, state)  # type: ignore[return-value]  # arrays, where that has tensors
        ids = as_batch(ids, self.config.vocabulary, self.output_weight.device)  # (B, T)
        x = self.drop(self.embedding(ids))  # (B, T, C)
        if state is None:
            state = tuple(x.new_zeros(len(x), block.span, x.shape[2]) for block in self.blocks)
        after = []
        for block, past in zip(self.blocks, as_tensors(state), strict=True):
            x, last = block(x, past)
            after.append(last)
        return F.linear(self.norm(x), self.output_weight), tuple(after)  # (B, T, V)

    def step(self, ids: Sequence[int], state: ConvnetState | RowsState) -> tuple[Array, ConvnetState | RowsState]:
        """See LanguageModel."""
        with torch.inference_mode():
            views = self.rows.current()
            if views is None:
                logits, after = self.advance(torch.tensor(ids)[:, None], as_tensors(state))
                return logits[:, 0].numpy(), after
            return step_rows(views, np.asarray(ids, np.int64), state)

    def merge(self, states: Sequence[ConvnetState | RowsState]) -> RowsState:
        """See LanguageModel."""
        return merge_states(states)

    def select(self, state: ConvnetState | RowsState, rows: Sequence[int]) -> RowsState:
        """See LanguageModel."""
        return select_states(state, rows)

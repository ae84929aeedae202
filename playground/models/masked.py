"""Masked language model (Devlin et al., 2018): a bidirectional Transformer encoder that predicts the symbols at gaps.

    x = embedding(ids, with the mask at each gap);  x = block(x) in each layer;  logits = norm(x) W'

The blocks are the Transformer's. Attention is not causal: a gap is predicted from both sides. Only relative positions
are known: in each layer each head adds to its scores a learned bias for each distance, to the left and to the right
(relative position bias: Shaw et al., 2018, in the form of Raffel et al., 2020, without its buckets). The biases start
as slopes, one steepness per head (ALiBi: Press et al., 2022), because a head that starts with its neighbours learns
spelling at once. With learned positions, as in BERT, a vector per position of the window is added to its id's instead;
the card of `shakespeare-masked` compares the two.

The mask is one extra row of the embedding. It is not a symbol: no text contains it, and it is never predicted. In a
text longer than the context each gap is predicted from a window around it.

Leaves out: BERT's segments, its next-sentence task, and its prediction targets that still show a symbol.
"""

from collections.abc import Sequence
from typing import ClassVar, Literal, Self

import torch
from pydantic import Field, model_validator
from torch import Tensor, nn
from torch.nn import functional as F

from playground.errors import BadInput
from playground.models.config import Config, configure
from playground.models.tasks import as_batch
from playground.models.transformer import Block, TransformerConfig

WINDOWS = 32  # windows processed at once: bounds the memory for a long text with many gaps


class MaskedConfig(Config):
    vocabulary: int = Field(ge=1, le=200_000)
    width: int = Field(160, ge=2, le=4096)
    layers: int = Field(4, ge=1, le=48)
    heads: int = Field(4, ge=1, le=64)
    context: int = Field(128, ge=2, le=4096)
    dropout: float = Field(0.0, ge=0.0, le=0.9)
    positions: Literal["relative", "learned"] = "relative"

    TACIT: ClassVar[frozenset[str]] = frozenset({"positions"})

    @model_validator(mode="after")
    def _heads_divide(self) -> Self:
        if self.width % self.heads:
            raise BadInput("config.width", heads=self.heads, width=self.width)
        return self


class MaskedLM(nn.Module):
    def __init__(self, config: MaskedConfig) -> None:
        super().__init__()
        self.config = c = config
        self.mask = c.vocabulary  # the row of the embedding that stands for an unknown symbol
        sizes = c.model_dump(include={"vocabulary", "width", "heads", "dropout"})
        block = configure(TransformerConfig, sizes | {"positions": "learned"})
        self.embedding = nn.Embedding(c.vocabulary + 1, c.width)
        self.drop = nn.Dropout(c.dropout)
        self.blocks = nn.ModuleList(Block(block) for _ in range(c.layers))
        self.position_embedding = nn.Embedding(c.context, c.width) if c.positions == "learned" else None
        self.distances: nn.Parameter | None = None
        if self.position_embedding is None:
            # Created on the CPU even in an outline: on "meta" torch would import its compiler for it, in 2 s.
            distance = torch.arange(1 - c.context, c.context, device="cpu").abs().float()
            slopes = 2.0 ** -torch.arange(c.heads, device="cpu").float()  # 1, 1/2, 1/4, …
            self.distances = nn.Parameter(torch.empty(c.layers, c.heads, len(distance)))
            self.distances.data.copy_(-slopes[:, None] * distance)
        self.norm = nn.LayerNorm(c.width)
        self.output = nn.Linear(c.width, c.vocabulary, bias=False)
        for name, parameter in self.named_parameters():
            if parameter.dim() == 2:
                # Projections into the residual stream start smaller: Radford et al., 2019.
                written = name.endswith(("attention.out.weight", "down.weight"))
                nn.init.normal_(parameter, std=0.02 / (2 * c.layers) ** 0.5 if written else 0.02)

    def fill(
        self, ids: Sequence[int] | Tensor, positions: Sequence[int], hidden: Sequence[int] = ()
    ) -> Tensor:
        """See MaskedLM. BadInput when there is no text, an id in a list is out of range, or a position is outside the
        text."""
        device = self.output.weight.device
        given = ids[None].to(device) if isinstance(ids, Tensor) else ids
        row = as_batch(given, self.config.vocabulary, device)[0]
        T = len(row)
        for position in (*positions, *hidden):
            if not 0 <= position < T:
                raise BadInput("fill.position", value=position, most=T - 1)
        at = torch.tensor(positions, dtype=torch.int64, device=device)
        gaps = torch.tensor([*positions, *hidden], dtype=torch.int64, device=device)
        row = row.index_fill(0, gaps, self.mask)
        size = min(T, self.config.context)
        if not positions:
            return torch.empty(0, self.config.vocabulary, device=device)
        begins, window = (at - size // 2).clamp(0, T - size).unique(return_inverse=True)
        windows = row.unfold(0, size, 1)[begins]  # (windows, size)
        logits = torch.cat([self(some) for some in windows.split(WINDOWS)])
        return logits[window, at - begins[window]]

    def forward(self, ids: Tensor) -> Tensor:
        """Logits (B, T, V) at each position of ids (B, T), T up to the context; gaps have the id `mask`."""
        T, N = ids.shape[1], self.config.context
        x = self.embedding(ids)  # (B, T, C)
        places = torch.arange(T, device=ids.device)
        if self.position_embedding is not None:
            x = x + self.position_embedding(places)
        x = self.drop(x)
        apart = places - places[:, None] + N - 1  # (T, T): the column of each pair's distance
        for i, block in enumerate(self.blocks):
            x = block(x, None, None if self.distances is None else self.distances[i][:, apart], None, T)
        return F.linear(self.norm(x), self.output.weight)

"""The Transformer that translates (Vaswani et al., 2017): an encoder reads the source, a decoder writes the target.

    encoder  x = x + attention(norm(x)),                  x = x + mlp(norm(x))
    decoder  y = y + attention(norm(y)), over those before;  y = y + attention(norm(y) over the encoded source),
             y = y + mlp(norm(y));                        logits = W' norm(y)

LayerNorm comes before each part. Positions are sines of the paper's frequencies, or learned vectors. A target has ROOM
positions; further letters overwrite the last one. pair.py combines source and target into one text.

Leaves out: dropout, tied output weights. Batched steps run text by text.
"""

import math
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple, Self

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field, model_validator
from torch import Tensor, nn
from torch.nn import functional as F

from playground.errors import BadInput
from playground.models import pair
from playground.models.config import Config
from playground.models.fast.steps import Array
from playground.models.pair import LONGEST, PairState, Parts

ROOM = 96  # letters of a target


class Seq2SeqTransformerConfig(Config):
    """The first symbol of the vocabulary ends a target, the last one is the separator."""

    vocabulary: int = Field(ge=2, le=200_000)
    width: int = Field(128, ge=2, le=4096)
    layers: int = Field(2, ge=1, le=48)  # of the encoder, and as many of the decoder
    heads: int = Field(4, ge=1, le=64)
    d_ff: int = Field(0, ge=0, le=16_384)  # width of the mlp's hidden layer; 0 is four times the width
    positions: Literal["sinusoidal", "learned"] = "sinusoidal"

    @model_validator(mode="after")
    def _heads_divide(self) -> Self:
        if self.width % self.heads or self.width % 2:
            raise BadInput("config.width", heads=self.heads, width=self.width)
        return self


class AttentionOutput(NamedTuple):
    """The output of attention (B, T, C), and its weights (B, heads, T, S)."""

    found: Tensor
    weights: Tensor


class Attention(nn.Module):
    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(width, width, bias=False)
        self.keys_values = nn.Linear(width, 2 * width, bias=False)
        self.out = nn.Linear(width, width, bias=False)

    def forward(self, x: Tensor, kept: Tensor, seen: Tensor | None) -> AttentionOutput:
        """x (B, T, C) attends to keys and values `kept` (B, 2, S, C); `seen` (B or 1, T or 1, S) says to which."""
        keys, values = (part.unflatten(2, (self.heads, -1)).transpose(1, 2) for part in kept.unbind(1))
        query = self.query(x).unflatten(2, (self.heads, -1)).transpose(1, 2)  # (B, heads, T, D)
        scores = query @ keys.mT * query.shape[-1] ** -0.5
        weights = F.softmax(scores if seen is None else scores.masked_fill(~seen[:, None], -torch.inf), dim=-1)
        return AttentionOutput(self.out((weights @ values).transpose(1, 2).flatten(2)), weights)

    def keep(self, x: Tensor) -> Tensor:
        """x (B, S, C) -> its keys and values (B, 2, S, C)."""
        return self.keys_values(x).unflatten(2, (2, -1)).transpose(1, 2)


class Layer(nn.Module):
    """A layer of the encoder, or with `crosses` one of the decoder."""

    def __init__(self, config: Seq2SeqTransformerConfig, crosses: bool) -> None:
        super().__init__()
        C, d_ff = config.width, config.d_ff or 4 * config.width
        self.norm_1, self.own = nn.LayerNorm(C), Attention(C, config.heads)
        self.norm_2 = nn.LayerNorm(C) if crosses else None
        self.cross = Attention(C, config.heads) if crosses else None
        self.norm_3, self.up, self.down = nn.LayerNorm(C), nn.Linear(C, d_ff), nn.Linear(d_ff, C)

    def mlp(self, x: Tensor) -> Tensor:
        return x + self.down(F.relu(self.up(self.norm_3(x))))


class Seq2SeqTransformer(nn.Module):
    def __init__(self, config: Seq2SeqTransformerConfig) -> None:
        super().__init__()
        self.config = config
        self.separator = config.vocabulary - 1
        C = config.width
        self.embedding = nn.Embedding(config.vocabulary, C)
        most = max(LONGEST, ROOM)
        self.position_embedding = nn.Embedding(most, C) if config.positions == "learned" else None
        self.encoder: Any = nn.ModuleList(Layer(config, crosses=False) for _ in range(config.layers))
        self.encoder_norm = nn.LayerNorm(C)
        self.decoder: Any = nn.ModuleList(Layer(config, crosses=True) for _ in range(config.layers))
        self.norm = nn.LayerNorm(C)
        self.output = nn.Linear(C, config.vocabulary)
        for name, parameter in self.named_parameters():
            if parameter.dim() == 2:
                # Projections into the residual stream start smaller: Radford et al., 2019.
                written = name.endswith(("out.weight", "down.weight"))
                nn.init.normal_(parameter, std=0.05 / (2 * config.layers) ** 0.5 if written else 0.05)

    def text_size(self) -> int:
        """Bytes of a text's state."""
        return 4 * 2 * self.config.layers * self.config.width * (LONGEST + ROOM)

    # A text is a pair: pair.py has what all translators share.
    encode, advance, step = pair.encode, pair.advance, pair.step
    merge, select = staticmethod(pair.merge), staticmethod(pair.select)

    def teach(self, sources: Tensor, targets: Tensor) -> Tensor:
        """Logits (B, T, V) of targets (B, T ≤ ROOM), the separator first, by teacher forcing."""
        return self._taught(sources, targets)[0]

    def attention(self, source: Sequence[int], target: Sequence[int]) -> Array | None:
        """Attention weights (T, S) at each step of a target (T ≤ ROOM,), the separator first: of the last layer,
        averaged over its heads."""
        with torch.inference_mode():
            return self._taught(torch.tensor([list(source)]), torch.tensor([list(target)]))[1][0].mean(0).numpy()

    def _taught(self, sources: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        """Logits (B, T, V), and the last layer's attention to the source (B, heads, T, S)."""
        crossed = self._read(sources)
        T = targets.shape[1]
        seen = torch.ones(T, T, dtype=torch.bool, device=targets.device).tril()[None]
        y = self._placed(targets, torch.arange(T, device=targets.device))
        for layer, kept in zip(self.decoder, crossed.unbind(1), strict=True):
            x = layer.norm_1(y)
            y = y + layer.own(x, layer.own.keep(x), seen).found
            looked = layer.cross(layer.norm_2(y), kept, None)
            y = layer.mlp(y + looked.found)
        return self.output(self.norm(y)), looked.weights

    def _read(self, sources: Tensor) -> Tensor:
        """Sources (B, S), without padding -> keys and values for each decoder layer (B, layers, 2, S, C)."""
        x = self._placed(sources, torch.arange(sources.shape[1], device=sources.device))
        for layer in self.encoder:
            y = layer.norm_1(x)
            x = layer.mlp(x + layer.own(y, layer.own.keep(y), None).found)
        x = self.encoder_norm(x)
        return torch.stack([layer.cross.keep(x) for layer in self.decoder], dim=1)

    def begin(self, sources: Tensor) -> Parts:
        """See pair.Translator: the source's keys and values (B, layers, 2, LONGEST, C), those of the target so far (B,
        layers, 2, ROOM, C), and the target's length (B,)."""
        crossed = F.pad(self._read(sources), (0, 0, 0, LONGEST - sources.shape[1]))
        own = crossed.new_zeros(*crossed.shape[:3], ROOM, crossed.shape[4])
        return crossed, own, torch.zeros(len(sources), dtype=torch.int64, device=sources.device)

    def write(self, ids: Tensor, lengths: Tensor, parts: Parts) -> tuple[Tensor, Parts]:
        """See pair.Translator."""
        logits = []
        free = ROOM - int(parts[2].max())
        for some in (ids[:, : max(0, free)], *ids[:, max(0, free) :].split(1, dim=1)):
            if some.shape[1]:
                found, parts = self._write(some, lengths, parts)
                logits.append(found)
        return torch.cat(logits, dim=1), parts

    def _write(self, ids: Tensor, lengths: Tensor, parts: Parts) -> tuple[Tensor, Parts]:
        """The same for ids (B, T) that fit, or for one id."""
        crossed, own, count = parts
        own, T = own.clone(), ids.shape[1]
        at = (count[:, None] + torch.arange(T, device=ids.device)).clamp(max=ROOM - 1)  # (B, T)
        seen = torch.arange(ROOM, device=ids.device) <= at[:, :, None]  # (B, T, ROOM)
        real = pair.letters_mask(lengths)[:, None]  # (B, 1, LONGEST)
        rows = torch.arange(len(ids), device=ids.device)[:, None]
        y = self._placed(ids, at)
        for number, layer in enumerate(self.decoder):
            x = layer.norm_1(y)
            own[rows, number, :, at] = layer.own.keep(x).transpose(1, 2)
            y = y + layer.own(x, own[:, number], seen).found
            y = y + layer.cross(layer.norm_2(y), crossed[:, number], real).found
            y = layer.mlp(y)
        return self.output(self.norm(y)), (crossed, own, (count + T).clamp(max=ROOM))

    def write_rows(self, ids: NDArray[np.int64], lengths: Tensor, parts: Parts) -> tuple[Array, Parts]:
        """See pair.Translator."""
        texts = [
            self._write(torch.tensor([[id]]), lengths[row : row + 1], tuple(part[row : row + 1] for part in parts))
            for row, id in enumerate(ids.tolist())
        ]
        logits = torch.cat([found[:, 0] for found, _ in texts]).numpy()
        return logits, tuple(map(torch.cat, zip(*(after for _, after in texts), strict=True)))

    def _placed(self, ids: Tensor, at: Tensor) -> Tensor:
        """ids (B, T) at positions (T,) or (B, T) -> (B, T, C)."""
        x = self.embedding(ids)
        if self.position_embedding is not None:
            return x + self.position_embedding(at)
        x = x * x.shape[-1] ** 0.5  # as in the paper: otherwise the sines would drown the letters
        half = x.shape[-1] // 2
        frequencies = torch.exp(torch.arange(half, device=ids.device) * (-math.log(10_000) / half))
        angles = at[..., None] * frequencies
        return x + torch.cat([angles.sin(), angles.cos()], dim=-1)

    def blank(self) -> PairState:
        c, like = self.config, self.output.weight
        crossed, own = (like.new_empty(1, c.layers, 2, slots, c.width) for slots in (LONGEST, ROOM))
        return pair.forget((crossed, own, torch.empty(1, dtype=torch.int64, device=like.device)), like.device)

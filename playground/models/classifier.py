"""A bidirectional GRU that assigns a whole text to one of C classes.

    x = embedding of the symbol + of each n-gram that ends with it                    (T, E)
    h = [GRU of x, GRU of x from its end to its beginning]                            (T, 2H)
    logits = [mean of h, maximum of h] W' + b                                         (C,)

Two directions: Schuster and Paliwal, 1997. Mean and maximum pooling: as in ULMFiT's classifier (Howard and Ruder,
2018). Hashed n-gram embeddings in a shared table: Bojanowski et al., 2017 (arXiv 1607.04606); n-grams that would start
before the text are left out. In a batch, texts are padded at the end. Neither the backward GRU, for which each text is
reversed within its own length, nor the pooling sees the padding, so a text has the same logits alone and in any batch.

Leaves out: more layers, packed sequences (on a CPU several times slower to train than reversed texts).
"""

from collections.abc import Sequence
from typing import Annotated

import torch
from pydantic import Field, Strict
from torch import Tensor, nn

from playground.models.config import Config
from playground.models.gru import GRU
from playground.models.recurrent import Layer, locked_dropout
from playground.models.tasks import as_batch

_PRIME = 1_000_003  # of the hash

Order = Annotated[int, Field(ge=2, le=16)]


class ClassifierConfig(Config):
    """ngrams: the lengths of n-grams with embeddings. buckets: how many embeddings they share."""

    vocabulary: int = Field(ge=1, le=200_000)
    classes: int = Field(2, ge=2, le=1000)
    embedding: int = Field(64, ge=1, le=4096)
    hidden: int = Field(96, ge=1, le=4096)
    ngrams: Annotated[tuple[Order, ...], Strict(False), Field(max_length=8)] = ()
    buckets: int = Field(1, ge=1, le=2**20)
    dropout: float = Field(0.0, ge=0.0, le=0.9)


class Classifier(nn.Module):
    def __init__(self, config: ClassifierConfig) -> None:
        super().__init__()
        self.config = config
        self.embedding = nn.Embedding(config.vocabulary, config.embedding)
        self.ngrams = nn.Embedding(config.buckets, config.embedding) if config.ngrams else None
        # Small, and zero for n-grams: rare ones stay near their initial values, which would otherwise be noise.
        nn.init.normal_(self.embedding.weight, std=0.3)
        if self.ngrams is not None:
            nn.init.zeros_(self.ngrams.weight)
        self.forth = Layer(GRU, config.embedding, config.hidden)
        self.back = Layer(GRU, config.embedding, config.hidden)
        self.output = nn.Linear(4 * config.hidden, config.classes)

    def classify(
        self, ids: Sequence[int] | Tensor, lengths: Tensor | None = None, *, masked: bool = True
    ) -> Tensor:
        """See Classifier. masked=False treats the padding as text: to show what the mask is for."""
        ids = as_batch(ids, self.config.vocabulary, self.output.weight.device)  # (B, T)
        if lengths is None or not masked:
            lengths = torch.full((len(ids),), ids.shape[1])
        return self.judge(torch.stack(self.embed(ids)).sum(0), lengths.to(ids.device))

    @property
    def spans(self) -> tuple[int, ...]:
        """How many symbols each of the vectors from `embed` covers."""
        return (1, *self.config.ngrams)

    def embed(self, ids: Tensor) -> list[Tensor]:
        """ids (B, T) -> the summands of x, each (B, T, E): the symbols' embeddings, and for each length in
        config.ngrams those of the n-grams, at their last symbols."""
        parts = [self.embedding(ids)]
        for order in self.config.ngrams:
            assert self.ngrams is not None
            hashed, inside = ngram_buckets(ids, order, self.config.buckets)
            parts.append(self.ngrams(hashed) * inside[None, :, None])
        return parts

    def judge(self, x: Tensor, lengths: Tensor) -> Tensor:
        """x (B, T, E), lengths (B,) -> logits (B, C)."""
        x = locked_dropout(x, self.config.dropout, self.training)
        pooled = pool(torch.cat(self.read(x, lengths), -1), lengths)  # (B, 4H)
        return self.output(locked_dropout(pooled[:, None], self.config.dropout, self.training)[:, 0])

    def read(self, x: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """x (B, T, E) -> (B, T, H) of the forward GRU, and of the backward GRU, which starts at each text's end."""
        start = (x.new_zeros(len(x), self.config.hidden),)
        forth, _ = self.forth(x, start, 0.0)
        turned = turn(lengths, x.shape[1])[:, :, None]
        back, _ = self.back(x.gather(1, turned.expand_as(x)), start, 0.0)
        return forth, back.gather(1, turned.expand_as(back))


def pool(h: Tensor, lengths: Tensor) -> Tensor:
    """h (B, T, F) -> (B, 2F): the mean and the maximum over the first lengths (B,) positions of each text."""
    inside = (torch.arange(h.shape[1], device=h.device) < lengths[:, None])[:, :, None]  # (B, T, 1)
    mean = h.masked_fill(~inside, 0.0).sum(1) / lengths[:, None]
    return torch.cat((mean, h.masked_fill(~inside, -torch.inf).amax(1)), -1)


def turn(lengths: Tensor, width: int) -> Tensor:
    """(B, width): indices that reverse each text within its length (B,) and leave the padding in place. Applying them
    twice restores the text."""
    at = torch.arange(width, device=lengths.device)[None]
    return torch.where(at < lengths[:, None], lengths[:, None] - 1 - at, at)


def ngram_buckets(ids: Tensor, order: int, buckets: int) -> tuple[Tensor, Tensor]:
    """The buckets (B, T) of the n-grams that end at each position, and which positions (T,) have one: 1 or 0."""
    hashed = torch.full_like(ids, order)
    for back in range(order - 1, -1, -1):
        before = ids if back == 0 else nn.functional.pad(ids[:, :-back], (back, 0))[:, : ids.shape[1]]
        hashed = (hashed * _PRIME + before + 1) % 2_147_483_647
    inside = (torch.arange(ids.shape[1], device=ids.device) >= order - 1).float()
    return hashed % buckets, inside

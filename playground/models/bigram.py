"""The bigram as a network: predicts the next symbol from the last one alone, through a low-dimensional embedding.

    logits = E[id] · C        E (V, d), the embeddings; C (d, V), the contexts

E and C are the two matrices of word2vec's skip-gram (Mikolov et al., 2013), with the direction of text: the symbol
before, and the one that follows. Softmax and cross-entropy over all symbols take the place of negative samples, which a
vocabulary of letters does not need. With d ≥ V it could represent any table of pairs; with a smaller d, symbols with
similar successors must have similar rows.

Leaves out: a bias, and everything before the last symbol: its state is (B, 0), one empty row per text.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F

from playground.models.config import Config
from playground.models.fast.rows import product_of_each
from playground.models.fast.steps import Array, Views, array, logits_of, single
from playground.models.footprint import Footprint
from playground.models.tasks import as_batch

MOST_TABLE = 2**22  # entries of the logits table used by a step: 16 MB


class BigramConfig(Config):
    vocabulary: int = Field(ge=1, le=200_000)
    width: int = Field(16, ge=1, le=4096)  # d
    dropout: float = Field(0.0, ge=0.0, le=0.9)
    tied: bool = False  # whether the contexts are the embeddings: then a pair is equally likely in either order


class Bigram(nn.Module):
    def __init__(self, config: BigramConfig) -> None:
        super().__init__()
        self.config = config
        self.embedding = nn.Embedding(config.vocabulary, config.width)
        self.output = None if config.tied else nn.Linear(config.width, config.vocabulary, bias=False)
        nn.init.normal_(self.embedding.weight, std=config.width**-0.5)
        self.views = Views(self, _logits, [name for name, _ in self.named_parameters()])

    @property
    def output_weight(self) -> Tensor:
        """(V, d): the contexts as rows; the embeddings themselves where they are tied."""
        return self.embedding.weight if self.output is None else self.output.weight

    def derived_footprint(self) -> Footprint:
        """Of the logits table."""
        table = 4 * self.config.vocabulary**2 if _has_table(self.config.vocabulary) else 0
        return Footprint(table, table)

    def advance(self, ids: Sequence[int] | Tensor, state: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """See LanguageModel."""
        id = single(ids, self.config.vocabulary)
        if id is not None and (logits := self.views.current()) is not None:
            return logits_of(logits(np.array(id, np.int64))), torch.empty(1, 0)
        ids = as_batch(ids, self.config.vocabulary, self.output_weight.device)  # (B, T)
        x = F.dropout(self.embedding(ids), self.config.dropout, self.training)
        return F.linear(x, self.output_weight), x.new_empty(len(ids), 0)  # (B, T, V)

    def step(self, ids: Sequence[int], state: Tensor) -> tuple[Array, Tensor]:
        """See LanguageModel."""
        with torch.inference_mode():
            logits = self.views.current()
            if logits is None:
                found, state = self.advance(torch.tensor(ids)[:, None], state)
                return found[:, 0].numpy(), state
            return logits(np.asarray(ids, np.int64)), state

    def merge(self, states: Sequence[Tensor]) -> Tensor:
        """See LanguageModel."""
        return torch.cat(list(states))

    def select(self, state: Tensor, rows: Sequence[int]) -> Tensor:
        """See LanguageModel."""
        return state[list(rows)]


def _has_table(vocabulary: int) -> bool:
    return vocabulary**2 <= MOST_TABLE


def _logits(model: Any) -> Callable[[NDArray[np.int64]], Array]:
    """Ids (…,) -> logits (…, V), in NumPy: rows of the table E · C, which is computed once unless it is too large."""
    embedding, contexts = array(model.embedding.weight), array(model.output_weight)
    if _has_table(len(embedding)):
        table = embedding @ contexts.T
        return lambda ids: table.take(ids, 0)
    rows = product_of_each(model.output_weight)
    return lambda ids: rows(embedding[ids])

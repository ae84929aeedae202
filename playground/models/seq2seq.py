"""The recurrent translator: a bidirectional GRU reads the source, another GRU writes the target, letter by letter.

    f_j = GRU(x_j, f_j-1) from the left,  b_j = GRU(x_j, b_j+1) from the right,  m_j = [f_j, b_j]
    h_0 = tanh(W [f_S, b_1]),   h_t = GRU(y_t, h_t-1),   logits_t = W' tanh(C [h_t, c_t])

attention says what the context c_t is:

    none      nothing: the decoder knows the source through h_0 only (Sutskever et al., 2014)
    luong     Σ a_j m_j with a = softmax(h_t · K m_j ÷ √H), the "general" score (Luong et al., 2015), scaled as Vaswani
              et al. (2017) do: without it the weights soon collapse onto one letter and stop learning
    bahdanau  the same with a = softmax(v · tanh(Q h_t-1 + K m_j)), before the step, which reads it beside y_t (Bahdanau
              et al., 2015)

A text is its source, the separator, and its target: pair.py. A step of several texts in NumPy is in fast/seq2seq.py.
Leaves out: several layers, input feeding (it would make training sequential), dropout.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F

from playground.models import pair
from playground.models.config import Config
from playground.models.fast.seq2seq import matrices, row_views, rows_size, step_rows
from playground.models.fast.steps import Array, Views
from playground.models.footprint import Footprint
from playground.models.gru import GRU
from playground.models.pair import LONGEST, PairState, Parts
from playground.models.recurrent import Layer


class Seq2SeqConfig(Config):
    """The first symbol of the vocabulary ends a target, the last one is the separator."""

    vocabulary: int = Field(ge=2, le=200_000)
    attention: Literal["none", "luong", "bahdanau"] = "luong"
    embedding: int = Field(64, ge=1, le=4096)
    encoder: int = Field(192, ge=1, le=4096)  # hidden units of each direction
    hidden: int = Field(384, ge=1, le=4096)  # of the decoder
    readout: int = Field(256, ge=1, le=4096)  # width of the readout layer before the output
    score: int = Field(96, ge=1, le=4096)  # width of Bahdanau's score


class EncodedSource(NamedTuple):
    """Encoded sources: memory (B, S, 2E), keys (B, S, K), and which positions are letters (B, S), None for all."""

    memory: Tensor
    keys: Tensor
    real: Tensor | None = None


class Seq2SeqGRU(nn.Module):
    def __init__(self, config: Seq2SeqConfig) -> None:
        super().__init__()
        self.config = config
        self.separator = config.vocabulary - 1
        E, H, both = config.embedding, config.hidden, 2 * config.encoder
        attends, reads = config.attention != "none", config.attention == "bahdanau"
        self.embedding = nn.Embedding(config.vocabulary, E)
        self.forwards = Layer(GRU, E, config.encoder)
        self.backwards = Layer(GRU, E, config.encoder)
        self.bridge = nn.Linear(both, H)
        self.decoder = Layer(GRU, E + both if reads else E, H)
        self.keys = nn.Linear(both, config.score if reads else H, bias=False) if attends else None
        self.query = nn.Linear(H, config.score) if reads else None
        self.score = nn.Linear(config.score, 1, bias=False) if reads else None
        self.combine = nn.Linear(H + both if attends else H, config.readout)
        self.output = nn.Linear(config.readout, config.vocabulary)
        self.rows = Views(self, row_views, matrices(self))

    def derived_footprint(self) -> Footprint:
        """Of the copies for batched steps."""
        return Footprint(rows_size(self), rows_size(self))

    def text_size(self) -> int:
        """Bytes of a text's state."""
        width = 0 if self.keys is None else self.keys.in_features + self.keys.out_features
        return 4 * (LONGEST * (2 + width) + self.config.hidden)

    # A text is a pair: pair.py has what all translators share.
    encode, advance, step = pair.encode, pair.advance, pair.step
    merge, select = staticmethod(pair.merge), staticmethod(pair.select)

    def teach(self, sources: Tensor, targets: Tensor) -> Tensor:
        """Logits (B, T, V) of targets (B, T), the separator first, by teacher forcing."""
        read, h = self.read(sources)
        return self.decode(targets, read, h)[0]

    def attention(self, source: Sequence[int], target: Sequence[int]) -> Array | None:
        """Attention weights (T, S) at each step of a target (T,), the separator first; None without attention."""
        with torch.inference_mode():
            read, h = self.read(torch.tensor([list(source)]))
            weights = self.decode(torch.tensor([list(target)]), read, h)[2]
        return None if weights is None else weights[0].numpy()

    def read(self, sources: Tensor) -> tuple[EncodedSource, Tensor]:
        """Sources (B, S), without padding -> what attention reads, and the decoder's first state (B, H)."""
        x = self.embedding(sources)
        zeros = (x.new_zeros(len(x), self.config.encoder),)
        left, (first,) = self.forwards(x, zeros, 0.0)
        right, (last,) = self.backwards(x.flip(1), zeros, 0.0)
        memory = torch.cat([left, right.flip(1)], dim=2)  # (B, S, 2E)
        h = self.bridge(torch.cat([first, last], dim=1)).tanh()
        if self.keys is None:
            return EncodedSource(memory, memory), h
        keys = self.keys(memory)
        return EncodedSource(memory, keys * self.config.hidden**-0.5 if self.query is None else keys), h

    def decode(self, ids: Tensor, read: EncodedSource, h: Tensor) -> tuple[Tensor, Tensor, Tensor | None]:
        """ids (B, T) of targets, the separator first -> logits (B, T, V), the state (B, H), attention (B, T, S)."""
        x = self.embedding(ids)
        if self.query is None:
            y, (h,) = self.decoder(x, (h,), 0.0)  # (B, T, H)
            weights = None if self.keys is None else _softmax(y @ read.keys.mT, read.real)
            parts = [y] if weights is None else [y, weights @ read.memory]
        else:
            steps = []
            for t in range(ids.shape[1]):
                a, c = self._look(h, read)
                y, (h,) = self.decoder(torch.cat([x[:, t : t + 1], c], dim=2), (h,), 0.0)
                steps.append((y, a, c))
            y, weights, context = (torch.cat(part, dim=1) for part in zip(*steps, strict=True))
            parts = [y, context]
        return self.output(self.combine(torch.cat(parts, dim=2)).tanh()), h, weights

    def _look(self, h: Tensor, read: EncodedSource) -> tuple[Tensor, Tensor]:
        """Bahdanau's attention (B, 1, S) and context (B, 1, 2E) of a state (B, H)."""
        assert self.query is not None
        assert self.score is not None
        scores = self.score((self.query(h)[:, None] + read.keys).tanh()).mT  # (B, 1, S)
        a = _softmax(scores, read.real)
        return a, a @ read.memory

    def begin(self, sources: Tensor) -> Parts:
        """See pair.Translator: h (B, H), and with attention memory and keys, padded."""
        read, h = self.read(sources)
        return (h,) if self.keys is None else (h, pair.pad_source(read.memory), pair.pad_source(read.keys))

    def write(self, ids: Tensor, lengths: Tensor, parts: Parts) -> tuple[Tensor, Parts]:
        """See pair.Translator."""
        h, *looked = parts
        memory, keys = looked or (h, h)
        logits, h, _ = self.decode(ids, EncodedSource(memory, keys, pair.letters_mask(lengths)), h)
        return logits, (h, *looked)

    def write_rows(self, ids: NDArray[np.int64], lengths: Tensor, parts: Parts) -> tuple[Array, Parts]:
        """See pair.Translator."""
        views = self.rows.current()
        if views is None:
            logits, after = self.write(torch.from_numpy(ids)[:, None], lengths, parts)
            return logits[:, 0].numpy(), after
        written, h = step_rows(views, ids, lengths.numpy(), [part.numpy() for part in parts])
        return written, (torch.from_numpy(h), *parts[1:])

    def blank(self) -> PairState:
        c, like = self.config, self.output.weight
        shapes: list[tuple[int, ...]] = [(c.hidden,)]
        if self.keys is not None:
            shapes += [(LONGEST, self.keys.in_features), (LONGEST, self.keys.out_features)]
        return pair.forget(tuple(like.new_empty(1, *shape) for shape in shapes), like.device)


def _softmax(scores: Tensor, real: Tensor | None) -> Tensor:
    """(B, T, S) over the positions that are letters."""
    return F.softmax(scores if real is None else scores.masked_fill(~real[:, None], -torch.inf), dim=-1)

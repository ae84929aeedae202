"""A character n-gram: counts what followed every short context, with smoothing.

Nothing is learned by gradient descent. The model is a tree of the strings of 1 to `order` symbols that occur in the
text. A node is one such string; its children are the symbols that came next. The nodes are stored level by level in
flat buffers: node 0 is the empty string, and the children of a node are contiguous, ordered by symbol, after the
children of all earlier nodes. So the number of children of each node is the whole structure.

Smoothing is interpolated modified Kneser-Ney (Chen & Goodman, "An Empirical Study of Smoothing Techniques for Language
Modeling", Harvard TR-10-98, 1998). With h' for the context h less its oldest symbol,

    p(w | h) = (c(hw) - D(c(hw))) / c(h.)  +  (D1 N1(h.) + D2 N2(h.) + D3 N3+(h.)) / c(h.) * p(w | h')

At the highest order c counts occurrences. At the lower ones it counts different left neighbours, and the start of the
text is one of them. c(h.) is the sum over w, and Nk(h.) is the number of w with count k. Below the empty context lies
the uniform 1 / V. For a context that was never continued, p(w | h) = p(w | h'). Each order has three discounts, where
nk is the number of its n-grams with count k:

    Y = n1 / (n1 + 2 n2),  D1 = 1 - 2 Y n2 / n1,  D2 = 2 - 3 Y n3 / n2,  D3 = 3 - 4 Y n4 / n3

If one of them is not between 0 and k, the order uses 0.5, 1 and 1.5, KenLM's fallback.

Measured on Tiny Shakespeare (first 90 % counted, nats per character over the last 10 %), beside interpolated
Witten-Bell on the same counts:

    order                      1      2      3      4      5      6      7      8      9     10
    Witten-Bell            3.347  2.486  2.049  1.774  1.669  1.698  1.779  1.876  1.970  2.047
    modified Kneser-Ney    3.347  2.484  2.038  1.719  1.561  1.523  1.517  1.519  1.522  1.523

Kneser-Ney is never worse, and stays flat where Witten-Bell rises again, so only it is implemented here.

The tables for prediction are computed once, in ngram_tables.py.
Leaves out: pruning, a symbol for the end of a text, characters outside the vocabulary, and the GPU.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, pairwise
from typing import Annotated, Any

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field, Strict, ValidationInfo, field_validator
from torch import Tensor, nn

from playground.errors import BadCheckpoint, BadCorpus, BadInput
from playground.models.config import Config
from playground.models.fast.steps import Array, single
from playground.models.footprint import Footprint
from playground.models.ngram_tables import KEPT, PEAK, Tables, build, keys_of
from playground.models.tasks import as_batch

MAX_ORDER = 32
MAX_NODES = 20_000_000
FALLBACK_DISCOUNTS = (0.5, 1.0, 1.5)
ROWS_AT_ONCE = 1024  # bounds the (rows, V) float64 work space of a long prompt
LEAST = np.finfo(np.float64).tiny  # keeps the logarithm finite even for absurd counts

# For each text of the batch the nodes of its last 0, 1, ... order - 1 symbols, -1 for a string never seen.
NGramState = tuple[tuple[int, ...], ...]


class NGramConfig(Config):
    """The sizes of an n-gram model: they determine the shape and dtype of every buffer.

    vocabulary: number of symbols, V. order: length of the longest n-gram; its context is one symbol shorter.
    sizes: number of different n-grams of each length from 1 to `order`. largest_count: occurrences of the most common
    n-gram of length `order`. BadInput when a field is out of range or the sizes do not fit together.
    """

    vocabulary: int = Field(ge=1, le=200_000)
    order: int = Field(ge=1, le=MAX_ORDER)
    sizes: Annotated[tuple[int, ...], Strict(False)]  # JSON has only lists
    largest_count: int = Field(ge=1, le=2**31 - 1)

    @field_validator("sizes", mode="before")
    @classmethod
    def _fitting(cls, sizes: Any, info: ValidationInfo) -> Any:
        V, order = info.data.get("vocabulary"), info.data.get("order")
        if V is None or order is None:
            return ()  # their own errors are reported instead
        listed = isinstance(sizes, (list, tuple)) and len(sizes) == order
        if not listed or not all(type(size) is int for size in sizes):
            raise BadInput("ngram.sizes", order=order)
        if not all(1 <= size <= shorter * V for shorter, size in pairwise((1, *sizes))):
            raise BadInput("ngram.growth", symbols=V)
        if sum(sizes) > MAX_NODES:
            raise BadInput("ngram.nodes", most=MAX_NODES)
        return sizes


class NGram(nn.Module):
    """An n-gram with interpolated modified Kneser-Ney smoothing; the formula is at the top of the file.

    `NGram(config)` has empty buffers for `load_state_dict`; `NGram.from_counts` fills them from a text.
    With M n-grams of all lengths, and L of all lengths but the longest:

        symbols      (M,)        the last symbol of every n-gram
        fanout       (1 + L,)    how many different symbols followed the empty string and each n-gram
        left_counts  (L,)        how many different left neighbours an n-gram has
        counts       (M - L,)    how often an n-gram of the longest length occurs
        discounts    (order, 3)  D1, D2, D3 of each length, float32
    """

    symbols: Tensor
    fanout: Tensor
    left_counts: Tensor
    counts: Tensor
    discounts: Tensor

    def __init__(self, config: NGramConfig) -> None:
        super().__init__()
        self.config = config
        V, longest = config.vocabulary, config.sizes[-1]
        M = sum(config.sizes)
        L = M - longest
        self.register_buffer("symbols", torch.zeros(M, dtype=_smallest_dtype(V - 1)))
        self.register_buffer("fanout", torch.zeros(1 + L, dtype=_smallest_dtype(V)))
        self.register_buffer("left_counts", torch.zeros(L, dtype=_smallest_dtype(V + 1)))
        self.register_buffer("counts", torch.zeros(longest, dtype=_smallest_dtype(config.largest_count)))
        self.register_buffer("discounts", torch.zeros(config.order, 3))
        self._tables: Tables | None = None
        self.register_load_state_dict_post_hook(_forget_tables)

    @classmethod
    def from_counts(cls, ids: Tensor, *, order: int, vocabulary: int) -> NGram:
        """Count a text, given as a LongTensor (N,) of ids. Takes about a second per million ids.

        BadInput for an order, vocabulary or id out of range; BadCorpus for a text of fewer than `order` ids, or of too
        many different strings.
        """
        if not 1 <= order <= MAX_ORDER:
            raise BadInput("ngram.order", most=MAX_ORDER, order=order)
        text = ids.detach().cpu().numpy().astype(np.int64)  # (N,)
        N = len(text)
        if N < order:
            raise BadCorpus("ngram.short", count=N, order=order)
        _check_ids(text, vocabulary)

        at = np.zeros(N + 1, np.int64)  # at[t]: the node of the string, one symbol shorter, that starts at t
        base, shorter = 0, 1  # the first of these nodes, and how many there are
        symbols, fanout, left_counts = [], [], []
        for length in range(1, order + 1):
            # The shorter string's node and the last symbol identify the string, and together fit in 63 bits.
            keys = at[: N - length + 1] * vocabulary + text[length - 1 :]
            keys, start, rank, counts = np.unique(keys, True, True, True)
            if length > 1:
                # Each distinct string is one left neighbour of the string without its first symbol.
                left = np.bincount(at[start + 1] - base, minlength=shorter)
                left[at[0] - base] += 1
                left_counts.append(left)
            fanout.append(np.bincount(keys // vocabulary - base, minlength=shorter))
            symbols.append(keys % vocabulary)
            base, shorter = base + shorter, len(keys)
            at = base + rank

        sizes = tuple(len(s) for s in symbols)
        if sum(sizes) > MAX_NODES:
            raise BadCorpus("ngram.long", count=sum(sizes), order=order, most=MAX_NODES)
        model = cls(NGramConfig(vocabulary=vocabulary, order=order, sizes=sizes, largest_count=int(counts.max())))
        model.symbols.copy_(torch.from_numpy(np.concatenate(symbols)))
        model.fanout.copy_(torch.from_numpy(np.concatenate(fanout)))
        model.left_counts.copy_(torch.from_numpy(np.concatenate((np.zeros(0, np.int64), *left_counts))))
        model.counts.copy_(torch.from_numpy(counts))
        model.discounts.copy_(torch.tensor([_discounts(c) for c in (*left_counts, counts)]))
        return model

    def advance(self, ids: Sequence[int] | Tensor, state: NGramState | None = None) -> tuple[Tensor, NGramState]:
        """Log-probabilities of the symbol after each id, in nats: (B, T) -> (B, T, V) float32, on the CPU.

        ids and state are as in `LanguageModel`; a state is never changed. Raises BadInput also for out-of-range ids in
        a tensor and a state of another batch size; BadCheckpoint as `check` does.
        """
        id = single(ids, self.config.vocabulary)
        if id is not None and state is not None and len(state) == 1 and self._tables is not None:
            one, context = self.step([id], state)
            return torch.from_numpy(one[None]), context
        rows = as_batch(ids, self.config.vocabulary, torch.device("cpu")).cpu().numpy()  # (B, T)
        if isinstance(ids, Tensor):  # as_batch has checked a list
            _check_ids(rows, self.config.vocabulary)
        B, T = rows.shape
        if state is None:
            state = ((0,) + (-1,) * (self.config.order - 1),) * B
        if len(state) != B:
            raise BadInput("input.state", batch=len(state), ids=B)
        tables = self._tables
        if tables is None:
            self.check()
            tables = self._tables = build(self)

        logits = np.empty((B, T, self.config.vocabulary), np.float32)
        after = []
        for row, before, out in zip(rows, state, logits, strict=True):
            contexts = tables.contexts(before, row)  # (T, order)
            for t in range(0, T, ROWS_AT_ONCE):
                p = tables.mix(contexts[t : t + ROWS_AT_ONCE])
                out[t : t + ROWS_AT_ONCE] = np.log(np.maximum(p, LEAST))
            after.append(tuple(contexts[-1].tolist()))
        return torch.from_numpy(logits), tuple(after)

    def step(self, ids: Sequence[int], state: NGramState) -> tuple[Array, NGramState]:
        """See LanguageModel."""
        if self._tables is None:
            logits, after = self.advance(torch.tensor(ids)[:, None], state)
            return logits[:, 0].numpy(), after
        contexts = self._tables.after(np.array(state), np.asarray(ids, np.int64))
        p = self._tables.mix_few(contexts)
        return np.log(np.maximum(p, LEAST)).astype(np.float32), tuple(map(tuple, contexts.tolist()))

    def merge(self, states: Sequence[NGramState]) -> NGramState:
        """See LanguageModel."""
        return tuple(chain.from_iterable(states))

    def select(self, state: NGramState, rows: Sequence[int]) -> NGramState:
        """See LanguageModel."""
        return tuple(state[row] for row in rows)

    def derived_footprint(self) -> Footprint:
        """Of the tables."""
        M = sum(self.config.sizes)
        return Footprint(KEPT * M, PEAK * M)

    def check(self) -> None:
        """Raises BadCheckpoint when the buffers are not a tree of counts, as after loading a damaged file."""
        V, sizes = self.config.vocabulary, self.config.sizes
        if any(t.is_floating_point() for t in (self.symbols, self.fanout, self.left_counts, self.counts)):
            raise BadCheckpoint("ngram.whole")
        symbols, fanout = self.symbols.cpu().numpy(), self.fanout.cpu().numpy()
        if symbols.min() < 0 or symbols.max() >= V:
            raise BadCheckpoint("ngram.symbols", most=V - 1)
        for length, (low, high) in enumerate(pairwise(np.cumsum((0, 1, *sizes[:-1])).tolist()), start=1):
            if fanout[low:high].min() < 0 or fanout[low:high].sum(dtype=np.int64) != sizes[length - 1]:
                raise BadCheckpoint("ngram.fanout", length=length)
        if (np.diff(keys_of(self)) <= 0).any():
            raise BadCheckpoint("ngram.increase")
        if bool((self.left_counts < 1).any()) or bool((self.counts < 1).any()):
            raise BadCheckpoint("ngram.counts")
        discounts = self.discounts.float().cpu()
        if not bool(((discounts > 0) & (discounts <= torch.tensor([1.0, 2.0, 3.0]))).all()):
            raise BadCheckpoint("ngram.discounts")


def _smallest_dtype(largest: int) -> torch.dtype:
    """The smallest integer dtype that holds 0 to `largest`; torch hardly supports uint16 and uint32."""
    return torch.uint8 if largest < 2**8 else torch.int16 if largest < 2**15 else torch.int32


def _check_ids(ids: NDArray[np.int64], vocabulary: int) -> None:
    if ids.min() < 0 or ids.max() >= vocabulary:
        raise BadInput("input.ids", most=vocabulary - 1, low=ids.min(), high=ids.max())


def _discounts(counts: NDArray[np.int64]) -> tuple[float, ...]:
    """D1, D2 and D3 of one order, from its counts of counts."""
    n1, n2, n3, n4 = (int((counts == k).sum()) for k in (1, 2, 3, 4))
    if not (n1 and n2 and n3):
        return FALLBACK_DISCOUNTS
    Y = n1 / (n1 + 2 * n2)
    discounts = 1 - 2 * Y * n2 / n1, 2 - 3 * Y * n3 / n2, 3 - 4 * Y * n4 / n3
    return discounts if all(0 < D < k for k, D in enumerate(discounts, start=1)) else FALLBACK_DISCOUNTS


def _forget_tables(model: nn.Module, _keys: Any) -> None:
    assert isinstance(model, NGram)
    model._tables = None

"""The recurrent translator's step in NumPy for several targets: same results as its `decode`; see steps.py for the
reason.

Texts share only the large products (rows.py). Attention is computed per text, always over the same number of positions.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from torch import nn

from playground.models.cell import Cell
from playground.models.fast.half import Rows
from playground.models.fast.rows import Products, copied_bytes, may_copy
from playground.models.fast.steps import Array, array


class RowViews(NamedTuple):
    """What a step reads of a Seq2SeqGRU. The products may hold copies."""

    cell: Cell
    embedding: Array  # (V, E)
    w_ih: Rows
    w_hh: Rows
    b_ih: Array
    b_hh: Array
    attends: bool
    query: tuple[Rows, Array, Array] | None  # Bahdanau's: Q, its bias, and v
    combine: Rows
    combine_bias: Array
    output: Rows
    bias: Array


def matrices(model: nn.Module) -> list[str]:
    """The parameters of which `RowViews` may hold copies."""
    names = ("decoder.w_ih", "decoder.w_hh", "query.weight", "combine.weight", "output.weight")
    known = dict(model.named_parameters())
    return [name for name in names if name in known]


def rows_size(model: Any) -> int:
    """Bytes of the copies in `RowViews`."""
    if not may_copy(model):
        return 0
    return sum(copied_bytes(*model.get_parameter(name).shape) for name in matrices(model))


def row_views(model: Any) -> RowViews:
    """The weights of a Seq2SeqGRU as the batched step reads them."""
    make, decoder = Products(model), model.decoder
    query = None
    if model.query is not None:
        query = make(model.query.weight), array(model.query.bias), array(model.score.weight)[0]
    return RowViews(
        cell=decoder.cell,
        embedding=array(model.embedding.weight),
        w_ih=make(decoder.w_ih),
        w_hh=make(decoder.w_hh),
        b_ih=array(decoder.b_ih),
        b_hh=array(decoder.b_hh),
        attends=model.keys is not None,
        query=query,
        combine=make(model.combine.weight),
        combine_bias=array(model.combine.bias),
        output=make(model.output.weight),
        bias=array(model.output.bias),
    )


def step_rows(
    views: RowViews, ids: NDArray[np.int64], lengths: NDArray[np.int64], parts: Sequence[Array]
) -> tuple[Array, Array]:
    """One id (B,) for each of B targets -> logits (B, V) and the next h (B, H).

    lengths (B,): of the sources. parts: h (B, H), and with attention memory (B, S, 2E) and keys (B, S, K).
    """
    h, *looked = parts
    x = views.embedding[ids]
    context: Array | None = None
    if views.query is not None:
        q, bias, v = views.query
        memory, keys = looked
        mixed = keys + (q(h) + bias)[:, None]
        np.tanh(mixed, mixed)
        context = _mix(np.matvec(mixed, v), lengths, memory)
        x = np.concatenate([x, context], axis=1)
    share = views.w_ih(x)
    share += views.b_ih
    (h,) = views.cell.step(share, (h,), views.w_hh, views.b_hh)
    if views.attends and context is None:
        memory, keys = looked
        context = _mix(np.matvec(keys, h), lengths, memory)
    y = views.combine(h if context is None else np.concatenate([h, context], axis=1))
    y += views.combine_bias
    np.tanh(y, y)
    logits = views.output(y)
    logits += views.bias
    return logits, h


def _mix(scores: Array, lengths: NDArray[np.int64], memory: Array) -> Array:
    """The context (B, 2E) from scores (B, S), of which only the first `lengths` of each text count."""
    scores[np.arange(scores.shape[1]) >= lengths[:, None]] = -np.inf
    scores -= scores.max(axis=1, keepdims=True)
    np.exp(scores, scores)
    scores /= scores.sum(axis=1, keepdims=True)
    return np.vecmat(scores, memory)

"""The Transformer's step in NumPy, for one text and for several: same results as its `_read`; see steps.py for the
reason.

Products of large matrices are split into many small ones on one thread (steps.ONE_THREAD_SIZE), so a step of a model
from the Hub costs what reading its weights once costs. Several texts share only the products (rows.py): each attends to
its own past, of its own length. Knows no cache: the caller passes the slots to read.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from playground.models.fast.parts import Affine, Norm, affine, norm
from playground.models.fast.rows import Products, copied_bytes, may_copy
from playground.models.fast.steps import Array, Product, array, logits_of, product

SAFE = 60.0  # Scores up to e^60 need no subtraction of the maximum: float32 holds their sums and products.


class BlockViews(NamedTuple):
    norm_1: Norm
    qkv: Affine
    out: Affine
    norm_2: Norm
    up: Affine
    down: Affine


class StepViews(NamedTuple):
    embedding: Array
    position_embedding: Array | None
    blocks: list[BlockViews]
    norm: Norm
    output: Product
    activation: str
    inv_freq: NDArray[np.complex128] | None  # times i, so that its exponential is the rotation
    zeros: Array  # (d_ff,)
    ones: Array  # (window,)


def step_views(model: Any) -> StepViews:
    """The weights of a Transformer as the single-text step reads them."""
    return _views(model, product)


def row_views(model: Any) -> StepViews:
    """The weights of a Transformer as the batched step reads them."""
    return _views(model, Products(model))


def _views(model: Any, product: Callable[[Tensor], Product]) -> StepViews:
    config = model.config

    def views(b: Any) -> BlockViews:
        return BlockViews(
            norm_1=norm(b.norm_1),
            qkv=affine(b.attention.qkv, product),
            out=affine(b.attention.out, product),
            norm_2=norm(b.norm_2),
            up=affine(b.up, product),
            down=affine(b.down, product),
        )

    return StepViews(
        embedding=array(model.embedding.weight),
        position_embedding=None if model.position_embedding is None else array(model.position_embedding.weight),
        blocks=[views(block) for block in model.blocks],
        norm=norm(model.norm),
        output=product(model.output_weight),
        activation=config.activation,
        inv_freq=None if model.inv_freq is None else model.inv_freq.numpy() * 1j,
        zeros=np.zeros(model.blocks[0].up.out_features, np.float32),
        ones=np.ones(config.window, np.float32),
    )


def step(views: StepViews, id: int, past: Array, position: int) -> Tensor:
    """The logits (1, 1, V) after one id of one text.

    past (layers, 2, heads, S, D): the keys and values that it attends to; its own are written into the last slot.
    """
    heads, _, D = past.shape[2:]
    C = heads * D
    mixed = np.empty((heads, D), np.float32)
    if views.inv_freq is not None:
        turns = np.empty((2, heads, D // 2), np.complex64)
        turns[:] = np.exp(position * views.inv_freq)
        turns[0] *= D**-0.5  # q takes the scale of the scores along
    x = views.embedding[id]
    if views.position_embedding is not None:
        x = x + views.position_embedding[position]
    for block, kept in zip(views.blocks, past, strict=True):
        qkv = block.qkv(block.norm_1(x))
        if views.inv_freq is not None:
            pairs = qkv[: 2 * C].view(np.complex64).reshape(2, heads, -1)
            pairs *= turns
        else:
            qkv[:C] *= D**-0.5
        kept[:, :, -1] = qkv[C:].reshape(2, heads, D)
        attend(kept, qkv[:C].reshape(heads, D), views.ones, mixed)
        x = block.out.added(x + block.out.product(mixed.reshape(C)))
        x += block.down.product(_activate(block.up(block.norm_2(x)), views))
        block.down.added(x)
    return logits_of(views.output(views.norm(x)))


def step_rows(views: StepViews, ids: NDArray[np.int64], pasts: Sequence[Array], positions: NDArray[np.int64]) -> Array:
    """The logits (B, V) after one id (B,) for each of B texts, at its position; pasts: for each text as in `step`."""
    B = len(ids)
    heads, _, D = pasts[0].shape[2:]
    C = heads * D
    turns: NDArray[np.complex64] | None = None
    if views.inv_freq is not None:
        turns = np.empty((B, 2, heads, D // 2), np.complex64)
        turns[:] = np.exp(positions[:, None] * views.inv_freq)[:, None, None]
        turns[:, 0] *= D**-0.5
    x = views.embedding[ids]
    if views.position_embedding is not None:
        x += views.position_embedding[positions]
    mixed = np.empty((B, heads, D), np.float32)
    for number, block in enumerate(views.blocks):
        qkv = block.qkv(block.norm_1.rows(x))
        if turns is not None:
            pairs = qkv[:, : 2 * C].view(np.complex64).reshape(B, 2, heads, -1)
            pairs *= turns
        else:
            qkv[:, :C] *= D**-0.5
        for row, past in zip(range(B), pasts, strict=True):
            kept = past[number]
            kept[:, :, -1] = qkv[row, C:].reshape(2, heads, D)
            attend(kept, qkv[row, :C].reshape(heads, D), views.ones, mixed[row])
        x = block.out.added(x + block.out.product(mixed.reshape(B, C)))
        x += block.down.product(_activate(block.up(block.norm_2.rows(x)), views))
        block.down.added(x)
    return views.output(views.norm.rows(x))


def attend(kept: Array, q: Array, ones: Array, out: Array) -> None:
    """out (heads, D): the values of a text's past, weighted for its query q (heads, D), which includes the scale of the
    scores.

    kept (2, heads, S, D): the keys and the values.
    """
    keys, values = kept
    weights = np.matvec(keys, q)  # (heads, S)
    if weights.item(weights.argmax()) > SAFE or weights.item(weights.argmin()) < -SAFE:
        weights -= weights.max(axis=1, keepdims=True)
    np.exp(weights, weights)
    np.vecmat(weights, values, out=out)
    out /= weights.dot(ones[: weights.shape[1]])[:, None]


def rows_size(model: Any) -> int:
    """Bytes of the weight copies for batched steps."""
    if not may_copy(model):
        return 0
    products = [m for b in model.blocks for m in (b.attention.qkv, b.attention.out, b.up, b.down)]
    return sum(copied_bytes(*m.weight.shape) for m in products) + copied_bytes(*model.output_weight.shape)


def _activate(inner: Array, views: StepViews) -> Array:
    """(…, d_ff) after the activation; in place where NumPy has it."""
    if views.activation.startswith("gelu"):  # NumPy has no error function, and its powers are slower
        approximate = "tanh" if views.activation == "gelu_tanh" else "none"
        return F.gelu(torch.from_numpy(inner), approximate=approximate).numpy()
    np.maximum(inner, views.zeros, out=inner)
    if views.activation == "relu2":
        inner *= inner
    return inner

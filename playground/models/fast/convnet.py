"""The convolutional network's step in NumPy, for one text and for several; same results as torch (see steps.py).

The state holds the last inputs of each layer as separate vectors, oldest first: successive states share all but one of
them, so a step copies no past. Knows no configuration: a layer's reach is its number of vectors.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from playground.models.fast.parts import Affine, Norm, affine, norm
from playground.models.fast.rows import Products, copied_bytes, may_copy
from playground.models.fast.steps import Array, Product, array, logits_of, product, sigmoid_

Inputs: TypeAlias = tuple[Array, ...]  # inputs of a layer, oldest first: (C,) each, or (B, C)


class StepState(tuple[Inputs, ...]):
    """The state of one text after a step: arrays (C,) per layer where torch has one tensor (1, span, C)."""

    __slots__ = ()


class RowsState(tuple[Inputs, ...]):
    """The state of B texts after a step: arrays (B, C) per layer where torch has one tensor (B, span, C)."""

    __slots__ = ()


class BlockViews(NamedTuple):
    norm: Norm
    conv: Affine
    out: Affine
    dilation: int


class StepViews(NamedTuple):
    embedding: Array
    blocks: list[BlockViews]
    norm: Norm
    output: Product


def step_views(model: Any) -> StepViews:
    """The weights of a Convnet as the single-text step reads them."""
    return _views(model, product)


def row_views(model: Any) -> StepViews:
    """The weights of a Convnet as the batched step reads them."""
    return _views(model, Products(model))


def _views(model: Any, make: Callable[[Tensor], Product]) -> StepViews:
    return StepViews(
        embedding=array(model.embedding.weight),
        blocks=[BlockViews(norm(b.norm), affine(b.conv, make), affine(b.out, make), b.dilation) for b in model.blocks],
        norm=norm(model.norm),
        output=make(model.output_weight),
    )


def rows_size(model: Any) -> int:
    """Bytes of the weight copies for batched steps."""
    if not may_copy(model):
        return 0
    products: list[nn.Linear] = [m for block in model.blocks for m in (block.conv, block.out)]
    return sum(copied_bytes(*m.weight.shape) for m in products) + copied_bytes(*model.output_weight.shape)


def step(views: StepViews, id: int, state: Any) -> tuple[Tensor, StepState]:
    """One id of one text through the layers and the output: logits (1, 1, V), and the state after it."""
    if type(state) is not StepState:
        state = StepState(tuple(row[0] for row in past) for past in as_rows(state))
    x = views.embedding[id]
    after = []
    for block, past in zip(views.blocks, state, strict=True):
        x, last = _through(block, x, block.norm(x), past)
        after.append(last)
    return logits_of(views.output(views.norm(x))), StepState(after)


def step_rows(views: StepViews, ids: NDArray[np.int64], state: Any) -> tuple[Array, RowsState]:
    """One id (B,) for each of B texts and their state -> logits (B, V) and the next state."""
    x = views.embedding[ids]
    after = []
    for block, past in zip(views.blocks, as_rows(state), strict=True):
        x, last = _through(block, x, block.norm.rows(x), past)
        after.append(last)
    return views.output(views.norm.rows(x)), RowsState(after)


def _through(block: BlockViews, x: Array, h: Array, past: Inputs) -> tuple[Array, Inputs]:
    """x (…, C) after a layer, and its next past. past: the layer's last inputs; h: the norm of x, its new input."""
    gates = block.conv(np.concatenate([*past[:: block.dilation], h], -1))  # (…, 2C)
    C = x.shape[-1]
    a, b = gates[..., :C], gates[..., C:]
    sigmoid_(b)
    return x + block.out(a * b), (*past[1:], h)


def as_rows(state: Any) -> RowsState:
    """The state in the form of the batched step, from any form."""
    if type(state) is RowsState:
        return state
    if type(state) is StepState:
        return RowsState(tuple(x[None] for x in past) for past in state)
    # (B, span, C), bfloat16 after training -> span arrays (B, C)
    return RowsState(tuple(past.detach().float().transpose(0, 1).contiguous().numpy()) for past in state)


def as_tensors(state: Any) -> tuple[Tensor, ...]:
    """The state in torch's form: (B, span, C) for each layer."""
    if type(state) in (StepState, RowsState):
        return tuple(torch.from_numpy(np.stack(past, 1)) for past in as_rows(state))
    return tuple(state)


def merge_states(states: Sequence[Any]) -> RowsState:
    """The states of several texts or batches as one batch."""
    layers = zip(*map(as_rows, states), strict=True)  # for each layer all its states
    return RowsState(tuple(map(np.concatenate, zip(*of, strict=True))) for of in layers)


def select_states(state: Any, rows: Sequence[int]) -> RowsState:
    """Some texts of a state; a text may be selected more than once."""
    chosen = np.asarray(rows)
    return RowsState(tuple(x[chosen] for x in past) for past in as_rows(state))

"""A step through the convolutional network in NumPy, of one text and of several; the same as torch's (steps.py).

A step's state is the last inputs of each layer as separate vectors, oldest first: the state after it shares all but one
of them, so a step copies no past. Knows no configuration: how far a layer looks back is how many vectors it has.
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

Inputs: TypeAlias = tuple[Array, ...]  # of a layer, oldest first: (C,) each, or (B, C)


class StepState(tuple[Inputs, ...]):
    """The state of one text after a step: of each layer arrays (C,) where torch's has a tensor (1, span, C)."""

    __slots__ = ()


class RowsState(tuple[Inputs, ...]):
    """The state of B texts after a step: of each layer arrays (B, C) where torch's has a tensor (B, span, C)."""

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
    """What a step of one text reads of a Convnet."""
    return _views(model, product)


def row_views(model: Any) -> StepViews:
    """What a step of several texts reads of a Convnet."""
    return _views(model, Products(model))


def _views(model: Any, make: Callable[[Tensor], Product]) -> StepViews:
    return StepViews(
        embedding=array(model.embedding.weight),
        blocks=[BlockViews(norm(b.norm), affine(b.conv, make), affine(b.out, make), b.dilation) for b in model.blocks],
        norm=norm(model.norm),
        output=make(model.output_weight),
    )


def rows_size(model: Any) -> int:
    """Bytes of the copies that the products of several texts hold."""
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
    """One id (B,) of each of B texts, and a state of theirs -> logits (B, V), and the state after it."""
    x = views.embedding[ids]
    after = []
    for block, past in zip(views.blocks, as_rows(state), strict=True):
        x, last = _through(block, x, block.norm.rows(x), past)
        after.append(last)
    return views.output(views.norm.rows(x)), RowsState(after)


def _through(block: BlockViews, x: Array, h: Array, past: Inputs) -> tuple[Array, Inputs]:
    """x (…, C) after a layer, whose last inputs are `past` and h, the norm of x; and its last inputs after that."""
    gates = block.conv(np.concatenate([*past[:: block.dilation], h], -1))  # (…, 2C)
    C = x.shape[-1]
    a, b = gates[..., :C], gates[..., C:]
    sigmoid_(b)
    return x + block.out(a * b), (*past[1:], h)


def as_rows(state: Any) -> RowsState:
    """A state as steps of several texts take it, whichever way it comes from."""
    if type(state) is RowsState:
        return state
    if type(state) is StepState:
        return RowsState(tuple(x[None] for x in past) for past in state)
    # (B, span, C), bfloat16 after training -> span arrays (B, C)
    return RowsState(tuple(past.detach().float().transpose(0, 1).contiguous().numpy()) for past in state)


def as_tensors(state: Any) -> tuple[Tensor, ...]:
    """A state as torch's way takes it: of each layer (B, span, C)."""
    if type(state) in (StepState, RowsState):
        return tuple(torch.from_numpy(np.stack(past, 1)) for past in as_rows(state))
    return tuple(state)


def merged(states: Sequence[Any]) -> RowsState:
    """The states of several texts, each of one or of more, as one of all."""
    layers = zip(*map(as_rows, states), strict=True)  # of each layer all its states
    return RowsState(tuple(map(np.concatenate, zip(*of, strict=True))) for of in layers)


def selected(state: Any, rows: Sequence[int]) -> RowsState:
    """Some texts of a state, once or several times."""
    chosen = np.asarray(rows)
    return RowsState(tuple(x[chosen] for x in past) for past in as_rows(state))

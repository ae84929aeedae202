"""One step of one text through a recurrent model, in NumPy: the same as torch's; steps.py says why."""

from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from playground.models.cell import ArrayState, Cell, LayerState
from playground.models.fast.steps import Array, Product, array, logits_of, product

# A table of more numbers than this (16 MB) is not made for a step: a large vocabulary pays its product instead.
MAX_TABLE = 2**22


class LayerViews(NamedTuple):
    w_ih: Product  # (width,) -> (G·H,)
    w_hh: Product  # (H,) -> (G·H,)
    b_ih: Array  # (G·H,)
    b_hh: Array  # (G·H,)


class StepViews(NamedTuple):
    """What a step reads of a model. All are views of its weights but `table`, embedding · w_ih' + b_ih of layer 0."""

    embedding: Array  # (V, E)
    table: Array | None  # (V, G·H)
    layers: list[LayerViews]
    output: Product  # (H,) -> (V,)
    bias: Array  # (V,)


class StepState(tuple[ArrayState, ...]):
    """The state after a step: as torch's, but arrays (H,) where that has tensors (1, H)."""

    __slots__ = ()


def copied(model: nn.Module) -> list[str]:
    """The parameters that `StepViews.table` is a copy of."""
    known = dict(model.named_parameters())
    return [name for name in ("embedding.weight", "layers.0.w_ih", "layers.0.b_ih") if name in known]


def table_size(vocabulary: int, gates: int) -> int:
    """Bytes of the table (V, G·H); 0 where none is made. gates: G·H."""
    return 4 * vocabulary * gates if vocabulary * gates <= MAX_TABLE else 0


def step_views(model: Any) -> StepViews:
    """What a step reads of a Recurrent."""
    embedding, w_ih, b_ih = map(array, (model.embedding.weight, model.layers[0].w_ih, model.layers[0].b_ih))
    return StepViews(
        embedding=embedding,
        table=embedding @ w_ih.T + b_ih if table_size(len(embedding), len(b_ih)) else None,
        layers=[LayerViews(product(of.w_ih), product(of.w_hh), array(of.b_ih), array(of.b_hh)) for of in model.layers],
        output=product(model.output.weight),
        bias=array(model.output.bias),
    )


def step(views: StepViews, cell: Cell, id: int, state: Any) -> tuple[Tensor, StepState]:
    """One id of one text through the layers and the output: logits (1, 1, V), and the state after it."""
    if type(state) is not StepState:
        state = as_arrays(state)
    first = views.layers[0]
    x = views.table[id] if views.table is not None else first.w_ih(views.embedding[id]) + first.b_ih
    after: list[ArrayState] = []
    for (w_ih, w_hh, b_ih, b_hh), before in zip(views.layers, state, strict=True):
        if after:
            x = w_ih(after[-1][0])
            x += b_ih
        after.append(cell.step(x, before, w_hh, b_hh))
    logits = views.output(after[-1][0])
    logits += views.bias
    return logits_of(logits), StepState(after)


def as_arrays(state: tuple[LayerState, ...]) -> StepState:
    """A state of torch's, of one text, as NumPy's way takes it."""
    # (1, H), bfloat16 after training -> (H,)
    return StepState(_each(lambda part: part.detach().float().numpy().reshape(part.shape[-1]), state))


def as_tensors(state: Any) -> tuple[LayerState, ...]:
    """A state as torch's way takes it, whichever way it comes from."""
    return _each(lambda part: torch.from_numpy(part)[None], state) if type(state) is StepState else state


def _each(change: Callable[[Any], Any], state: Any) -> Any:
    return tuple(tuple(map(change, layer)) for layer in state)

"""The recurrent models' step in NumPy, for one text and for several: same results as torch; see steps.py for the
reason."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from playground.models.cell import ArrayState, Cell, LayerState
from playground.models.fast.half import Rows
from playground.models.fast.rows import Products, copied_bytes, may_copy
from playground.models.fast.steps import Array, Product, array, logits_of, product

# A larger table (16 MB) is not built: models with a large vocabulary compute the product at each step instead.
MAX_TABLE = 2**22


class LayerViews(NamedTuple):
    w_ih: Product  # (width,) -> (G·H,)
    w_hh: Product  # (H,) -> (G·H,)
    b_ih: Array  # (G·H,)
    b_hh: Array  # (G·H,)


class StepViews(NamedTuple):
    """What a step reads of a model: all views of its weights except `table`, which is embedding · w_ih' + b_ih of layer
    0."""

    embedding: Array  # (V, E)
    table: Array | None  # (V, G·H)
    layers: list[LayerViews]
    output: Product  # (H,) -> (V,)
    bias: Array  # (V,)


class RowsState(tuple[ArrayState, ...]):
    """The state of B texts after a step: arrays (B, H) where torch has tensors."""

    __slots__ = ()


class StepState(tuple[ArrayState, ...]):
    """The state after a step: arrays (H,) where torch has tensors (1, H)."""

    __slots__ = ()


def copied_names(model: nn.Module) -> list[str]:
    """The parameters that `StepViews.table` is a copy of."""
    known = dict(model.named_parameters())
    return [name for name in ("embedding.weight", "layers.0.w_ih", "layers.0.b_ih") if name in known]


def matrices(model: Any) -> list[str]:
    """The parameters of which `RowViews` may hold copies."""
    layers = [f"layers.{n}.{part}" for n in range(len(model.layers)) for part in ("w_ih", "w_hh")]
    output = "embedding.weight" if model.config.tied else "output.weight"
    return [*dict.fromkeys([*copied_names(model), *layers, output])]


def rows_size(model: Any) -> int:
    """Bytes of the copies in `RowViews`, without the table."""
    if not may_copy(model):
        return 0
    first, *others = model.layers
    products = [first.w_hh, *(w for of in others for w in (of.w_ih, of.w_hh)), model.output_weight]
    if not table_size(model.config.vocabulary, len(first.b_ih)):
        products.append(first.w_ih)
    return sum(copied_bytes(*w.shape) for w in products)


def table_size(vocabulary: int, gates: int) -> int:
    """Bytes of the table (V, G·H); 0 if none is built. gates: G·H."""
    return 4 * vocabulary * gates if vocabulary * gates <= MAX_TABLE else 0


def step_views(model: Any) -> StepViews:
    """The weights of a Recurrent as the single-text step reads them."""
    embedding, w_ih, b_ih = map(array, (model.embedding.weight, model.layers[0].w_ih, model.layers[0].b_ih))
    return StepViews(
        embedding=embedding,
        table=embedding @ w_ih.T + b_ih if table_size(len(embedding), len(b_ih)) else None,
        layers=[LayerViews(product(of.w_ih), product(of.w_hh), array(of.b_ih), array(of.b_hh)) for of in model.layers],
        output=product(model.output_weight),
        bias=_bias(model),
    )


def step(views: StepViews, cell: Cell, id: int, state: Any) -> tuple[Tensor, StepState]:
    """One id of one text through the layers and the output: logits (1, 1, V), and the state after it."""
    if type(state) is not StepState:
        state = as_arrays(state)
    first = views.layers[0]
    x = views.table[id] if views.table is not None else first.w_ih(views.embedding[id]) + first.b_ih
    after = _step_layers(views.layers, cell, x, state)
    logits = views.output(after[-1][0])
    logits += views.bias
    return logits_of(logits), StepState(after)


def _bias(model: Any) -> Array:
    """(V,): the bias of the output; zeros if there is none."""
    return np.zeros(model.config.vocabulary, np.float32) if model.output is None else array(model.output.bias)


def _step_layers(layers: list[LayerViews], cell: Cell, x: Array, state: Any) -> list[ArrayState]:
    """The next states of all layers. x: the input's share of the first layer's gates, (G·H,) or (B, G·H)."""
    after: list[ArrayState] = []
    for (w_ih, w_hh, b_ih, b_hh), before in zip(layers, state, strict=True):
        if after:
            x = w_ih(after[-1][0])
            x += b_ih
        after.append(cell.step(x, before, w_hh, b_hh))
    return after


def as_arrays(state: tuple[LayerState, ...]) -> StepState:
    """The state of one text from torch's form to NumPy's."""
    # (1, H), bfloat16 after training -> (H,)
    return StepState(_each(lambda part: part.detach().float().numpy().reshape(part.shape[-1]), state))


def as_tensors(state: Any) -> tuple[LayerState, ...]:
    """The state in torch's form, from any form."""
    if type(state) is RowsState:
        return _each(torch.from_numpy, state)
    return _each(lambda part: torch.from_numpy(part)[None], state) if type(state) is StepState else state


def _each(change: Callable[[Any], Any], state: Any) -> Any:
    return tuple(tuple(map(change, layer)) for layer in state)


class RowViews(NamedTuple):
    """What a step of several texts reads of a model. The products may hold copies, as the table does."""

    embedding: Array  # (V, E)
    table: Array | None  # (V, G·H)
    layers: list[LayerViews]
    output: Rows  # (B, H) -> (B, V)
    bias: Array  # (V,)


def row_views(model: Any) -> RowViews:
    """The weights of a Recurrent as the batched step reads them."""
    known = model.views.current()
    table = known.table if known is not None else None  # built once for both forms
    make = Products(model)
    # With a table, the first layer's own product is not used.
    inputs = [product(of.w_ih) if n == 0 and table is not None else make(of.w_ih) for n, of in enumerate(model.layers)]
    layers = [
        LayerViews(w_ih, make(of.w_hh), array(of.b_ih), array(of.b_hh))
        for w_ih, of in zip(inputs, model.layers, strict=True)
    ]
    return RowViews(array(model.embedding.weight), table, layers, make(model.output_weight), _bias(model))


def step_rows(views: RowViews, cell: Cell, ids: NDArray[np.int64], state: Any) -> tuple[Array, RowsState]:
    """One id (B,) for each of B texts and their state -> logits (B, V) and the next state."""
    if type(state) is not RowsState:
        state = _each(lambda part: part.numpy(), as_tensors(state))
    first = views.layers[0]
    if views.table is not None:
        x = views.table.take(ids, 0)
    else:
        x = first.w_ih(views.embedding[ids])
        x += first.b_ih
    after = _step_layers(views.layers, cell, x, state)
    logits = views.output(after[-1][0])
    logits += views.bias
    return logits, RowsState(after)

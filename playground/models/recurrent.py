"""Parts that the recurrent models share: weights, two kinds of dropout that suit a recurrence, and their stacking.

`stacked` goes through the layers as torch does; `step` as NumPy does, for one id of one text (steps.py says why).
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from playground.errors import BadInput
from playground.models.footprint import Footprint
from playground.models.steps import Array, Product, array, logits_of, product

# A table of more numbers than this (16 MB) is not made for a step: a large vocabulary pays its product instead.
MAX_TABLE = 2**22
MOST_ONE_HOT = 1024  # symbols


def recurrent_weights(gates: int, width: int, hidden: int) -> tuple[nn.Parameter, ...]:
    """w_ih (gates·H, width), w_hh (gates·H, H), b_ih and b_hh (gates·H,) of one layer.

    Started as Keras does: Glorot-uniform inputs, orthogonal recurrence a gate (Saxe et al., 2014), biases 0.
    """
    w_ih, w_hh = torch.empty(gates * hidden, width), torch.empty(gates * hidden, hidden)
    for gate in range(gates):
        part = slice(gate * hidden, (gate + 1) * hidden)
        nn.init.xavier_uniform_(w_ih[part])
        nn.init.orthogonal_(w_hh[part])
    b_ih, b_hh = torch.zeros(gates * hidden), torch.zeros(gates * hidden)
    return nn.Parameter(w_ih), nn.Parameter(w_hh), nn.Parameter(b_ih), nn.Parameter(b_hh)


class OneHot(nn.Module):
    """Ids (B, T) as vectors (B, T, V) of zeros and a one. Nothing is learned: w_ih takes each id by itself."""

    like: Tensor

    def __init__(self, vocabulary: int) -> None:
        super().__init__()
        if vocabulary > MOST_ONE_HOT:
            raise BadInput(f"embedding must be at least 1 where the vocabulary is over {MOST_ONE_HOT:,}.")
        self.vocabulary = vocabulary
        self.register_buffer("like", torch.empty(0), persistent=False)  # follows the type of the weights

    @property
    def weight(self) -> Tensor:
        """(V, V), as an embedding's."""
        return torch.eye(self.vocabulary)

    def forward(self, ids: Tensor) -> Tensor:
        return F.one_hot(ids, self.vocabulary).to(self.like.dtype)


def inputs(vocabulary: int, embedding: int) -> nn.Module:
    """What turns ids into vectors: an embedding, or where its width is 0, one-hot. BadInput where that is too wide."""
    return nn.Embedding(vocabulary, embedding) if embedding else OneHot(vocabulary)


def locked_dropout(x: Tensor, p: float, training: bool) -> Tensor:
    """Drop features of x (B, T, C), each for the whole window: a recurrence would learn to see through noise."""
    if not training or p == 0:
        return x
    keep = torch.empty_like(x[:, :1]).bernoulli_(1 - p) / (1 - p)  # (B, 1, C)
    return x * keep


def drop_weights(w: Tensor, p: float, training: bool) -> Tensor:
    """Drop single weights of a recurrent matrix for a whole window."""
    return F.dropout(w, p) if training and p > 0 else w


def stacked(
    layers: nn.ModuleList, x: Tensor, state: Sequence[Any], config: Any, training: bool
) -> tuple[Tensor, tuple[Any, ...]]:
    """x (B, T, E) through layers that each take (x, state, weight_dropout), with locked dropout after each.

    Returns the last layer's output (B, T, H) and the state of every layer after the last step.
    """
    after = []
    for layer, before in zip(layers, state, strict=True):
        x, last = layer(x, before, config.weight_dropout)
        x = locked_dropout(x, config.dropout, training)
        after.append(last)
    return x, tuple(after)



def worked_out(config: Any, gates: int) -> Footprint:
    """Of the table of a step, and of the one-hot vectors that it is made from; see `models.footprint`."""
    numbers = config.vocabulary * gates * config.hidden
    table = 4 * numbers if numbers <= MAX_TABLE else 0
    one_hot = 0 if config.embedding else 4 * config.vocabulary**2
    return Footprint(table + one_hot, 2 * table + one_hot)


def in_table(model: nn.Module) -> list[str]:
    """The parameters that `StepViews.table` is a copy of."""
    known = dict(model.named_parameters())
    return [name for name in ("embedding.weight", "layers.0.w_ih", "layers.0.b_ih") if name in known]


class LayerViews(NamedTuple):
    w_ih: Product  # (width,) -> (gates·H,)
    w_hh: Product  # (H,) -> (gates·H,)
    b_ih: Array  # (gates·H,)
    b_hh: Array  # (gates·H,)


class StepViews(NamedTuple):
    """What a step reads of a model. All are views of its weights but `table`, embedding · w_ih' + b_ih of layer 0."""

    embedding: Array  # (V, E)
    table: Array | None  # (V, gates·H)
    layers: list[LayerViews]
    output: Product  # (H,) -> (V,)
    bias: Array  # (V,)


class StepState(tuple[Any, ...]):
    """The state after a step: as torch's, but arrays (H,) where that has tensors (1, H)."""

    __slots__ = ()


# One layer's step: its input's part of the gates (gates·H,), which it must not change, the layer's state, w_hh and b_hh
# to its output (H,) and its new state.
Cell = Callable[[Array, Any, Product, Array], tuple[Array, Any]]


def step_views(model: Any) -> StepViews:
    embedding, w_ih, b_ih = map(array, (model.embedding.weight, model.layers[0].w_ih, model.layers[0].b_ih))
    small = len(embedding) * len(b_ih) <= MAX_TABLE
    return StepViews(
        embedding=embedding,
        table=embedding @ w_ih.T + b_ih if small else None,
        layers=[LayerViews(product(of.w_ih), product(of.w_hh), array(of.b_ih), array(of.b_hh)) for of in model.layers],
        output=product(model.output.weight),
        bias=array(model.output.bias),
    )


def step(views: StepViews, cell: Cell, id: int, state: Any) -> tuple[Tensor, StepState]:
    """One id of one text through the layers and the output: logits (1, 1, V), and the state after it."""
    if type(state) is not StepState:
        state = StepState(_each(_array, state))
    first = views.layers[0]
    x = h = views.table[id] if views.table is not None else first.w_ih(views.embedding[id]) + first.b_ih
    after: list[Any] = []
    for (w_ih, w_hh, b_ih, b_hh), before in zip(views.layers, state, strict=True):
        if after:
            x = w_ih(h)
            x += b_ih
        h, last = cell(x, before, w_hh, b_hh)
        after.append(last)
    logits = views.output(h)
    logits += views.bias
    return logits_of(logits), StepState(after)


def as_tensors(state: Any) -> Any:
    """A state as torch's way takes it, whichever way it comes from."""
    return _each(lambda part: torch.from_numpy(part)[None], state) if type(state) is StepState else state


def _array(part: Tensor) -> Array:
    return part.detach().float().numpy().reshape(part.shape[-1])  # (1, H), bfloat16 after training -> (H,)


def _each(change: Callable[[Any], Any], state: Any) -> Any:
    return tuple(_each(change, part) for part in state) if isinstance(state, tuple) else change(state)

"""What one recurrent layer computes in a step; the recurrent kinds differ in nothing else.

A cell is a set of plain functions over one layer's state, a tuple of vectors of which the first, h, is also the layer's
output. recurrent.py stacks layers of one cell into a model.
"""

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from playground.models.fast.steps import Array, Product

# (h,) or (h, c): (B, H) each; in NumPy (H,) each for a single text.
LayerState = tuple[Tensor, ...]
ArrayState = tuple[Array, ...]
# w_ih (G·H, width), w_hh (G·H, H), b_ih and b_hh (G·H,), where G is the number of gates.
Weights = tuple[Tensor, Tensor, Tensor, Tensor]


@dataclass(frozen=True)
class Cell:
    """One kind of recurrent layer.

    biases: what b_ih starts with, one value for each gate, in the order in which the weights hold the gates.
    parts:  how many vectors a layer's state has.
    one:    a step in torch: x (B, width), state -> state.
    many:   a window in torch: x (B, T, width), state, whether in training -> output (B, T, H), state.
    step:   a step in NumPy, of one text or of B: the input's share of the gates (G·H,) or (B, G·H), which must not be
            changed, state, w_hh and b_hh -> state. Each text's numbers are its own: they do not depend on the others.
    """

    biases: tuple[float, ...]
    parts: int
    one: Callable[[Tensor, LayerState, Weights], LayerState]
    many: Callable[[Tensor, LayerState, Weights, bool], tuple[Tensor, LayerState]]
    step: Callable[[Array, ArrayState, Product, Array], ArrayState]

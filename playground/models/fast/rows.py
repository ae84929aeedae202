"""Batch-invariant products x W': a row's result has the same bits, whatever rows stand beside it.

How a float product is summed depends on its shape, so a row's last bits may change with the number of rows beside it,
and a draw near an edge then changes a text. Here a row's numbers depend on the row alone. There are two ways:

    half   with a copy of the weights as float16, which they are in our files: the same numbers, half the memory to
           read (half.py)
    each   one row after the other, as a single text's step is computed: for weights that are no float16 numbers, for
           small matrices, for models too large to copy, and where the other is missing or is not right.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from playground.models.fast.half import Rows, half_bytes, half_product, has_half
from playground.models.fast.steps import MOST, array

MOST_COPIED = 20_000_000  # numbers of a model whose weights are copied: 40 MB, and more for what is summed of four
# Numbers of a matrix whose rows are multiplied one by one. A lone row takes a third of the time then, and 60 rows three
# times as long, which is little beside the larger matrices of the same model.
SMALL = 40_000


class Products:
    """Makes the products of one model."""

    def __init__(self, model: nn.Module) -> None:
        self.copies = may_copy(model)

    def __call__(self, parameter: Tensor) -> Rows:
        """x -> x W' for a matrix W (out, in)."""
        product = None
        if self.copies and parameter.numel() > SMALL and is_half(parameter):
            product = half_product(parameter)
        return product or product_of_each(parameter)


def may_copy(model: nn.Module) -> bool:
    """Whether its weights are copied, which its outline tells too."""
    return sum(p.numel() for p in model.parameters()) <= MOST_COPIED and has_half()


def copied_bytes(out: int, width: int) -> int:
    """Bytes of the copies of a matrix (out, width); 0 where none is made."""
    return half_bytes(out, width) if out * width > SMALL else 0


def product_of_each(parameter: Tensor) -> Rows:
    """Of a matrix (out, in): each row's product by itself, on one thread (steps.MOST)."""
    w = array(parameter)
    if w.size <= MOST:
        return lambda x: np.matvec(w, x)
    rows = max(1, MOST // w.shape[1])
    parts = [w[row : row + rows] for row in range(0, len(w), rows)]
    return lambda x: np.concatenate([np.matvec(part, x) for part in parts], axis=-1)


def is_half(parameter: Tensor) -> bool:
    """Whether its numbers are float16's too."""
    return bool(torch.equal(parameter.detach().half().float(), parameter.detach()))

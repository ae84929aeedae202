"""Batch-invariant products x W': a row's result has the same bits whatever other rows are in the batch.

The summation order of a float product depends on its shape, so a row's last bits may change with the batch size, and a
draw near an edge then changes a text. Here a row's result depends on the row alone. There are two methods:

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
from playground.models.fast.steps import ONE_THREAD_SIZE, array

MOST_COPIED = 20_000_000  # entries of a model whose weights are copied: 40 MB, and more where the summed method is used
# Entries of a matrix whose rows are multiplied one by one. A lone row then takes a third of the time, and 60 rows three
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
    """Whether its weights are copied; also works for an outline."""
    return sum(p.numel() for p in model.parameters()) <= MOST_COPIED and has_half()


def copied_bytes(out: int, width: int) -> int:
    """Bytes of the copies of a matrix (out, width); 0 if none is made."""
    return half_bytes(out, width) if out * width > SMALL else 0


def product_of_each(parameter: Tensor) -> Rows:
    """For a matrix (out, in): each row's product separately, on one thread (steps.ONE_THREAD_SIZE)."""
    w = array(parameter)
    if w.size <= ONE_THREAD_SIZE:
        return lambda x: np.matvec(w, x)
    rows = max(1, ONE_THREAD_SIZE // w.shape[1])
    parts = [w[row : row + rows] for row in range(0, len(w), rows)]
    return lambda x: np.concatenate([np.matvec(part, x) for part in parts], axis=-1)


def is_half(parameter: Tensor) -> bool:
    """Whether all its numbers are exactly representable in float16."""
    return bool(torch.equal(parameter.detach().half().float(), parameter.detach()))

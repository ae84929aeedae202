"""Batch-invariant products x W': a row's result has the same bits, whatever rows stand beside it.

How a float product is summed depends on its shape, so a row's last bits may change with the number of rows beside it,
and a draw near an edge then changes a text. Here a row's numbers depend on the row alone. There are two ways:

    half   FBGEMM, with a copy of the weights as float16, which they are in our files: the same numbers, half the memory
           to read. One row, padded to three, takes 1.7 times as long as by itself, and each of 60 takes 0.4 times.
    each   one row after the other, as a single text's step is computed: for weights that are no float16 numbers, for
           small matrices, for models too large to copy, and where the other is missing or is not right.

FBGEMM's rows are summed alike for most numbers of rows, but not for all (its small kernels differ). Which numbers are
safe is tried once for each shape of matrix (`sizes_of`), and rows are padded to one of those. Nothing is timed, so one
machine always decides alike.
"""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from playground.models.fast.steps import MOST, Array, array

Rows = Callable[[Array], Array]  # (B, in) -> (B, out), a new array

# Numbers of rows that are tried, and used where they are safe. The kernels take up to 6 rows, or 14 on newer machines.
SIZES = (1, 2, 3, 4, 6, 8, 10, 12, 14, 18, 24, 28, 30, 36, 42, 48, 54, 56, 60)
LARGEST = SIZES[-1]
FEW = 8  # a lone row is never padded to more
MOST_COPIED = 20_000_000  # numbers of a model whose weights are copied: 40 MB
# Numbers of a matrix whose rows are multiplied one by one. A lone row takes a third of the time then, and 60 rows three
# times as long, which is little beside the larger matrices of the same model.
SMALL = 40_000
OVERHANG = (0, 1, 4)  # numbers by which the rows lie off the usual alignment, while they are tried

_lock = threading.Lock()


class Products:
    """Makes the products of one model."""

    def __init__(self, model: nn.Module) -> None:
        self.copies = may_copy(model)

    def __call__(self, parameter: Tensor) -> Rows:
        """x -> x W' for a matrix W (out, in)."""
        large = self.copies and parameter.numel() > SMALL
        if large and is_half(parameter) and (sizes := safe_sizes(*parameter.shape)):
            return padded_product(parameter, sizes)
        return product_of_each(parameter)


def may_copy(model: nn.Module) -> bool:
    """Whether its weights are copied, which its outline tells too."""
    return sum(p.numel() for p in model.parameters()) <= MOST_COPIED and has_half()


def copied_bytes(out: int, width: int) -> int:
    """Bytes of the copy of a matrix (out, width), whose rows are stored in groups of 16; 0 where none is made."""
    return 2 * width * (-(-out // 16) * 16) if out * width > SMALL else 0


def product_of_each(parameter: Tensor) -> Rows:
    """Of a matrix (out, in): each row's product by itself, on one thread (steps.MOST)."""
    w = array(parameter)
    if w.size <= MOST:
        return lambda x: np.matvec(w, x)
    rows = max(1, MOST // w.shape[1])
    parts = [w[row : row + rows] for row in range(0, len(w), rows)]
    return lambda x: np.concatenate([np.matvec(part, x) for part in parts], axis=-1)


def padded_product(parameter: Tensor, sizes: tuple[int, ...]) -> Rows:
    """Of a matrix (out, in) of float16 numbers: the products of at most LARGEST rows at once, padded to one of `sizes`,
    the last of which is LARGEST."""
    width = parameter.shape[1]
    size_for = [next(size for size in sizes if size >= rows) for rows in range(LARGEST + 1)]
    product = _half(parameter)

    def part(x: Array) -> Array:
        B = len(x)
        size = size_for[B]
        if size != B:
            more = np.zeros((size, width), np.float32)
            more[:B] = x
            x = more
        y: Array = product(torch.from_numpy(x)).numpy()
        return y if size == B else y[:B]

    def rows(x: Array) -> Array:
        if len(x) <= LARGEST:
            return part(x)
        return np.concatenate([part(x[row : row + LARGEST]) for row in range(0, len(x), LARGEST)])

    return rows


def is_half(parameter: Tensor) -> bool:
    """Whether its numbers are float16's too."""
    return bool(torch.equal(parameter.detach().half().float(), parameter.detach()))


def safe_sizes(out: int, width: int) -> tuple[int, ...]:
    """`sizes_of` such a matrix; none where a lone row would need more than FEW."""
    with _lock:  # two threads would only try the same twice
        sizes = sizes_of(out, width)
    return sizes if sizes[0] <= FEW else ()


@cache
def sizes_of(out: int, width: int) -> tuple[int, ...]:
    """The numbers of rows with which a row's product with a matrix (out, width) has the bits that it has among LARGEST
    rows, tried with random numbers."""
    random = np.random.default_rng(1)
    product = _half(torch.from_numpy(random.standard_normal((out, width), np.float32)))
    x = random.standard_normal((LARGEST, width), np.float32)
    expected = product(torch.from_numpy(x)).numpy()

    def safe(size: int) -> bool:
        for overhang in OVERHANG:
            chosen = random.permutation(LARGEST)[:size]
            batch = np.empty(overhang + size * width, np.float32)[overhang:].reshape(size, width)
            batch[:] = x[chosen]
            if not np.array_equal(product(torch.from_numpy(batch)).numpy(), expected[chosen]):
                return False
        return True

    return (*(size for size in SIZES[:-1] if safe(size)), LARGEST) if safe(LARGEST) else (LARGEST,)


def _half(parameter: Tensor) -> Callable[[Tensor], Tensor]:
    weights = parameter.detach().contiguous()
    if not hasattr(torch, "fbgemm_linear_fp16_weight_fp32_activation"):  # the same, and 15 µs slower
        other: Any = torch.ops.quantized.linear_prepack_fp16(weights, None)
        dynamic: Any = torch.ops.quantized.linear_dynamic_fp16.default
        return lambda x: dynamic(x, other)
    packed = torch.fbgemm_pack_gemm_matrix_fp16(weights)
    return lambda x: torch.fbgemm_linear_fp16_weight_fp32_activation(x, packed, None)


@cache
def has_half() -> bool:
    """Whether this machine has the products of float16 weights."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # they are to be replaced some day, as torch says once
        try:
            _half(torch.ones(16, 16))(torch.ones(3, 16))
        except (RuntimeError, AttributeError):
            return False
    return True

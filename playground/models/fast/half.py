"""Products with float16 weights in which a row's bits do not depend on the number of rows (FBGEMM's, through torch).

FBGEMM sums a row the same way for most row counts, but not for all, because its kernels differ. So there are two
methods, and the valid row counts are found by a trial with random numbers, once per matrix shape:

    padded  rows are padded to a safe count. A lone row, padded to three, takes twice as long as unpadded.
    summed  a lone row uses the kernel for one row: four partial sums, each over every fourth column, so that the
            processor need not wait for one. More rows are the sum of four products, in that order: for 60 of them an
            eighth slower than one product, for a few of them a half. It is used for large matrices, where it matters.

Nothing is timed, so a machine always makes the same choice.
"""

import threading
import warnings
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

import numpy as np
import torch
from torch import Tensor

from playground.models.fast.steps import Array

Rows = Callable[[Array], Array]  # (B, in) -> (B, out), a new array

# Row counts that are tried, and used where safe. The kernels take up to 6 rows, or 14 on newer machines.
SIZES = range(1, 61)
LARGEST = SIZES[-1]
FEW = 8  # a lone row is never padded to more rows
LARGE = 400_000  # entries of a matrix from which the summed method is used
SINGLE = 3  # up to this many rows of such a matrix are multiplied one by one
OVERHANG = (0, 1, 4)  # offsets from the usual alignment, in numbers, at which rows are tried

_lock = threading.RLock()


def half_product(parameter: Tensor) -> Rows | None:
    """x -> x W' for a matrix W (out, in) of float16 numbers; None if no method is exact on this machine."""
    with _lock:  # a second thread would only repeat the trial
        out, width = parameter.shape
        if (sizes := padded_sizes(out, width)) and sizes[0] == 1:
            return padded_product(parameter, sizes)
        if is_summed(out, width) and (summed := summed_sizes(out, width)):
            return summed_product(parameter, summed)
        return padded_product(parameter, sizes) if sizes and sizes[0] <= FEW else None


def half_bytes(out: int, width: int) -> int:
    """Bytes of the copies of a matrix (out, width) that `half_product` makes. The summed method keeps five: the whole
    matrix for a lone row, and the four parts."""
    with _lock:
        parts = fourths(width) if is_summed(out, width) else ()
    return sum(packed_bytes(out, len(part)) for part in (range(width), *parts))


def is_summed(out: int, width: int) -> bool:
    """Whether rows of such a matrix use the summed method. Call with the lock held.

    Tries only the row counts needed for the answer, because planning memory asks this for every model.
    """
    return out * width >= LARGE and not _may_be_alone(out, width) and _can_be_summed(out, width)


# ── The two methods ──────────────────────────────────────────────────────────────────────────────
def padded_product(parameter: Tensor, sizes: tuple[int, ...]) -> Rows:
    """The products of rows padded to one of `sizes`, the last of which is LARGEST."""
    return _in_sizes(pack(parameter), sizes, parameter.shape[1])


def summed_product(parameter: Tensor, sizes: tuple[int, ...]) -> Rows:
    """The same by four sums each; a few rows are multiplied one by one."""
    one, many = pack(parameter), _in_sizes(sum_of_four(parameter), sizes, parameter.shape[1])

    def rows(x: Array) -> Array:
        if len(x) == 1:
            y: Array = one(torch.from_numpy(x)).numpy()
            return y
        if len(x) <= SINGLE:
            return np.concatenate([one(torch.from_numpy(x[n : n + 1])).numpy() for n in range(len(x))])
        return many(x)

    return rows


def _in_sizes(product: Callable[[Tensor], Tensor], sizes: tuple[int, ...], width: int) -> Rows:
    size_for = [next(size for size in sizes if size >= rows) for rows in range(LARGEST + 1)]

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


def sum_of_four(parameter: Tensor) -> Callable[[Tensor], Tensor]:
    """x -> x W', summed as FBGEMM's kernel for one row does."""
    first, *others = fourths(parameter.shape[1])
    places = torch.tensor(first)
    first_product = pack(parameter[:, places])
    other_products = [(slice(p.start, p.stop, p.step), pack(parameter[:, p.start : p.stop : p.step])) for p in others]

    def product(x: Tensor) -> Tensor:
        y = first_product(x.index_select(1, places))
        for part, product_of in other_products:
            y += product_of(x[:, part])
        return y

    return product


def fourths(width: int) -> tuple[list[int], range, range, range]:
    """The columns of each sum, in the order in which they are added: from the second column on, every fourth goes to
    the same sum. The first sum starts with the first column and ends with the remainder."""
    end = 1 + (width - 1) // 4 * 4
    return [0, *range(1, end, 4), *range(end, width)], range(2, end, 4), range(3, end, 4), range(4, end, 4)


# ── The trials ───────────────────────────────────────────────────────────────────────────────────
@cache
def padded_sizes(out: int, width: int) -> tuple[int, ...]:
    """The row counts at which a row's product with a matrix (out, width) has the same bits as among LARGEST rows; the
    last is LARGEST. Empty where LARGEST rows are inconsistent."""
    return _padded_sizes(out, width, SIZES)


@cache
def _may_be_alone(out: int, width: int) -> bool:
    """Whether 1 is the first of `padded_sizes`."""
    return bool(_padded_sizes(out, width, (1,)))


def _padded_sizes(out: int, width: int, tried: Iterable[int]) -> tuple[int, ...]:
    weights, x = _numbers(out, width)
    product = pack(weights)
    return _sizes(product, x, product(torch.from_numpy(x)).numpy(), tried)


@cache
def summed_sizes(out: int, width: int) -> tuple[int, ...]:
    """The row counts at which `sum_of_four` has the bits of a lone row's product; the last is LARGEST. Empty where this
    machine's kernel sums in another order."""
    return _summed_sizes(out, width, SIZES)


@cache
def _can_be_summed(out: int, width: int) -> bool:
    """Whether LARGEST is the last of `summed_sizes`."""
    return bool(_summed_sizes(out, width, (LARGEST,)))


def _summed_sizes(out: int, width: int, tried: Iterable[int]) -> tuple[int, ...]:
    if width < 8:
        return ()
    weights, x = _numbers(out, width)
    one = pack(weights)
    alone = np.concatenate([one(torch.from_numpy(x[n : n + 1].copy())).numpy() for n in range(LARGEST)])
    return _sizes(sum_of_four(weights), x, alone, tried)


def _numbers(out: int, width: int) -> tuple[Tensor, Array]:
    random = np.random.default_rng(1)
    weights = torch.from_numpy(random.standard_normal((out, width), np.float32))
    return weights, random.standard_normal((LARGEST, width), np.float32)


def _sizes(
    product: Callable[[Tensor], Tensor], x: Array, expected: Array, tried: Iterable[int]
) -> tuple[int, ...]:
    """Those of the row counts that are safe; none where LARGEST is not."""
    random = np.random.default_rng(2)

    def safe(size: int) -> bool:
        for overhang in OVERHANG:
            chosen = random.permutation(LARGEST)[:size]
            batch = np.empty(overhang + size * x.shape[1], np.float32)[overhang:].reshape(size, -1)
            batch[:] = x[chosen]
            if not np.array_equal(product(torch.from_numpy(batch)).numpy(), expected[chosen]):
                return False
        return True

    return tuple(size for size in tried if safe(size)) if safe(LARGEST) else ()


# ── torch's product ──────────────────────────────────────────────────────────────────────────────
def packed_bytes(out: int, width: int) -> int:
    """Bytes of a packed copy: FBGEMM stores blocks of 512 by 16 numbers of two bytes."""
    return 2 * (-(-width // 512) * 512) * (-(-out // 16) * 16)


def pack(parameter: Tensor) -> Callable[[Tensor], Tensor]:
    """x -> x W' with a float16 copy of W."""
    weights = parameter.detach().contiguous()
    if not hasattr(torch, "fbgemm_linear_fp16_weight_fp32_activation"):  # the same result, 15 µs slower
        other: Any = torch.ops.quantized.linear_prepack_fp16(weights, None)
        dynamic: Any = torch.ops.quantized.linear_dynamic_fp16.default
        return lambda x: dynamic(x, other)
    copy = torch.fbgemm_pack_gemm_matrix_fp16(weights)
    return lambda x: torch.fbgemm_linear_fp16_weight_fp32_activation(x, copy, None)


@cache
def has_half() -> bool:
    """Whether torch on this machine has products with float16 weights."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch warns once that they are deprecated
        try:
            pack(torch.ones(16, 16))(torch.ones(3, 16))
        except (RuntimeError, AttributeError):
            return False
    return True

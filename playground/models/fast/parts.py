"""Building blocks of the NumPy steps: affine maps and layer normalisation. Knows no architecture."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from torch import Tensor, nn

from playground.models.fast.steps import Array, Product, array


class Affine(NamedTuple):
    """x -> w · x + bias, if there is a bias."""

    product: Product
    bias: Array | None

    def __call__(self, x: Array) -> Array:
        return self.added(self.product(x))

    def added(self, y: Array) -> Array:
        """y + bias, in place."""
        if self.bias is not None:
            y += self.bias
        return y


class Norm(NamedTuple):
    gain: Array
    bias: Array
    epsilon: float
    mean: Array  # (C,) 1 / C

    def __call__(self, x: Array) -> Array:
        """LayerNorm of one vector (C,)."""
        x = x - self.mean.dot(x)
        x *= (x.dot(x) / len(x) + self.epsilon) ** -0.5
        x *= self.gain
        x += self.bias
        return x

    def rows(self, x: Array) -> Array:
        """The same for each row of (B, C)."""
        C, epsilon = np.float32(x.shape[1]), np.float32(self.epsilon)
        if len(x) == 1:  # the same bits, with scalars in place of vectors of length one
            row = x[0] - self.mean.dot(x[0])
            row /= np.sqrt(row.dot(row) / C + epsilon)
            x = row[None]
        else:
            x = x - np.vecdot(x, self.mean)[:, None]
            x /= np.sqrt(np.vecdot(x, x) / C + epsilon)[:, None]
        x *= self.gain
        x += self.bias
        return x


def affine(of: nn.Linear, make: Callable[[Tensor], Product]) -> Affine:
    """The map of a Linear; `make` builds the product with its weights."""
    return Affine(make(of.weight), None if of.bias is None else array(of.bias))


def norm(of: nn.LayerNorm) -> Norm:
    """The map of a LayerNorm over one dimension."""
    (C,) = of.normalized_shape
    return Norm(array(of.weight), array(of.bias), of.eps, np.full(C, 1 / C, np.float32))

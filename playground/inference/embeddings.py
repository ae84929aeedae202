"""The two matrices of a bigram, and a two-dimensional map of its embeddings.

The map uses principal components (Pearson, 1901): of all planar projections it preserves most of the squared distances,
with symbols weighted by their frequency in a text. Otherwise rare letters would dominate the layout.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from playground.checkpoints.folders import Checkpoint
from playground.errors import BadInput
from playground.models.bigram import Bigram


@dataclass(frozen=True)
class Matrices:
    """embedding (V, d) and context (V, d), a row per symbol; places (V, 2) on the map; share: the fraction of the
    embeddings' variance on each of the map's two axes."""

    embedding: NDArray[np.float32]
    context: NDArray[np.float32]
    places: NDArray[np.float32]
    share: tuple[float, float]


@dataclass(frozen=True)
class Embeddings:
    """A query: a bigram's matrices, in one answer. BadInput if the model is of another kind.

    weights: the frequency of each symbol in a text, (V,), for the map; if empty, all count equally.
    """

    weights: Sequence[float] = ()

    def steps(self, checkpoint: Checkpoint) -> Iterator[Matrices]:
        """Yield the matrices, once. BadInput if the model is not a bigram with weights."""
        model = checkpoint.model
        if not isinstance(model, Bigram):
            raise BadInput("embeddings.kind", name=checkpoint.name)
        embedding, context = (w.detach().numpy().copy() for w in (model.embedding.weight, model.output_weight))
        places, share = principal(embedding, self.weights or [1.0] * len(embedding))
        yield Matrices(embedding, context, places, share)


def principal(rows: NDArray[np.float32], weights: Sequence[float]) -> tuple[NDArray[np.float32], tuple[float, float]]:
    """Rows (N, d), weighted by `weights` (N,), projected on their first two principal axes (N, 2), and the fraction of
    the variance on each axis. An axis is signed so that the point farthest from the centre is positive, to make the map
    reproducible."""
    share = np.asarray(weights) / np.sum(weights)
    centred = rows - share @ rows  # (N, d)
    _, sizes, axes = np.linalg.svd(np.sqrt(share)[:, None] * centred, full_matrices=False)
    places = np.zeros((len(rows), 2))
    places[:, : min(2, len(axes))] = centred @ axes[:2].T
    farthest = places[np.abs(places).argmax(axis=0), [0, 1]]
    places *= np.where(farthest < 0, -1, 1)
    power = np.square([*sizes, 0.0])
    total = power.sum() or 1.0
    return places.astype(np.float32), (float(power[0] / total), float(power[1] / total))

"""The two matrices of a bigram, and its embeddings as a map of two dimensions.

The map is that of principal components (Pearson, 1901): of all flat maps it keeps the most of the distances' squares,
each symbol counting as often as it stands in a text. Else letters that hardly ever come would decide where all lie.
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
    """embedding (V, d) and context (V, d), both a row for each symbol; places (V, 2) on the map; share: how much of the
    embeddings' variance each of the map's two axes has."""

    embedding: NDArray[np.float32]
    context: NDArray[np.float32]
    places: NDArray[np.float32]
    share: tuple[float, float]


@dataclass(frozen=True)
class Embeddings:
    """A bigram's matrices, as a walk: one answer. BadInput where the model is of another kind.

    weights: how often each symbol stands in a text, (V,), for the map; where it is empty, all count alike.
    """

    weights: Sequence[float] = ()

    def steps(self, checkpoint: Checkpoint) -> Iterator[Matrices]:
        """Yield the matrices, once. BadInput where the model is no bigram with weights."""
        model = checkpoint.model
        if not isinstance(model, Bigram):
            raise BadInput("embeddings.kind", name=checkpoint.name)
        embedding, context = (w.detach().numpy().copy() for w in (model.embedding.weight, model.output_weight))
        places, share = principal(embedding, self.weights or [1.0] * len(embedding))
        yield Matrices(embedding, context, places, share)


def principal(rows: NDArray[np.float32], weights: Sequence[float]) -> tuple[NDArray[np.float32], tuple[float, float]]:
    """Rows (N, d), that count as much as `weights` (N,) say, on their first two principal axes (N, 2), and the share of
    the variance that each axis has. Of an axis the side is chosen where the place farthest from the middle is positive,
    so that a map is the same each time."""
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

"""How far back a mistake is felt: the gradient of the loss at one place with respect to what stood k before it.

A product of k Jacobians, one a step, lies between them: where their norms are below 1 it vanishes, as Bengio et al.
(1994) showed of the plain recurrent network. What a gate lets through is multiplied by almost 1 instead (Hochreiter and
Schmidhuber, 1997), so that what stood far back can still be learned from.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from playground.checkpoints.folders import Checkpoint
from playground.errors import BadInput
from playground.models.backward import Through, gradient_norms

AT_ONCE = 2  # texts of a step


@dataclass(frozen=True)
class Gradients:
    """The mean over some places of the gradient's norm, by how far back it reaches, as a walk: None for each step, then
    one answer, `back` + 1 numbers: with respect to the embedding of the last symbol that was read, of the one before
    it, and so on.

    ids:    a text.
    places: how many ids stand before each place; the id there is what came. Each must have more than `back`.
    warm:   symbols that are read before those, at most, so that no text seems to begin there.
    BadInput where the model is of a kind that takes no embeddings.
    """

    ids: Sequence[int]
    places: Sequence[int]
    back: int
    warm: int = 16

    def steps(self, checkpoint: Checkpoint) -> Iterator[list[float] | None]:
        """Yield the norms once all places are done, and None after each place before."""
        model = checkpoint.model
        if not isinstance(model, Through):
            raise BadInput("gradients.kind", name=checkpoint.name)
        length = min(self.back + 1 + self.warm, *self.places)
        found = []
        for begin in range(0, len(self.places), AT_ONCE):
            some = self.places[begin : begin + AT_ONCE]
            texts = [list(self.ids[place - length : place]) for place in some]
            norms = gradient_norms(model, texts, [self.ids[place] for place in some])
            found.append(norms[:, ::-1][:, : self.back + 1])
            yield None
        yield np.concatenate(found).mean(axis=0).tolist()

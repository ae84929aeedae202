"""How far back the gradient of the loss reaches: its norm with respect to the symbol k positions earlier.

It contains a product of k Jacobians, one per step: where their norms are below 1 it vanishes, as Bengio et al. (1994)
showed for the plain recurrent network. A gate can keep the factor close to 1 (Hochreiter and Schmidhuber, 1997), so
that distant symbols can still be learned from.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from playground.checkpoints.folders import Checkpoint
from playground.errors import BadInput
from playground.models.backward import TakesEmbeddings, gradient_norms

AT_ONCE = 2  # texts per step


@dataclass(frozen=True)
class Gradients:
    """A query: the gradient's norm by distance, averaged over some positions. None for each step, then one answer,
    `back` + 1 numbers: with respect to the embedding of the last symbol read, of the one before it, and so on.

    ids:    a text.
    places: the number of ids before each position; the id there is the target. Each must exceed `back`.
    warm:   at most so many symbols are read before those, so that no text appears to begin there. BadInput if the
            model's kind does not accept embeddings.
    """

    ids: Sequence[int]
    places: Sequence[int]
    back: int
    warm: int = 16

    def steps(self, checkpoint: Checkpoint) -> Iterator[list[float] | None]:
        """Yield the norms after all positions, and None after each position before."""
        model = checkpoint.model
        if not isinstance(model, TakesEmbeddings):
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

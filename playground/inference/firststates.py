"""One to many: texts written from an initial state, and from states interpolated between two.

A recurrent model keeps everything it has read in its state, so what it writes follows from the initial state and the
draws alone. A state between those of two texts is not reached by any text, but the model can continue from it. Other
kinds (counts, a Transformer's keys and values) have no such state: BadInput.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from playground.errors import BadInput
from playground.inference.prefill import Logits, Prefill, pieces
from playground.inference.samples import sample_steps
from playground.library import Checkpoint
from playground.models.recurrent import Recurrent
from playground.models.tasks import State
from playground.sampling import Sampling


@dataclass(frozen=True)
class FirstLogits:
    """Before anything is written. rows: the logits (S, V) of the first symbol from each of S states."""

    rows: list[list[float]]


@dataclass(frozen=True)
class SampledStep:
    """A step of all texts: the symbol of each, those of the first state first."""

    ids: list[int]


@dataclass(frozen=True)
class FirstStates:
    """A query: texts from S initial states with B seeds each.

    one, other: the ids of two texts, each after the model's own start. shares: the weight of the other's state in each
    initial state, from 0 (the one's own) to 1. stop: the symbol that ends a text; at most `length` are written.
    """

    one: Sequence[int]
    other: Sequence[int]
    shares: Sequence[float]
    sampling: Sampling
    seeds: Sequence[int]
    length: int
    stop: int | None = None

    def steps(self, checkpoint: Checkpoint) -> Iterator[FirstLogits | SampledStep | None]:
        """The first rows, then a step at a time, until all texts have stopped; None for each piece of a text that is
        read."""
        model = checkpoint.model
        if not isinstance(model, Recurrent):
            raise BadInput("first.no_state", name=checkpoint.name)
        ends: list[Prefill] = []
        for ids in (self.one, self.other):
            for _, part in pieces(checkpoint, ids):  # noqa: B007  # the last one is used
                yield None
            ends.append(part)
        rows, states = zip(*(_at(model, ends, share) for share in self.shares), strict=True)
        yield FirstLogits([row.tolist() for row in rows])
        S, B = len(self.shares), len(self.seeds)
        every = np.repeat(np.stack(rows), B, axis=0)  # (S·B, V)
        state = model.select(model.merge(states), [s for s in range(S) for _ in range(B)])
        samplings, seeds = [self.sampling] * (S * B), [*self.seeds] * S
        writing = np.ones(S * B, bool)
        for drawn in sample_steps(checkpoint, every, state, samplings, seeds, self.length):
            yield SampledStep(drawn.ids)
            writing &= np.asarray(drawn.ids) != (-1 if self.stop is None else self.stop)
            if not writing.any():
                return


def _at(model: Recurrent, ends: Sequence[Prefill], share: float) -> tuple[Logits, State]:
    """The row and state of a share. At 0 and 1 they are the texts' own, bit for bit."""
    if share in (0, 1):
        end = ends[int(share)]
        return end.logits[-1], end.state
    return model.between([end.state for end in ends], share)

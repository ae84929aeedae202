"""One to many: texts that are written from a first state, and from states on the way from one to another.

A recurrent model keeps all that it has read in the numbers of its state, so what it writes follows from the first state
and the dice alone. A state between those of two texts is none that any text has led to, and the model goes on from it
all the same. Other kinds (counts, a Transformer's keys and values) have no such state: BadInput.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from playground.errors import BadInput
from playground.inference.prefill import Logits, Prefill, pieces
from playground.inference.samples import written
from playground.library import Checkpoint
from playground.models.recurrent import Recurrent
from playground.models.tasks import State
from playground.sampling import Sampling


@dataclass(frozen=True)
class Begun:
    """Before anything is written. rows: the logits (S, V) of the first symbol from each of S states."""

    rows: list[list[float]]


@dataclass(frozen=True)
class Wrote:
    """A step of all texts: the symbol of each, those of the first state first."""

    ids: list[int]


@dataclass(frozen=True)
class FirstStates:
    """The question: what is written from S first states with B dice each.

    one, other: the ids of two texts, each after the model's own start. shares: how much of the other's state is in each
    first state, from 0 (the one's as it is) to 1. stop: the symbol that ends a text; at most `length` are written.
    """

    one: Sequence[int]
    other: Sequence[int]
    shares: Sequence[float]
    sampling: Sampling
    seeds: Sequence[int]
    length: int
    stop: int | None = None

    def steps(self, checkpoint: Checkpoint) -> Iterator[Begun | Wrote | None]:
        """The first rows, then a step at a time, until all texts have stopped; None for each part of a text that is
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
        yield Begun([row.tolist() for row in rows])
        S, B = len(self.shares), len(self.seeds)
        every = np.repeat(np.stack(rows), B, axis=0)  # (S·B, V)
        state = model.select(model.merge(states), [s for s in range(S) for _ in range(B)])
        samplings, seeds = [self.sampling] * (S * B), [*self.seeds] * S
        writing = np.ones(S * B, bool)
        for drawn in written(checkpoint, every, state, samplings, seeds, self.length):
            yield Wrote(drawn.ids)
            writing &= np.asarray(drawn.ids) != (-1 if self.stop is None else self.stop)
            if not writing.any():
                return


def _at(model: Recurrent, ends: Sequence[Prefill], share: float) -> tuple[Logits, State]:
    """The row and the state of a share. Of a text itself they are as it was read, to the last bit."""
    if share in (0, 1):
        end = ends[int(share)]
        return end.logits[-1], end.state
    return model.between([end.state for end in ends], share)

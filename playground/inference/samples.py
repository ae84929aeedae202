"""Several texts sampled as one batch, with the probability of each symbol.

A text does not depend on the others: each is the run of its settings and seed (generate.py). Probabilities are the
model's own, at temperature 1 and without truncation, however the symbol was drawn; so the texts can be compared with
each other and with a beam's (beam.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from playground.inference.prefill import Logits, pieces, require_finite
from playground.library import Checkpoint
from playground.models.tasks import State
from playground.sampling import Sampling, log_softmax
from playground.sampling.many import Samplings, bases, choose_rows, dice_rows


@dataclass(frozen=True)
class SampleStep:
    """A step of all B texts. ids: the symbol of each. log_probabilities: ln p of each, nats."""

    ids: list[int]
    log_probabilities: list[float]


@dataclass(frozen=True)
class Samples:
    """A query: B runs after these ids, each with its own settings and seed, `length` symbols long.

    start: whether the model's own start precedes the ids.
    """

    ids: Sequence[int]
    samplings: Sequence[Sampling]
    seeds: Sequence[int]
    length: int
    start: bool = True

    def steps(self, checkpoint: Checkpoint) -> Iterator[SampleStep | None]:
        """The steps as they are computed; None for each piece of the prompt. BadCheckpoint if the model's numbers are
        not finite."""
        for _, part in pieces(checkpoint, self.ids, start=self.start):  # noqa: B007  # the last one is used
            yield None
        model, B = checkpoint.model, len(self.seeds)
        rows = np.repeat(part.logits[-1:], B, axis=0)  # (B, V)
        state = model.select(model.merge([part.state]), [0] * B)
        yield from sample_steps(checkpoint, rows, state, self.samplings, self.seeds, self.length)


def sample_steps(
    checkpoint: Checkpoint,
    rows: Logits,
    state: State,
    samplings: Sequence[Sampling],
    seeds: Sequence[int],
    length: int,
) -> Iterator[SampleStep]:
    """B texts continued from their states, each with its own settings and seed, `length` symbols long.

    rows: the logits (B, V) for the first symbol. BadCheckpoint if numbers are not finite.
    """
    B, each, dice = len(seeds), Samplings(samplings), bases(seeds)
    for t in range(length):
        require_finite(checkpoint, rows)
        ids = choose_rows(rows, each, dice_rows(dice, np.full(B, t)))
        logps = log_softmax(rows)[np.arange(B), ids]
        yield SampleStep(ids.tolist(), logps.tolist())
        if t + 1 < length:
            rows, state = checkpoint.model.step(ids.tolist(), state)

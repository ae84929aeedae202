"""Gaps: what a masked model says of them from both sides, what a language model says there from the left alone, and
what becomes of a text that a masked model has to write, gap by gap.

A masked model fills each gap as if the others stayed open: it gives the probability of each alone, and of no text. To
write with one, a gap is filled and read with the rest before the next (Wang and Cho 2019, arXiv 1902.04094); in which
order is nowhere given, and each order is another distribution over texts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from playground.checkpoints.folders import require
from playground.inference.prefill import Logits, fill_logits, pieces, require_finite
from playground.library import Checkpoint
from playground.sampling import Sampling, choose, dice, distribution, log_softmax

Order = Literal["left", "surest", "random"]
ORDERS: tuple[Order, ...] = get_args(Order)

GAPS = 8  # of a step: each of a long text is a window of its own
IDS = 256  # of a step of a language model


@dataclass(frozen=True)
class Fill:
    """The question: the logits (n, V) of the gaps at these positions, at least one. What stands there is not read."""

    ids: Sequence[int]
    positions: Sequence[int]

    def steps(self, checkpoint: Checkpoint) -> Iterator[Logits]:
        """The rows of the first gaps, of the next ones, and so on; BadCheckpoint where they are not finite."""
        require(checkpoint, "masked")
        for begin in range(0, len(self.positions), GAPS):
            rows = fill_logits(checkpoint, self.ids, self.positions[begin : begin + GAPS], hidden=self.positions)
            require_finite(checkpoint, rows)
            yield rows


@dataclass(frozen=True)
class FromLeft:
    """The question: the logits (n, V) of a language model before these places of a text, in rising order."""

    ids: Sequence[int]
    places: Sequence[int]

    def steps(self, checkpoint: Checkpoint) -> Iterator[Logits | None]:
        """The rows, as far as the text is read; None for a piece that has none."""
        for begin, piece in pieces(checkpoint, self.ids[: self.places[-1]], most=IDS):
            wanted = [place - begin for place in self.places if begin <= place < begin + len(piece.logits)]
            require_finite(checkpoint, piece.logits)
            yield piece.logits[wanted] if wanted else None


@dataclass(frozen=True)
class Filled:
    """A gap that was filled: its place in the text, the symbol, the number u that drew it, and its probability under
    the settings."""

    place: int
    id: int
    u: float
    probability: float


@dataclass(frozen=True)
class Writing:
    """The question: what a masked model writes into a stretch of gaps, one by one.

    order: the next gap is the one furthest left; the one whose likeliest symbol is the likeliest (of equal ones the one
    furthest left); or a random one. The t-th gap that is filled has the t-th number of the seed, in each order.
    """

    ids: Sequence[int]
    positions: Sequence[int]
    order: Order
    sampling: Sampling
    seed: int

    def steps(self, checkpoint: Checkpoint) -> Iterator[Filled]:
        """The gaps as they are filled; BadCheckpoint where the model's numbers are not finite."""
        require(checkpoint, "masked")
        text, left = list(self.ids), list(self.positions)
        for t in range(len(self.positions)):
            rows = fill_logits(checkpoint, text, left)
            require_finite(checkpoint, rows)
            n = self._next(rows, t)
            u = dice(self.seed, t)
            id = choose(rows[n], self.sampling, u)
            place = left.pop(n)
            text[place] = id
            yield Filled(place, id, u, float(distribution(rows[n], self.sampling)[id]))

    def _next(self, rows: Logits, t: int) -> int:
        """Which of the gaps that are left."""
        if self.order == "surest":
            return int(np.argmax(log_softmax(rows).max(axis=-1)))
        # Numbers that no gap is filled with.
        return int(dice(self.seed, len(self.positions) + t) * len(rows)) if self.order == "random" else 0

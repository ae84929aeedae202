"""Beam search: an approximate search for the likeliest text after a prompt.

A beam is a set of at most `width` texts. At each step every unfinished text is extended by every symbol, and of these
and the finished texts the best `width` are kept (Graves 2012, arXiv 1211.3711; Sutskever et al. 2014, arXiv 1409.3215).
A finished text stays as long as it is among the best. So with a width of 1 the search is greedy; with V^length it is
exhaustive; and kept and dropped texts together account for the whole probability.

Texts of equal length are compared by probability. Shorter ones are inherently likelier, so where texts can end they are
ranked by log P ÷ ((5 + length) ÷ 6)^α, the length penalty of Wu et al. 2016 (arXiv 1609.08144, equation 14, without its
coverage of a source); α = 0 is the probability alone. Length counts the written symbols.

Ties: of equal scores the one whose parent ranked higher in the beam comes first, then the one whose symbol ranks
higher, as in sampling: largest logit first, then by id. Impossible texts are never kept. Temperature and truncation do
not apply: the probabilities are the model's own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from playground.errors import BadInput
from playground.inference.prefill import pieces, require_finite
from playground.inference.stopping import Reason, Stop
from playground.library import Checkpoint
from playground.sampling import log_softmax, ranks

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Branch:
    """A kept or dropped text, as an extension of a text in the previous beam.

    parent:  the rank of that text, from 0.
    id:      the added symbol; None if the text had already ended.
    logp:    ln of the probability of everything after the prompt, nats.
    score:   for ranking; equals logp if the penalty is 0.
    stopped: why the text ends with this symbol; None if it continues.
    """

    parent: int
    id: int | None
    logp: float
    score: float
    stopped: Reason | None


@dataclass(frozen=True)
class BeamStep:
    """The result of a step on the previous beam, initially the prompt alone.

    kept:         the new beam, best first.
    dropped:      the best dropped ones, `width` of them: those a beam twice as wide would have kept.
    looked_at:    the number of possible branches.
    log_mass:     ln of the total probability of the new beam.
    dropped_mass: the dropped share of the previous beam's probability, from 0 to 1.
    """

    kept: list[Branch]
    dropped: list[Branch]
    looked_at: int
    log_mass: float
    dropped_mass: float


@dataclass(frozen=True)
class Hypothesis:
    """A text of the last beam.

    ids:               what follows the prompt.
    log_probabilities: ln p of each of them, nats.
    log_probability:   their sum. score: for ranking.
    stopped:           why it ended.
    """

    ids: list[int]
    log_probabilities: list[float]
    log_probability: float
    score: float
    stopped: Reason | None


@dataclass(frozen=True)
class Beam:
    """A query: beam search of some width after these ids.

    stop: the maximum length, and the ids that end a text earlier. penalty: α, 0 or more. start: whether the model's own
    start precedes the ids. BadInput for a width under 1 or a penalty under 0.
    """

    ids: Sequence[int]
    width: int
    stop: Stop
    penalty: float = 0.0
    start: bool = True

    def __post_init__(self) -> None:
        if self.width < 1:
            raise BadInput("beam.width", value=self.width)
        if not self.penalty >= 0:
            raise BadInput("beam.penalty", value=self.penalty)

    def steps(self, checkpoint: Checkpoint) -> Iterator[BeamStep | None]:
        """The steps as they are computed; None for each piece of the prompt. BadCheckpoint if the model's numbers are
        not finite."""
        for _, part in pieces(checkpoint, self.ids, start=self.start):  # noqa: B007  # the last one is used
            yield None
        model = checkpoint.model
        rows, state = part.logits[-1:], model.merge([part.state])  # for the unfinished texts of the beam
        beam = [Branch(0, None, 0.0, 0.0, None)]
        for length in range(1, self.stop.length + 1):
            require_finite(checkpoint, rows)
            step = self._step(beam, rows, length)
            yield step
            going_on = [branch for branch in step.kept if branch.stopped is None]
            if not going_on:
                return
            row_of = _rows(beam)
            state = model.select(state, [row_of[branch.parent] for branch in going_on])
            rows, state = model.step([branch.id for branch in going_on if branch.id is not None], state)
            beam = step.kept

    def _step(self, beam: Sequence[Branch], rows: NDArray[np.float32], length: int) -> BeamStep:
        """rows: (B, V), the logits after each unfinished text of the beam. length: of the texts after this step."""
        before = np.array([branch.logp for branch in beam])
        going_on = list(_rows(beam))
        logps = before[going_on, None] + log_softmax(rows)  # (B, V), for the texts with one more symbol
        most = 2 * self.width
        parents, ids = [], []  # candidates to keep or show, text by text, each in rank order
        for row, parent in zip(rows, going_on, strict=True):
            best = ranks(row)[:most]
            parents += [parent] * len(best)
            ids += best.tolist()
        found = [
            Branch(parent, id, logp, self._score(logp, length), self.stop.reason(id, length))
            for parent, id, logp in zip(parents, ids, logps[_at(parents, going_on), ids].tolist(), strict=True)
            if logp > -np.inf
        ]
        ended = [Branch(at, None, b.logp, b.score, b.stopped) for at, b in enumerate(beam) if b.stopped is not None]
        order = sorted([*found, *ended], key=lambda branch: (-branch.score, -branch.logp, branch.parent))  # stable
        kept, dropped = order[: self.width], order[self.width : most]

        largest = float(before.max())
        total = float(np.exp(before - largest).sum())
        for branch in kept:
            if branch.id is not None:
                logps[going_on.index(branch.parent), branch.id] = -np.inf  # what is left is the dropped mass
        left = [branch.logp for branch in order[self.width :] if branch.id is None]
        dropped_mass = float(np.exp(logps - largest).sum() + np.exp(np.array(left) - largest).sum()) / total
        after = np.array([branch.logp for branch in kept])
        log_mass = float(after.max() + np.log(np.exp(after - after.max()).sum()))
        looked_at = int(rows.size) + len(ended)
        return BeamStep(kept, dropped, looked_at, log_mass, min(1.0, dropped_mass))

    def _score(self, logp: float, length: int) -> float:
        return float(logp / ((5 + length) / 6) ** self.penalty)


def texts(steps: Sequence[BeamStep]) -> list[Hypothesis]:
    """The texts of the beam after the last of these steps, which start with the first; best first."""
    return [_text(steps, branch) for branch in steps[-1].kept]


def _text(steps: Sequence[BeamStep], last: Branch) -> Hypothesis:
    ids: list[int] = []
    sums = [last.logp]
    branch = last
    for before in [*reversed([step.kept for step in steps[:-1]]), [Branch(0, None, 0.0, 0.0, None)]]:
        above = before[branch.parent]
        if branch.id is not None:
            ids.append(branch.id)
            sums.append(above.logp)
        branch = above
    ids.reverse()
    sums.reverse()
    each = [after - before for before, after in pairwise(sums)]
    return Hypothesis(ids, each, last.logp, last.score, last.stopped)


def _rows(beam: Sequence[Branch]) -> dict[int, int]:
    """The row of each unfinished text of the beam, by rank."""
    return {place: row for row, place in enumerate(at for at, b in enumerate(beam) if b.stopped is None)}


def _at(parents: Sequence[int], going_on: Sequence[int]) -> list[int]:
    row_of = {place: row for row, place in enumerate(going_on)}
    return [row_of[parent] for parent in parents]

"""How much context a model uses: its prediction from the last k symbols alone, compared with that from all of them.

The loss is the Kullback-Leibler divergence of the full prediction p from the short one q, in nats (Kullback & Leibler
1951): the sum over the symbols of p ln(p / q). It is 0 if the symbols before the last k change nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from playground.checkpoints.folders import Checkpoint
from playground.inference.prefill import advance, pieces, require_finite
from playground.models.footprint import SMALL_STATE, parameters, text_size
from playground.sampling import log_softmax

MANY, FEW = 96, 8  # texts per step; few for attention models, whose cache is copied at each step
WORK = 300_000_000  # rows times symbols times parameters of a step: some 20 ms of one core
MOST_IDS = 1_024  # per step, even for the smallest models

Log = NDArray[np.float64]

UNIFORM, ALL = "uniform", "all"  # instead of a number of symbols: nothing, or everything
EVERY = 8  # steps after which a query reports its progress


@dataclass(frozen=True)
class Loss:
    """How good the predictions are at each position with a limited context.

    given:      "1", "2", "4", … so many symbols; "all" of them; "uniform" for the uniform distribution; otherwise the
                name of a yardstick with its own predictions.
    divergence: of the full prediction from this one, in nats, at each position.
    surprise:   −ln q of the symbol that came, in nats; for the positions that have one, which come first.
    """

    given: str
    divergence: list[float]
    surprise: list[float]


@dataclass(frozen=True)
class FullAnswers:
    """A query: a model's predictions at some positions of a text with the full context; one answer, (P, V) ln p.

    ids:    a text. The model's start precedes it.
    places: the number of ids before each position, in ascending order.
    """

    ids: Sequence[int]
    places: Sequence[int]

    def steps(self, checkpoint: Checkpoint) -> Iterator[Log | None]:
        """Yield the rows, once. BadCheckpoint if the model's numbers are not finite."""
        full = np.zeros((len(self.places), len(checkpoint.vocabulary)))
        for first, piece in pieces(checkpoint, self.ids[: max(self.places)], most=_symbols_at_once(checkpoint, 1)):
            require_finite(checkpoint, piece.logits)
            for i, place in enumerate(self.places):
                if first <= place < first + len(piece.logits):
                    full[i] = log_softmax(piece.logits[place - first])
            yield None
        yield full


@dataclass(frozen=True)
class Reach:
    """A query: how much context a model uses; a Loss for the yardsticks and for all symbols, then for each context
    length. Between them it yields the number of steps done, out of `count_steps`.

    ids:        a text. The model's start precedes it, and counts as context.
    places:     the number of ids before each position, in ascending order.
    contexts:   how many of those symbols the model sees. A position with no more than that gets its full prediction.
    yardsticks: other predictions by name, besides the uniform one: ln q, (V,), or (P, V) by position.
    enough:     longer contexts are skipped once the mean divergence is below this, in nats.
    """

    ids: Sequence[int]
    places: Sequence[int]
    contexts: Sequence[int]
    yardsticks: Mapping[str, Log] = field(default_factory=dict)
    enough: float = 0.0

    def steps(self, checkpoint: Checkpoint) -> Iterator[Loss | int | None]:
        """BadCheckpoint if the model's numbers are not finite."""
        whole = [*checkpoint.start_ids, *self.ids]
        given = [len(whole) - len(self.ids) + place for place in self.places]
        came = [self.ids[place] for place in self.places if place < len(self.ids)]
        for answer in FullAnswers(self.ids, self.places).steps(checkpoint):
            if answer is None:
                yield None
            else:
                full = answer  # the last one

        def loss(name: str, log_q: Log) -> Loss:
            surprise = -log_q[np.arange(len(came)), np.asarray(came, np.int64)]
            return Loss(name, divergence(full, log_q).tolist(), surprise.tolist())

        yield loss(UNIFORM, np.full_like(full, -np.log(full.shape[1])))
        for name, log_q in self.yardsticks.items():
            yield loss(name, np.broadcast_to(log_q, full.shape))
        yield loss(ALL, full)
        taken, at_once = 0, _texts_at_once(checkpoint)
        for context in self.contexts:
            short = full.copy()
            cut = [i for i, length in enumerate(given) if length > context]
            for begin in range(0, len(cut), at_once):
                some = cut[begin : begin + at_once]
                rows = [whole[given[i] - context : given[i]] for i in some]
                for last in _read(checkpoint, rows):
                    if last is not None:
                        require_finite(checkpoint, last)
                        short[some] = log_softmax(last)
                    taken += 1
                    yield taken if taken % EVERY == 0 else None
            found = loss(str(context), short)
            yield found
            if np.mean(found.divergence) < self.enough:
                return


def _read(checkpoint: Checkpoint, rows: Sequence[Sequence[int]]) -> Iterator[NDArray[np.float32] | None]:
    """The logits after texts of equal length, (B, V), in short steps: None until the last."""
    state, size, length = None, _symbols_at_once(checkpoint, len(rows)), len(rows[0])
    for begin in range(0, length, size):
        logits, state = advance(checkpoint, [row[begin : begin + size] for row in rows], state)
        yield logits[:, -1] if begin + size >= length else None


def _texts_at_once(checkpoint: Checkpoint) -> int:
    return MANY if text_size(checkpoint.model) <= SMALL_STATE else FEW


def _symbols_at_once(checkpoint: Checkpoint, rows: int) -> int:
    return max(1, min(MOST_IDS, WORK // max(1, parameters(checkpoint.model))) // rows)


def count_steps(checkpoint: Checkpoint, reach: Reach) -> int:
    """Maximum number of steps of such a query after its text is read; the model may be an outline."""
    start, at_once = len(checkpoint.start_ids), _texts_at_once(checkpoint)
    total = 0
    for context in reach.contexts:
        cut = sum(start + place > context for place in reach.places)
        for begin in range(0, cut, at_once):
            total += -(-context // _symbols_at_once(checkpoint, min(at_once, cut - begin)))
    return total


def doublings(most: int) -> list[int]:
    """1, 2, 4, 8, … below `most`."""
    return [1 << i for i in range((max(1, most) - 1).bit_length())]


def divergence(full: Log, short: Log) -> NDArray[np.float64]:
    """The sum of p (ln p − ln q) over the last axis, (…, V) -> (…); infinite where q rules out what p expects. Clamped
    at 0, as rounding could make it slightly negative."""
    p = np.exp(full)
    with np.errstate(invalid="ignore"):
        terms = np.where(p > 0, p * (full - short), 0.0)
    found: NDArray[np.float64] = np.maximum(0.0, terms.sum(axis=-1))
    return found

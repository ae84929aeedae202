"""How far back a model looks: its answer when it is given the last k symbols alone, beside its answer to all of them.

What was lost is the Kullback-Leibler divergence of the full answer p from the short one q, in nats (Kullback & Leibler
1951): the sum over the symbols of p ln(p / q). It is 0 where the symbols before the last k change nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from playground.checkpoints.folders import Checkpoint
from playground.inference.prefill import advance, pieces, require_finite
from playground.models.footprint import SMALL_STATE, parameters, text_size
from playground.sampling import log_softmax

MANY, FEW = 96, 8  # texts of a step; few of a model that attends to all that it has read, which is copied at each step
WORK = 300_000_000  # rows times symbols times parameters of a step: some 20 ms of one core
MOST_IDS = 1_024  # of a step, with the smallest models too

Log = NDArray[np.float64]


UNIFORM, LETTERS, ALL = "uniform", "letters", "all"  # what is given, beside so many symbols: nothing, or everything
EVERY = 8  # steps after which a walk says how far it is


@dataclass(frozen=True)
class Loss:
    """How good the answers are at each of the places where a model is given only so much.

    given:      "1", "2", "4", … so many symbols; "all" of them; "uniform" and "letters" are the yardsticks, which are
                given nothing: every symbol alike, and each as often as it stands in a text.
    divergence: of the full answer from this one, in nats, of each place.
    surprise:   −ln q of the symbol that came, in nats; of the places that have one, which are the first ones.
    """

    given: str
    divergence: list[float]
    surprise: list[float]


@dataclass(frozen=True)
class Reach:
    """How far back a model looks, as a walk: a Loss for the yardsticks and for all symbols, then for each of the
    contexts. Between them it says how many steps were taken, of as many as `count_steps` says.

    ids:      a text. The model's start stands before it, and counts as what was given.
    places:   how many ids stand before each place, in ascending order.
    contexts: how many symbols it is given of those. A place with no more than that has its full answer.
    letters:  how often each symbol stands in a text, (V,); empty where nobody knows.
    enough:   longer contexts are left out once the mean divergence is under this, in nats.
    """

    ids: Sequence[int]
    places: Sequence[int]
    contexts: Sequence[int]
    letters: Sequence[float] = ()
    enough: float = 0.0

    def steps(self, checkpoint: Checkpoint) -> Iterator[Loss | int | None]:
        """BadCheckpoint where the model's numbers are not finite."""
        whole = [*checkpoint.start_ids, *self.ids]
        given = [len(whole) - len(self.ids) + place for place in self.places]
        came = [self.ids[place] for place in self.places if place < len(self.ids)]
        full = np.zeros((len(given), len(checkpoint.vocabulary)))  # (P, V) ln p
        for first, piece in pieces(checkpoint, self.ids[: max(self.places)], most=_symbols_at_once(checkpoint, 1)):
            require_finite(checkpoint, piece.logits)
            for i, place in enumerate(self.places):
                if first <= place < first + len(piece.logits):
                    full[i] = log_softmax(piece.logits[place - first])
            yield None

        def loss(name: str, log_q: Log) -> Loss:
            surprise = -log_q[np.arange(len(came)), np.asarray(came, np.int64)]
            return Loss(name, divergence(full, log_q).tolist(), surprise.tolist())

        yield loss(UNIFORM, np.full_like(full, -np.log(full.shape[1])))
        if len(self.letters):
            with np.errstate(divide="ignore"):  # not around a yield: each step may run in another context
                alone = np.log(np.asarray(self.letters))
            yield loss(LETTERS, np.broadcast_to(alone, full.shape))
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
    """The logits after texts of one length, (B, V), in short steps: None until the last."""
    state, size, length = None, _symbols_at_once(checkpoint, len(rows)), len(rows[0])
    for begin in range(0, length, size):
        logits, state = advance(checkpoint, [row[begin : begin + size] for row in rows], state)
        yield logits[:, -1] if begin + size >= length else None


def _texts_at_once(checkpoint: Checkpoint) -> int:
    return MANY if text_size(checkpoint.model) <= SMALL_STATE else FEW


def _symbols_at_once(checkpoint: Checkpoint, rows: int) -> int:
    return max(1, min(MOST_IDS, WORK // max(1, parameters(checkpoint.model))) // rows)


def count_steps(checkpoint: Checkpoint, reach: Reach) -> int:
    """How many steps such a walk takes at most after its text is read; the model may be an outline."""
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
    """The sum of p (ln p − ln q) over the last axis, (…, V) -> (…); infinite where q rules out what p expects. Rounding
    could make it a hair less than 0, which it never is."""
    p = np.exp(full)
    with np.errstate(invalid="ignore"):
        terms = np.where(p > 0, p * (full - short), 0.0)
    found: NDArray[np.float64] = np.maximum(0.0, terms.sum(axis=-1))
    return found

"""The next character after a text, by a model of tokens: summed over the ways to cut the text's end into tokens.

A model of tokens gives probabilities to sequences of tokens, and many sequences spell the same text. The tokenizer cuts
a text in one way; to ask only what follows that cut is to forget the others, and after "To be or not to b" those that
matter are among them: " be" is one token, so the model expects no "e" after " b" (Vieira et al., 2024, "From Language
Models over Tokens to Language Models over Characters"). With b a text and c a character

    P(c | b) = P(b c …) ÷ P(b …),   P(b …) = Σ P(t₁ … tₖ) over the covers of b,

where a cover is a sequence of tokens that spells b, or b and more, and whose last token is needed for it. A special
token spells nothing and ends the text: it can follow a text, as an event of its own, and stands in no cover.

The covers are found from the end of the text. First the whole cut is taken as given; then the last token may be
another one, then the last two, and so on. What remains to be looked at is a set of sequences that spell a beginning of
the text. Each has a probability, which bounds that of all its covers. The likeliest are read next, several in a step,
until what is left has at most the share `goal` of all. What spells the text and begins a character is read too where it
is likely; the many that are not stay unread. The share of all that was not read is `left_out`: no probability is off by
more, given the cut of what stands before. A cover that leaves this cut has another token in the place of one of its
tokens, and has at most the probability of the tokens up to there. With the sum of these `left_out_of_all` says by how
much a probability can be off whichever way the text is cut, from its first character on.

This file knows no page. Its walk is plain data, and the same question gives the same answers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from playground.inference.covers import TAIL, Covers, Outcome
from playground.inference.prefill import Prefill, pieces, require_finite
from playground.library import Checkpoint
from playground.text.by_characters import TokenCharacters

GOAL = 1e-3
MOST_READ = 500  # sequences that are read at most
MOST_WORK = 9_000_000_000  # these times the parameters: some 2 seconds of one core
USEFUL = 0.05  # what an answer may leave out where there was no time for more, and
AT_FIRST = 0.5  # where no answer before it but the first took less of the cut as given


@dataclass(frozen=True)
class Characters:
    """An answer.

    outcomes:      what can come next, the likeliest first: a character; bytes that make none, as symbols have them; or
                   the id of a special token.
    probabilities: (N,) float64, their shares of what was summed; together 1.
    left_out:      the most that any of them, or any sum of them, is off, by what was not summed: its share of all is no
                   larger. In the first answer nothing is left out, as the whole cut is given.
    left_out_of_all: the same where the cut of what stands before is not given. 1 where nothing is known of that: other
                   cuts far before the end can have any weight, as far as their first tokens tell.
    cut_anew:      tokens at the end whose cut was not taken as given.
    whole:         whether these are all of the text.
    read:          sequences of tokens that were read for it.
    changed:       how far it is from the first answer: half the sum of the differences (total variation).
    """

    outcomes: list[Outcome]
    probabilities: NDArray[np.float64]
    left_out: float
    left_out_of_all: float
    cut_anew: int
    whole: bool
    read: int
    changed: float


@dataclass(frozen=True)
class NextCharacter:
    """The question, as a walk: the first answer is the sum over the tokens that begin with a character, after the
    tokenizer's cut; each further one gives less of that cut as known.

    ids:  the text as the tokenizer cuts it. goal: what may be left out. most: sequences that are read at most.
    """

    ids: tuple[int, ...]
    goal: float = GOAL
    most: int = MOST_READ

    def steps(self, checkpoint: Checkpoint) -> Iterator[Characters | None]:
        """None where a step brings no answer yet. BadCheckpoint where the model has no distribution."""
        special, given = checkpoint.vocabulary.special, list(self.ids)
        # A special token in the text is where it begins for us: nothing before it is cut otherwise.
        first = 1 + max((place for place, id in enumerate(given) if id in special), default=-1)
        # There is one way to cut it, or the model itself looks at all.
        if checkpoint.vocabulary.unit == "character" or isinstance(checkpoint.vocabulary, TokenCharacters):
            first = len(given)
        base = max(first, len(given) - TAIL)
        for _, piece in pieces(checkpoint, given[:base]):
            before = Prefill(piece.logits[-1:].copy(), piece.state)
            yield None
        rows = [before.logits]
        for _, piece in pieces(checkpoint, given[base:], before) if given[base:] else ():
            rows.append(piece.logits)
            yield None
        logits = np.concatenate(rows)
        require_finite(checkpoint, logits)
        covers = Covers(checkpoint, given[first:], base - first, logits, before, self.goal)
        yield from self._answers(covers, self.most_read(covers.parameters))

    def most_read(self, parameters: int) -> int:
        """How many sequences are read at most, of a model with so many parameters."""
        return min(self.most, max(1, MOST_WORK // max(1, parameters)))

    def _answers(self, covers: Covers, most: int) -> Iterator[Characters | None]:
        begin = said = covers.first_answer()
        whole = covers.at == 0 and not covers.open
        told = last = Characters(*_ordered(begin), 0.0, covers.left_out_of_all(), 0, whole, 0, 0.0)
        yield told
        more = True
        while more:
            while covers.wants_more() and covers.read < most:
                covers.step()
                yield None
            left_out, of_all, found, at = covers.left_out(), covers.left_out_of_all(), covers.shares(), covers.at
            more = not covers.wants_more() and covers.widen()
            if left_out <= (USEFUL if last.cut_anew else AT_FIRST):
                left = len(covers.ids) - at
                last = Characters(
                    *_ordered(found), left_out, of_all, left, at == 0, covers.read, _distance(found, begin)
                )
            # What the next token of the cut hardly changes is told with the last.
            if last is not told and (not more or _distance(found, said) > self.goal):
                said, told = found, last
                yield told
        if covers.read > told.read:  # for an answer that left out too much
            yield replace(told, read=covers.read)


def _distance(one: dict[Outcome, float], other: dict[Outcome, float]) -> float:
    """Total variation: half the sum of the differences, at most 1."""
    return min(1.0, sum(abs(one.get(each, 0) - other.get(each, 0)) for each in {*one, *other}) / 2)


def _ordered(shares: dict[Outcome, float]) -> tuple[list[Outcome], NDArray[np.float64]]:
    ordered = sorted(shares.items(), key=lambda item: (-item[1], str(item[0])))
    return [outcome for outcome, _ in ordered], np.array([share for _, share in ordered])

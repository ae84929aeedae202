"""The next character after a text by a token model: summed over the ways to cut the text's end into tokens.

A token model assigns probabilities to token sequences, and many sequences spell the same text. The tokenizer cuts a
text in one way; predicting only from that cut ignores the others, and after "To be or not to b" those are the ones that
matter: " be" is one token, so the model expects no "e" after " b" (Vieira et al., 2024, "From Language Models over
Tokens to Language Models over Characters"). With b a text and c a character

    P(c | b) = P(b c …) ÷ P(b …),   P(b …) = Σ P(t₁ … tₖ) over the covers of b,

where a cover is a sequence of tokens that spells b, or b and more, and whose last token is needed for it. A special
token spells nothing and ends the text: it can follow a text, as an outcome of its own, and is part of no cover.

The covers are searched from the end of the text. First the whole cut is taken as given; then the last token may vary,
then the last two, and so on. Pending are sequences that spell a prefix of the text. The probability of each bounds that
of all its covers. The likeliest are read next, several per step, until the rest has at most the share `goal` of the
total. Sequences that spell the text and begin a character are read too if they are likely; the many unlikely ones are
not. The unread share of the total is `left_out`: no probability is off by more, given the cut of what precedes. A cover
that leaves this cut has another token in place of one of its tokens, and has at most the probability of the tokens up
to there. Including the sum of these, `left_out_of_all` bounds the error over all cuts of the text, from its first
character on.

This file does not know the page. Its query is plain data, and the same query gives the same answers.
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
MOST_READ = 500  # sequences read at most
MOST_WORK = 6_000_000_000  # these times the parameters: some 1.5 to 2.5 seconds of one core
USEFUL = 0.05  # what an answer may leave out if time ran out
AT_FIRST = 0.5  # likewise, if no earlier answer but the first varied the cut


@dataclass(frozen=True)
class Characters:
    """An answer.

    outcomes:      what can come next, likeliest first: a character; invalid bytes, as in symbols; or the id of a
                   special token.
    probabilities: (N,) float64, their shares of the sum; together 1.
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
    """A query: the first answer is the sum over the tokens that begin with a character, after the tokenizer's cut; each
    further answer takes less of that cut as given.

    ids: the text as the tokenizer cuts it. goal: what may be left out. most: maximum number of sequences to read.
    """

    ids: tuple[int, ...]
    goal: float = GOAL
    most: int = MOST_READ

    def steps(self, checkpoint: Checkpoint) -> Iterator[Characters | None]:
        """None for a step without an answer. BadCheckpoint if the model gives no distribution."""
        special, given = checkpoint.vocabulary.special, list(self.ids)
        # A special token in the text acts as its beginning: no alternative cut reaches across it.
        first = 1 + max((place for place, id in enumerate(given) if id in special), default=-1)
        # There is only one cut, or the model itself sums over them.
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
        """Maximum number of sequences to read, for a model with so many parameters."""
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
            # If the next token of the cut hardly changes the result, it is reported with the last one.
            if last is not told and (not more or _distance(found, said) > self.goal):
                said, told = found, last
                yield told
        if covers.read > told.read:  # replaces an answer that left out too much
            yield replace(told, read=covers.read)


def _distance(one: dict[Outcome, float], other: dict[Outcome, float]) -> float:
    """Total variation: half the sum of the differences, at most 1."""
    return min(1.0, sum(abs(one.get(each, 0) - other.get(each, 0)) for each in {*one, *other}) / 2)


def _ordered(shares: dict[Outcome, float]) -> tuple[list[Outcome], NDArray[np.float64]]:
    ordered = sorted(shares.items(), key=lambda item: (-item[1], str(item[0])))
    return [outcome for outcome, _ in ordered], np.array([share for _, share in ordered])

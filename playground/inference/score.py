"""How well a model foretold a text: log-probabilities, nats, bits per symbol and per character, perplexity."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import exp, inf, log

import numpy as np

from playground.checkpoints.card import Unit
from playground.inference.prefill import pieces, require_finite
from playground.library import Checkpoint
from playground.models.footprint import parameters
from playground.sampling import log_softmax
from playground.text.by_characters import TokenCharacters
from playground.text.characters import Encoding, Symbols

WORK = 300_000_000  # ids times parameters of a piece of a walk: about 20 ms of one core
MOST_IDS = 512  # of a piece, so that progress is seen with the smallest models too


@dataclass(frozen=True)
class Score:
    """The measure of the M symbols of a text that were predicted: all N of them, or all but the first.

    log_probabilities:  N natural logarithms at temperature 1 and without truncation; the first is None where nothing
                        stood before it, so that nothing predicted it.
    nats:               −ln p of the predicted symbols together.
    bits_per_symbol:    −log₂ p ÷ M. A model's card counts so.
    bits_per_character: −log₂ p ÷ the characters that these symbols spell.
    perplexity:         e^(nats ÷ M) (Jelinek et al. 1977): how many equally likely symbols would have been as hard to
                        foretell. Infinite where a symbol was impossible, else e^700 at most, near the largest float.
    """

    log_probabilities: tuple[float | None, ...]
    nats: float
    bits_per_symbol: float
    bits_per_character: float
    perplexity: float


def score(checkpoint: Checkpoint, ids: Sequence[int], characters: int, start: bool = True) -> Score:
    """Score N ids: at least one, or without the start before them at least two.

    characters: how many the predicted symbols spell (`characters_of`). BadCheckpoint where the model's numbers are
    not finite.
    """
    found = [p for piece in log_probabilities(checkpoint, ids, start) for p in piece]
    unpredicted = (None,) * (len(ids) - len(found))
    return measure((*unpredicted, *found), characters)


def log_probabilities(
    checkpoint: Checkpoint, ids: Sequence[int], start: bool = True, most: int | None = None
) -> Iterator[list[float]]:
    """ln p of each symbol that is predicted, in their order, in pieces: of at most `most` symbols, where that is given.

    BadCheckpoint where the model's numbers are not finite.
    """
    for begin, piece in pieces(checkpoint, ids, start=start, most=most):
        wanted = np.asarray(ids[begin : begin + len(piece.logits)], np.int64)  # the last row foretells none of them
        logits = piece.logits[: len(wanted)]  # (n, V)
        require_finite(checkpoint, logits)
        yield log_softmax(logits)[np.arange(len(wanted)), wanted].tolist()


@dataclass(frozen=True)
class LogProbabilities:
    """The same as a walk (walk.py), in pieces that are short for every model."""

    ids: Sequence[int]
    start: bool = True

    def steps(self, checkpoint: Checkpoint) -> Iterator[list[float]]:
        """ln p of each symbol that is predicted, in pieces."""
        most = min(MOST_IDS, max(1, WORK // max(1, parameters(checkpoint.model))))
        return log_probabilities(checkpoint, self.ids, self.start, most)


def measure(found: Sequence[float | None], characters: int) -> Score:
    """The measure of symbols with these log-probabilities, None where one was not predicted; see `score`."""
    chosen = [p for p in found if p is not None]
    nats = 0.0 - float(np.sum(chosen))  # not −0.0 where all was certain
    mean = nats / len(chosen)
    perplexity = inf if mean == inf else exp(min(mean, 700))
    bits = nats / log(2)
    return Score(tuple(found), nats, bits / len(chosen), bits / characters, perplexity)


def characters_of(text: str, encoding: Encoding, start: bool = True) -> int:
    """The characters, composed (NFC), that a text's predicted symbols spell.

    Without a start the first symbol is only read, and so are the characters before the one where the second begins.
    """
    whole = unicodedata.normalize("NFC", text)
    before = "" if start else unicodedata.normalize("NFC", text[: encoding.offsets[1]])
    return len(whole) - len(before) + (not whole.startswith(before))  # one more where both are parts of one character


def unit_of(vocabulary: Symbols) -> Unit:
    """What one symbol is: a "token" or a "character"; of a decomposed text a "jamo" (a letter of a Korean syllable) or,
    where it is not Korean, a "code point" (a letter or a mark)."""
    if isinstance(vocabulary, TokenCharacters):  # bytes where they are several
        return "character"
    if vocabulary.normalizer != "nfd":
        return vocabulary.unit
    return "jamo" if any("\u1100" <= symbol <= "\u11ff" for symbol in vocabulary.symbols) else "code point"

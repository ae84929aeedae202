"""How well a model predicted a text: log-probabilities, nats, bits per symbol and per character, perplexity."""

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

WORK = 300_000_000  # ids times parameters of a piece of a query: about 20 ms of one core
MOST_IDS = 512  # per piece, so that progress shows even with the smallest models


@dataclass(frozen=True)
class Score:
    """The score of the M predicted symbols of a text: all N of them, or all but the first.

    log_probabilities:  N natural logarithms at temperature 1 and without truncation; the first is None if nothing
                        preceded it, so that it was not predicted.
    nats:               −ln p of all predicted symbols.
    bits_per_symbol:    −log₂ p ÷ M, as in a model's card.
    bits_per_character: −log₂ p ÷ the characters that these symbols spell.
    perplexity:         e^(nats ÷ M) (Jelinek et al. 1977): the number of equally likely symbols that would be as hard
                        to predict. Infinite if a symbol was impossible, otherwise capped at e^700, near the largest
                        float.
    """

    log_probabilities: tuple[float | None, ...]
    nats: float
    bits_per_symbol: float
    bits_per_character: float
    perplexity: float


def log_probabilities(
    checkpoint: Checkpoint, ids: Sequence[int], start: bool = True, most: int | None = None
) -> Iterator[list[float]]:
    """ln p of each predicted symbol, in order, in pieces of at most `most` symbols, if given.

    BadCheckpoint if the model's numbers are not finite.
    """
    for begin, piece in pieces(checkpoint, ids, start=start, most=most):
        wanted = np.asarray(ids[begin : begin + len(piece.logits)], np.int64)  # the last row predicts none of them
        logits = piece.logits[: len(wanted)]  # (n, V)
        require_finite(checkpoint, logits)
        yield log_softmax(logits)[np.arange(len(wanted)), wanted].tolist()


@dataclass(frozen=True)
class LogProbabilities:
    """The same as a query (query.py), in pieces that are short for every model."""

    ids: Sequence[int]
    start: bool = True

    def steps(self, checkpoint: Checkpoint) -> Iterator[list[float]]:
        """ln p of each predicted symbol, in pieces."""
        most = min(MOST_IDS, max(1, WORK // max(1, parameters(checkpoint.model))))
        return log_probabilities(checkpoint, self.ids, self.start, most)


def measure(found: Sequence[float | None], characters: int) -> Score:
    """The score of symbols with these log-probabilities; None for one that was not predicted.

    characters: the number that the predicted symbols spell (`characters_of`).
    """
    chosen = [p for p in found if p is not None]
    nats = 0.0 - float(np.sum(chosen))  # not −0.0 if everything was certain
    mean = nats / len(chosen)
    perplexity = inf if mean == inf else exp(min(mean, 700))
    bits = nats / log(2)
    return Score(tuple(found), nats, bits / len(chosen), bits / characters, perplexity)


def characters_of(text: str, encoding: Encoding, start: bool = True) -> int:
    """The characters, composed (NFC), that a text's predicted symbols spell.

    Without a start the first symbol is context only, and so are the characters before the one where the second begins.
    """
    whole = unicodedata.normalize("NFC", text)
    before = "" if start else unicodedata.normalize("NFC", text[: encoding.offsets[1]])
    return len(whole) - len(before) + (not whole.startswith(before))  # one more if both are parts of one character


def unit_of(vocabulary: Symbols) -> Unit:
    """What one symbol is: a "token" or a "character"; in a decomposed text a "jamo" (a letter of a Korean syllable) or,
    if it is not Korean, a "code point" (a letter or a mark)."""
    if isinstance(vocabulary, TokenCharacters):  # bytes, if a character has several
        return "character"
    if vocabulary.normalizer != "nfd":
        return vocabulary.unit
    return "jamo" if any("\u1100" <= symbol <= "\u11ff" for symbol in vocabulary.symbols) else "code point"

"""Four measures of a generated text: does it repeat itself, are its words real, does it surprise its model?

Pure functions of a text and its symbols' log-probabilities. They measure the generated part, not the prompt.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playground.sampling import log_softmax
from playground.text import wordlist
from playground.text.wordlist import WordList

RUN = 12  # characters: so long a match is seldom by chance, and a loop soon exceeds it


@dataclass(frozen=True)
class Measures:
    """Each is None where there is nothing to measure.

    distinct_words: different words ÷ words (the type-token ratio). 1 where no word came twice.
    loop_rate:      the share of 12-character substrings that occurred earlier, in the text or its prompt:
                    "seq-rep-n" of Welleck et al. (2020), "Neural text generation with unlikelihood training", on
                    characters.
    known_words:    the share of words that occur in the training text. None also if the model came without a list of
                    them.
    surprise:       the mean of −log₂ p of the written symbols at temperature 1, whatever the sampling settings, in
                    bits.
    """

    distinct_words: float | None
    loop_rate: float | None
    known_words: float | None
    surprise: float | None


def measure(prompt: str, text: str, bits: Sequence[float], known: WordList | None, *, whole: bool) -> Measures:
    """The measures of a text that begins with its prompt.

    bits: −log₂ p of each written symbol at temperature 1. whole: whether its last word is complete, because the text
    ended there; otherwise a word that reaches the end is left out.
    """
    text = to_nfc(text)
    begin = generated_start(prompt, text)
    found = [word for word, _, _ in generated_words(text, begin, whole=whole)]
    repeats = find_repeats(text, begin)
    return Measures(
        distinct_words=len(set(found)) / len(found) if found else None,
        loop_rate=sum(repeats) / len(repeats) if repeats else None,
        known_words=sum(word in known for word in found) / len(found) if found and known is not None else None,
        surprise=float(np.mean(bits)) if len(bits) else None,
    )


def to_nfc(text: str) -> str:
    """A text in the form in which positions are counted: composed (NFC)."""
    return unicodedata.normalize("NFC", text)


def generated_start(prompt: str, text: str) -> int:
    """Where the generated part begins in a composed text. A syllable that it completes counts as generated."""
    before = to_nfc(prompt)
    same = next((i for i, (a, b) in enumerate(zip(before, text, strict=False)) if a != b), len(before))
    return min(same, len(text))


def generated_words(text: str, begin: int, *, whole: bool) -> list[tuple[str, int, int]]:
    """The words of a composed text that end after `begin`, and their positions. The prompt may have begun one of
    them."""
    return [
        (word, first, end) for word, first, end in wordlist.spans(text) if end > begin and (whole or end < len(text))
    ]


def unknown_words(text: str, begin: int, known: WordList | None, *, whole: bool) -> list[tuple[int, int]]:
    """The positions of the generated words that the training text does not have."""
    if known is None:
        return []
    return [(first, end) for word, first, end in generated_words(text, begin, whole=whole) if word not in known]


def find_repeats(text: str, begin: int, run: int = RUN) -> list[bool]:
    """For each `run`-character substring that ends after `begin`: whether it occurred earlier in the text."""
    seen: set[str] = set()
    found: list[bool] = []
    for end in range(run, len(text) + 1):
        piece = text[end - run : end]
        if end > begin:
            found.append(piece in seen)
        seen.add(piece)
    return found


def loops(text: str, begin: int, run: int = RUN) -> list[tuple[int, int]]:
    """The parts of the generated text that occurred before, as [first, end) without overlaps."""
    repeats = find_repeats(text, begin, run)
    ends = range(len(text) + 1 - len(repeats), len(text) + 1)
    found: list[tuple[int, int]] = []
    for end in (end for end, again in zip(ends, repeats, strict=True) if again):
        first = max(begin, end - run)
        if found and first <= found[-1][1]:
            found[-1] = (found[-1][0], end)
        else:
            found.append((first, end))
    return found


def surprises(rows: NDArray[np.floating[Any]], ids: Sequence[int]) -> list[float]:
    """−log₂ p of each of n ids at temperature 1. rows: the logits before each, (n, V)."""
    chosen = log_softmax(rows)[np.arange(len(ids)), np.asarray(ids, np.int64)]
    return (-chosen / log(2)).tolist()

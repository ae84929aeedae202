"""The words of a text; and a compact list of the words of a training text, shipped with a model, together with the
number of occurrences of each symbol of its vocabulary in that text.

A word is a run of letters, possibly with an apostrophe inside as in "o'er"; digits and punctuation do not count. Words
are compared composed (NFC) and in lowercase, so that the first word of a sentence is not a different one.

A list is a Bloom filter (Bloom 1970, "Space/time trade-offs in hash coding with allowable errors"): it recognises every
word that was added, and other words with a small probability, `false_positives`. For 60,000 words that is 100 kB and
half a percent.
"""

from __future__ import annotations

import base64
import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from math import exp, log
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playground.errors import BadCheckpoint
from playground.text import jsonfile

FILE = "words.json"
FORMAT = 1
LIMIT = 100_000  # bytes of the file that the words may take
FILE_LIMIT = 1_000_000  # bytes of the whole file, with the counts of as many symbols as there can be
BITS = 16  # of the filter per word, space permitting: one false word in two thousand
_LARGEST = 2**53  # from here on a float does not hold every whole number
_FILTER = (LIMIT - 100) // 4 * 3  # bytes of the filter, which base64 makes a third longer
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")


def words_of(text: str) -> list[str]:
    """The words of a text in order."""
    return [word for word, _, _ in spans(text)]


def spans(text: str) -> Iterator[tuple[str, int, int]]:
    """Each word with its start and end in the composed text (NFC), in code points."""
    for found in _WORD.finditer(unicodedata.normalize("NFC", text)):
        yield found[0].lower(), found.start(), found.end()


@dataclass(frozen=True)
class WordList:
    """The known words. count: of words; hashes: bits that each sets among all `bits`.

    symbols: the number of occurrences of each symbol of a vocabulary in the text, (V,); empty in older files.
    """

    count: int
    hashes: int
    bits: bytes
    symbols: tuple[int, ...] = ()

    @classmethod
    def of(cls, words: Collection[str], symbols: Sequence[int] = ()) -> WordList:
        """The list of these words, with the counts of the symbols; the same input gives the same bytes."""
        known = set(words)
        size = min(_FILTER, max(1, len(known) * BITS // 8))
        hashes = max(1, min(16, round(8 * size / max(1, len(known)) * log(2))))
        bits = bytearray(size)
        for word in known:
            for place in _places(word, hashes, 8 * size):
                bits[place // 8] |= 1 << place % 8
        return cls(len(known), hashes, bytes(bits), tuple(symbols))

    def __contains__(self, word: str) -> bool:
        return all(self.bits[at // 8] >> at % 8 & 1 for at in _places(word, self.hashes, 8 * len(self.bits)))

    @property
    def false_positives(self) -> float:
        """The expected share of other words that it wrongly recognises: (1 − e^(−k n ÷ m))^k."""
        return float((1 - exp(-self.hashes * self.count / (8 * len(self.bits)))) ** self.hashes)

    def frequencies(self, size: int) -> NDArray[np.float64] | None:
        """The share of each symbol of a vocabulary of that size in the text, (V,), with one added to each count so that
        none is impossible; None if the file has no counts."""
        return (np.array(self.symbols) + 1) / (sum(self.symbols) + size) if len(self.symbols) == size else None

    def save(self, path: Path) -> None:
        """Write it to a file."""
        bits = base64.b64encode(self.bits).decode("ascii")
        written = {"format": FORMAT, "words": self.count, "hashes": self.hashes, "bits": bits}
        jsonfile.save(path, written | ({"symbols": self.symbols} if self.symbols else {}))


def read(folder: Path) -> WordList | None:
    """The list in a checkpoint's folder; None if it has none or a damaged one: a model works without it."""
    try:
        _, told = jsonfile.parse(folder / FILE, FILE_LIMIT)
        return _parse(told)
    except (BadCheckpoint, ValueError, TypeError, KeyError):
        return None


def _parse(told: Any) -> WordList | None:
    count, hashes = told["words"], told["hashes"]
    bits = base64.b64decode(told["bits"], validate=True)
    symbols = told.get("symbols", [])
    sound = type(count) is int and type(hashes) is int and count >= 0 and 1 <= hashes <= 16 and bits
    counted = type(symbols) is list and all(type(n) is int and 0 <= n < _LARGEST for n in symbols)
    known = sound and told["format"] == FORMAT
    return WordList(count, hashes, bits, tuple(symbols if counted else ())) if known else None


def _places(word: str, hashes: int, size: int) -> Iterator[int]:
    """The bits of a word: two hashes yield all of them (Kirsch and Mitzenmacher 2006)."""
    digest = blake2b(word.encode("utf-8", "replace"), digest_size=16).digest()
    first, step = int.from_bytes(digest[:8], "little"), int.from_bytes(digest[8:], "little") | 1
    for n in range(hashes):
        yield (first + n * step) % size

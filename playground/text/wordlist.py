"""The words of a text, and a list of those that a training text has, small enough to travel with a model.

A word is a run of letters, with an apostrophe inside it as in "o'er"; digits and signs are none. Words are compared as
they are composed (NFC) and in lower case, so that the first word of a sentence is no other word.

A list is a Bloom filter (Bloom 1970, "Space/time trade-offs in hash coding with allowable errors"): it has every word
that was put into it, and takes a word that was not for one of its own with a small chance, `false_positives`. A list of
60,000 words takes 100 kB so, and half a percent.
"""

from __future__ import annotations

import base64
import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from math import exp, log
from pathlib import Path
from typing import Any

from playground.errors import BadCheckpoint
from playground.text import jsonfile

FILE = "words.json"
FORMAT = 1
LIMIT = 100_000  # bytes that the file may have
BITS = 16  # of the filter for each word, where there is room: one false word in two thousand
_MOST = (LIMIT - 100) // 4 * 3  # bytes of the filter, which base64 makes a third longer
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")


def words_of(text: str) -> list[str]:
    """The words of a text in their order."""
    return [word for word, _, _ in spans(text)]


def spans(text: str) -> Iterator[tuple[str, int, int]]:
    """Each word, and where it begins and ends in the composed text (NFC), in code points."""
    for found in _WORD.finditer(unicodedata.normalize("NFC", text)):
        yield found[0].lower(), found.start(), found.end()


@dataclass(frozen=True)
class WordList:
    """Which words are known. count: of words; hashes: bits that each sets among all `bits`."""

    count: int
    hashes: int
    bits: bytes

    @classmethod
    def of(cls, words: Collection[str]) -> WordList:
        """The list of these words; the same ones give the same bytes."""
        known = set(words)
        size = min(_MOST, max(1, len(known) * BITS // 8))
        hashes = max(1, min(16, round(8 * size / max(1, len(known)) * log(2))))
        bits = bytearray(size)
        for word in known:
            for place in _places(word, hashes, 8 * size):
                bits[place // 8] |= 1 << place % 8
        return cls(len(known), hashes, bytes(bits))

    def __contains__(self, word: str) -> bool:
        return all(self.bits[at // 8] >> at % 8 & 1 for at in _places(word, self.hashes, 8 * len(self.bits)))

    @property
    def false_positives(self) -> float:
        """The share of other words that it takes for its own, as expected: (1 − e^(−k n ÷ m))^k."""
        return float((1 - exp(-self.hashes * self.count / (8 * len(self.bits)))) ** self.hashes)

    def save(self, path: Path) -> None:
        """Write it to a file."""
        bits = base64.b64encode(self.bits).decode("ascii")
        jsonfile.save(path, {"format": FORMAT, "words": self.count, "hashes": self.hashes, "bits": bits})


def read(folder: Path) -> WordList | None:
    """The list of a checkpoint's folder; None where it has none, or one that is damaged: no model needs it."""
    try:
        _, told = jsonfile.parse(folder / FILE, LIMIT)
        return _understood(told)
    except (BadCheckpoint, ValueError, TypeError, KeyError):
        return None


def _understood(told: Any) -> WordList | None:
    count, hashes = told["words"], told["hashes"]
    bits = base64.b64decode(told["bits"], validate=True)
    sound = type(count) is int and type(hashes) is int and count >= 0 and 1 <= hashes <= 16 and bits
    return WordList(count, hashes, bits) if sound and told["format"] == FORMAT else None


def _places(word: str, hashes: int, size: int) -> Iterator[int]:
    """The bits of a word: two hashes give all of them (Kirsch and Mitzenmacher 2006)."""
    digest = blake2b(word.encode("utf-8", "replace"), digest_size=16).digest()
    first, step = int.from_bytes(digest[:8], "little"), int.from_bytes(digest[8:], "little") | 1
    for n in range(hashes):
        yield (first + n * step) % size

"""The tokens of a vocabulary by their bytes, and the first character of a byte string.

    trie_of(vocabulary)   a trie over the bytes of its tokens
    first_of(data)        the character that bytes begin with

Works on bytes: a token can be part of a character, and a text can be split inside one.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Container, Iterator, Sequence
from typing import NamedTuple
from weakref import WeakKeyDictionary

import numpy as np

from playground.text.characters import Symbols
from playground.text.streaming import bytes_of

LONGEST = 4  # bytes of a character
# Allowed second bytes after some first bytes, where that is not 80 to BF (Unicode, table 3-7).
_SECOND = {0xE0: (0xA0, 0xBF), 0xED: (0x80, 0x9F), 0xF0: (0x90, 0xBF), 0xF4: (0x80, 0x8F)}


def first_of(data: bytes) -> bytes | None:
    """The first character of a text as bytes; for invalid bytes, as many as a decoder replaces with one U+FFFD. None
    for an empty text or an incomplete character that more bytes could complete."""
    if not data:
        return None
    lead = data[0]
    length = 2 if 0xC2 <= lead <= 0xDF else 3 if 0xE0 <= lead <= 0xEF else 4 if 0xF0 <= lead <= 0xF4 else 1
    for at in range(1, length):
        if at == len(data):
            return None
        low, high = _SECOND.get(lead, (0x80, 0xBF)) if at == 1 else (0x80, 0xBF)
        if not low <= data[at] <= high:
            return data[:at]
    return data[:length]


def partial_character(data: bytes) -> bytes:
    """The incomplete character at the end of a text, as bytes; empty if there is none."""
    for count in range(min(LONGEST - 1, len(data)), 0, -1):
        if data[-count] >= 0xC0 and first_of(data[-count:]) is None:
            return data[-count:]
    return b""


class Group(NamedTuple):
    """Consecutive tokens, from `begin` to `end`, that continue with the same first character; None for those that only
    begin one."""

    begin: int
    end: int
    first: bytes | None


class Trie:
    """Tokens sorted by their bytes. Tokens with a common prefix are contiguous, so a node of the trie is a range of
    places, and the first places in it are the tokens that end there.

    tokens: the bytes of each id. spelt: those of the token at each place. ids: its id. Several ids may spell the same.
    """

    def __init__(self, tokens: Sequence[bytes], without: Container[int] = ()) -> None:
        """without: ids that are not text."""
        self.tokens = tokens
        ordered = sorted((spelt, id) for id, spelt in enumerate(tokens) if id not in without)
        self.spelt = [spelt for spelt, _ in ordered]
        self.ids = np.array([id for _, id in ordered], np.int64)

    def starting(self, prefix: bytes, within: tuple[int, int] | None = None) -> tuple[int, int]:
        """The range of the tokens that start with these bytes."""
        low, high = within or (0, len(self.spelt))
        length = len(prefix)
        begin = bisect_left(self.spelt, prefix, low, high)
        return begin, bisect_right(self.spelt, prefix, begin, high, key=lambda spelt: spelt[:length])

    def ending(self, text: bytes) -> Iterator[tuple[int, int, int]]:
        """The tokens that are a prefix of a text: for each length from 0 on the length and the range. Lengths without
        tokens are left out."""
        node: tuple[int, int] = (0, len(self.spelt))
        for length in range(len(text) + 1):
            node = self.starting(text[:length], node)
            begin, end = node
            if begin == end:
                return
            stop = bisect_right(self.spelt, text[:length], begin, end)
            if stop > begin:
                yield length, begin, stop

    def groups(self, prefix: bytes, begun: bytes) -> Iterator[Group]:
        """The tokens that continue a prefix, grouped by the first character of what they add to `begun`, an incomplete
        character or nothing."""
        at, end = self.starting(prefix)
        at = bisect_right(self.spelt, prefix, at, end)
        while at < end:
            spelt = self.spelt[at]
            data = begun + spelt[len(prefix) :]
            first = first_of(data)
            if first is None:
                yield Group(at, at + 1, None)
                at += 1
                continue
            # Invalid bytes are only recognised by the byte after them.
            known = len(prefix) + len(first) - len(begun) + (0 if _is_character(first) else 1)
            _, stop = self.starting(spelt[: max(known, len(prefix) + 1)], (at, end))
            yield Group(at, stop, first)
            at = stop


def _is_character(data: bytes) -> bool:
    return data[0] < 0x80 or (data[0] >= 0xC2 and first_of(data) is not None and len(data) == _length(data[0]))


def _length(lead: int) -> int:
    return 2 if lead < 0xE0 else 3 if lead < 0xF0 else 4 if lead <= 0xF4 else 0


_KNOWN: WeakKeyDictionary[Symbols, Trie] = WeakKeyDictionary()


def trie_of(vocabulary: Symbols) -> Trie:
    """The trie of all symbols that are text; built once, and kept as long as the vocabulary."""
    known = _KNOWN.get(vocabulary)
    if known is None:
        of = bytes_of if vocabulary.unit == "token" else str.encode
        known = _KNOWN[vocabulary] = Trie([of(symbol) for symbol in vocabulary.symbols], vocabulary.special)
    return known

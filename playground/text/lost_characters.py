"""Which characters of a text have no token, and what replaces them.

Most vocabularies have an unknown token for them. A BPE model without one drops what it has no token for, byte by byte
if it is byte-level; many small GPT-2 models were trained that way, without all bytes in the alphabet.
"""

import re
import unicodedata
from collections.abc import Callable, Container, Iterable, Mapping, Sequence

from playground.text import unicode_text
from playground.text.characters import Substitution
from playground.text.spelling import BYTE_OF, MARK, symbol_of

Span = tuple[int, int]

_WORDS = re.compile(r"\S+")
_WRITTEN_AS = {byte: character for character, byte in BYTE_OF.items()}


class Alphabet:
    """The single characters, or bytes, that a vocabulary without an unknown token has tokens for."""

    def __init__(self, written: Mapping[int, str], byte_level: bool, normalize: Callable[[str], str]) -> None:
        """written: tokens as stored in the file, by id. normalize: the tokenizer's normalization of a text."""
        self._written, self._byte_level, self._normalize = written, byte_level, normalize
        self._single = frozenset(token for token in written.values() if len(token) == 1)
        self.complete = byte_level and self._single >= BYTE_OF.keys()

    def lost(self, text: str) -> tuple[Substitution, ...]:
        """Each character of a text that is dropped in whole or in part: its remaining bytes stand for it."""
        found = []
        for position, character in enumerate(text):
            units = self._units(self._normalize(character))
            if not self._single.issuperset(units) and (self._byte_level or not character.isspace()):
                kept = bytes(BYTE_OF[unit] for unit in units if unit in self._single) if self._byte_level else b""
                found.append(Substitution(position, character, symbol_of(kept)))
        return tuple(found)

    def spans(self, text: str, ids: Sequence[int], spans: Sequence[Span], added: Container[int]) -> Sequence[Span]:
        """Where the tokens are in a text. The library's spans do not count dropped characters before them, except for
        added tokens, whose spans are right."""
        if self._normalize(text) != text:
            return spans
        units = [(unit, at) for at, character in enumerate(text) for unit in self._units(character)]
        begins = [place for place, (_, at) in enumerate(units) if not place or units[place - 1][1] < at]
        place, found = 0, []
        for id, (begin, stop) in zip(ids, spans, strict=True):
            if id in added:
                found.append((begin, stop))
                place = begins[stop] if stop < len(text) else len(units)
                continue
            characters = []
            for unit in self._written[id]:
                while place < len(units) and self._passed_over(units[place][0], unit):
                    place += 1
                if place < len(units) and units[place][0] == unit:  # otherwise a space that the tokenizer inserted
                    characters.append(units[place][1])
                    place += 1
            here = units[min(place, len(units) - 1)][1]
            found.append((characters[0], characters[-1] + 1) if characters else (here, here))
        return found

    def _units(self, text: str) -> str:
        """A text in the tokens' spelling, before merging."""
        if self._byte_level:
            return "".join(_WRITTEN_AS[byte] for byte in text.encode())
        return text.replace(" ", MARK) if MARK in self._single else text

    def _passed_over(self, unit: str, wanted: str) -> bool:
        return unit != wanted and (unit not in self._single or unit.isspace())


def unknown_runs(text: str, tokens: Iterable[tuple[bool, Span]], unknown: str) -> tuple[Substitution, ...]:
    """Each run of characters replaced by the token `unknown`, or dropped ("" for it). tokens: for each, whether it is
    the unknown one, and its span in the text."""
    found: dict[int, Substitution] = {}
    end = 0
    for is_unknown, (begin, stop) in tokens:
        if begin > end:
            _note(found, text, end, begin, "")
        if is_unknown and text[begin:stop].strip() != unknown:
            _note(found, text, begin, stop, unknown)
        end = max(end, stop)
    _note(found, text, end, len(text), "")
    return tuple(found[position] for position in sorted(found))


def _note(found: dict[int, Substitution], text: str, begin: int, end: int, replacement: str) -> None:
    """Record each word from begin to end that has no token, unless its position is recorded already.

    A mark that the tokenizer composed with the letter before it is not lost but part of that letter; and invisible
    characters are not reported.
    """
    if not replacement:
        while begin < end and begin and _joins(text, begin):
            begin += 1
    for word in _WORDS.finditer(text, begin, end):
        if replacement or not all(map(unicode_text.is_control, word[0])):
            stop = word.end()
            while stop < len(text) and _joins(text, stop):
                stop += 1
            found.setdefault(word.start(), Substitution(word.start(), text[word.start() : stop], replacement))


def _joins(text: str, at: int) -> bool:
    """Whether a character joins those before it, as a mark does, or the vowel of a Hangul syllable."""
    composed = (unicodedata.normalize("NFKC", text[max(0, at - back) : at + 1]) for back in (1, 2, 3))
    return any(len(together) <= 1 for together in composed)

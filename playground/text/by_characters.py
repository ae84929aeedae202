"""The tokens of a model as strings of smaller symbols, so that it can predict one of these at a time.

    TokenCharacters(vocabulary).symbols    (" ", "a", …, "\\uf7ed", …, "<|endoftext|>")

A symbol is a character that occurs in tokens. In a byte-level vocabulary (GPT-2's) any character beyond ASCII can be
split, so there each of its bytes is a symbol, written as in `Tokens.symbols`; so are byte pieces of a SentencePiece
vocabulary. Special tokens are symbols of their own. Each token is one string of symbols: many token sequences spell the
same text, but each spells only one. checkpoints/by_characters.py computes a model's predictions from that.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import ClassVar, Literal, NamedTuple
from weakref import WeakKeyDictionary

from playground.errors import BadInput
from playground.text.characters import Encoding, Normalizer, Symbols
from playground.text.streaming import bytes_of
from playground.text.tokens import ESCAPE, Tokens
from playground.text.trie import Trie


class _Parts(NamedTuple):
    """What is derived from a vocabulary, once."""

    spelt: tuple[str, ...]
    ids: dict[str, int]
    special_of: dict[int, int]
    symbols: tuple[str, ...]
    trie: Trie


class TokenCharacters:
    """The smaller symbols of a token vocabulary, numbered from 0, the special tokens last.

    spelt: for each token its string of symbols, empty for special ones. ids: the number of each text symbol.
    special_of: the number here of each special token. trie: the tokens by their symbols, in UTF-8.
    """

    unit: ClassVar[Literal["character", "token"]] = "token"  # a symbol can be a part of a character
    normalizer: Normalizer = "none"
    drops_first_space: bool = False  # what precedes a text includes it

    def __init__(self, tokens: Symbols) -> None:
        self.tokens = tokens
        if tokens not in _KNOWN:
            _KNOWN[tokens] = _parts(tokens)
        self.spelt, self.ids, self.special_of, self.symbols, self.trie = _KNOWN[tokens]
        self.special = frozenset(self.special_of.values())

    def __len__(self) -> int:
        return len(self.symbols)

    def of_tokens(self, ids: Iterable[int]) -> list[int]:
        """The symbols that tokens spell."""
        return [each for id in ids for each in self._of_token(id)]

    def encode(self, text: str) -> Encoding:
        """The symbols of the tokens that a text is cut into: the tokenizer's normalizer applies and special tokens are
        recognised; without the space that it puts before a text, which is part of what precedes all texts. Raises the
        tokenizer's errors."""
        read = self.tokens.encode(text)
        ids: list[int] = []
        offsets: list[int] = []
        for number, (token, begin, end) in enumerate(
            zip(read.ids, read.offsets, [*read.offsets, len(text)][1:], strict=True)
        ):
            some = self._of_token(token)
            if number == 0 and self.tokens.drops_first_space and self.spelt[token].startswith(" "):
                some = some[1:]
            # The position of each symbol, provided the tokenizer left the characters unchanged.
            places = [place for place in range(begin, end) for _ in self._cut(text[place])]
            ids += some
            offsets += places if len(places) == len(some) else [begin] * len(some)
        return Encoding(ids, offsets, read.substitutions)

    def decode(self, ids: Iterable[int]) -> str:
        """The text that ids append, with U+FFFD for incomplete characters, and without special tokens; BadInput for an
        id out of range."""
        ids = list(ids)
        wrong = [id for id in ids if not 0 <= id < len(self)]
        if wrong:
            raise BadInput("input.id", most=len(self) - 1, value=wrong[0])
        spelt = "".join(self.symbols[id] for id in ids if id not in self.special)
        return bytes_of(spelt).decode("utf-8", "replace")

    def join(self, text: str, ids: Iterable[int]) -> str:
        """A text with the text of ids appended."""
        return text + self.decode(ids)

    def save(self, path: str | os.PathLike[str]) -> None:
        """BadInput: this vocabulary has no file format."""
        raise BadInput("checkpoint.not_saved")

    def _of_token(self, id: int) -> list[int]:
        return [self.special_of[id]] if id in self.special_of else [self.ids[symbol] for symbol in self.spelt[id]]

    def _cut(self, character: str) -> str:
        return _bytes(character) if _is_bytewise(self.tokens) else character


_KNOWN: WeakKeyDictionary[Symbols, _Parts] = WeakKeyDictionary()


def _parts(tokens: Symbols) -> _Parts:
    cut = _bytes if _is_bytewise(tokens) else str
    spelt = tuple("" if id in tokens.special else cut(symbol) for id, symbol in enumerate(tokens.symbols))
    text = sorted(set().union(*spelt))
    special_of = {token: len(text) + place for place, token in enumerate(sorted(tokens.special))}
    symbols = (*text, *(tokens.symbols[token] for token in special_of))
    trie = Trie([each.encode() for each in spelt], tokens.special)
    return _Parts(spelt, {symbol: id for id, symbol in enumerate(text)}, special_of, symbols, trie)


def _is_bytewise(tokens: Symbols) -> bool:
    return isinstance(tokens, Tokens) and tokens.bytewise


def _bytes(symbol: str) -> str:
    """A symbol of `Tokens` with every byte beyond ASCII separate."""
    return "".join(chr(byte) if byte < 0x80 else chr(ESCAPE + byte) for byte in bytes_of(symbol))

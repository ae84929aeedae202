"""Text <-> ids, where an id is a token of many characters, or a part of one: the vocabularies of GPT-2's family.

    tokenizer_file.py    reads and checks a `tokenizer.json`
    tokenizer_parts.py   says which normalizers and pre-tokenizers are run
    special_tokens.py    reads which special tokens the files beside it name
    spelling.py          gives the bytes of each token
    lost_characters.py   finds the characters of a text that have no token

Ids are those of the `tokenizers` library. A text is the concatenated bytes of its tokens, so it can be continued
anywhere; special tokens are not part of it.
"""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import ClassVar, Literal

from playground.errors import BadInput
from playground.halves import replace_halves
from playground.text import tokenizer_file
from playground.text.characters import Encoding, Normalizer, Substitution
from playground.text.lost_characters import Alphabet, unknown_runs
from playground.text.spelling import ESCAPE, symbol_of
from playground.text.tokenizer_file import TokenizerFile, is_panic

__all__ = ["ESCAPE", "Tokens"]  # callers that read symbols need to know how bytes are written in them


class Tokens:
    """The tokens of a model, numbered from 0.

    `symbols[id]` is the token as it appears within a text: "▁be" is " be". A byte that is not part of a whole character
    is chr(0xF700 + byte), in the private use area; so is each byte of a character from U+F700 to U+F7FF itself, so that
    a symbol determines its bytes. A special token is written as in the file, such as "<|endoftext|>". An id without a
    token is special too, and its symbol says so.

    roles: the ids of special tokens by role, such as "eos_token", if the files state it. bytewise: whether tokens are
    made of bytes, so that they can begin and end inside any character.
    """

    unit: ClassVar[Literal["character", "token"]] = "token"  # what a symbol is
    normalizer: Normalizer = "none"

    def __init__(self, file: TokenizerFile) -> None:
        self._tokenizer = file.tokenizer
        self._unknown = file.unknown
        self.roles: Mapping[str, int] = file.roles
        self.drops_first_space = file.spelling.drops_first_space
        self.bytewise = file.spelling.byte_level
        size = 1 + max((*file.written, *file.added))
        bytes_of, unnumbered = file.spelling.bytes_of, set(range(size))
        self._bytes = [b""] * size
        for id, written in file.written.items():
            self._bytes[id] = bytes_of(written)
        for id, written in file.added.items():
            # Added tokens are written literally, unless the model's own vocabulary has them too.
            if id in file.special or (file.spelling.byte_level and id not in file.written):
                self._bytes[id] = written.encode()
            else:
                self._bytes[id] = bytes_of(written)
        unnumbered.difference_update(file.written, file.added)
        for id in file.special - file.added.keys():
            self._bytes[id] = file.written[id].encode()
        for id in unnumbered:
            self._bytes[id] = f"<no token {id}>".encode()
        self.special: frozenset[int] = file.special | unnumbered
        self.unnumbered: frozenset[int] = frozenset(unnumbered)
        self.symbols: tuple[str, ...] = tuple(map(symbol_of, self._bytes))
        self._added = frozenset(file.added)
        self._alphabet = _alphabet_of(file, self._normalize)

    def __len__(self) -> int:
        return len(self.symbols)

    @classmethod
    def load(cls, path: str | os.PathLike[str], rows: int | None = None) -> "Tokens":
        """Read a `tokenizer.json`; BadCheckpoint when it is missing, over 20 MB, or unsupported.

        rows: how many ids the model has; tokens beyond them are left out.
        """
        return cls(tokenizer_file.read(Path(path), rows))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the `tokenizer.json`; `tokenizers.Tokenizer.from_file` reads it too."""
        self._tokenizer.save(str(path))

    def encode(self, text: str) -> Encoding:
        """The ids of a text; each begins within the character of its offset, or in preceding white space that has no
        token. What the vocabulary lacks is listed with its replacement, the unknown token or nothing. A lone surrogate,
        which cannot be encoded, is read as U+FFFD.

        BadInput where the library fails at the text, which a damaged file can cause.
        """
        text = replace_halves(text)
        try:
            found = self._tokenizer.encode(text, add_special_tokens=False)
        except BaseException as error:
            if not isinstance(error, Exception) and not is_panic(error):
                raise
            raise BadInput("input.tokenizer_fails") from None
        ids: list[int] = found.ids
        spans: Sequence[tuple[int, int]] = found.offsets
        substitutions: tuple[Substitution, ...] = ()
        if self._alphabet is not None:
            spans = self._alphabet.spans(text, ids, spans, self._added)
            substitutions = self._alphabet.lost(text)
        elif self._unknown is not None:
            marked = zip((id == self._unknown for id in ids), spans, strict=True)
            substitutions = unknown_runs(text, marked, self.symbols[self._unknown])
        offsets: list[int] = []
        end = 0
        for begin, stop in spans:
            if begin > end and text[end:begin].isspace():
                begin = end
            offsets.append(max(begin, offsets[-1] if offsets else 0))
            end = max(end, stop)
        return Encoding(ids, offsets, substitutions)

    def decode(self, ids: Iterable[int]) -> str:
        """The text that ids append to a text that has begun (`join` handles the beginning), with U+FFFD for incomplete
        characters, and without special tokens; BadInput for an id out of range."""
        ids = list(ids)
        if ids and not 0 <= min(ids) <= max(ids) < len(self):
            wrong = min(ids) if min(ids) < 0 else max(ids)
            raise BadInput("input.id", most=len(self) - 1, value=wrong)
        return b"".join(self._bytes[i] for i in ids if i not in self.special).decode("utf-8", "replace")

    def join(self, text: str, ids: Iterable[int]) -> str:
        """A text with the text of ids appended. At the beginning of a text the space before the first word is left
        out."""
        added = self.decode(ids)
        return text + (added.removeprefix(" ") if self.drops_first_space and not text else added)

    def mark_special(self, ids: Iterable[int]) -> None:
        """Treat these ids as special too: a configuration says so where the tokenizer does not."""
        self.special |= frozenset(ids)

    def _normalize(self, text: str) -> str:
        """A text as the tokenizer splits it."""
        normalizer = self._tokenizer.normalizer
        return text if normalizer is None else normalizer.normalize_str(text)


def _alphabet_of(file: TokenizerFile, normalize: Callable[[str], str]) -> Alphabet | None:
    """What a vocabulary has tokens for; None if it drops nothing without a token in its place."""
    if file.unknown is not None or file.spelling.byte_pieces:
        return None
    alphabet = Alphabet(file.written, file.spelling.byte_level, normalize)
    return None if alphabet.complete else alphabet

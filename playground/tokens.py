"""Text <-> ids, where an id is a token of many characters, or a part of one: GPT-2's vocabulary (Radford et al., 2019).

Byte-level BPE: the UTF-8 bytes of each word begin as one token each, and pairs of neighbours become one, in the order
that the merges were learned. So every text has ids, and a character may take several of them. In the file each byte
is written as a printable character.

Of a `tokenizer.json` that was made elsewhere nothing is taken but its symbols, merges and added tokens, each of them
checked; what splits the text and how it is joined again is always the same. The spaces that some added tokens swallow
stay tokens of their own.
"""

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

from playground.errors import BadCheckpoint, BadInput
from playground.jsonfile import parsed
from playground.vocabulary import Encoding, Normalizer

MAX_BYTES = 20_000_000
MAX_SYMBOLS = 200_000
MAX_LENGTH = 1_000  # characters of a token as the file writes it
ESCAPE = 0xF700  # chr(ESCAPE + byte) stands for a byte that is no part of a whole character

_ESCAPES = re.compile("[\uf700-\uf7ff]")
_HALVES = re.compile("[\ud800-\udfff]")


def _byte_of() -> dict[str, int]:
    """The byte that each character of the file's tokens stands for: itself where Latin-1 prints it, else those that
    follow U+0100, in order (Radford et al., 2019, `encoder.py`)."""
    printed = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in printed]
    return {chr(b): b for b in printed} | {chr(0x100 + i): b for i, b in enumerate(others)}


BYTE_OF = _byte_of()


class Tokens:
    """The tokens of a model, numbered from 0.

    `symbols[id]` is the token as text. A byte that is no part of a whole character within the token is
    chr(0xF700 + byte), of the private use area; so is each byte of a character that is itself from U+F700 to U+F7FF,
    so that the bytes of a token can be told from its symbol.
    """

    unit: ClassVar[Literal["character", "token"]] = "token"  # what a symbol is
    normalizer: Normalizer = "none"

    def __init__(self, vocab: Mapping[str, int], merges: Sequence[tuple[str, str]], added: Mapping[str, int]) -> None:
        """As read from a file: BadCheckpoint unless they number tokens from 0, with all bytes among them."""
        _check(vocab, merges, added)
        self._tokenizer = _built(vocab, merges, added)
        written = {id: token for token, id in vocab.items()}
        special = {id: token for token, id in added.items()}
        # What was added is written as it is, and not byte by byte.
        self._bytes = [
            special[id].encode() if id in special else _bytes(written[id])
            for id in range(len(written.keys() | special.keys()))
        ]
        self._lengths = np.array([len(b) for b in self._bytes])
        self.special = frozenset(special)
        self.symbols: tuple[str, ...] = tuple(_shown(b) for b in self._bytes)

    def __len__(self) -> int:
        return len(self.symbols)

    @classmethod
    def load(cls, path: str | os.PathLike[str], rows: int | None = None) -> "Tokens":
        """Read a `tokenizer.json`; BadCheckpoint when it is missing, over 20 MB, or not a byte-level BPE as GPT-2's.

        rows: of the model's embedding, if that is known. A token whose id has no row is left out: no text is cut
        into it.
        """
        path = Path(path)
        _, content = parsed(path, MAX_BYTES)
        try:
            parts = _parts(content)
            return cls(*(parts if rows is None else _within(rows, *parts)))
        except BadCheckpoint as error:
            raise BadCheckpoint(f"{path.name} {error}") from None

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the `tokenizer.json`; `tokenizers.Tokenizer.from_file` reads it too."""
        self._tokenizer.save(str(path))

    def encode(self, text: str) -> Encoding:
        """The ids of a text; each begins within the character of its offset. Never fails, and nothing is stood for,
        but that half a character (a lone surrogate), which has no bytes, is read as U+FFFD."""
        text = _HALVES.sub("\ufffd", text)
        ids = self._tokenizer.encode(text, add_special_tokens=False).ids
        if not ids:
            return Encoding([], [], ())
        lengths = [1 if c < "\x80" else 2 if c < "\u0800" else 3 if c < "\U00010000" else 4 for c in text]
        characters = np.repeat(np.arange(len(text)), lengths)  # of which character each byte is
        begins = np.cumsum(self._lengths[ids]) - self._lengths[ids]
        return Encoding(ids, characters[begins].tolist(), ())

    def decode(self, ids: Iterable[int]) -> str:
        """The text of ids, with U+FFFD for what is no whole character; BadInput for an id out of range."""
        ids = list(ids)
        if ids and not 0 <= min(ids) <= max(ids) < len(self):
            wrong = min(ids) if min(ids) < 0 else max(ids)
            raise BadInput(f"id must be from 0 to {len(self) - 1}, not {wrong}.")
        return b"".join(self._bytes[i] for i in ids).decode("utf-8", "replace")

    def join(self, text: str, ids: Iterable[int]) -> str:
        """A text and what ids add to it."""
        return text + self.decode(ids)


def _bytes(written: str) -> bytes:
    """The bytes of a token that the file writes byte by byte."""
    return bytes(BYTE_OF[c] for c in written)


def _shown(token: bytes) -> str:
    """The symbol of a token's bytes."""
    text = token.decode("utf-8", "surrogateescape")  # a stray byte becomes U+DC00 + byte
    text = _ESCAPES.sub(lambda found: "".join(chr(ESCAPE + byte) for byte in found[0].encode()), text)
    return _HALVES.sub(lambda found: chr(ord(found[0]) - 0xDC00 + ESCAPE), text)


def _built(vocab: Mapping[str, int], merges: Sequence[tuple[str, str]], added: Mapping[str, int]) -> Tokenizer:
    try:
        tokenizer = Tokenizer(models.BPE(vocab=dict(vocab), merges=list(merges)))
    except Exception as error:  # noqa: BLE001 (the library raises nothing narrower)
        raise BadCheckpoint(f"is not a tokenizers file: {str(error)[:200]}") from None
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    # The library numbers them itself, in this order, from the end of the vocabulary on.
    tokenizer.add_special_tokens([AddedToken(token) for token in sorted(added, key=added.__getitem__)])
    if any(tokenizer.token_to_id(token) != id for token, id in added.items()):
        raise BadCheckpoint("numbers its added tokens otherwise than the library does: save the tokenizer again.")
    return tokenizer


_AS_GPT2 = "only byte-level BPE as GPT-2 has it is read"
# Settings of the model that would make other tokens, and the values with which they do nothing.
_IDLE: dict[str, tuple[Any, ...]] = {
    "dropout": (None, 0, 0.0),
    "continuing_subword_prefix": (None, ""),
    "end_of_word_suffix": (None, ""),
    "byte_fallback": (None, False),
    "ignore_merges": (None, False),
}


def _parts(content: Any) -> tuple[dict[str, int], list[tuple[str, str]], dict[str, int]]:
    """The vocabulary, the merges and the added tokens of a parsed `tokenizer.json`, of their right types."""
    model = content.get("model") if isinstance(content, dict) else None
    if not isinstance(model, dict) or model.get("type", "BPE") != "BPE":  # GPT-2's own file does not say its type
        raise BadCheckpoint(f'must hold a tokenizers model of type "BPE": {_AS_GPT2}.')
    if content.get("normalizer") is not None:
        raise BadCheckpoint(f"has a normalizer, which would change the text: {_AS_GPT2}.")
    splits = content.get("pre_tokenizer")
    if not isinstance(splits, dict) or splits.get("type") != "ByteLevel" or splits.get("use_regex", True) is not True:
        raise BadCheckpoint(f"must have the pre-tokenizer ByteLevel and no other: {_AS_GPT2}.")
    if splits.get("add_prefix_space") is not False:
        raise BadCheckpoint(f"puts a space before every text (add_prefix_space): {_AS_GPT2}, without.")
    if other := [name for name, idle in _IDLE.items() if model.get(name) not in idle]:
        raise BadCheckpoint(f"has a model with {', '.join(other)}: {_AS_GPT2}.")
    vocab, merges, added = model.get("vocab"), model.get("merges"), content.get("added_tokens") or []
    if not isinstance(vocab, dict) or not isinstance(merges, list) or not isinstance(added, list):
        raise BadCheckpoint("must list a vocab, merges and added_tokens: save the tokenizer again.")
    if max(len(vocab), len(merges), len(added)) > MAX_SYMBOLS:
        raise BadCheckpoint(f"lists more than {MAX_SYMBOLS:,} symbols, merges or added tokens: too many.")
    pairs = [tuple(m.split(" ")) if isinstance(m, str) else tuple(m) if isinstance(m, list) else () for m in merges]
    if not all(len(pair) == 2 and isinstance(pair[0], str) and isinstance(pair[1], str) for pair in pairs):
        raise BadCheckpoint("has merges that are not pairs of tokens: save the tokenizer again.")
    if not all(isinstance(a, dict) and isinstance(a.get("content"), str) and a["content"] for a in added):
        raise BadCheckpoint("has added tokens without content: save the tokenizer again.")
    return vocab, pairs, {a["content"]: a.get("id") for a in added}  # type: ignore[return-value]  # just checked


def _within(
    rows: int, vocab: dict[str, int], merges: list[tuple[str, str]], added: dict[str, int]
) -> tuple[dict[str, int], list[tuple[str, str]], dict[str, int]]:
    """The tokens whose ids are below `rows`, and the merges that are possible among them."""
    beyond = {token for token, id in vocab.items() if type(id) is int and id >= rows}
    if beyond:
        vocab = {token: id for token, id in vocab.items() if token not in beyond}
        merges = [(a, b) for a, b in merges if beyond.isdisjoint((a, b, a + b))]
    return vocab, merges, {token: id for token, id in added.items() if type(id) is not int or id < rows}


def _check(vocab: Mapping[str, int], merges: Sequence[tuple[str, str]], added: Mapping[str, int]) -> None:
    """BadCheckpoint unless ids are 0 to n − 1, each of one token, all bytes have one, and merges join tokens."""
    together = {**vocab, **added}
    numbers = list(together.values())
    if not 1 <= len(together) <= MAX_SYMBOLS:
        raise BadCheckpoint(f"must list from 1 to {MAX_SYMBOLS:,} symbols.")
    if any(type(n) is not int for n in chain(vocab.values(), numbers)) or sorted(numbers) != list(range(len(numbers))):
        raise BadCheckpoint(f"must number its {len(numbers):,} symbols, added ones too, from 0 on, each once.")
    if any(token in vocab and vocab[token] != id for token, id in added.items()):
        raise BadCheckpoint("gives an added token another number than its vocabulary does: save the tokenizer again.")
    # One text would be two: as the merges make the token, its bytes; as it was added, its characters.
    if any(token in vocab and BYTE_OF.keys() >= set(token) and _bytes(token) != token.encode() for token in added):
        raise BadCheckpoint("adds a token that its vocabulary writes for other bytes: save the tokenizer again.")
    if any(len(token) > MAX_LENGTH or _HALVES.search(token) for token in together):
        raise BadCheckpoint(f"has tokens of more than {MAX_LENGTH:,} characters, or that are no text: it is damaged.")
    if any(not token or not BYTE_OF.keys() >= set(token) for token in vocab if token not in added):
        raise BadCheckpoint(f"has tokens that are not written byte by byte: {_AS_GPT2}.")
    if lacking := [c for c in BYTE_OF if c not in vocab]:
        raise BadCheckpoint(f"lacks a token for {len(lacking)} of the 256 bytes, so it cannot write every text.")
    if any(a not in vocab or b not in vocab or a + b not in vocab for a, b in merges):
        raise BadCheckpoint("has merges of tokens that are not in its vocabulary: save the tokenizer again.")

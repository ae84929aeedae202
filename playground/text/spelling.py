"""The bytes of each token of a vocabulary, from its spelling in a `tokenizer.json`.

    byte-level   every byte is one printable character: "Ġthe" is " the" (GPT-2; Radford et al., 2019)
    pieces       text with "▁" for a space, and "<0xE2>" for a byte (SentencePiece; Kudo and Richardson, 2018)
    words        continuations of a word begin with "##", everything else follows a space (WordPiece; Devlin et al.,
                 2019)

The file's decoder says which it is. Knows neither the `tokenizers` library nor ids.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from playground.errors import BadCheckpoint

ESCAPE = 0xF700  # chr(ESCAPE + byte) stands for a byte that is not part of a whole character
MARK = "▁"
MAX_CONTENT = 10  # characters of a decoder's replacement text

_ESCAPES = re.compile("[\uf700-\uf7ff]")
_HALVES = re.compile("[\ud800-\udfff]")
_BYTE_PIECE = re.compile("<0x([0-9A-Fa-f]{2})>")
# What the library's WordPiece decoder does to a token and its preceding space (`cleanup`).
_CLEANED = (
    *((" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"), (" 'm", "'m")),
    *((" do not", " don't"), (" 's", "'s"), (" 've", "'ve"), (" 're", "'re")),
)
# Pre-tokenizers that discard white space, so that no token has it.
_SPLITTERS = ("Whitespace", "WhitespaceSplit", "BertPreTokenizer")


def _byte_of() -> dict[str, int]:
    """The byte that each character of a byte-level token stands for: itself if Latin-1 can print it, otherwise those
    from U+0100 on, in order (Radford et al., 2019, `encoder.py`)."""
    printed = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in printed]
    return {chr(b): b for b in printed} | {chr(0x100 + i): b for i, b in enumerate(others)}


BYTE_OF = _byte_of()


@dataclass(frozen=True)
class Spelling:
    """How the tokens of a vocabulary are written.

    bytes_of: the bytes that a token, as the file writes it, adds within a text. byte_level: whether each character of a
    token is a byte. byte_pieces: whether "<0xE2>" is one. drops_first_space: whether a text is shown without its first
    token's leading space, because the tokenizer inserted it.
    """

    bytes_of: Callable[[str], bytes]
    byte_level: bool
    byte_pieces: bool
    drops_first_space: bool


def _from_byte_level(written: str) -> bytes:
    try:
        return bytes([BYTE_OF[c] for c in written])
    except KeyError:  # a token that was not written byte by byte stands for itself, as in the library's decoder
        return written.encode()


BYTE_LEVEL = Spelling(_from_byte_level, byte_level=True, byte_pieces=False, drops_first_space=False)


def spelling_of(content: Mapping[str, Any]) -> Spelling:
    """How the tokens of a parsed `tokenizer.json` are written; BadCheckpoint for an unknown decoder."""
    splits = parts(content.get("pre_tokenizer"), "pretokenizers")
    decoders: Sequence[Mapping[str, Any]] = parts(content.get("decoder"), "decoders")
    if any(part.get("type") == "ByteLevel" for part in splits):
        return BYTE_LEVEL
    if not decoders:
        decoders = _usual(splits, parts(content.get("normalizer"), "normalizers"))
    if any(part.get("type") == "ByteLevel" for part in decoders):
        return BYTE_LEVEL
    changes: list[Callable[[str], str]] = []
    drops = byte_pieces = fused = False
    for part in decoders:
        match part:
            case {"type": "ByteFallback"}:
                byte_pieces = True
            case {"type": "Fuse"}:
                fused = True
            case {"type": "Strip", "content": " ", "start": 0 | 1 as start, "stop": 0} if fused or not start:
                drops = drops or start == 1
            case {"type": "Metaspace"}:
                changes.append(_replacer(part.get("replacement", MARK), " "))
                drops = drops or prepends(part)
            case {"type": "WordPiece"}:
                changes.append(_joiner(part.get("prefix", "##"), part.get("cleanup", True)))
                drops = True
            case {"type": "Replace", "pattern": {"String": str(pattern)}, "content": str(put)} if (
                pattern and len(put) <= MAX_CONTENT and not fused
            ):
                changes.append(_replacer(pattern, put))
            case _:
                raise BadCheckpoint("tokenizer.decoder", kind=repr(str(part.get("type"))[:40]))
    model = content.get("model")
    byte_pieces = byte_pieces or (isinstance(model, dict) and model.get("byte_fallback") is True)
    return Spelling(_token_decoder(changes, byte_pieces), False, byte_pieces, drops)


def is_byte_piece(written: str) -> bool:
    """Whether a token of the file is a byte where `byte_pieces` is true."""
    return _BYTE_PIECE.fullmatch(written) is not None


def parts(part: Any, within: str) -> list[Mapping[str, Any]]:
    """The normalizers, pre-tokenizers or decoders `within` a Sequence, or the single one given."""
    if isinstance(part, dict) and part.get("type") == "Sequence":
        listed = part.get(within)
        return [p for each in listed for p in parts(each, within)] if isinstance(listed, list) else [{}]
    if part is None:
        return []
    return [part if isinstance(part, dict) else {}]


def prepends(part: Mapping[str, Any]) -> bool:
    """Whether a Metaspace inserts a mark before a text that starts without one; older files call it
    `add_prefix_space`."""
    return bool(part.get("prepend_scheme", "always" if part.get("add_prefix_space", True) else "never") != "never")


def symbol_of(token: bytes) -> str:
    """The bytes of a token as text: chr(ESCAPE + byte) for each byte that is not part of a whole character."""
    if token.isascii():
        return token.decode("ascii")
    text = token.decode("utf-8", "surrogateescape")  # a stray byte becomes U+DC00 + byte
    text = _ESCAPES.sub(lambda found: "".join(chr(ESCAPE + byte) for byte in found[0].encode()), text)
    return _HALVES.sub(lambda found: chr(ord(found[0]) - 0xDC00 + ESCAPE), text)


def _usual(
    splits: Sequence[Mapping[str, Any]], normalizers: Sequence[Mapping[str, Any]]
) -> Sequence[Mapping[str, Any]]:
    """The decoder for a file without one: the inverse of its normalizer and pre-tokenizer."""
    if marks := [part for part in splits if part.get("type") == "Metaspace"]:
        return marks
    if any(part.get("type") == "Replace" and part.get("content") == MARK for part in normalizers):
        prepended = any(part.get("type") == "Prepend" for part in normalizers)
        return [{"type": "Metaspace", "prepend_scheme": "always" if prepended else "never"}]
    if any(part.get("type") in _SPLITTERS for part in splits):
        return [{"type": "WordPiece", "cleanup": False}]
    return []


def _token_decoder(changes: Sequence[Callable[[str], str]], byte_pieces: bool) -> Callable[[str], bytes]:
    def bytes_of(written: str) -> bytes:
        if byte_pieces and (found := _BYTE_PIECE.fullmatch(written)):
            return bytes([int(found[1], 16)])
        for change in changes:
            written = change(written)
        return written.encode()

    return bytes_of


def _replacer(pattern: str, put: str) -> Callable[[str], str]:
    return lambda written: written.replace(pattern, put)


def _joiner(prefix: str, cleanup: bool) -> Callable[[str], str]:
    def joined(written: str) -> str:
        text = written.removeprefix(prefix) if prefix and written.startswith(prefix) else f" {written}"
        if cleanup:
            for untidy, tidy in _CLEANED:
                text = text.replace(untidy, tidy)
        return text

    return joined

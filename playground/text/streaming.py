"""What API clients receive for symbols: text, bytes where they are not whole characters, and a growing text.

A token can be part of a character's bytes, and a syllable can gain another letter. This module decides how much of an
unfinished text is final, and how a symbol that is not text is written in JSON.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Iterable, Sequence

from playground.text.characters import Symbols
from playground.text.tokens import ESCAPE

_RUNS = re.compile(f"[{chr(ESCAPE)}-{chr(ESCAPE + 255)}]+|[^{chr(ESCAPE)}-{chr(ESCAPE + 255)}]+")


def bytes_of(symbols: str) -> bytes:
    """The UTF-8 bytes of a token's symbol, or of several concatenated; stray bytes are escaped as in
    `Tokens.symbols`."""
    return b"".join(
        bytes(ord(c) - ESCAPE for c in run) if ESCAPE <= ord(run[0]) <= ESCAPE + 255 else run.encode()
        for run in _RUNS.findall(symbols)
    )


def symbols_and_bytes(vocabulary: Symbols, ids: Iterable[int] | None = None) -> tuple[list[str], list[str | None]]:
    """Symbols (by default of all ids) as text, each with its bytes in hex if it is not whole text.

    For a token that holds part of a character the text has U+FFFD for that part, as a decoder gives it, and the bytes
    are those of the whole token. For any other symbol the text is complete and the second value is None.
    """
    symbols = [vocabulary.symbols[i] for i in ids] if ids is not None else list(vocabulary.symbols)
    raw: list[str | None] = [None] * len(symbols)
    if vocabulary.unit == "token":
        for place, symbol in enumerate(symbols):
            symbols[place], raw[place] = symbol_and_bytes(symbol)
    return symbols, raw


def symbol_and_bytes(symbol: str) -> tuple[str, str | None]:
    """The same for one token's symbol."""
    if not any(ESCAPE <= ord(c) <= ESCAPE + 255 for c in symbol):
        return symbol, None
    data = bytes_of(symbol)
    text = data.decode("utf-8", "replace")
    return text, None if text.encode() == data else data.hex()


def unfinished_bytes(vocabulary: Symbols, ids: Sequence[int]) -> bytes:
    """The incomplete character at the end of what ids spell, as bytes; at most three."""
    if vocabulary.unit != "token":
        return b""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    spelt = "".join(vocabulary.symbols[i] for i in ids if i not in vocabulary.special)
    decoder.decode(bytes_of(spelt[-3:]))  # an escaped byte is one character
    left = decoder.getstate()[0]
    return left if left.decode("utf-8", "replace") == "\ufffd" else b""  # Python also waits after half a surrogate pair


def stable_part(vocabulary: Symbols, ids: Sequence[int], text: str, *, done: bool) -> str:
    """The part of `text`, which ends with what `ids` spell, that no further ids change.

    Incomplete bytes at the end are held back. Until done, so is the last character of a model that writes letters in
    parts (with a decomposing normaliser), together with everything that may still combine with it: another letter turns
    하 into 한. So each text is a prefix of the next.
    """
    if unfinished_bytes(vocabulary, ids):
        return text.removesuffix("\ufffd")  # the one that `decode` gives for all of them together
    if done or vocabulary.normalizer != "nfd":
        return text
    end = len(text) - 1
    while end > 0 and joins(text[end]):
        end -= 1
    return text[: max(0, end)]


def joins(character: str) -> bool:
    """Whether composition (NFC) can join a character to the preceding one: a mark, or a later letter of a syllable."""
    return unicodedata.category(character).startswith("M") or "\u1160" <= character <= "\u11ff"

"""What programs are told of symbols: as text, as bytes where they are no whole characters, and as a text that grows.

A token can be some of the bytes of a character, and a syllable can grow by another letter. Here is decided how much of
a text that is still being written is certain, and how a symbol that is no text is written in JSON.
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
    """The UTF-8 bytes of a token's symbol, or of several in a row; in `Tokens.symbols` stray bytes are escaped."""
    return b"".join(
        bytes(ord(c) - ESCAPE for c in run) if ESCAPE <= ord(run[0]) <= ESCAPE + 255 else run.encode()
        for run in _RUNS.findall(symbols)
    )


def symbols_and_bytes(vocabulary: Symbols, ids: Iterable[int] | None = None) -> tuple[list[str], list[str | None]]:
    """Symbols (of all ids where none are given) as text, and beside each its bytes in hex where it is not whole text.

    Of a token that holds a part of a character, the text has U+FFFD for that part, as a decoder gives it, and the bytes
    are those of the whole token. Of any other symbol the text says all, and there is None beside it.
    """
    symbols = [vocabulary.symbols[i] for i in ids] if ids is not None else list(vocabulary.symbols)
    raw: list[str | None] = [None] * len(symbols)
    if vocabulary.unit == "token":
        for place, symbol in enumerate(symbols):
            symbols[place], raw[place] = symbol_and_bytes(symbol)
    return symbols, raw


def symbol_and_bytes(symbol: str) -> tuple[str, str | None]:
    """The same of one symbol of a token."""
    if not any(ESCAPE <= ord(c) <= ESCAPE + 255 for c in symbol):
        return symbol, None
    data = bytes_of(symbol)
    text = data.decode("utf-8", "replace")
    return text, None if text.encode() == data else data.hex()


def unfinished_bytes(vocabulary: Symbols, ids: Sequence[int]) -> bytes:
    """The bytes at the end of what ids spell that begin a character and need more to make one; at most three."""
    if vocabulary.unit != "token":
        return b""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    spelt = "".join(vocabulary.symbols[i] for i in ids if i not in vocabulary.special)
    decoder.decode(bytes_of(spelt[-3:]))  # an escaped byte is one character
    left = decoder.getstate()[0]
    return left if left.decode("utf-8", "replace") == "\ufffd" else b""  # Python also waits for half a surrogate pair


def stable_part(vocabulary: Symbols, ids: Sequence[int], text: str, *, done: bool) -> str:
    """The part of `text`, which ends with what `ids` spell, that no further ids change.

    Bytes at the end that are no character yet are held back. While more is to come (not done), so is the last character
    of a model that writes letters in parts (its normaliser takes characters apart), with all that may still join it:
    another letter makes 하 into 한. So each text is a prefix of the next.
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
    """Whether composition (NFC) can join a character to one before it: a mark, or a later letter of a syllable."""
    return unicodedata.category(character).startswith("M") or "\u1160" <= character <= "\u11ff"

"""The text of tokens, on the page as in Python. These functions change no state, so one page serves all tests."""

from typing import Any, ClassVar

import pytest
from playwright.sync_api import Page

from playground.text import streaming


class Spelling:
    """A vocabulary of these token symbols."""

    unit: ClassVar = "token"
    normalizer: ClassVar = "none"
    special: ClassVar[frozenset[int]] = frozenset()

    def __init__(self, symbols: list[str]) -> None:
        self.symbols = tuple(symbols)


def escape_bytes(data: bytes) -> str:
    """Bytes as a symbol shows them where they are no whole character."""
    return "".join(chr(0xF700 + byte) for byte in data)


RUN = """(symbols) => ({
  unit: "token", text: "", prompted: 0, promptCells: [], symbols, steps: symbols.map((_, id) => ({ id })),
})"""
NI, SMILE = [[escape_bytes(bytes([byte])) for byte in character.encode()] for character in ("나", "😀")]


@pytest.mark.parametrize(
    ("symbols", "cells", "pending"),
    [
        (["a", *NI, "b"], ["a", "나", "b"], ""),
        ([*SMILE, *NI], ["😀", "나"], ""),
        ([SMILE[0] + SMILE[1], SMILE[2] + SMILE[3]], ["😀"], ""),
        ([" the", NI[0], "x"], [" the", NI[0], "x"], ""),
        ([NI[0], NI[1], NI[2] + " and"], ["나 and"], ""),
        ([NI[0] + NI[1], NI[2], NI[0] + NI[1], NI[2]], ["나", "나"], ""),
        ([*SMILE, SMILE[0]], ["😀", SMILE[0]], SMILE[0]),
        ([*NI, *SMILE[:3]], ["나", "".join(SMILE[:3])], "".join(SMILE[:3])),
        ([NI[1], NI[2]], [NI[1], NI[2]], ""),  # no character begins with them
        ([escape_bytes(b"\x80\xec\x95\x88"), "z"], [escape_bytes(b"\x80") + "안", "z"], ""),
    ],
)
def test_tokens_that_share_a_character(
    opened_page: Page, symbols: list[str], cells: list[str], pending: str
) -> None:
    script = f"""symbols => {{
      const {{ runs }} = window.playground;
      const run = ({RUN})(symbols);
      return [runs.cells(run).map(({{ text }}) => text), runs.pending(run, symbols.length), runs.textOf(run)];
    }}"""
    data = b"".join(bytes([ord(c) - 0xF700]) if "\uf780" <= c <= "\uf7ff" else c.encode() for c in "".join(symbols))
    text = data.decode("utf-8", "replace")
    # The bytes that wait for others are in no text.
    assert opened_page.evaluate(script, symbols) == [cells, pending, text.removesuffix("\ufffd") if pending else text]


@pytest.mark.parametrize(
    "spelt",
    [
        b"", b"ab", "나😀".encode(), b"a\xeb", b"a\xeb\x82", b"\xf0\x9f\x98", b"\xeb\xeb", b"\x82a", b"\xed\xa0",
        b"\xe0\x80", b"\xf4\x90\x80", "\uf741\uf7eb".encode(), "a\uf7eb".encode()[:-1], b"\xff\xc3",
    ],
)  # fmt: skip
def test_the_text_and_the_pending_bytes_equal_the_apis(opened_page: Page, spelt: bytes) -> None:
    symbols = [escape_bytes(bytes([byte])) if byte > 0x7F else chr(byte) for byte in spelt]
    vocabulary: Any = Spelling(symbols)
    ids = list(range(len(symbols)))
    script = f"""symbols => {{
      const {{ runs }} = window.playground;
      const run = ({RUN})(symbols);
      return [runs.textOf(run), runs.unfinished(run)];
    }}"""
    text = streaming.stable_part(vocabulary, ids, spelt.decode("utf-8", "replace"), done=True)
    assert opened_page.evaluate(script, symbols) == [text, list(streaming.unfinished_bytes(vocabulary, ids))]


def test_symbols_are_described_as_by_the_api(opened_page: Page) -> None:
    whole, part = escape_bytes("\uf741".encode()), escape_bytes(b"\xef\x9d")
    vocabulary: Any = Spelling(["a", " the", NI[0], NI[1] + " x", whole, part, "\ufffd"])
    script = f"""symbols => {{
      const run = ({RUN})(symbols);
      return symbols.map((_, id) => window.playground.runs.plain(run, id));
    }}"""
    told = opened_page.evaluate(script, vocabulary.symbols)
    text, raw = streaming.symbols_and_bytes(vocabulary)
    assert told == [{"symbol": symbol, "bytes": data} for symbol, data in zip(text, raw, strict=True)]
    assert raw == [None, None, "eb", "822078", None, "ef9d", None]


def test_two_thousand_invalid_bytes_are_decoded_quickly(opened_page: Page) -> None:
    took = opened_page.evaluate(f"""symbols => {{
      const {{ runs }} = window.playground;
      const run = ({RUN})(symbols);
      const started = performance.now();
      runs.cells(run);
      runs.textOf(run);
      return performance.now() - started;
    }}""", [escape_bytes(b"\x80")] * 2_000)
    assert took < 500

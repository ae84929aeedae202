"""The final part of an unfinished text, and symbols that are not text: by hand, and for any ids."""

import json
import unicodedata
from functools import cache
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from playground.text.characters import Vocabulary
from playground.text.spelling import BYTE_OF
from playground.text.streaming import bytes_of, joins, stable_part, symbols_and_bytes, unfinished_bytes
from playground.text.tokens import Tokens
from tests.text.test_tokens import END, byte_level, train

JAMO = Vocabulary.from_text("하나한국 e\u0301é.\n", "nfd")


@cache
def tokens() -> Tokens:
    """The 256 bytes, which are tokens 1 to 256, and a few pairs of them: parts of 나, of U+F741, and an "a" with E2."""
    content = json.loads(train([END]).to_str())
    vocab = dict(sorted(content["model"]["vocab"].items(), key=lambda item: item[1])[:257])
    of = {byte: token for token, byte in BYTE_OF.items()}
    pairs = [(of[0xEB], of[0x82]), (of[0xEF], of[0x9D]), (of[0xEF] + of[0x9D], of[0x81]), (of[0x61], of[0xE2])]
    for a, b in pairs:
        vocab[a + b] = len(vocab)
    return byte_level(vocab, pairs, {END: vocab[END]})


def id_of(*values: int) -> int:
    """The token of these bytes."""
    return next(id for id, symbol in enumerate(tokens().symbols) if bytes_of(symbol) == bytes(values))


def test_symbols_that_are_no_text_come_with_their_bytes() -> None:
    ids = [
        id_of(*parts)
        for parts in [b"a", b" ", b"\n", b"\xeb", b"\xeb\x82", b"a\xe2", b"\xef\x9d", b"\xef\x9d\x81"]
    ]
    symbols, raw = symbols_and_bytes(tokens(), ids)
    assert symbols == ["a", " ", "\n", "\ufffd", "\ufffd", "a\ufffd", "\ufffd", "\uf741"]
    assert raw == [None, None, None, "eb", "eb82", "61e2", "ef9d", None]


def test_all_symbols_are_distinct() -> None:
    symbols, raw = symbols_and_bytes(tokens())
    assert len(set(zip(symbols, raw, strict=True))) == len(tokens())
    for symbol, data, id in zip(symbols, raw, range(len(tokens())), strict=True):
        spelt = symbol.encode() if data is None else bytes.fromhex(data)
        if id in tokens().special:  # no part of a text
            spelt = b""
        assert tokens().decode([id]) == spelt.decode("utf-8", "replace")


def test_a_private_use_character_of_a_character_model_is_itself() -> None:
    vocabulary = Vocabulary.from_text("a\uf741\uf7eb")
    assert symbols_and_bytes(vocabulary) == (["a", "\uf741", "\uf7eb"], [None] * 3)
    assert unfinished_bytes(vocabulary, [2]) == b""
    assert stable_part(vocabulary, [0, 2], "a\uf7eb", done=False) == "a\uf7eb"


@pytest.mark.parametrize(
    ("spelt", "left"),
    [
        (b"", b""),
        (b"a", b""),
        ("나".encode(), b""),
        (b"a\xeb", b"\xeb"),
        (b"\xeb\x82", b"\xeb\x82"),
        (b"\xf0\x9f\x98", b"\xf0\x9f\x98"),
        (b"\xeb\xeb", b"\xeb"),  # the first can no longer become one
        (b"\x82", b""),  # nothing begins with it
        (b"\xed\xa0", b""),  # half a surrogate pair, which no text holds
        (b"\xe0\x80", b""),  # longer than it need be
        (b"\xf4\x90", b""),  # beyond U+10FFFF
    ],
)
def test_incomplete_bytes_at_the_end_are_held_back(spelt: bytes, left: bytes) -> None:
    ids = [id_of(byte) for byte in spelt]
    assert unfinished_bytes(tokens(), ids) == left
    text = "x" + tokens().decode(ids)
    expected = "x" + spelt[: len(spelt) - len(left)].decode("utf-8", "replace")
    assert stable_part(tokens(), ids, text, done=True) == stable_part(tokens(), ids, text, done=False) == expected


@cache
def begun() -> frozenset[bytes]:
    """The possible beginnings of multi-byte characters."""
    characters = (chr(c).encode() for c in range(0x80, 0x110000) if not 0xD800 <= c < 0xE000)
    return frozenset(data[:n] for data in characters for n in range(1, len(data)))


LIKELY = [0x61, 0x20, 0xC3, 0xE0, 0xEB, 0xED, 0xEF, 0xF0, 0xF4, 0x80, 0x82, 0x98, 0x9D, 0x9F, 0xA0, 0xBF]


@given(st.lists(st.one_of(st.sampled_from(LIKELY).map(id_of), st.integers(0, 260)), max_size=30))
@example([id_of(byte) for byte in b"\xed\xa0\x80\xed\xa0a\xf0\x9f\x98\x80\xf0\x9f\x98"])
def test_with_any_tokens_each_text_is_a_prefix_of_the_next(ids: list[int]) -> None:
    texts = [stable_part(tokens(), ids[:n], "ㄱ" + tokens().decode(ids[:n]), done=False) for n in range(len(ids) + 1)]
    for shorter, longer in pairwise(texts):
        assert longer.startswith(shorter)
    for n, text in enumerate(texts):
        spelt = bytes_of("".join(tokens().symbols[i] for i in ids[:n] if i not in tokens().special))
        left = next((spelt[-k:] for k in (3, 2, 1) if spelt[-k:] in begun()), b"")
        assert unfinished_bytes(tokens(), ids[:n]) == left
        assert text == "ㄱ" + spelt[: len(spelt) - len(left)].decode("utf-8", "replace")


@given(st.lists(st.integers(0, len(JAMO) - 1), max_size=30), st.sampled_from(["", "하", "e", "그는 "]))
def test_with_any_jamo_each_text_is_a_prefix_of_the_next(ids: list[int], prompt: str) -> None:
    joined = [JAMO.join(prompt, ids[:n]) for n in range(len(ids) + 1)]
    texts = [stable_part(JAMO, ids[:n], text, done=False) for n, text in enumerate(joined)]
    for shorter, longer in pairwise([*texts, joined[-1]]):
        assert longer.startswith(shorter)
    assert stable_part(JAMO, ids, joined[-1], done=True) == joined[-1]


def test_only_the_last_syllable_is_held_back() -> None:
    ids = JAMO.encode("한국").ids
    texts = [stable_part(JAMO, ids[:n], JAMO.join("나", ids[:n]), done=False) for n in range(len(ids) + 1)]
    assert texts == ["", "나", "나", "나", "나한", "나한", "나한"]


def test_every_character_that_can_compose_with_the_previous_one_is_known() -> None:
    """The second of each pair that Unicode composes, but for those that never begin a character in a composed text."""
    for code in range(0x110000):
        parts = unicodedata.decomposition(chr(code)).split()
        if len(parts) == 2 and not parts[0].startswith("<"):
            assert joins(chr(int(parts[1], 16))), f"U+{parts[1]}"
    assert all(joins(c) for c in unicodedata.normalize("NFD", "한")[1:])
    assert not any(joins(c) for c in "aé한ㄱ\u1112 \n")

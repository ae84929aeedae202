"""Unicode as people type it: decomposed letters, invisible characters, emoji of many code points, Hangul letters."""

import time
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground import library
from playground.text.characters import Encoding, Substitution, Vocabulary
from playground.text.unicode_text import clusters, is_invisible, names

LETTERS = "\n !',-.:;?ABCSTZabcdefghiklmnorstuwxyz"
PLAIN = Vocabulary.from_text(LETTERS)
ACCENTED = Vocabulary.from_text(LETTERS + "éêồ1")
MARKED = Vocabulary.from_text("cafe\u0301 ")  # decomposed, as some files are
SYLLABLES = Vocabulary.from_text("한글 ㅋ\n")
FAMILY, THUMB, FLAG, KEYCAP = "👩‍👩‍👧", "👍🏽", "🇰🇷", "1\ufe0f\u20e3"
ENGLAND = "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"
ZALGO = "Z" + "\u0337\u0301" * 50


@pytest.fixture(scope="module")
def korean() -> Vocabulary:
    found = library.load("korean-lstm").vocabulary
    assert isinstance(found, Vocabulary)
    return found


def symbols_of(vocabulary: Vocabulary, text: str) -> list[str]:
    return [vocabulary.symbols[id] for id in vocabulary.encode(text).ids]


def reports(encoding: Encoding) -> list[tuple[int, str, str]]:
    return [(s.position, s.character, s.replacement) for s in encoding.substitutions]


# ── Composition comes first ──────────────────────────────────────────────────────────────────────
def test_a_decomposed_letter_is_composed_if_that_is_known() -> None:
    e = ACCENTED.encode("cafe\u0301s")
    assert e.ids == ACCENTED.encode("cafés").ids
    assert e.offsets == [0, 1, 2, 3, 5]
    assert e.substitutions == ()


def test_if_only_the_mark_is_unknown_the_letter_stays() -> None:
    e = PLAIN.encode("cafe\u0301s")
    assert PLAIN.decode(e.ids) == "cafes"
    assert e.offsets == [0, 1, 2, 3, 5]
    assert e.substitutions == (Substitution(3, "é", "e"),)
    assert reports(PLAIN.encode("e\u0332")) == [(0, "e\u0332", "e")]  # a pair that has no composed form


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("o\u0302\u0300", "ồ"),  # Vietnamese, two marks
        ("e\u0302\u0301", "ê"),  # of two marks the known one stays
        ("e\u0301\u0302", "é"),
        ("E\u0301", "é"),  # no E: the other case
        ("x\u20e3", "x"),  # an enclosing mark
    ],
)
def test_known_marks_stay(text: str, shown: str) -> None:
    assert "".join(symbols_of(ACCENTED, text)) == shown


def test_a_vocabulary_of_letters_and_marks_reads_composed_letters() -> None:
    e = MARKED.encode("café")
    assert [MARKED.symbols[id] for id in e.ids] == list("cafe\u0301")
    assert e.offsets == [0, 1, 2, 3, 3]
    assert e.substitutions == ()
    assert MARKED.encode("cafe\u0301").offsets == [0, 1, 2, 3, 4]


def test_decomposed_syllables_are_composed_if_known() -> None:
    e = SYLLABLES.encode(unicodedata.normalize("NFD", "한글 한"))  # as in macOS file names
    assert (e.ids, e.substitutions) == (SYLLABLES.encode("한글 한").ids, ())
    assert e.offsets == [0, 3, 6, 7]


def test_compatibility_hanja_are_unified() -> None:
    assert Vocabulary.from_text("\u91d1").encode("\uf90a") == Encoding([0], [0], ())
    both = Vocabulary.from_text("\u91d1\uf90a")
    assert both.encode("\uf90a\u91d1").ids == [1, 0]  # the vocabulary's own distinctions stay


def test_a_mark_without_a_letter_is_skipped_and_reported() -> None:
    assert PLAIN.encode("\u0301a") == Encoding(PLAIN.encode("a").ids, [1], (Substitution(0, "\u0301", ""),))
    assert symbols_of(PLAIN, "a\n\u0301b") == ["a", "\n", "b"]


@pytest.mark.timed
def test_a_hundred_marks_on_a_letter_are_one_unknown() -> None:
    assert reports(PLAIN.encode(ZALGO + "a")) == [(0, unicodedata.normalize("NFC", ZALGO), "Z")]
    started = time.process_time()
    (only,) = PLAIN.encode("Z" + "\u0337\u0301" * 100_000).substitutions
    assert time.process_time() - started < 5  # sorting that many takes minutes
    assert len(only.character) <= 200


# ── Invisible characters ─────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    "code",
    [
        *(0xAD, 0x34F, 0x61C, 0x115F, 0x1160, 0x180E, 0x200B, 0x200C, 0x200D, 0x200E, 0x202E, 0x2060, 0x2066, 0x3164),
        *(0xFE0E, 0xFE0F, 0xFEFF, 0xFFA0, 0xFFF9, 0xE0001, 0xE0061, 0xE0100),
    ],
    ids=hex,
)
def test_ignorable_characters_yield_no_ids(code: int) -> None:
    assert is_invisible(chr(code))
    e = PLAIN.encode(f"a{chr(code)}b")
    assert e == Encoding(PLAIN.encode("ab").ids, [0, 2], ())
    assert PLAIN.encode(chr(code) * 3) == PLAIN.encode("")
    known = Vocabulary.from_text(f"ab{chr(code)}")
    assert [known.symbols[id] for id in known.encode(f"a{chr(code)}b").ids] == ["a", chr(code), "b"]
    assert known.encode(f"a{chr(code)}b").offsets == [0, 1, 2]


def test_visible_and_spacing_characters_are_not_ignorable() -> None:
    assert not any(map(is_invisible, " a\u0301\u0600\u3000\u00a0\n\x00"))


# ── Emoji ────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("emoji", [FAMILY, THUMB, FLAG, KEYCAP, ENGLAND, "❤", "❤️", "❤️‍🔥", "🫱🏿‍🫲🏻"])
def test_an_emoji_is_one_unknown_and_one_separator(emoji: str) -> None:
    e = PLAIN.encode(f"a{emoji}b")
    assert PLAIN.decode(e.ids) == "a b"
    assert e.offsets == [0, 1, 1 + len(emoji)]
    assert e.substitutions == (Substitution(1, emoji, " "),)


def test_adjacent_emoji_are_reported_one_by_one() -> None:
    text = FLAG + "🇺🇸" + FAMILY + THUMB
    assert [s.character for s in PLAIN.encode(text).substitutions] == [FLAG, "🇺🇸", FAMILY, THUMB]


def test_known_parts_of_an_emoji_stay() -> None:
    assert reports(Vocabulary.from_text("a 👍").encode(THUMB)) == [(0, THUMB, "👍")]
    assert reports(ACCENTED.encode(KEYCAP)) == [(0, KEYCAP, "1")]
    people = Vocabulary.from_text("👩👧 ")
    assert people.encode(FAMILY) == Encoding([people.encode(c).ids[0] for c in "👩👩👧"], [0, 2, 4], ())
    assert Vocabulary.from_text("❤").encode("❤️") == Encoding([0], [0], ())


# ── Clusters ─────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    "parts",
    [
        ["a", "b"],
        ["e\u0301", "a\u0327\u0302", "b"],
        [FAMILY, "x", THUMB, FLAG, "🇺🇸", KEYCAP, "2", ENGLAND, "a"],
        ["🇰🇷", "🇺"],
        ["\u1112\u1161\u11ab", "\u1100\u1173", " ", "한", "하\u11ab"],
        ["ㅎ", "ㅏ"],
        ["\r", "\n", "\u0301"],
        ["a", "\u200b", "b\u200d", "c"],
        ["กำ", "ที่"],
        ["\u0600\u0661", "1"],
        ["\ud83d", "a\u0301"],
        ["👩", "\n", "\u200d", "👩"],
    ],
)
def test_grapheme_clusters(parts: list[str]) -> None:
    starts = [sum(map(len, parts[:i])) for i in range(len(parts))]
    assert list(clusters("".join(parts))) == starts


@given(st.text("ae\u0301\u0327\u200d\u200b\ufe0f👩👍🏽🇰🇷하\u1112\u1161\u11ab\n\r 1", max_size=30))
def test_clusters_of_a_text_are_those_of_its_lines(text: str) -> None:
    lines = text.splitlines(keepends=True)
    starts = [sum(map(len, lines[:i])) + start for i, line in enumerate(lines) for start in clusters(line)]
    assert list(clusters(text)) == starts


@pytest.mark.timed
def test_many_flags_are_cut_quickly() -> None:
    started = time.process_time()
    assert len(clusters(FLAG * 20_000)) == 20_000
    assert time.process_time() - started < 5  # with the library alone, a quarter of an hour


def test_invisible_characters_have_names() -> None:
    assert names("a한 \u200d\u3000\x1b\u0301\ue000") == {
        " ": "space",
        "\u200d": "zero width joiner",
        "\u3000": "ideographic space",
        "\x1b": "escape",
        "\u0301": "combining acute accent",
    }


# ── Korean ───────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("text", "symbols"),
    [
        ("ㅋㅋㅋ", "\u110f\u110f\u110f"),
        ("ㅎ", "\u1112"),
        ("ㅠㅠ", "\u1172\u1172"),
        ("ㄳ", "\u11aa"),
        ("ㄽ", "\u1105\u1109"),  # a pair that is no final of this vocabulary
        ("\uffa1\uffc2", "\u1100\u110b\u1161"),  # half-width
        ("하ㅎ", "\u1112\u1161\u1112"),
        ("\u1112\u1161\u11ab", "\u1112\u1161\u11ab"),
        ("한", "\u1112\u1161\u11ab"),
    ],
)
def test_compatibility_letters_are_read_as_jamo_without_a_report(korean: Vocabulary, text: str, symbols: str) -> None:
    assert (symbols_of(korean, text), korean.encode(text).substitutions) == (list(symbols), ())


@pytest.mark.parametrize(
    ("text", "decoded"),
    [
        ("ㅎㅏ", "\u1112아"),  # and not 하
        ("하ㄳ", "하\u1100\u1109"),  # and not 핛
        ("ㅎㅏㄴ", "\u1112아\u1102"),
        ("ㅎㅏㄳ", "\u1112아\u1100\u1109"),
        ("하ㅏ", "하\u1161"),
        ("ᄒ\u200cᅡ", "\u1112아"),  # kept apart by their author
        ("㉠ㅏ", "\u1100아"),
    ],
)
def test_single_letters_do_not_fuse_into_a_syllable(korean: Vocabulary, text: str, decoded: str) -> None:
    assert korean.decode(korean.encode(text).ids) == decoded


def test_both_ids_of_a_single_vowel_have_its_position(korean: Vocabulary) -> None:
    assert korean.encode("ㅎㅏㅋ").offsets == [0, 1, 1, 2]


def test_letters_in_the_vocabulary_stay(korean: Vocabulary) -> None:
    assert symbols_of(korean, "ㅇㅏㅁ") == ["ㅇ", "\u1161", "ㅁ"]
    assert symbols_of(SYLLABLES, "ㅋ\u110f\u110f") == ["ㅋ"] * 3  # and a jamo is read as the compatibility letter
    assert SYLLABLES.encode("ㅋ\u110f\u110f").substitutions == ()


def test_a_middle_dot_stays_a_dot(korean: Vocabulary) -> None:
    assert reports(korean.encode("국ㆍ영")) == [(1, "ㆍ", "·")]


def ids(vocabulary: Vocabulary, symbols: str) -> list[int]:
    return [vocabulary.symbols.index(symbol) for symbol in symbols]


@pytest.mark.parametrize(
    ("text", "written", "joined"),
    [
        ("하", "\u11ab", "한"),
        ("그는 하", "\u11ab\u1100\u1173\u11af", "그는 한글"),
        ("\u1112", "\u1161", "하"),
        ("ㅎ", "\u1161", "ㅎ\u1161"),  # a single letter stays one
        ("하\u200b", "\u11ab", "하\u200b\u11ab"),
        ("", "\u1112\u1161", "하"),
        ("하 ", "\u1112\u1161", "하 하"),
        ("\u1112\u1161 \u1112\u1161", "\u11ab", "\u1112\u1161 한"),  # the rest unchanged
        ("\u1112\u1161", "\u1100\u1161", "\u1112\u1161가"),
    ],
)
def test_prompt_and_text_are_composed_across_their_boundary(
    korean: Vocabulary, text: str, written: str, joined: str
) -> None:
    assert korean.join(text, ids(korean, written)) == joined


def test_without_decomposition_nothing_is_composed() -> None:
    assert MARKED.join("cafe", ids(MARKED, "\u0301")) == "cafe\u0301"


def test_an_ignorable_start_is_a_line_end(tmp_path: Path) -> None:
    """Something must precede a text, so that an empty one has a distribution."""
    made = library.load("shakespeare-ngram")
    library.save(tmp_path / "made", made.kind, made.model, made.vocabulary, "\u200b", made.card)
    assert library.load(tmp_path / "made").start_ids == tuple(made.vocabulary.encode("\n").ids)

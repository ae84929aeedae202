"""Vocabulary: the tokenizers file, the chain of stand-ins, offsets, and files that must be refused."""

import json
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer

from playground.errors import BadCheckpoint, BadCorpus, BadInput
from playground.text.characters import MAX_BYTES, Substitution, Vocabulary
from playground.text.unicode_text import is_invisible

PLAIN = Vocabulary.from_text("\n !',-.:;?ABCSTabcdefghiklmnorstuwxyz")
JAMO = Vocabulary.from_text("나는 각, 값.\n", "nfd")


def test_symbols_are_sorted_by_code_point_and_numbered_from_0() -> None:
    v = Vocabulary.from_text("cab a\n")
    assert v.symbols == ("\n", " ", "a", "b", "c")
    assert len(v) == 5
    assert v.encode("cab").ids == [4, 2, 3]
    assert v.decode([4, 2, 3]) == "cab"


def test_known_text_has_one_id_a_character_and_no_substitutions() -> None:
    e = PLAIN.encode("To be!\n".replace("T", "A"))
    assert e.offsets == [0, 1, 2, 3, 4, 5, 6]
    assert e.substitutions == ()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("it\u2019s", "it's"),  # a typographic equal
        ("a\u2013b", "a-b"),
        ("a\u2014b", "a--b"),
        ("wait\u2026", "wait..."),
        ("a\u00a0b\tc", "a b c"),
        ("a\rb", "a\nb"),
        ("a\r\nb\r\n", "a\nb\n"),
        ("caf\u00e9", "cafe"),  # accents
        ("\ufb01x", "fix"),  # a ligature
        ("Za", "za"),  # the other case
        ("\u00c9a", "ea"),  # no accent, other case
        ("a\u4e2db", "a b"),  # nothing like it: the separator
        ("\ud800", " "),
    ],
)
def test_what_stands_for_an_unknown_character(text: str, shown: str) -> None:
    assert PLAIN.decode(PLAIN.encode(text).ids) == shown


def test_a_lowercase_vocabulary_reads_capitals_without_a_substitution(tmp_path: Path) -> None:
    v = Vocabulary.from_text("To be, or NOT to be\n", "lower")
    assert v.symbols == tuple("\n ,benort")
    e = v.encode("To BE É")
    assert v.decode(e.ids) == "to be e"
    assert [s.character for s in e.substitutions] == ["É"]
    v.save(tmp_path / "tokenizer.json")
    assert Vocabulary.load(tmp_path / "tokenizer.json").encode("To BE É") == e
    assert Tokenizer.from_file(str(tmp_path / "tokenizer.json")).encode("To BE").ids == v.encode("to be").ids


def test_substitutions_have_position_and_character() -> None:
    e = PLAIN.encode("a\u2026\u4e2d")
    assert e.substitutions == (Substitution(1, "\u2026", "..."), Substitution(2, "\u4e2d", " "))
    assert e.offsets == [0, 1, 1, 1, 2]


def test_the_carriage_return_of_a_windows_line_end_is_listed_and_has_no_id() -> None:
    e = PLAIN.encode("a\r\nb")
    assert e.substitutions == (Substitution(1, "\r", ""),)
    assert e.offsets == [0, 2, 3]


def test_without_a_space_another_separator_stands_in() -> None:
    assert Vocabulary.from_text("ab\n").encode("a中b").ids == [1, 0, 2]
    assert Vocabulary.from_text("xyz").encode("中").ids == [0]


def test_nfd_spells_a_syllable_in_jamo_with_one_offset_and_shows_it_composed() -> None:
    e = JAMO.encode("각 나")
    assert [JAMO.symbols[i] for i in e.ids] == list(unicodedata.normalize("NFD", "각 나"))
    assert e.offsets == [0, 0, 0, 1, 2, 2]
    assert e.substitutions == ()
    assert JAMO.decode(e.ids) == "각 나"


def test_nfd_reads_text_that_is_already_decomposed() -> None:
    text = unicodedata.normalize("NFD", "각")
    assert JAMO.encode(text).ids == JAMO.encode("각").ids
    assert JAMO.encode(text).offsets == [0, 1, 2]


@given(st.text(max_size=60))
def test_ids_and_substitutions_follow_the_order_of_the_text(text: str) -> None:
    for vocabulary in (PLAIN, JAMO):
        e = vocabulary.encode(text)
        assert len(e.ids) == len(e.offsets)
        assert all(0 <= i < len(vocabulary) for i in e.ids)
        assert e.offsets == sorted(e.offsets)
        assert set(e.offsets) <= set(range(len(text)))
        for s in e.substitutions:
            composed = unicodedata.normalize("NFC", text[s.position :])
            assert composed.startswith(s.character)
            assert (s.position in e.offsets) or s.replacement == "" or is_invisible(text[s.position])


@pytest.mark.parametrize("vocabulary", [PLAIN, JAMO])
def test_the_file_loads_with_plain_tokenizers_and_round_trips(vocabulary: Vocabulary, tmp_path: Path) -> None:
    path = tmp_path / "tokenizer.json"
    vocabulary.save(path)
    plain, ours = Tokenizer.from_file(str(path)), Vocabulary.load(path)
    assert ours.symbols == vocabulary.symbols
    assert ours.normalizer == vocabulary.normalizer
    text = vocabulary.decode(range(len(vocabulary)))
    assert plain.encode(text).ids == ours.encode(text).ids
    assert unicodedata.normalize("NFC", plain.decode(plain.encode(text).ids)) == text
    assert ours.decode(ours.encode(text).ids) == text


def test_an_id_out_of_range_is_refused() -> None:
    with pytest.raises(BadInput, match="from 0 to"):
        PLAIN.decode([0, len(PLAIN)])
    with pytest.raises(BadInput, match="-1"):
        PLAIN.decode([-1])


def test_texts_without_usable_characters_are_refused() -> None:
    with pytest.raises(BadCorpus, match="empty"):
        Vocabulary.from_text("")
    with pytest.raises(BadCorpus, match="surrogates"):
        Vocabulary.from_text("a\ud800")


def _tokenizer(**changes: object) -> str:
    model = {"type": "BPE", "vocab": {"a": 0, "b": 1}, "merges": []}
    return json.dumps({"version": "1.0", "added_tokens": [], "normalizer": None, "model": model, **changes})


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "not valid JSON"),
        ("[" * 100_000, "not valid JSON"),
        ("[]", "BPE"),
        (_tokenizer(model={"type": "WordLevel", "vocab": {"a": 0}}), "BPE"),
        (_tokenizer(model={"type": "BPE", "vocab": {}, "merges": []}), "symbols"),
        (_tokenizer(model={"type": "BPE", "vocab": {"a": 0, "bc": 1}, "merges": []}), "not one character"),
        (_tokenizer(model={"type": "BPE", "vocab": {"a": 0, "b": 2}, "merges": []}), "from 0 on"),
        (_tokenizer(model={"type": "BPE", "vocab": {"a": 0, "b": "1"}, "merges": []}), "from 0 on"),
        (_tokenizer(model={"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2}, "merges": ["a b"]}), "merges"),
        (_tokenizer(normalizer={"type": "NFKC"}), "normalizer"),
        (_tokenizer(version=7), "tokenizers file"),
        (_tokenizer(model={"type": "BPE", "vocab": {"a": 0, "\ud800": 1}, "merges": []}), "tokenizers file"),
    ],
)
def test_invalid_files_are_refused(content: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "tokenizer.json"
    path.write_text(content)
    with pytest.raises(BadCheckpoint, match=said):
        Vocabulary.load(path)


def test_a_missing_or_oversized_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadCheckpoint, match="cannot be read"):
        Vocabulary.load(tmp_path / "tokenizer.json")
    with (tmp_path / "tokenizer.json").open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(BadCheckpoint, match="larger than"):
        Vocabulary.load(tmp_path / "tokenizer.json")

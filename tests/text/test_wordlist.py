"""Words and word lists: what counts as a word, and what a list recognises."""

import json
import random
from pathlib import Path

import pytest

from playground import library
from playground.text import wordlist
from playground.text.wordlist import WordList, words_of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("To be, or not to be", ["to", "be", "or", "not", "to", "be"]),
        ("O'er th' hill — don’t!", ["o'er", "th", "hill", "don’t"]),
        ("lua_State *L = 42;", ["lua", "state", "l"]),
        ("그는 집에 갔다.", ["그는", "집에", "갔다"]),
        ("\u1112\u1161\u11ab 한", ["한", "한"]),  # jamo are composed
        ("…\n 12 _", []),
    ],
)
def test_a_word_is_a_run_of_letters(text: str, words: list[str]) -> None:
    assert words_of(text) == words


def test_a_list_recognises_all_its_words_and_few_others() -> None:
    dice = random.Random(1)

    def word() -> str:
        return "".join(dice.choice("abcdefghijklmnop") for _ in range(12))

    own = {word() for _ in range(5_000)}
    known = WordList.of(own)
    assert all(one in known for one in own)
    others = [other for _ in range(20_000) if (other := word()) not in own]
    assert sum(other in known for other in others) / len(others) < 2 * known.false_positives < 0.002
    assert WordList.of(sorted(own)) == known
    assert "a" not in WordList.of([])


def test_a_list_is_stored_in_a_small_file(tmp_path: Path) -> None:
    many = WordList.of({f"word{n}" for n in range(60_000)})
    many.save(tmp_path / wordlist.FILE)
    assert (tmp_path / wordlist.FILE).stat().st_size <= wordlist.LIMIT
    assert wordlist.read(tmp_path) == many
    assert many.false_positives < 0.01


@pytest.mark.parametrize(
    "written",
    [
        "", "{", "[]", "3", "null", "{}",
        '{"format": 2, "words": 1, "hashes": 3, "bits": "AAAA"}',
        '{"format": 1, "words": 1, "hashes": 300, "bits": "AAAA"}',
        '{"format": 1, "words": "many", "hashes": 3, "bits": "AAAA"}',
        '{"format": 1, "words": 1, "hashes": 3, "bits": ""}',
        '{"format": 1, "words": 1, "hashes": 3, "bits": "not base64"}',
        '{"format": 1, "words": 1, "hashes": 3, "bits": ["AAAA"]}',
        json.dumps({"format": 1, "words": 1, "hashes": 3, "bits": "A" * wordlist.FILE_LIMIT}),
    ],
)  # fmt: skip
def test_a_damaged_list_is_ignored(written: str, tmp_path: Path) -> None:
    (tmp_path / wordlist.FILE).write_text(written)
    assert wordlist.read(tmp_path) is None


def test_a_list_has_the_frequency_of_each_symbol(tmp_path: Path) -> None:
    known = WordList.of({"to", "be"}, [3, 0, 1])
    known.save(tmp_path / wordlist.FILE)
    assert wordlist.read(tmp_path) == known
    frequencies = known.frequencies(3)
    assert frequencies is not None
    assert frequencies.tolist() == [4 / 7, 1 / 7, 2 / 7], "each once more than it came"
    assert known.frequencies(4) is None, "of another vocabulary"


def test_the_file_format_of_words_did_not_change_with_counts(tmp_path: Path) -> None:
    old, new = tmp_path / "old.json", tmp_path / "new.json"
    WordList.of({"to", "be"}).save(old)
    WordList.of({"to", "be"}, [3, 1]).save(new)
    words = old.read_text().removesuffix("}\n")
    assert words.endswith('"')
    assert new.read_text() == words + ',"symbols":[3,1]}\n'
    old.rename(tmp_path / wordlist.FILE)
    read = wordlist.read(tmp_path)
    assert read
    assert "to" in read
    assert read.frequencies(2) is None


@pytest.mark.parametrize("symbols", ['"many"', "[1, -2]", "[1, 2.5]", "[true, 1]", f"[{2**53}, 1]", "null", "{}"])
def test_damaged_counts_do_not_lose_the_words(symbols: str, tmp_path: Path) -> None:
    (tmp_path / wordlist.FILE).write_text(
        f'{{"format": 1, "words": 1, "hashes": 3, "bits": "AAAA", "symbols": {symbols}}}'
    )
    assert wordlist.read(tmp_path) == WordList(1, 3, b"\0\0\0")


def test_without_a_file_there_is_no_list(tmp_path: Path) -> None:
    assert wordlist.read(tmp_path) is None


def test_every_bundled_model_has_the_words_of_its_text() -> None:
    for name in library.available("language"):
        for made in (library.load(name), library.outline(name)):
            known = made.words
            assert known is not None, name
            # The words of its suggested prompts, except for their last one, which may be cut off.
            words = [word for prompt in made.card.prompts for word in words_of(prompt)[:-1]]
            assert all(word in known for word in words), name
            assert "qzxv" not in known
            assert len(known.symbols) == len(made.vocabulary)
        assert (library.BUNDLED / name / wordlist.FILE).stat().st_size <= wordlist.LIMIT + 1_000

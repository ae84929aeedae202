"""Byte pairs: the merges by hand, their counts by counting, and a text cut by merging as one would with a pencil."""

import json
from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from playground.text import pairs
from playground.text.pairs import Merge
from playground.training import pairs as command

TEXT = (
    "How much wood would a woodchuck chuck if a woodchuck could chuck wood? He would chuck, he would, as much as he "
    "could, and chuck as much wood as a woodchuck would if a woodchuck could chuck wood."
)


def by_hand(text: str, most: int) -> list[Merge]:
    """Count all neighbours, join the most frequent ones, and begin again. Of equally frequent ones the trainer takes
    the pair whose symbols are older: characters in their order, then what was merged."""
    words = [list(word) for word in pairs.split(text)]
    age = {symbol: n for n, symbol in enumerate(sorted(set(text)))}
    merges: list[Merge] = []
    while len(merges) < most:
        counts = Counter(pair for word in words for pair in pairwise(word))
        if not counts or max(counts.values()) < 2:
            break
        (left, right), count = min(counts.items(), key=lambda of: (-of[1], age[of[0][0]], age[of[0][1]]))
        merges.append(Merge(left, right, count))
        age.setdefault(left + right, len(age))
        words = [pairs.merge(word, left, right) for word in words]
    return merges


def cut(text: str, joined: list[int | None], k: int) -> list[str]:
    """The text after the first k merges, from the numbers of its places."""
    pieces = [text[0]]
    for letter, number in zip(text[1:], joined, strict=True):
        if number is not None and number < k:
            pieces[-1] += letter
        else:
            pieces.append(letter)
    return pieces


def test_three_merges_worked_out_on_paper() -> None:
    """In "aba abab ab" the words are "aba", " abab", " ab"; the neighbours are a b 4 times, b a 2, and space a 2."""
    learned = pairs.learn("aba abab ab", 10)
    assert learned.merges[:2] == [Merge("a", "b", 4), Merge(" ", "ab", 2)]
    assert (learned.characters, learned.alphabet, learned.words, learned.kinds) == (11, 3, 3, 3)
    assert pairs.merge_ranks("aba abab ab", [("a", "b"), (" ", "ab")]) == [
        0, None, None, 1, 0, None, 0, None, 1, 0,
    ]  # fmt: skip


def test_the_trainer_s_order_and_counts_are_those_of_counting_by_hand() -> None:
    assert pairs.learn(TEXT, 60).merges == by_hand(TEXT, 60)


def test_a_passage_of_shakespeare_too(corpus: Callable[[str], Path]) -> None:
    text = corpus("tinyshakespeare.txt").read_text("utf-8")[:8_000]
    assert pairs.learn(text, 80).merges == by_hand(text, 80)


@pytest.mark.parametrize(
    "text", [TEXT, "aaaa aaaaa aaa", "나는 나비 나는 나비를 나는", "e\u0301e\u0301 e\u0301", "  \n\n  x"]
)
def test_the_numbers_of_the_places_cut_the_text_as_merging_does(text: str) -> None:
    merges = [(m.left, m.right) for m in pairs.learn(text, 40).merges]
    numbers = pairs.merge_ranks(text, merges)
    assert len(numbers) == len(text) - 1
    for k in range(len(merges) + 1):
        symbols = [list(word) for word in pairs.split(text)]
        for left, right in merges[:k]:
            symbols = [pairs.merge(word, left, right) for word in symbols]
        assert cut(text, numbers, k) == [symbol for word in symbols for symbol in word]


def test_every_merge_takes_as_many_symbols_away_as_it_counted() -> None:
    learned = pairs.learn(TEXT, 60)
    numbers = pairs.merge_ranks(TEXT, [(m.left, m.right) for m in learned.merges])
    assert [numbers.count(n) for n in range(len(learned.merges))] == [merge.count for merge in learned.merges]


def test_words_put_together_are_the_text_and_nothing_is_learned_where_nothing_comes_twice() -> None:
    assert "".join(pairs.split(TEXT)) == TEXT
    assert pairs.split("He would, as\n\n much") == ["He", " would", ",", " as", "\n\n ", "much"]
    assert pairs.learn("abc", 5).merges == []
    assert pairs.merge_ranks("a", []) == []


def test_the_bundled_merges_are_small_and_add_up() -> None:
    learned = pairs.shakespeare()
    assert pairs.SHAKESPEARE.stat().st_size <= 60_000
    assert (learned.characters, learned.alphabet, len(learned.merges)) == (1_115_394, 65, command.MOST)
    symbols = {left + right for left, right, _ in json.loads(pairs.SHAKESPEARE.read_text("utf-8"))["merges"]}
    assert {" the", " you", "the"} <= symbols
    assert [merge.count for merge in learned.merges[:2]] > [merge.count for merge in learned.merges[-2:]]


def test_the_command_learns_them_again(corpus: Callable[[str], Path], tmp_path: Path) -> None:
    made = tmp_path / "pairs.json"
    assert command.main(["--text", str(corpus("tinyshakespeare.txt")), "--out", str(made)]) == 0
    assert made.read_text("utf-8") == pairs.SHAKESPEARE.read_text("utf-8")

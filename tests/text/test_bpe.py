"""Byte pairs: merges and counts against a naive implementation, and a text cut by applying merges by hand."""

import json
from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from playground.text import bpe
from playground.text.bpe import Merge
from playground.training import bpe as command

TEXT = (
    "How much wood would a woodchuck chuck if a woodchuck could chuck wood? He would chuck, he would, as much as he "
    "could, and chuck as much wood as a woodchuck would if a woodchuck could chuck wood."
)


def naive_merges(text: str, most: int) -> list[Merge]:
    """Count all adjacent pairs, join the most frequent one, and repeat. Among equally frequent pairs the trainer
    takes the one whose symbols are older: characters in order, then merged symbols."""
    words = [list(word) for word in bpe.split(text)]
    age = {symbol: n for n, symbol in enumerate(sorted(set(text)))}
    merges: list[Merge] = []
    while len(merges) < most:
        counts = Counter(pair for word in words for pair in pairwise(word))
        if not counts or max(counts.values()) < 2:
            break
        (left, right), count = min(counts.items(), key=lambda of: (-of[1], age[of[0][0]], age[of[0][1]]))
        merges.append(Merge(left, right, count))
        age.setdefault(left + right, len(age))
        words = [bpe.merge(word, left, right) for word in words]
    return merges


def cut_after(text: str, joined: list[int | None], k: int) -> list[str]:
    """The text after the first k merges, from the merge numbers of its positions."""
    pieces = [text[0]]
    for letter, number in zip(text[1:], joined, strict=True):
        if number is not None and number < k:
            pieces[-1] += letter
        else:
            pieces.append(letter)
    return pieces


def test_three_merges_by_hand() -> None:
    """In "aba abab ab" the words are "aba", " abab", " ab"; the neighbours are a b 4 times, b a 2, and space a 2."""
    learned = bpe.learn("aba abab ab", 10)
    assert learned.merges[:2] == [Merge("a", "b", 4), Merge(" ", "ab", 2)]
    assert (learned.characters, learned.alphabet, learned.words, learned.kinds) == (11, 3, 3, 3)
    assert bpe.merge_ranks("aba abab ab", [("a", "b"), (" ", "ab")]) == [
        0, None, None, 1, 0, None, 0, None, 1, 0,
    ]  # fmt: skip


def test_the_trainers_order_and_counts_equal_naive_counting() -> None:
    assert bpe.learn(TEXT, 60).merges == naive_merges(TEXT, 60)


def test_a_passage_of_shakespeare_equals_naive_counting(corpus: Callable[[str], Path]) -> None:
    text = corpus("tinyshakespeare.txt").read_text("utf-8")[:8_000]
    assert bpe.learn(text, 80).merges == naive_merges(text, 80)


@pytest.mark.parametrize(
    "text", [TEXT, "aaaa aaaaa aaa", "나는 나비 나는 나비를 나는", "e\u0301e\u0301 e\u0301", "  \n\n  x"]
)
def test_the_numbers_of_the_positions_cut_the_text_like_merging(text: str) -> None:
    merges = [(m.left, m.right) for m in bpe.learn(text, 40).merges]
    numbers = bpe.merge_ranks(text, merges)
    assert len(numbers) == len(text) - 1
    for k in range(len(merges) + 1):
        symbols = [list(word) for word in bpe.split(text)]
        for left, right in merges[:k]:
            symbols = [bpe.merge(word, left, right) for word in symbols]
        assert cut_after(text, numbers, k) == [symbol for word in symbols for symbol in word]


def test_each_merge_removes_as_many_symbols_as_it_counted() -> None:
    learned = bpe.learn(TEXT, 60)
    numbers = bpe.merge_ranks(TEXT, [(m.left, m.right) for m in learned.merges])
    assert [numbers.count(n) for n in range(len(learned.merges))] == [merge.count for merge in learned.merges]


def test_joined_words_are_the_text_and_unique_pairs_are_not_merged() -> None:
    assert "".join(bpe.split(TEXT)) == TEXT
    assert bpe.split("He would, as\n\n much") == ["He", " would", ",", " as", "\n\n ", "much"]
    assert bpe.learn("abc", 5).merges == []
    assert bpe.merge_ranks("a", []) == []


def test_the_bundled_merges_are_small_and_consistent() -> None:
    learned = bpe.shakespeare()
    assert bpe.SHAKESPEARE.stat().st_size <= 60_000
    assert (learned.characters, learned.alphabet, len(learned.merges)) == (1_115_394, 65, command.MAX_MERGES)
    symbols = {left + right for left, right, _ in json.loads(bpe.SHAKESPEARE.read_text("utf-8"))["merges"]}
    assert {" the", " you", "the"} <= symbols
    assert [merge.count for merge in learned.merges[:2]] > [merge.count for merge in learned.merges[-2:]]


def test_the_command_reproduces_the_bundled_merges(corpus: Callable[[str], Path], tmp_path: Path) -> None:
    made = tmp_path / "pairs.json"
    assert command.main(["--text", str(corpus("tinyshakespeare.txt")), "--out", str(made)]) == 0
    assert made.read_text("utf-8") == bpe.SHAKESPEARE.read_text("utf-8")

"""Measures of a written text: numbers by hand, and against a naive implementation."""

from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.inference import measures
from playground.inference.measures import find_repeats, measure
from playground.text.wordlist import WordList

KNOWN = WordList.of({"to", "be", "or", "not"})


def test_words_are_counted_from_the_prompts_end() -> None:
    found = measure("To b", "To be to be, zounds or", [1.0, 2.0], KNOWN, whole=False)
    # "be" is completed, and then come "to", "be" and "zounds"; "or" may go on.
    assert found.distinct_words == 3 / 4
    assert found.known_words == 3 / 4
    assert found.surprise == 1.5
    assert found.loop_rate == 0
    whole = measure("To b", "To be to be, zounds or", [], KNOWN, whole=True)
    assert (whole.distinct_words, whole.known_words, whole.surprise) == (4 / 5, 4 / 5, None)


def test_an_empty_text_has_no_measures() -> None:
    found = measure("", "…", [], KNOWN, whole=True)
    assert (found.distinct_words, found.known_words, found.loop_rate, found.surprise) == (None, None, None, None)
    assert measure("", "to be", [], None, whole=True).known_words is None
    assert measures.unknown_words("to be", 0, None, whole=True) == []


def test_a_loop_counts_as_repetition() -> None:
    once = "abcdefghijkl"  # 12 different characters
    assert measure("", once, [], None, whole=True).loop_rate == 0
    # Of 24 characters 13 runs of 12 end: the last one alone is a repeat of the first.
    assert measure("", 2 * once, [], None, whole=True).loop_rate == 1 / 13
    # After a prompt of the same, 12 runs end in what was written, and only the last stood before.
    assert measure(once, 2 * once, [], None, whole=True).loop_rate == 1 / 12
    # Of a letter 30 times, all but the first run stood before.
    assert measure("", "a" * 30, [], None, whole=True).loop_rate == 18 / 19
    assert measures.loops(2 * once + "?", 0) == [(12, 24)]
    assert measures.loops(once + "-" + 2 * once, 13) == [(13, 37)]


def test_a_completed_syllable_counts_as_written() -> None:
    assert measures.generated_start("그는 하", "그는 한") == 3
    assert measures.generated_start("To be", "To be, or") == 5
    found = measure("그는 하", "그는 한 말", [], WordList.of({"한"}), whole=True)
    assert (found.distinct_words, found.known_words) == (1, 1 / 2)
    assert measures.unknown_words("그는 한 말", 3, WordList.of({"한"}), whole=True) == [(5, 6)]


def test_surprise_uses_the_models_own_prediction() -> None:
    rows = np.log([[0.5, 0.25, 0.25], [0.125, 0.125, 0.75]]) + 7  # a constant changes nothing
    assert measures.surprises(rows, [0, 1]) == pytest.approx([1, 3])
    wide = np.array([[1_000.0, 0.0]])
    assert measures.surprises(wide, [1]) == pytest.approx([1_000 / log(2)])


@given(st.text("ab \n", max_size=60), st.integers(0, 60), st.integers(1, 5))
def test_repeats_equal_a_naive_search(text: str, begin: int, run: int) -> None:
    ends = [end for end in range(run, len(text) + 1) if end > begin]
    assert find_repeats(text, begin, run) == [text[end - run : end] in text[: end - 1] for end in ends]
    marked = {i for first, end in measures.loops(text, begin, run) for i in range(first, end)}
    naive = {i for end in ends if text[end - run : end] in text[: end - 1] for i in range(end - run, end) if i >= begin}
    assert marked == naive
    assert measures.loops(text, begin, run) == sorted(measures.loops(text, begin, run))

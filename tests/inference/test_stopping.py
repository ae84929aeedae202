"""Where a run ends: cases by hand."""

import dataclasses

import pytest

from playground.errors import BadInput
from playground.inference.stopping import Stop, stop_of, stops_of
from playground.library import Checkpoint
from playground.text.characters import Vocabulary
from tests.inference.test_generate import checkpoint_of


@pytest.fixture(scope="module")
def checkpoint() -> Checkpoint:
    """Its symbols are a line end, a space and a to h."""
    return checkpoint_of("ngram")


def reasons(stop: Stop, ids: list[int]) -> list[str | None]:
    return [stop.reason(id, written) for written, id in enumerate(ids, 1)]


def test_a_length_ends_a_run(checkpoint: Checkpoint) -> None:
    assert reasons(stop_of(checkpoint, "none", 3), [0, 0, 5, 0]) == [None, None, "length", "length"]


def test_a_line_end_or_the_length_ends_a_run(checkpoint: Checkpoint) -> None:
    stop = stop_of(checkpoint, "line", 3)
    assert reasons(stop, [1, 0]) == [None, "line"]
    assert reasons(stop, [1, 2, 3]) == [None, None, "length"]
    assert reasons(stop, [1, 2, 0]) == [None, None, "line"]  # both at once: the line is whole


def test_each_of_the_models_end_tokens_ends_a_run(checkpoint: Checkpoint) -> None:
    ending = dataclasses.replace(checkpoint, end_ids=(4, 7))
    assert stops_of(ending) == ("none", "line", "end")
    stop = stop_of(ending, "end", 9)
    assert reasons(stop, [0, 4]) == [None, "end"]
    assert reasons(stop, [7]) == ["end"]
    assert reasons(stop_of(ending, "line", 9), [4]) == [None]


def test_a_token_containing_a_line_end_is_a_line_end() -> None:
    class Pairs(Vocabulary):
        """Its symbols are longer than a character, as tokens are."""

    vocabulary = Pairs.from_text("abcd")
    vocabulary.symbols = ("a", ".\n", "\n\nb", "c")
    checkpoint = dataclasses.replace(checkpoint_of("ngram"), vocabulary=vocabulary)
    assert stop_of(checkpoint, "line", 9).ids == {1, 2}


def test_a_stop_that_the_model_lacks_is_refused(checkpoint: Checkpoint) -> None:
    assert stops_of(checkpoint) == ("none", "line")
    with pytest.raises(BadInput) as raised:
        stop_of(checkpoint, "end", 9)
    assert str(raised.value) == (
        "stop must be none or line for ngram, which has no token that ends a text, but was 'end'."
    )
    without = dataclasses.replace(checkpoint, vocabulary=Vocabulary.from_text("abc"))
    assert stops_of(without) == ("none",)
    with pytest.raises(BadInput, match="stop must be none for ngram, which has no symbol with a line end, but was"):
        stop_of(without, "line", 9)

"""Scoring: numbers by hand, and that a text's score is the probability of writing it."""

from itertools import islice
from math import copysign, inf, log, log2
from typing import Any

import numpy as np
import pytest
import torch

from playground import library
from playground.checkpoints.card import Card
from playground.errors import BadCheckpoint
from playground.inference.generate import generate
from playground.inference.prefill import prefill
from playground.inference.score import LogProbabilities, Score, characters_of, measure, unit_of
from playground.library import Checkpoint
from playground.models import KINDS, WRITE
from playground.sampling import Sampling, distribution
from playground.text.characters import Vocabulary

LETTERS = "abcd"


class Fixed:
    """A model that always gives the same logits."""

    config = None

    def __init__(self, logits: list[float]) -> None:
        self.row = torch.tensor(logits)

    def advance(self, ids: Any, state: None = None) -> tuple[torch.Tensor, None]:
        return self.row.expand(*ids.shape, -1), None

    def step(self, *_: Any) -> Any:
        raise NotImplementedError  # nothing is written

    merge = select = step


def fixed(*logits: float) -> Checkpoint:
    return Checkpoint("fixed", "", None, Vocabulary.from_text(LETTERS), Fixed(list(logits)), Card(), "a", (0,))


def score(checkpoint: Checkpoint, ids: list[int], characters: int, start: bool = True) -> Score:
    """The measures of all predicted symbols of a text, as the page and /score combine them."""
    found = [p for piece in LogProbabilities(ids, start).steps(checkpoint) for p in piece]
    return measure([*[None] * (len(ids) - len(found)), *found], characters)


def test_a_uniform_model_has_a_perplexity_of_four() -> None:
    found = score(fixed(0, 0, 0, 0), [0, 1, 2, 3, 3], 5)
    assert found.log_probabilities == pytest.approx([-log(4)] * 5, abs=1e-12)
    assert found.bits_per_character == pytest.approx(2, abs=1e-12)
    assert found.perplexity == pytest.approx(4, abs=1e-12)


def test_a_model_with_unequal_probabilities() -> None:
    # p = 1/2, 1/4, 1/8, 1/8: the bits of "abcd" are 1, 2, 3 and 3.
    found = score(fixed(log(4), log(2), 0, 0), [0, 1, 2, 3], 4)
    assert found.log_probabilities == pytest.approx([-k * log(2) for k in (1, 2, 3, 3)], abs=1e-6)
    assert found.bits_per_character == pytest.approx(9 / 4, abs=1e-6)
    assert found.perplexity == pytest.approx(2 ** (9 / 4), abs=1e-5)


def test_one_character_of_several_symbols() -> None:
    found = score(fixed(0, 0, 0, 0), [0, 1, 2], 1)  # a Hangul syllable has three jamo
    assert found.bits_per_character == pytest.approx(6, abs=1e-12)
    assert found.bits_per_symbol == pytest.approx(2, abs=1e-12)
    assert found.nats == pytest.approx(3 * log(4), abs=1e-12)
    assert found.perplexity == pytest.approx(4, abs=1e-12)


def test_an_impossible_symbol_leaves_other_measures_finite() -> None:
    found = score(fixed(0, -1e4, 0, 0), [1, 1], 2)
    assert found.log_probabilities == pytest.approx([-1e4 - log(3)] * 2)
    assert np.isfinite([found.bits_per_character, found.perplexity]).all()


def test_without_a_start_the_first_symbol_is_not_counted() -> None:
    found = score(fixed(log(4), log(2), 0, 0), [0, 1, 2, 3], 3, start=False)  # p = 1/4, 1/8, 1/8 of "bcd"
    assert found.log_probabilities[0] is None
    assert found.log_probabilities[1:] == pytest.approx([-k * log(2) for k in (2, 3, 3)], abs=1e-6)
    assert found.bits_per_symbol == found.bits_per_character == pytest.approx(8 / 3, abs=1e-6)
    assert found.perplexity == pytest.approx(2 ** (8 / 3), abs=1e-5)


def test_an_impossible_symbol_has_infinite_bits() -> None:
    found = score(fixed(0, -inf, 0, 0), [0, 1], 2)
    assert found.log_probabilities == pytest.approx([-log(3), -inf])
    assert found.nats == found.bits_per_symbol == found.bits_per_character == found.perplexity == inf


def test_a_certain_symbol_has_zero_bits() -> None:
    found = score(fixed(0, -inf, -inf, -inf), [0, 0], 2)
    assert [copysign(1, x) for x in (found.nats, found.bits_per_symbol, found.bits_per_character)] == [1, 1, 1]
    assert found.nats == 0
    assert found.perplexity == 1


@pytest.mark.parametrize("broken", [float("nan"), inf])
def test_non_finite_logits_are_refused(broken: float) -> None:
    with pytest.raises(BadCheckpoint, match="fixed has no distribution after this text"):
        score(fixed(0, broken, 0, 0), [0, 1], 2)


@pytest.mark.parametrize(
    ("text", "start", "characters"),
    [
        *[("한글", True, 2), ("한글", False, 2), ("가나다", False, 3), ("a한", False, 1)],
        *[("\u1112\u1161\u11ab", True, 1), ("\u1112\u1161\u11ab", False, 1), ("\u1112\u1161\u11ab글", False, 2)],
    ],
)
def test_characters_are_composed_from_the_first_predicted_one(text: str, start: bool, characters: int) -> None:
    """Without a start the first jamo of 한 is only read, but the character is predicted by its others."""
    vocabulary = Vocabulary.from_text("한글가나다a", "nfd")
    assert characters_of(text, vocabulary.encode(text), start) == characters


def test_symbols_have_the_right_unit() -> None:
    assert unit_of(Vocabulary.from_text("abc")) == "character"
    assert unit_of(Vocabulary.from_text("한글 a", "nfd")) == "jamo"
    assert unit_of(Vocabulary.from_text("né", "nfd")) == "code point"


def test_the_unit_of_a_card_equals_the_unit_of_a_score() -> None:
    for name, card in library.all_records().items():
        if KINDS[card.kind].task not in WRITE:
            continue
        folder = library.BUNDLED / name
        readme = (folder / "README.md").read_text("utf-8")
        unit = card.unit
        assert f"| nats per {unit} | bits per {unit} |" in readme
        if (folder / "tokenizer.json").exists():
            assert unit == unit_of(Vocabulary.load(folder / "tokenizer.json")), name
    assert library.all_records()["korean-lstm"].unit == "jamo"


def test_a_score_is_the_probability_of_writing_the_text() -> None:
    checkpoint = library.load(library.available()[0])
    prompt = checkpoint.vocabulary.encode("KING:\n").ids
    steps = list(islice(generate(checkpoint, prefill(checkpoint, prompt), Sampling(), seed=4), 40))
    ids = [step.id for step in steps]
    written = [log(distribution(step.logits)[step.id]) for step in steps]
    found = score(checkpoint, [*prompt, *ids], len(prompt) + len(ids))
    assert found.log_probabilities[len(prompt) :] == pytest.approx(written, abs=2e-4)
    assert found.nats == pytest.approx(-sum(p or 0 for p in found.log_probabilities), abs=1e-9)
    assert found.bits_per_character == pytest.approx(found.nats / log(2) / len(found.log_probabilities), abs=1e-12)
    assert log2(found.perplexity) == pytest.approx(found.bits_per_character, abs=1e-9)


def test_a_longer_context_changes_nothing_before_it() -> None:
    checkpoint = library.load(library.available()[0])
    ids = checkpoint.vocabulary.encode("To be, or not to be").ids
    part, whole = score(checkpoint, ids[:8], 8), score(checkpoint, ids, len(ids))
    assert whole.log_probabilities[:8] == pytest.approx(part.log_probabilities, abs=1e-4)


@pytest.mark.parametrize("numbers", [1, 65, 200, 1000])
def test_a_long_text_is_scored_in_pieces(numbers: int, monkeypatch: pytest.MonkeyPatch) -> None:
    checkpoint = library.load(library.available()[0])
    ids = checkpoint.vocabulary.encode("To be, or not to be").ids
    whole = score(checkpoint, ids, len(ids))
    monkeypatch.setattr("playground.inference.prefill.PIECE", numbers)
    parts = score(checkpoint, ids, len(ids))
    assert parts.log_probabilities == pytest.approx(whole.log_probabilities, abs=1e-4)
    assert parts.perplexity == pytest.approx(whole.perplexity, rel=1e-4)

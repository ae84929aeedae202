"""Scoring: numbers worked out by hand, and that a text's score is the probability of writing it."""

from itertools import islice
from math import log, log2
from typing import Any

import numpy as np
import pytest
import torch

from playground import checkpoints, generation
from playground.checkpoints import Checkpoint
from playground.generation import generate, read
from playground.sampling import Sampling, distribution
from playground.scoring import score
from playground.vocabulary import Vocabulary

LETTERS = "abcd"


class Fixed:
    """A model that always gives the same logits."""

    config = None

    def __init__(self, logits: list[float]) -> None:
        self.row = torch.tensor(logits)

    def advance(self, ids: Any, state: None = None) -> tuple[torch.Tensor, None]:
        return self.row.expand(*ids.shape, -1), None


def fixed(*logits: float) -> Checkpoint:
    return Checkpoint("fixed", "", None, Vocabulary.from_text(LETTERS), Fixed(list(logits)), {}, "a", (0,))


def test_a_model_that_knows_nothing_chooses_among_four() -> None:
    found = score(fixed(0, 0, 0, 0), [0, 1, 2, 3, 3], 5)
    assert found.log_probabilities == pytest.approx([-log(4)] * 5, abs=1e-12)
    assert found.bits_per_character == pytest.approx(2, abs=1e-12)
    assert found.perplexity == pytest.approx(4, abs=1e-12)


def test_a_model_with_an_opinion() -> None:
    # p = 1/2, 1/4, 1/8, 1/8: the bits of "abcd" are 1, 2, 3 and 3.
    found = score(fixed(log(4), log(2), 0, 0), [0, 1, 2, 3], 4)
    assert found.log_probabilities == pytest.approx([-k * log(2) for k in (1, 2, 3, 3)], abs=1e-6)
    assert found.bits_per_character == pytest.approx(9 / 4, abs=1e-6)
    assert found.perplexity == pytest.approx(2 ** (9 / 4), abs=1e-5)


def test_one_character_of_several_symbols() -> None:
    found = score(fixed(0, 0, 0, 0), [0, 1, 2], 1)  # a Hangul syllable has three jamo
    assert found.bits_per_character == pytest.approx(6, abs=1e-12)
    assert found.perplexity == pytest.approx(4, abs=1e-12)


def test_what_was_thought_impossible_leaves_finite_numbers() -> None:
    found = score(fixed(0, -1e4, 0, 0), [1, 1], 2)
    assert found.log_probabilities == pytest.approx([-1e4 - log(3)] * 2)
    assert np.isfinite([found.bits_per_character, found.perplexity]).all()


def test_a_score_is_the_probability_of_writing_the_text() -> None:
    checkpoint = checkpoints.load(checkpoints.available()[0])
    prompt = checkpoint.vocabulary.encode("KING:\n").ids
    steps = list(islice(generate(checkpoint, read(checkpoint, prompt), Sampling(), seed=4), 40))
    ids = [step.id for step in steps]
    written = [log(distribution(step.logits)[step.id]) for step in steps]
    found = score(checkpoint, [*prompt, *ids], len(prompt) + len(ids))
    assert found.log_probabilities[len(prompt) :] == pytest.approx(written, abs=2e-4)
    assert found.bits_per_character == pytest.approx(
        -sum(found.log_probabilities) / log(2) / len(found.log_probabilities), abs=1e-12
    )
    assert log2(found.perplexity) == pytest.approx(found.bits_per_character, abs=1e-9)


def test_a_longer_context_changes_nothing_before_it() -> None:
    checkpoint = checkpoints.load(checkpoints.available()[0])
    ids = checkpoint.vocabulary.encode("To be, or not to be").ids
    part, whole = score(checkpoint, ids[:8], 8), score(checkpoint, ids, len(ids))
    assert whole.log_probabilities[:8] == pytest.approx(part.log_probabilities, abs=1e-4)


@pytest.mark.parametrize("numbers", [1, 65, 200, 1000])
def test_a_long_text_is_scored_in_pieces(numbers: int, monkeypatch: pytest.MonkeyPatch) -> None:
    checkpoint = checkpoints.load(checkpoints.available()[0])
    ids = checkpoint.vocabulary.encode("To be, or not to be").ids
    whole = score(checkpoint, ids, len(ids))
    monkeypatch.setattr(generation, "PIECE", numbers)
    parts = score(checkpoint, ids, len(ids))
    assert parts.log_probabilities == pytest.approx(whole.log_probabilities, abs=1e-4)
    assert parts.perplexity == pytest.approx(whole.perplexity, rel=1e-4)

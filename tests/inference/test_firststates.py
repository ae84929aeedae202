"""Initial states: each text is the run of its seed, and a state between two is on the line between them."""

from itertools import islice

import numpy as np
import pytest
import torch

from playground import library
from playground.errors import BadInput
from playground.inference.firststates import FirstLogits, FirstStates, SampledStep
from playground.inference.generate import generate
from playground.inference.prefill import prefill
from playground.library import Checkpoint
from playground.models.recurrent import Recurrent
from playground.sampling import Sampling
from tests.inference.test_generate import PROMPT, checkpoint_of

SEEDS = [3, 4, 2**40]
OTHER = [1, 0, 1]


@pytest.fixture(scope="module", params=["rnn", "gru", "lstm"])
def small(request: pytest.FixtureRequest) -> Checkpoint:
    return checkpoint_of(request.param)


def answers(
    checkpoint: Checkpoint, shares: list[float], stop: int | None = None, length: int = 12
) -> tuple[FirstLogits, list[SampledStep]]:
    walk = FirstStates(PROMPT, OTHER, shares, Sampling(1.3), SEEDS, length, stop)
    begun, *steps = [step for step in walk.steps(checkpoint) if step]
    assert isinstance(begun, FirstLogits)
    return begun, [step for step in steps if isinstance(step, SampledStep)]


def test_from_a_texts_own_state_each_is_the_run_of_its_seed(small: Checkpoint) -> None:
    begun, steps = answers(small, [0, 1])
    ids = np.array([step.ids for step in steps])
    for s, first in enumerate((PROMPT, OTHER)):
        read = prefill(small, first)
        assert begun.rows[s] == read.logits[-1].tolist()
        for b, seed in enumerate(SEEDS):
            run = islice(generate(small, read, Sampling(1.3), seed=seed), 12)
            assert ids[:, s * len(SEEDS) + b].tolist() == [step.id for step in run]


def test_equal_states_and_draws_write_the_same_text(small: Checkpoint) -> None:
    _, steps = answers(small, [0.5, 0.5])
    ids = np.array([step.ids for step in steps])
    assert (ids[:, :3] == ids[:, 3:]).all()
    assert (ids[:, 0] != ids[:, 1]).any()


def test_a_state_between_two_is_interpolated(small: Checkpoint) -> None:
    model = small.model
    assert isinstance(model, Recurrent)
    states = [prefill(small, ids).state for ids in (PROMPT, OTHER)]
    _, middle = model.between(states, 0.25)
    merged = model.merge([*states, middle])
    for layer in merged:
        for part in layer:
            one, other, between = part
            assert torch.allclose(between, 0.75 * one + 0.25 * other, atol=1e-6)


def test_near_an_end_predictions_approach_that_texts(small: Checkpoint) -> None:
    begun, _ = answers(small, [0, 1e-6, 0.5, 1 - 1e-6, 1])
    zero, near, middle, late, one = np.array(begun.rows)
    assert near == pytest.approx(zero, abs=1e-4)
    assert late == pytest.approx(one, abs=1e-4)
    assert np.abs(middle - zero).max() > 1e-3
    assert np.abs(middle - one).max() > 1e-3


def test_writing_ends_once_every_text_has_stopped(small: Checkpoint) -> None:
    _, steps = answers(small, [0, 0.5, 1], stop=0, length=2_000)
    ids = np.array([step.ids for step in steps])
    assert len(ids) < 2_000
    assert (ids == 0).any(axis=0).all()
    assert not (ids[:-1] == 0).any(axis=0).all()


def test_texts_continue_from_the_letters_read() -> None:
    checkpoint = library.load("names-gru")
    walk = FirstStates([], checkpoint.vocabulary.encode("chris").ids, [0, 1], Sampling(0), [1], 12, 0)
    _, *steps = [step for step in walk.steps(checkpoint) if step]
    names = zip(*(step.ids for step in steps if isinstance(step, SampledStep)), strict=True)
    first, after = (checkpoint.vocabulary.decode(ids).partition("\n")[0] for ids in names)
    assert first.isalpha()
    assert "chris" + after in ("chrisson", "christian", "christopher", "christina", "christin", "christon")


def test_n_grams_and_transformers_have_no_such_state() -> None:
    for kind in ("ngram", "transformer"):
        with pytest.raises(BadInput, match="keeps no state"):
            next(FirstStates([], [], [0], Sampling(), [1], 5).steps(checkpoint_of(kind)))

"""Samples: each text is the run of its seed, and its probabilities equal those of a score."""

from itertools import islice

import numpy as np
import pytest

from playground.inference.generate import generate
from playground.inference.prefill import prefill
from playground.inference.samples import Samples
from playground.inference.score import log_probabilities
from playground.library import Checkpoint
from playground.models import KINDS, WRITE
from playground.sampling import Sampling
from tests.inference.test_generate import PROMPT, WARM, checkpoint_of

SAMPLINGS = [Sampling(0), Sampling(), Sampling(), WARM, Sampling(), Sampling(2.0), Sampling(), Sampling()]
SEEDS = [1, 1, 2, 3, 4, 5, 2**40, 7]


@pytest.fixture(scope="module", params=[kind for kind, what in KINDS.items() if what.task in WRITE])
def small(request: pytest.FixtureRequest) -> Checkpoint:
    return checkpoint_of(request.param)


def test_each_sample_is_the_run_of_its_settings_and_seed(small: Checkpoint) -> None:
    steps = [step for step in Samples(PROMPT, SAMPLINGS, SEEDS, 20).steps(small) if step]
    ids = np.array([step.ids for step in steps])
    for row, (sampling, seed) in enumerate(zip(SAMPLINGS, SEEDS, strict=True)):
        run = islice(generate(small, prefill(small, PROMPT), sampling, seed=seed), 20)
        assert ids[:, row].tolist() == [step.id for step in run]


def test_probabilities_are_the_models_own_whatever_the_sampling(small: Checkpoint) -> None:
    steps = [step for step in Samples(PROMPT, SAMPLINGS, SEEDS, 12).steps(small) if step]
    logps = np.array([step.log_probabilities for step in steps])
    for row in range(len(SEEDS)):
        text = [*PROMPT, *(step.ids[row] for step in steps)]
        scored = [p for piece in log_probabilities(small, text) for p in piece]
        assert logps[:, row] == pytest.approx(scored[len(PROMPT) :], abs=2e-4)

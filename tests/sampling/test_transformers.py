"""Sampling agrees with the processors of `transformers`."""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from transformers.generation.logits_process import (
    LogitsProcessorList,
    MinPLogitsWarper,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
)

from playground.sampling import Sampling, distribution


def transformers_distribution(logits: NDArray[np.float64], sampling: Sampling) -> NDArray[np.float64]:
    """The processors of `transformers` in their own order, then the softmax, in float64."""
    stages = LogitsProcessorList([TemperatureLogitsWarper(float(sampling.temperature))])
    if sampling.top_k:
        stages.append(TopKLogitsWarper(sampling.top_k))
    if sampling.top_p < 1:
        stages.append(TopPLogitsWarper(sampling.top_p))
    if sampling.min_p > 0:
        stages.append(MinPLogitsWarper(sampling.min_p))
    scores = stages(torch.LongTensor(1, 0), torch.from_numpy(logits)[None])
    return scores[0].softmax(-1).numpy()


@pytest.mark.parametrize("ties", [False, True])
def test_sampling_agrees_with_transformers(ties: bool) -> None:
    random = np.random.default_rng(8)
    through_equals = 0
    for _ in range(1_500):
        V = int(random.integers(1, 70))
        logits = random.normal(0, random.choice([0.1, 1, 3, 10]), V)
        if ties:
            logits = np.round(logits * 2) / 2
        sampling = Sampling(
            temperature=float(10 ** random.uniform(-1.5, 1.5)),
            top_k=int(random.integers(1, V + 1) * random.integers(2)),
            top_p=float(random.choice([1, random.uniform(0, 1)])),
            min_p=float(random.uniform(0, 1) * random.integers(2)),
        )
        ours, theirs = distribution(logits, sampling), transformers_distribution(logits, sampling)
        np.testing.assert_allclose(np.sort(ours), np.sort(theirs), rtol=0, atol=1e-9)
        cut = split_equals(logits, ours)
        through_equals += cut
        if not cut:  # otherwise a sort decides which of the equal ones stay
            np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-9)
    assert (through_equals > 50) == ties


def split_equals(logits: NDArray[np.float64], probabilities: NDArray[np.float64]) -> bool:
    """Whether truncation went through equal logits. If it did, the lower ids are those that stay."""
    split = False
    for value in np.unique(logits):
        kept = probabilities[logits == value] > 0
        if kept.any() and not kept.all():
            split = True
            assert kept.tolist() == sorted(kept.tolist(), reverse=True)
    return split

"""The bias: which values are accepted, its effect on draws and folded rows, and agreement with `transformers`."""

from collections.abc import Callable
from fractions import Fraction
from math import inf, nan
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers.generation.logits_process import (
    LogitsProcessorList,
    SequenceBiasLogitsProcessor,
    TemperatureLogitsWarper,
    TopPLogitsWarper,
)

from playground.errors import BadInput
from playground.sampling import Sampling, choose, distribution, draw, entropy
from playground.sampling.folding import KEEP, fold
from tests.sampling.test_folding import SHAPES, total

LOGITS = st.lists(st.integers(-640, 640).map(lambda n: n / 64), min_size=2, max_size=12)


def test_a_bias_is_stored_as_sorted_pairs_without_zeros_and_is_hashable() -> None:
    sampling = Sampling(bias={7: 1, 2: -inf, 5: 0})
    assert sampling.bias == ((2, -inf), (7, 1.0))
    assert sampling == Sampling(bias=[(7, 3), (2, -inf), (7, 1)]) == Sampling(bias=sampling.bias)
    assert {sampling: 1}[Sampling(bias={2: -inf, 7: 1.0})] == 1
    assert Sampling(bias={5: 0.0}) == Sampling()
    assert Sampling(bias={np.int64(3): np.float32(0.5), 1: Fraction(1, 4)}).bias == ((1, 0.25), (3, 0.5))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "bias", [{0: inf}, {0: nan}, {0: "1"}, {0: None}, {0: True}, {0: 10**400}, {-1: 1}, {"e": 1}, {1.0: 1}, 5, [3]]
)
def test_invalid_biases_are_refused(bias: Any) -> None:
    with pytest.raises(BadInput, match=r"^bias must be .*\.$"):
        Sampling(bias=bias)


def test_an_id_beyond_the_row_is_refused() -> None:
    with pytest.raises(BadInput, match=r"bias has the id 3, but there are only 3 symbols\."):
        distribution([0, 1, 2], Sampling(bias={3: 1}))


@pytest.mark.parametrize("temperature", [0, 1, inf])
@pytest.mark.parametrize("logits", [[1, 2], [1, 2, -inf]])
def test_banning_all_that_is_possible_is_refused_in_one_sentence(logits: list[float], temperature: float) -> None:
    sampling = Sampling(temperature, bias={0: -inf, 1: -inf})
    for ask in (lambda: distribution(logits, sampling), lambda: choose(logits, sampling, 0.5)):
        with pytest.raises(BadInput) as caught:
            ask()
        assert str(caught.value) == "bias bans every symbol that is possible; at least one must be left."


def test_the_logits_are_not_modified() -> None:
    logits = np.array([1.0, 2.0])
    distribution(logits, Sampling(bias={1: -inf}))
    assert logits.tolist() == [1, 2]


@given(LOGITS, st.data())
def test_a_ban_leaves_the_odds_of_the_others(logits: list[float], data: st.DataObject) -> None:
    banned = data.draw(st.integers(0, len(logits) - 1))
    free, bent = distribution(logits), distribution(logits, Sampling(bias={banned: -inf}))
    expected = np.delete(free, banned) / np.delete(free, banned).sum()
    np.testing.assert_allclose(np.delete(bent, banned), expected, atol=1e-12)
    assert bent[banned] == 0


@given(LOGITS, st.floats(-5, 5), st.floats(-5, 5), st.data())
def test_more_bias_is_more_probability(logits: list[float], one: float, other: float, data: st.DataObject) -> None:
    id = data.draw(st.integers(0, len(logits) - 1))
    less, more = (distribution(logits, Sampling(bias={id: b}))[id] for b in sorted((one, other)))
    assert less <= more + 1e-15


@given(
    LOGITS,
    st.dictionaries(st.integers(0, 1), st.floats(-5, 5) | st.just(-inf)),
    st.sampled_from([0, 0.3, 1, 4, inf]),
    st.integers(0, 4),
    st.sampled_from([1.0, 0.83]),
    st.floats(0, 1, exclude_max=True),
)
def test_choosing_is_drawing_from_the_distribution(
    logits: list[float], bias: dict[int, float], temperature: float, top_k: int, top_p: float, u: float
) -> None:
    logits = [*logits, 0.0]  # something is left
    sampling = Sampling(temperature, top_k, top_p, 0.0, bias)
    row = distribution(logits, sampling)
    assert choose(logits, sampling, u) == draw(row, u)
    shifted = np.array(logits)
    for id, number in bias.items():
        shifted[id] += number
    np.testing.assert_array_equal(row, distribution(shifted, Sampling(temperature, top_k, top_p)))


def test_a_bias_agrees_with_transformers() -> None:
    random = np.random.default_rng(12)
    for _ in range(200):
        size = int(random.integers(3, 60))
        logits = random.normal(0, 3, size)
        bias = {int(id): float(random.choice([-inf, random.normal(0, 4)])) for id in random.integers(0, size - 1, 3)}
        temperature, top_p = float(10 ** random.uniform(-1, 1)), float(random.choice([1, random.uniform(0.1, 1)]))
        stages = LogitsProcessorList(
            [
                SequenceBiasLogitsProcessor({(id,): number for id, number in bias.items()}),
                TemperatureLogitsWarper(temperature),
            ]
        )
        if top_p < 1:
            stages.append(TopPLogitsWarper(top_p))
        theirs = stages(torch.zeros(1, 1, dtype=torch.long), torch.from_numpy(logits)[None])[0].softmax(-1).numpy()
        # Their table of biases is float32, so a sum may differ in the seventh digit.
        np.testing.assert_allclose(
            distribution(logits, Sampling(temperature, top_p=top_p, bias=bias)), theirs, atol=1e-5
        )


@pytest.mark.parametrize("shape", SHAPES)
def test_biased_ids_are_not_folded_so_the_total_is_right(shape: Callable[..., Any]) -> None:
    row = shape(np.random.default_rng(9)).astype(np.float32)
    order = (-row).argsort(kind="stable")
    bias = {
        int(order[place]): number
        for place, number in [(0, -inf), (7, 3.0), (KEEP, 9.0), (KEEP + 500, 12.5), (30_000, -inf)]
    }
    folded = fold(row, also=bias)
    assert folded.ids.tolist() == [*order[: KEEP + 1].tolist(), order[KEEP + 500], order[30_000]]
    np.testing.assert_array_equal(folded.logits, row[folded.ids])
    assert len(folded.ids) + folded.counts.sum() == np.isfinite(row).sum() + np.isinf(row[list(bias)]).sum()
    bent = folded.logits.astype(np.float64)
    exact = row.astype(np.float64)
    for id, number in bias.items():
        bent[folded.ids == id] += number
        exact[id] += number
    largest = exact.max()
    for temperature in (0.05, 0.5, 1, 2, 20):
        kept = np.exp((bent - largest) / temperature).sum()
        rest = (folded.counts * np.exp((folded.means.astype(np.float64) - largest) / temperature)).sum()
        assert kept + rest == pytest.approx(np.exp((exact - largest) / temperature).sum(), rel=1e-3)


def test_without_a_bias_a_row_folds_as_usual() -> None:
    row = SHAPES[0](np.random.default_rng(10)).astype(np.float32)
    one, other = fold(row), fold(row, also=[int(row.argmax())])  # it is among the most likely anyway
    assert total(one, 1) == total(other, 1)
    np.testing.assert_array_equal(one.ids, other.ids)


def test_entropy_counts_no_banned_symbol() -> None:
    assert entropy(distribution([0, 0, 0], Sampling(bias={1: -inf}))) == pytest.approx(1)

"""A folded row: kept values are unchanged, and the rest has the right total weight at every temperature."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from playground.sampling import folding, ranks
from playground.sampling.folding import Folded, fold

V = 50_257
Row = NDArray[Any]


def normal(random: np.random.Generator) -> Row:
    return random.normal(0, 2.5, V)


def nearly_even(random: np.random.Generator) -> Row:
    return random.normal(0, 0.01, V)


def even_in_a_range(random: np.random.Generator) -> Row:
    return random.uniform(-8, 0, V)


def two_hills(random: np.random.Generator) -> Row:
    return np.where(random.random(V) < 0.5, random.normal(0, 0.3, V), random.normal(-40, 0.3, V))


def far_ones(random: np.random.Generator) -> Row:
    row = random.normal(0, 1, V)
    row[:5] = [30, -1e4, -1e30, 12, -np.inf]
    return row


def heavy_tailed(random: np.random.Generator) -> Row:
    return -random.exponential(6, V)


def like_a_language_model(random: np.random.Generator) -> Row:
    # Probability against rank is near a power (Zipf, 1935).
    return -1.1 * np.log(np.arange(1, V + 1)) + random.normal(0, 0.8, V)


SHAPES = [normal, nearly_even, even_in_a_range, two_hills, far_ones, heavy_tailed, like_a_language_model]


def total(folded: Folded, temperature: float) -> float:
    """Of the weights e^((l − largest) / T), as the browser adds them."""
    largest = np.float64(folded.logits[0])
    kept = np.exp((folded.logits.astype(np.float64) - largest) / temperature).sum()
    rest = (folded.counts * np.exp((folded.means.astype(np.float64) - largest) / temperature)).sum()
    return float(kept + rest)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_total_is_accurate_to_a_thousandth_at_every_temperature(shape: Callable[..., Row]) -> None:
    row = shape(np.random.default_rng(7)).astype(np.float32)
    folded = fold(row)
    exact = row.astype(np.float64)
    for temperature in 10.0 ** np.linspace(-4, 4, 161):
        right = np.exp((exact - exact.max()) / temperature).sum()
        assert total(folded, temperature) == pytest.approx(right, rel=1e-3), temperature


@pytest.mark.parametrize("shape", SHAPES)
def test_the_most_likely_are_kept_in_order_and_all_others_counted(shape: Callable[..., Row]) -> None:
    row = shape(np.random.default_rng(8)).astype(np.float32)
    folded = fold(row)
    np.testing.assert_array_equal(folded.ids, ranks(row)[: folding.KEEP])
    np.testing.assert_array_equal(folded.logits, row[folded.ids])
    assert folding.KEEP + folded.counts.sum() == np.isfinite(row).sum()
    assert len(folded.counts) <= 2.5 * folding.PARTS
    assert folded.counts.max() <= -(-(V - folding.KEEP) // folding.PARTS)
    assert (np.diff(folded.means) <= 0).all()


def test_ties_at_the_edge_are_broken_by_id() -> None:
    row = np.array([0, 5, 1, 1, 1, 7], np.float32)
    folded = fold(row, keep=3)
    assert folded.ids.tolist() == [5, 1, 2]
    assert np.repeat(folded.means, folded.counts).tolist() == [1, 1, 0]


def test_impossible_symbols_are_in_no_group() -> None:
    row = np.full(10, -np.inf, np.float32)
    row[:3] = [1, 2, 3]
    folded = fold(row, keep=2)
    assert (folded.ids.tolist(), folded.counts.tolist(), folded.means.tolist()) == ([2, 1], [1], [1])
    assert fold(row, keep=5).counts.tolist() == []


@given(st.lists(st.integers(-5, 5), min_size=1, max_size=30), st.data())
def test_the_rank_of_an_id(values: list[int], data: st.DataObject) -> None:
    id = data.draw(st.integers(0, len(values) - 1))
    assert folding.rank(values, id) == ranks(values).tolist().index(id) + 1

"""Draws of many rows at once: the same ids, bit for bit, as row by row."""

from math import inf, nan, nextafter
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.errors import BadInput
from playground.sampling import Sampling, choose, dice, many
from playground.sampling.many import Samplings, bases, choose_rows, dice_rows

numbers = st.one_of(
    st.sampled_from([0.0, 1.0, 1.0 + 2**-23, -1.0, 5.0, -inf, 80.0, -80.0, 1e30, -1e30, 3e-45]),
    st.floats(-30, 30, width=32),
)
temperatures = st.sampled_from([0.0, 5e-324, 1e-3, 0.3, 0.8, 1.0, 2.0, 1e300, inf]) | st.floats(0.01, 10)
us = st.sampled_from([0.0, 0.5, 0.25, nextafter(1, 0)]) | st.floats(0, 1, exclude_max=True)


@st.composite
def samplings(draw: Any, symbols: int) -> Sampling:
    bias = draw(st.dictionaries(st.integers(0, symbols - 1), st.sampled_from([-inf, 2.5, -1.0, 1000.0]), max_size=2))
    return Sampling(
        draw(temperatures),
        draw(st.sampled_from([0, 0, 1, 2, 3, 40])),
        draw(st.sampled_from([1.0, 1.0, 0.0, 0.5, 0.9, 0.999])),
        draw(st.sampled_from([0.0, 0.0, 1.0, 0.3, 5e-324])),
        {id: number for id, number in bias.items() if number > -inf or len(bias) < symbols},
    )


@st.composite
def batches(draw: Any) -> tuple[Any, list[Sampling], Any]:
    symbols, rows = draw(st.integers(2, 9)), draw(st.integers(1, 9))
    logits = [draw(st.lists(numbers, min_size=symbols, max_size=symbols)) for _ in range(rows)]
    settings = [draw(samplings(symbols)) for _ in range(rows)]
    for row, sampling in zip(logits, settings, strict=True):
        banned = {id for id, number in sampling.bias if number == -inf}
        if all(value == -inf for id, value in enumerate(row) if id not in banned):
            row[next(id for id in range(symbols) if id not in banned)] = 0.0
    return np.array(logits, np.float32), settings, np.array([draw(us) for _ in range(rows)])


@pytest.mark.parametrize("few", [0, many.FEW])  # rows that are drawn one by one
@given(batch=batches())
def test_rows_together_are_drawn_like_each_alone(few: int, batch: Any) -> None:
    logits, settings, u = batch
    expected = [choose(row, sampling, x) for row, sampling, x in zip(logits, settings, u.tolist(), strict=True)]
    with patch.object(many, "FEW", few):
        assert choose_rows(logits, Samplings(settings), u).tolist() == expected


@pytest.mark.parametrize("symbols", [65, 1000, 50_257])
def test_long_rows_together_are_drawn_like_each_alone(symbols: int) -> None:
    draw = np.random.default_rng(1)
    B = 300 if symbols == 65 else 9
    logits = (draw.standard_normal((B, symbols)) * 3).astype(np.float32)
    logits[:, ::3] = np.round(logits[:, ::3])  # many equals
    settings = [
        Sampling(draw.uniform(0, 2), int(draw.integers(0, 50)) * (n % 2), 1.0 if n % 3 else 0.9, 0.05 * (n % 5 == 0))
        for n in range(B)
    ]
    u = draw.random(B)
    expected = [choose(row, sampling, x) for row, sampling, x in zip(logits, settings, u.tolist(), strict=True)]
    assert choose_rows(logits, Samplings(settings), u).tolist() == expected


@given(st.lists(st.tuples(st.integers(0, 2**63), st.integers(0, 10_000)), min_size=1, max_size=20))
def test_the_draws_of_many_runs_equal_those_of_each(runs: list[tuple[int, int]]) -> None:
    found = dice_rows(bases([seed for seed, _ in runs]), np.array([step for _, step in runs]))
    assert found.tolist() == [dice(seed, step) for seed, step in runs]


@pytest.mark.parametrize("few", [0, many.FEW])
@pytest.mark.parametrize("wrong", [nan, inf, [-inf, -inf]])
def test_a_row_with_nothing_to_draw_is_refused(wrong: Any, few: int) -> None:
    logits = np.zeros((3, 2), np.float32)
    logits[1] = wrong
    with patch.object(many, "FEW", few), pytest.raises(BadInput):
        choose_rows(logits, Samplings([Sampling()] * 3), np.array([0.1, 0.2, 0.3]))


@pytest.mark.parametrize("few", [0, many.FEW])
@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_an_invalid_u_is_refused(temperature: float, few: int) -> None:
    with patch.object(many, "FEW", few), pytest.raises(BadInput):
        choose_rows(np.zeros((2, 3), np.float32), Samplings([Sampling(temperature)] * 2), np.array([0.1, 1.0]))

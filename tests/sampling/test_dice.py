"""The uniform draws: a textbook generator, read by seed and step."""

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.sampling import dice
from tests.sampling.test_sampling import TABLE


def splitmix64(state: int) -> Iterator[int]:
    """The generator as its authors wrote it, one number after the other."""
    mask = 2**64 - 1
    while True:
        state = (state + 0x9E3779B97F4A7C15) & mask
        z = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & mask
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
        yield z ^ (z >> 31)


def test_the_textbook_generator_gives_its_published_numbers() -> None:
    stream = splitmix64(1234567)
    published = [6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431]
    assert [next(stream) for _ in published] == published


@pytest.mark.parametrize("seed", [0, 1, 42, 2**32, 2**53 - 1])
def test_draws_equal_the_textbook_generators(seed: int) -> None:
    stream = splitmix64(next(splitmix64(seed)))
    assert [dice(seed, step) for step in range(50)] == [(next(stream) >> 11) / 2**53 for _ in range(50)]


def test_draws_have_fixed_values() -> None:
    assert [[seed, step, dice(seed, step)] for seed, step, _ in TABLE["dice"]] == TABLE["dice"]


@given(st.integers(0, 2**53 - 1), st.integers(0, 10**6))
def test_draws_are_in_their_range(seed: int, step: int) -> None:
    assert 0 <= dice(seed, step) < 1


def test_draws_are_uniform_over_steps_and_seeds() -> None:
    n, sides = 20_000, 20
    for throws in ([dice(3, i) for i in range(n)], [dice(i, 0) for i in range(n)]):
        counts = np.bincount((np.array(throws) * sides).astype(int), minlength=sides)
        chi_square = ((counts - n / sides) ** 2 / (n / sides)).sum()
        assert 5 < chi_square < 45  # 19 degrees of freedom: all but one in a thousand at either end
    apart = np.corrcoef([dice(3, i) for i in range(n)], [dice(4, i) for i in range(n)])[0, 1]
    assert abs(apart) < 0.03

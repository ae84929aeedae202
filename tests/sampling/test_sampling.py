"""Sampling: the table shared by Python and JavaScript, properties, and invalid settings."""

import json
from fractions import Fraction
from math import inf, log2, nan
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from playground.errors import BadInput
from playground.sampling import Sampling, choose, dice, distribution, draw, entropy, ranks

TABLE = json.loads(Path(__file__).with_name("sampling_cases.json").read_text("utf-8"))
TRUNCATIONS: list[dict[str, Any]] = [
    {},
    {"top_k": 3},
    {"top_p": 0.83},  # no fraction of at most 12 equal symbols, so rounding decides nothing
    {"min_p": 0.2},
    {"top_k": 5, "top_p": 0.9, "min_p": 0.05},
]
EXTREME = st.lists(st.floats(-1e4, 1e4), min_size=1, max_size=40)
# Gaps of at least 1/64 stay visible in float64 at any temperature here; smaller ones may round to equals.
SPACED = st.lists(st.integers(-640, 640).map(lambda n: n / 64), min_size=1, max_size=12)
TEMPERATURES = st.floats(-6, 6).map(lambda power: 10.0**power)
# An odd number of two-thousandths is no boundary between at most 12 equals.
DARTS = st.integers(0, 999).map(lambda n: (2 * n + 1) / 2000)


def settings_of(case: dict[str, Any]) -> Sampling:
    """The settings of a case, with numbers for words and ids for keys."""
    settings: dict[str, Any] = {name: float(v) if v == "inf" else v for name, v in case["sampling"].items()}
    settings["bias"] = {int(id): float(number) for id, number in settings.get("bias", {}).items()}
    return Sampling(**settings)


def case_id(case: dict[str, Any]) -> str:
    return str(case["name"])


# The table


@pytest.mark.parametrize("case", TABLE["cases"], ids=case_id)
def test_every_case_of_the_shared_table(case: dict[str, Any]) -> None:
    logits = [float(x) for x in case["logits"]]
    sampling = settings_of(case)
    expected = [float(Fraction(p)) for p in case["probabilities"]]
    found = distribution(logits, sampling)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)
    assert [x == 0 for x in found] == [x == 0 for x in expected]
    assert [[u, draw(found, u)] for u, _ in case["draws"]] == case["draws"]


@pytest.mark.parametrize("case", TABLE["darts"], ids=case_id)
def test_draws_of_the_shared_table(case: dict[str, Any]) -> None:
    assert [[u, draw(case["probabilities"], u)] for u, _ in case["draws"]] == case["draws"]


def test_any_batch_shape_is_accepted() -> None:
    logits = np.log(np.array([[[1, 2, 3], [3, 2, 1]], [[1, 1, 2], [5, 5, 0.5]]]))
    found = distribution(logits, Sampling(top_k=2))
    assert found.shape == (2, 2, 3)
    assert found.dtype == np.float64
    expected = [[[0, 0.4, 0.6], [0.6, 0.4, 0]], [[0.25, 0.25, 0.5], [0.5, 0.5, 0]]]
    np.testing.assert_allclose(found, expected, atol=1e-15)


def test_float32_logits_are_computed_in_float64() -> None:
    logits = np.array([0.1, 0.7, 0.3], dtype=np.float32)
    np.testing.assert_array_equal(distribution(logits), distribution(logits.astype(np.float64)))


def test_the_input_is_not_modified() -> None:
    logits = np.array([1.0, 3.0, 2.0])
    distribution(logits, Sampling(0.5, 2, 0.5, 0.1))
    assert logits.tolist() == [1.0, 3.0, 2.0]


def test_ranks_are_by_value_and_then_by_id() -> None:
    assert ranks([1, 3, -inf, 3, 2, -inf]).tolist() == [1, 3, 4, 0, 2, 5]


@pytest.mark.parametrize(
    ("probabilities", "bits"),
    [([1], 0), ([0, 1, 0], 0), ([0.5, 0.5], 1), ([0.25] * 4, 2), ([0.5, 0.25, 0.25, 0], 1.5)],
)
def test_entropy(probabilities: list[float], bits: float) -> None:
    assert entropy(probabilities) == bits


# Properties


@given(EXTREME, TEMPERATURES, st.integers(0, 50), st.floats(0, 1), st.floats(0, 1))
def test_the_result_is_a_distribution_at_any_temperature(
    logits: list[float], temperature: float, top_k: int, top_p: float, min_p: float
) -> None:
    found = distribution(logits, Sampling(temperature, top_k, top_p, min_p))
    assert np.isfinite(found).all()
    assert (found >= 0).all()
    assert abs(found.sum() - 1) < 1e-12
    assert found[ranks(logits)[0]] > 0


@given(EXTREME, TEMPERATURES)
def test_temperature_keeps_the_order(logits: list[float], temperature: float) -> None:
    found = distribution(logits, Sampling(temperature))
    assert (np.diff(found[ranks(logits)]) <= 0).all()


@given(EXTREME, TEMPERATURES, TEMPERATURES)
def test_entropy_grows_with_temperature(logits: list[float], one: float, other: float) -> None:
    cold, hot = sorted((one, other))
    assert entropy(distribution(logits, Sampling(cold))) <= entropy(distribution(logits, Sampling(hot))) + 1e-9


@given(EXTREME)
def test_zero_and_infinite_temperatures_are_exact(logits: list[float]) -> None:
    greedy = distribution(logits, Sampling(0))
    assert greedy.tolist() == [float(i == logits.index(max(logits))) for i in range(len(logits))]
    assert distribution(logits, Sampling(inf)).tolist() == [1 / len(logits)] * len(logits)


@pytest.mark.parametrize("truncation", TRUNCATIONS)
@given(logits=SPACED)
def test_large_temperatures_approach_infinity(truncation: dict[str, Any], logits: list[float]) -> None:
    hot = distribution(logits, Sampling(1e12, **truncation))
    np.testing.assert_allclose(distribution(logits, Sampling(inf, **truncation)), hot, atol=1e-9)


@pytest.mark.parametrize("truncation", TRUNCATIONS)
@given(logits=SPACED, u=DARTS, temperatures=st.lists(TEMPERATURES, min_size=2, max_size=6))
@example(logits=[0.0, 1.0, 2.0, 3.0], u=0.9995, temperatures=[0.1, 0.3, 1.0, 3.0, 10.0, 100.0])
def test_a_higher_temperature_moves_a_draw_only_to_less_likely_symbols(
    truncation: dict[str, Any], logits: list[float], u: float, temperatures: list[float]
) -> None:
    places = ranks(logits).tolist()
    path = [places.index(draw(distribution(logits, Sampling(t, **truncation)), u)) for t in [0, *sorted(temperatures)]]
    assert path[0] == 0
    assert path == sorted(path)


@given(EXTREME, st.floats(0, 1, exclude_max=True))
def test_a_draw_is_always_possible(logits: list[float], u: float) -> None:
    found = distribution(logits)
    assert found[draw(found, u)] > 0


@pytest.mark.parametrize("truncation", TRUNCATIONS)
@given(
    logits=st.one_of(EXTREME, SPACED, st.lists(st.sampled_from([0.0, 1.0, 1.0000000000000002, 3.0, -inf]), min_size=1)),
    temperature=st.one_of(TEMPERATURES, st.sampled_from([0.0, 1.0, 1e-300, inf])),
    u=st.floats(0, 1, exclude_max=True),
)
def test_choosing_is_drawing_from_the_distribution(
    truncation: dict[str, Any], logits: list[float], temperature: float, u: float
) -> None:
    logits = [0.0, *logits]  # something is possible
    sampling = Sampling(temperature, **truncation)
    assert choose(logits, sampling, u) == draw(distribution(logits, sampling), u)


@pytest.mark.parametrize(
    ("logits", "u"), [([nan, 0], 0.5), ([inf, 0], 0.5), ([[0, 1]], 0.5), ([0, 1], 1), ([0, 1], -0.1)]
)
def test_choosing_validates_like_its_parts(logits: Any, u: float) -> None:
    with pytest.raises(BadInput, match="must be"):
        choose(logits, Sampling(), u)


def test_frequencies_of_draws_match_probabilities() -> None:
    found = distribution(np.log([1, 2, 3, 4]), Sampling())
    n = 10_000
    even = np.bincount([draw(found, (i + 0.5) / n) for i in range(n)])
    assert even.tolist() == [1000, 2000, 3000, 4000]
    thrown = np.bincount([draw(found, dice(7, i)) for i in range(n)])
    np.testing.assert_allclose(thrown / n, [0.1, 0.2, 0.3, 0.4], atol=0.02)  # four standard deviations


# Invalid values


@pytest.mark.parametrize("value", [-1, -1e-9, nan, "1", None, True, -inf, 1j, 10**400])
@pytest.mark.parametrize("name", ["temperature", "top_p", "min_p"])
def test_invalid_settings_are_refused(name: str, value: Any) -> None:
    high = "inf" if name == "temperature" else "1"
    with pytest.raises(BadInput) as caught:
        Sampling(**{name: value})
    assert str(caught.value) == f"{name} must be a number from 0 to {high}, but was {value!r}."


@pytest.mark.parametrize("name", ["top_p", "min_p"])
@pytest.mark.parametrize("value", [1.0000001, inf, 50])
def test_fractions_over_1_are_refused(name: str, value: Any) -> None:
    with pytest.raises(BadInput, match=rf"{name} must be a number from 0 to 1, but was "):
        Sampling(**{name: value})


@pytest.mark.parametrize("value", [-1, 1.0, 2.5, inf, nan, "3", None, True])
def test_invalid_top_k_is_refused(value: Any) -> None:
    with pytest.raises(BadInput) as caught:
        Sampling(top_k=value)
    assert str(caught.value) == f"top_k must be a whole number, 0 (off) or more, but was {value!r}."


def test_any_type_of_number_is_accepted() -> None:
    assert Sampling(Fraction(1, 2), np.int64(3), np.float32(0.5), 0) == Sampling(0.5, 3, 0.5, 0.0)  # type: ignore[arg-type]
    np.testing.assert_allclose(distribution([0, 0], Sampling(Fraction(1, 2))), [0.5, 0.5])  # type: ignore[arg-type]


def test_settings_are_frozen_and_off_by_default() -> None:
    sampling = Sampling()
    assert (sampling.temperature, sampling.top_k, sampling.top_p, sampling.min_p) == (1, 0, 1, 0)
    with pytest.raises(AttributeError):
        sampling.temperature = 2  # type: ignore[misc]


@pytest.mark.parametrize("logits", [[nan, 0], [inf, 0], [-inf, -inf], [], 3.0, [[0, 1], [-inf, -inf]]])
def test_invalid_logits_are_refused(logits: Any) -> None:
    with pytest.raises(BadInput, match="logits must"):
        distribution(logits)


@pytest.mark.parametrize("u", [-0.1, 1, 1.5, nan, inf])
def test_u_outside_its_range_is_refused(u: float) -> None:
    with pytest.raises(BadInput, match=r"u must be a number in \[0, 1\), but was"):
        draw([0.5, 0.5], u)


@pytest.mark.parametrize("probabilities", [[0.5, 0.4], [1.5, -0.5], [nan, 1], [[0.5, 0.5]], []])
def test_an_invalid_distribution_is_refused(probabilities: Any) -> None:
    with pytest.raises(BadInput, match="probabilities must be"):
        draw(probabilities, 0.5)


def test_entropy_agrees_with_its_definition() -> None:
    found = distribution(np.log([1, 2, 3, 4]))
    assert entropy(found) == pytest.approx(-sum(p * log2(p) for p in (0.1, 0.2, 0.3, 0.4)), abs=1e-14)

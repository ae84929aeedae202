"""sampling.js in Chromium: the shared table of cases, and the same answers as Python on random cases."""

import json
from collections.abc import Callable
from fractions import Fraction
from math import inf
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
from playwright.sync_api import Page, Route

from playground.sampling import Sampling, dice, distribution, draw, entropy, ranks
from tests.sampling.test_sampling import settings_of

TABLE = json.loads((Path(__file__).parents[1] / "sampling" / "sampling_cases.json").read_text("utf-8"))
NAMES = {"temperature": "temperature", "top_k": "topK", "top_p": "topP", "min_p": "minP", "bias": "bias"}
MANY = 2_500

# Called with [{logits, settings, us}, …]; an error is the answer of its case.
ASK = """cases => cases.map(({ logits, settings, us }) => {
  const { distribution, draw, entropy, ranks } = window.playground.sampling;
  const row = distribution(logits, settings);
  return {
    probabilities: Array.from(row),
    draws: us.map((u) => draw(row, u)),
    entropy: entropy(row),
    ranks: Array.from(ranks(logits)),
  };
})"""


@pytest.fixture(scope="module")
def arithmetic(shared_page: Page, repository: Path) -> Page:
    """A blank page with sampling.js and what it imports."""
    core = repository / "playground" / "web" / "core"
    served = {"/": "<!doctype html><title>sampling.js</title>", "/favicon.ico": ""}

    def serve(route: Route) -> None:
        place = urlsplit(route.request.url).path
        if place in served:
            return route.fulfill(body=served[place], content_type="text/html")
        return route.fulfill(path=core / place.removeprefix("/"), content_type="text/javascript")

    shared_page.route("http://localhost/**", serve)
    shared_page.goto("http://localhost/")
    shared_page.evaluate("async () => { window.playground = { sampling: await import('/sampling.js') }; }")
    return shared_page


def js_settings(sampling: Sampling) -> dict[str, Any]:
    return {theirs: getattr(sampling, ours) for ours, theirs in NAMES.items()}


def random_bias(random: np.random.Generator, size: int) -> dict[int, float]:
    """A bias for some of the ids, which leaves the first."""
    ids: list[int] = random.integers(1, size, int(random.integers(1, 6))).tolist() if size > 1 else []
    return {int(id): float(random.choice([-inf, random.normal(0, 3), np.round(random.normal(0, 3))])) for id in ids}


def random_case(random: np.random.Generator) -> tuple[list[float], Sampling]:
    V = int(random.integers(1, 90))
    logits = random.normal(0, 10 ** random.uniform(-2, 2), V)
    if random.random() < 0.3:
        logits = np.round(logits)  # many ties
    if V > 1 and random.random() < 0.1:
        logits[random.integers(1, V, V // 3)] = -inf
    if random.random() < 0.05:
        logits = np.clip(logits * 1e5, -1e4, 1e4)
    temperature = random.choice([0, inf, 1, 10 ** random.uniform(-1, 1), 10 ** random.uniform(-6, 6)])
    sampling = Sampling(
        temperature=float(temperature),
        top_k=int(random.integers(1, 2 * V + 1) * random.choice([0, 0, 1])),
        top_p=float(random.choice([1, 1, 0, 0.5, random.uniform(0, 1)])),
        min_p=float(random.choice([0, 0, 1, random.uniform(0, 1), 10 ** random.uniform(-4, 0)])),
        bias=random_bias(random, V) if random.random() < 0.4 else {},
    )
    return logits.astype(np.float32).tolist(), sampling


def test_every_case_of_the_shared_table(arithmetic: Page) -> None:
    asked = [
        {
            "logits": [float(x) for x in case["logits"]],
            "settings": js_settings(settings_of(case)),
            "us": [u for u, _ in case["draws"]],
        }
        for case in TABLE["cases"]
    ]
    for case, found in zip(TABLE["cases"], arithmetic.evaluate(ASK, asked), strict=True):
        expected = [float(Fraction(p)) for p in case["probabilities"]]
        np.testing.assert_allclose(found["probabilities"], expected, rtol=0, atol=1e-12, err_msg=case["name"])
        assert [p == 0 for p in found["probabilities"]] == [p == 0 for p in expected], case["name"]
        assert found["draws"] == [chosen for _, chosen in case["draws"]], case["name"]


def test_draws_of_the_shared_table(arithmetic: Page) -> None:
    throw = "cases => cases.map(c => c.draws.map(([u]) => window.playground.sampling.draw(c.probabilities, u)))"
    expected = [[chosen for _, chosen in case["draws"]] for case in TABLE["darts"]]
    assert arithmetic.evaluate(throw, TABLE["darts"]) == expected


def test_random_cases_agree_with_python(arithmetic: Page) -> None:
    random = np.random.default_rng(2)
    cases = [random_case(random) for _ in range(MANY)]
    us = [[*random.random(8).tolist(), 0.0, 1 - 2**-53] for _ in cases]
    asked = [
        {"logits": logits, "settings": js_settings(sampling), "us": u}
        for (logits, sampling), u in zip(cases, us, strict=True)
    ]
    for (logits, sampling), u, found in zip(cases, us, arithmetic.evaluate(ASK, asked), strict=True):
        row = distribution(logits, sampling)
        np.testing.assert_allclose(found["probabilities"], row, rtol=0, atol=1e-12, err_msg=str(sampling))
        assert found["draws"] == [draw(row, one) for one in u], sampling
        assert found["entropy"] == pytest.approx(entropy(row), abs=1e-12)
        assert found["ranks"] == ranks(logits).tolist()


def test_uniform_draws_agree_with_python(arithmetic: Page) -> None:
    random = np.random.default_rng(3)
    seeds = [0, 1, 42, 2**31, 2**32, 2**53 - 1, *random.integers(0, 2**53, 500).tolist()]
    pairs = [[seed, step] for seed in seeds for step in (0, 1, 1999, 10**6)]
    throw = "pairs => pairs.map(([seed, step]) => window.playground.sampling.dice(seed, step))"
    assert arithmetic.evaluate(throw, pairs) == [dice(seed, step) for seed, step in pairs]
    pinned = arithmetic.evaluate(throw, [[seed, step] for seed, step, _ in TABLE["dice"]])
    assert pinned == [u for _, _, u in TABLE["dice"]]


def test_each_flip_is_where_pythons_draw_changes(arithmetic: Page) -> None:
    random = np.random.default_rng(4)
    asked: list[dict[str, Any]] = []
    for _ in range(150):
        logits = random.normal(0, random.choice([1, 3]), int(random.integers(1, 70)))
        sampling = Sampling(
            1,
            int(random.choice([0, 0, 5])),
            float(random.choice([1, 1, random.uniform(0.5, 1)])),
            float(random.choice([0, 0, random.uniform(0, 0.5)])),
            random_bias(random, len(logits)) if random.random() < 0.3 else {},
        )
        settings = js_settings(sampling) | {"u": float(random.random())}
        asked.append({"logits": logits.astype(np.float32).tolist(), "settings": settings})
    find = (
        "cases => cases.map(({ logits, settings }) => window.playground.sampling.flips(logits, settings.u, settings))"
    )
    several = 0
    for case, flips in zip(asked, arithmetic.evaluate(find, asked), strict=True):
        logits, settings = case["logits"], case["settings"]

        def drawn(position: float, logits: list[float] = logits, settings: dict[str, Any] = settings) -> int:
            truncation = (settings["topK"], settings["topP"], settings["minP"])
            sampling = Sampling(position / (1 - position), *truncation, settings["bias"])
            return draw(distribution(logits, sampling), settings["u"])

        positions = [flip["from"] / (1 + flip["from"]) for flip in flips]
        ids = [flip["id"] for flip in flips]
        assert positions == sorted(positions)
        assert positions[0] == 0
        assert ids[0] == drawn(0)
        several += len(ids) > 2
        for before, after, at in zip(ids, ids[1:], positions[1:], strict=False):
            assert (drawn(at - 1.1e-5), drawn(at + 1e-9)) == (before, after)
        for low, high, chosen in zip(positions, [*positions[1:], 0.9999], ids, strict=True):
            middle = (low + high) / 2
            if high - low > 3e-5:
                assert drawn(middle) == chosen
    assert several > 50


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("distribution([0, 1], { temperature: -1 })", "temperature must be a number from 0 to Infinity, but was -1."),
        ("distribution([0, 1], { temperature: NaN })", "temperature must be a number from 0 to Infinity, but was NaN."),
        ("distribution([0, 1], { temperature: '1' })", "temperature must be a number"),
        ("distribution([0, 1], { topK: 1.5 })", "topK must be a whole number, 0 (off) or more, but was 1.5."),
        ("distribution([0, 1], { topK: -1 })", "topK must be a whole number"),
        ("distribution([0, 1], { topP: 1.01 })", "topP must be a number from 0 to 1, but was 1.01."),
        ("distribution([0, 1], { minP: -0.1 })", "minP must be a number from 0 to 1, but was -0.1."),
        ("distribution([0, 1], { bias: [[0, Infinity]] })", "bias must be finite numbers, or -Infinity to ban"),
        ("distribution([0, 1], { bias: [[0, NaN]] })", "bias must be finite numbers"),
        ("distribution([0, 1], { bias: [[2, 1]] })", "bias has the id 2, but there are only 2 symbols."),
        ("distribution([0, 1], { bias: [[0, -Infinity], [1, -Infinity]] })", "bias bans every symbol that is possible"),
        ("distribution([], {})", "logits must"),
        ("distribution([NaN, 1])", "logits must"),
        ("distribution([1, NaN, 2])", "logits must"),
        ("distribution([Infinity, 1])", "logits must"),
        ("distribution([-Infinity, -Infinity])", "logits must"),
        ("draw([0.5, 0.5], 1)", "u must be a number in [0, 1), but was 1."),
        ("draw([0.5, 0.5], NaN)", "u must be a number"),
    ],
)
def test_invalid_settings_are_refused(arithmetic: Page, call: str, said: str) -> None:
    caught = f"() => {{ try {{ window.playground.sampling.{call}; }} catch (error) {{ return String(error); }} }}"
    assert said in str(arithmetic.evaluate(caught))


def test_the_slider_runs_from_0_over_1_to_infinity(arithmetic: Page) -> None:
    at = "positions => positions.map(window.playground.sampling.temperatureAt)"
    assert arithmetic.evaluate(at, [0, 0.25, 0.5, 0.75, 1]) == [0, 1 / 3, 1, 3, inf]
    back = "temperatures => temperatures.map(window.playground.sampling.positionOf)"
    assert arithmetic.evaluate(back, [0, 1 / 3, 1, 3, inf]) == [0, 0.25, 0.5, 0.75, 1]


def test_window_playground_exposes_sampling(visit: Callable[..., Page]) -> None:
    page = visit()
    logits = [0.0, 0.5, 3.0, 2.75, -1.0]
    settings = "{ temperature: 0.7, topK: 4, topP: 0.95, minP: 0.01 }"
    row = distribution(logits, Sampling(0.7, 4, 0.95, 0.01))
    found = page.evaluate(f"logits => Array.from(window.playground.sampling.distribution(logits, {settings}))", logits)
    np.testing.assert_allclose(found, row, rtol=0, atol=1e-12)
    for u in (0.0, 0.5, 0.8, 0.99):
        drawn = page.evaluate("([row, u]) => window.playground.sampling.draw(row, u)", [row.tolist(), u])
        assert drawn == draw(row, u)

    for t in (0, 0.2, 1 / 3, 1e-6, 1e6, 5e-324, inf, 1):
        page.evaluate("t => window.playground.setTemperature(t)", t)
        page.wait_for_function("t => Number(document.querySelector('#distribution').dataset.temperature) === t", arg=t)
    for bad in (-1, float("nan")):
        refused = "t => { try { window.playground.setTemperature(t); } catch (error) { return error.name; } }"
        assert page.evaluate(refused, bad) == "RangeError"
    assert page.get_attribute("#distribution", "data-temperature") == "1"

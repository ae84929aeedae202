"""The Temperatures tab: a position at every temperature, columns with the same draws, and a thousand draws."""

import asyncio
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from playground.sampling import Sampling, distribution, entropy
from playground.server import api
from tests.browser.hands import WORDS, Requests, moment, setting

NGRAM = "shakespeare-ngram"
HERE = f"/?tab=temperatures&model={NGRAM}&prompt=To+be&length=80&seed=5"
READY = """() => {
  const heads = document.querySelectorAll(".column-head").length;
  return heads && document.querySelectorAll(".column-figures dd").length === 4 * heads
    && document.querySelector(".temperatures .ways tbody tr, .temperatures .ways.limit");
}"""
TEXTS = """() => [...document.querySelectorAll(".column-text")].map((column) =>
  [...column.querySelectorAll(".cell")].map((cell) => cell.textContent).join(""))"""
FRAMES = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done())))"

Open = Callable[..., Page]


@pytest.fixture
def temperatures(server: str, page: Page) -> Open:
    return make_opener(server, page)


def make_opener(server: str, page: Page) -> Open:
    """Returns a function of a query that opens the tab, and returns the page once its columns are written."""

    def go(query: str = "") -> Page:
        page.goto(server + HERE + query)
        return wait_until_written(page)

    return go


def wait_until_written(page: Page) -> Page:
    """Wait until every column has its measures."""
    page.wait_for_function(READY)
    page.evaluate(FRAMES)
    return page


def set_temperature(page: Page, temperature: float | str) -> None:
    page.evaluate(f"window.playground.setTemperature({str(temperature).replace('inf', 'Infinity')})")
    page.evaluate(FRAMES)


def api_answer(**values: Any) -> list[dict[str, Any]]:
    """The endpoint's answer for the same columns."""
    given = {"model": NGRAM, "prompt": "To be", "seed": 5, "length": 80, **values}
    with ThreadPoolExecutor(1) as pool:  # Playwright keeps an event loop running in this one
        found = pool.submit(lambda: asyncio.run(api.temperatures(**given))).result()
    return found["texts"]  # type: ignore[return-value]


def figures(page: Page) -> list[list[str]]:
    return [one.locator("dd").all_text_contents() for one in page.locator(".column-figures").all()]


def percent(share: float) -> str:
    return "0\u00a0%" if share == 0 else f"{100 * share:.1f}\u00a0%"


def test_the_map_and_the_curve_belong_to_plays_position(temperatures: Open) -> None:
    page = temperatures()
    here = moment(page)
    rows = page.locator(".temperatures .heatmap .rows span").all_text_contents()
    likeliest = sorted(here.probabilities().items(), key=lambda one: -one[1])
    assert rows == [label for label, _ in likeliest[:30]]
    plot = page.locator(".temperatures .heatmap .cells")
    box = plot.bounding_box()
    assert box
    # The second symbol a quarter of the way: T = 1/3, or what the column there is for.
    page.mouse.move(box["x"] + box["width"] * 0.2501, box["y"] + box["height"] * 1.5 / 30)
    said = page.locator(".temperatures .heatmap .told").inner_text()
    share, t = re.findall(r"[\d.]+\d", said)
    assert float(t) == pytest.approx(1 / 3, abs=0.01)
    expected = here.probabilities(temperature=(0.25 + 0.5 / 160) / (0.75 - 0.5 / 160))[rows[1]]
    assert said.startswith(f"{rows[1]}: ")
    assert float(share) == pytest.approx(100 * expected, abs=0.051)
    chart = page.locator(".landscape .curves .plot")
    area = chart.bounding_box()
    assert area
    assert (area["x"], area["width"]) == pytest.approx((box["x"], box["width"]), abs=1.5), "on one scale"
    page.mouse.move(area["x"] + area["width"] * 0.5001, area["y"] + 20)
    said = page.locator(".landscape .curves .told").inner_text()
    bits = entropy(distribution(here.logits, Sampling(temperature=(0.5 + 0.5 / 160) / (0.5 - 0.5 / 160))))
    assert f"entropy {bits:.2f} of at most 6.02 bits" in said
    d = page.locator(".landscape .curves path.curve").get_attribute("d") or ""
    ends = [tuple(map(float, re.split("[ ]", point))) for point in re.split("[ML]", d)[1:]]
    assert (ends[0], ends[-1]) == ((0, 200), (1000, 0)), "0 bits at T = 0, and at ∞ log₂ V, which is the top"


def test_a_click_or_the_slider_sets_the_temperature_without_a_request(temperatures: Open) -> None:
    page = temperatures()
    requests = Requests(page)
    plot = page.locator(".temperatures .heatmap .cells")
    box = plot.bounding_box()
    assert box
    plot.click(position={"x": box["width"] * 0.6, "y": 40})
    assert setting(page, "temperature") == pytest.approx(1.5, abs=0.03)
    plot.click(position={"x": box["width"] * 0.501, "y": 200})
    assert setting(page, "temperature") == 1, "near a mark it is the mark"
    slider = page.locator(".temperatures .slide")
    slider.focus()
    page.keyboard.press("End")
    assert setting(page, "temperature") == float("inf")
    expect(page.locator(".ways .note")).to_have_text(WORDS["temperatures_limit_hot"])
    page.keyboard.press("Home")
    expect(page.locator(".temperatures .value")).to_have_text("T = 0")
    curve = page.locator(".temperatures .curves").first
    curve.locator(".plot").click(position={"x": box["width"] * 0.501, "y": 20})
    assert setting(page, "temperature") == 1
    page.evaluate("window.playground.setTemperature(0)")
    page.evaluate(FRAMES)
    cursor = page.locator(".temperatures .heatmap .cursor").bounding_box()
    assert cursor and cursor["x"] == pytest.approx(box["x"], abs=2)
    page.wait_for_timeout(400)
    assert not [sent for sent in requests if "stream" in sent]


def test_both_ways_to_show_a_temperature_give_the_same_digits(temperatures: Open) -> None:
    page = temperatures()
    here = moment(page)
    for temperature in (0.37, 1.0, 2.5):
        set_temperature(page, temperature)
        tables = page.locator(".temperatures .ways table")
        power, softmax = (
            [[cell.inner_text() for cell in row.locator("th, td").all()] for row in table.locator("tbody tr").all()]
            for table in tables.all()
        )
        likeliest = sorted(here.probabilities().items(), key=lambda one: -one[1])[:5]
        assert [row[0] for row in power] == [row[0] for row in softmax] == [label for label, _ in likeliest]
        assert [row[-1] for row in power] == [row[-1] for row in softmax]
        expected = here.probabilities(temperature=temperature)
        for (label, first, *_, last), (_, raw, *_) in zip(power, softmax, strict=True):
            p, result, logit = (text.replace("−", "-") for text in (first, last, raw))
            assert float(p) == pytest.approx(here.probabilities()[label], abs=6e-5)
            assert float(result) == pytest.approx(expected[label], abs=6e-5)
            assert any(abs(float(logit) - x) < 6e-4 for x in here.logits)
    set_temperature(page, 0.0004)
    expect(page.locator(".ways .note")).to_have_text(WORDS["temperatures_lost"])


def test_the_columns_equal_the_endpoints(temperatures: Open) -> None:
    page = temperatures()
    expected = api_answer(temperatures=[0.2, 0.5, 1.0, 1.2])
    texts = [text.replace("↵\n", "\n").replace("␣", " ") for text in page.evaluate(TEXTS)]
    assert texts == [one["written"] for one in expected]
    for shown, one in zip(figures(page), expected, strict=True):
        assert shown == [
            *(percent(one[name]) for name in ("distinct_words", "loop_rate", "known_words")),
            f"{one['surprise']:.2f}",
        ]
    assert page.locator(".column-text .unknown").count() > 0


def test_the_list_can_be_edited_and_is_in_the_link(temperatures: Open) -> None:
    page = temperatures()
    box = page.get_by_label(WORDS["temperatures_list"], exact=True)
    box.fill("warm")
    box.press("Enter")
    expect(page.locator(".temperatures .problem")).to_contain_text("one to 6 temperatures")
    assert page.locator(".column-head").count() == 4
    box.fill("0, 2 ∞")
    box.press("Enter")
    expect(page.locator(".column-head")).to_have_text(["T = 0", "T = 2.00", "T = ∞"])
    wait_until_written(page)
    expect(page.locator(".temperatures .problem")).to_be_empty()
    page.wait_for_url(re.compile("temperatures=0%2C2%2Cinf"))
    texts = page.evaluate(TEXTS)
    page.reload()
    wait_until_written(page)
    assert page.evaluate(TEXTS) == texts
    expect(box).to_have_value("0, 2, ∞")


def test_changes_made_in_play_are_written_when_the_tab_opens(server: str, page: Page) -> None:
    page.goto(f"{server}/?model={NGRAM}&prompt=To+be&length=40&seed=5")
    page.wait_for_selector("#distribution[data-step]")
    requests = Requests(page)
    page.get_by_role("tab", name=WORDS["tab_temperatures"]).click()
    wait_until_written(page)
    first = page.evaluate(TEXTS)
    page.get_by_role("tab", name=WORDS["tab_play"]).click()
    page.evaluate("window.playground.store.set({ seed: 6 })")
    page.wait_for_timeout(600)
    assert len([sent for sent in requests if "stream/temperatures" in sent]) == 1
    page.get_by_role("tab", name=WORDS["tab_temperatures"]).click()
    page.wait_for_function(f"(before) => JSON.stringify(({TEXTS})()) !== JSON.stringify(before)", arg=first)
    wait_until_written(page)
    assert len([sent for sent in requests if "stream/temperatures" in sent]) == 2


def test_a_failed_request_is_reported_and_can_be_retried(temperatures: Open, troubles: list[str]) -> None:
    page = temperatures()

    def abort(route: Route) -> None:
        route.abort()

    page.route("**/stream/temperatures", abort)
    page.get_by_role("button", name=WORDS["temperatures_reseed"]).click()
    expect(page.locator(".temperatures .status")).to_contain_text(WORDS["lost"])
    page.unroute("**/stream/temperatures")
    page.locator(".temperatures .status").get_by_role("button", name=WORDS["try_again"]).click()
    wait_until_written(page)
    assert all("ERR_FAILED" in trouble for trouble in troubles), troubles
    troubles.clear()

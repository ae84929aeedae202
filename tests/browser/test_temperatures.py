"""The Temperatures tab: a place at every temperature, columns with the same dice, and a thousand draws."""

import asyncio
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from playground.sampling import Sampling, dice, distribution, entropy
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
    """temperatures(query) opens the tab, and returns the page once its columns are written."""

    def go(query: str = "") -> Page:
        page.goto(server + HERE + query)
        return written(page)

    return go


def written(page: Page) -> Page:
    """Wait until every column has its measures."""
    page.wait_for_function(READY)
    page.evaluate(FRAMES)
    return page


def set_temperature(page: Page, temperature: float | str) -> None:
    page.evaluate(f"window.playground.setTemperature({str(temperature).replace('inf', 'Infinity')})")
    page.evaluate(FRAMES)


def told(**values: Any) -> list[dict[str, Any]]:
    """What the endpoint says of the same columns."""
    given = {"model": NGRAM, "prompt": "To be", "seed": 5, "length": 80, **values}
    with ThreadPoolExecutor(1) as pool:  # Playwright keeps an event loop in this one
        found = pool.submit(lambda: asyncio.run(api.temperatures(**given))).result()
    return found["texts"]  # type: ignore[return-value]


def figures(page: Page) -> list[list[str]]:
    return [one.locator("dd").all_text_contents() for one in page.locator(".column-figures").all()]


def percent(share: float) -> str:
    return "0\u00a0%" if share == 0 else f"{100 * share:.1f}\u00a0%"


def test_the_map_and_the_curve_are_of_the_place_that_play_is_at(temperatures: Open) -> None:
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


def test_a_click_or_the_slider_sets_the_temperature_and_asks_the_server_nothing(temperatures: Open) -> None:
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


def test_both_ways_to_say_a_temperature_give_the_same_digits(temperatures: Open) -> None:
    page = temperatures()
    here = moment(page)
    for temperature in (0.37, 1.0, 2.5):
        set_temperature(page, temperature)
        tables = page.locator(".temperatures .ways table")
        power, softmax = (
            [[cell.inner_text() for cell in row.locator("th, td").all()] for row in table.locator("tbody tr").all()]
            for table in tables.all()
        )
        assert [row[-1] for row in power] == [row[-1] for row in softmax]
        expected = here.probabilities(temperature=temperature)
        for (label, first, *_, last), (_, raw, *_) in zip(power, softmax, strict=True):
            p, result, logit = (text.replace("−", "-") for text in (first, last, raw))
            assert float(p) == pytest.approx(here.probabilities()[label], abs=6e-5)
            assert float(result) == pytest.approx(expected[label], abs=6e-5)
            assert any(abs(float(logit) - x) < 6e-4 for x in here.logits)
    set_temperature(page, 0.0004)
    expect(page.locator(".ways .note")).to_have_text(WORDS["temperatures_lost"])


def test_the_columns_are_those_of_the_endpoint(temperatures: Open) -> None:
    page = temperatures()
    expected = told(temperatures=[0.2, 0.5, 1.0, 1.2])
    texts = [text.replace("↵\n", "\n").replace("␣", " ") for text in page.evaluate(TEXTS)]
    assert texts == [one["written"] for one in expected]
    for shown, one in zip(figures(page), expected, strict=True):
        assert shown == [
            *(percent(one[name]) for name in ("distinct_words", "loop_rate", "known_words")),
            f"{one['surprise']:.2f}",
        ]
    assert page.locator(".column-text .unknown").count() > 0


def test_where_a_column_leaves_its_neighbour_is_marked_and_explained(temperatures: Open) -> None:
    page = temperatures()
    texts = [one["written"] for one in told(temperatures=[0.2, 0.5])]
    at = next(i for i, (a, b) in enumerate(zip(*texts, strict=True)) if a != b)
    marked = page.locator(".column-text").nth(1).locator(".parts")
    expect(marked).to_have_attribute("data-cell", str(at))
    said = page.locator(".why .said")
    expect(said).to_contain_text("The text before is the same, and so is the roll")
    letters = page.locator(".why .came .label").all_text_contents()
    shown = [{" ": "␣", "\n": "↵"}.get(text[at], text[at]) for text in texts]
    assert letters == shown
    expect(said).to_contain_text(f"{dice(5, at):.4f}")
    # A place before that gives the same in both; one after it has another text before it.
    if at:
        page.locator(".column-text").nth(1).locator(".cell").nth(0).hover()
        expect(said).to_contain_text("gives")
        expect(said).to_contain_text("at T = 0.20 and at T = 0.50")
    page.locator(".column-text").nth(1).locator(".cell").nth(at + 5).hover()
    expect(said).to_contain_text("differ before this place")
    column = page.locator(".column-text").nth(0)
    column.focus()
    page.keyboard.press("Home")
    expect(column).to_have_attribute("aria-activedescendant", "column-0-0")
    page.keyboard.press("ArrowRight")
    expect(column).to_have_attribute("aria-activedescendant", "column-0-1")


def test_the_list_can_be_edited_and_stands_in_the_link(temperatures: Open) -> None:
    page = temperatures()
    box = page.get_by_label(WORDS["temperatures_list"], exact=True)
    box.fill("warm")
    box.press("Enter")
    expect(page.locator(".temperatures .problem")).to_contain_text("one to 6 temperatures")
    assert page.locator(".column-head").count() == 4
    box.fill("0, 2 ∞")
    box.press("Enter")
    expect(page.locator(".column-head")).to_have_text(["T = 0", "T = 2.00", "T = ∞"])
    written(page)
    expect(page.locator(".temperatures .problem")).to_be_empty()
    page.wait_for_url(re.compile("temperatures=0%2C2%2Cinf"))
    texts = page.evaluate(TEXTS)
    page.reload()
    written(page)
    assert page.evaluate(TEXTS) == texts
    expect(box).to_have_value("0, 2, ∞")


def test_a_thousand_draws_come_near_the_bars(temperatures: Open) -> None:
    page = temperatures()
    said = page.locator(".thousand .said")
    expect(said).to_have_text(WORDS["temperatures_none_drawn"])
    page.evaluate("""() => {
      window.counts = [];
      const said = document.querySelector(".thousand .said");
      const note = () => window.counts.push(parseInt(said.textContent.replace(",", "")));
      new MutationObserver(note).observe(said, { childList: true, characterData: true, subtree: true });
    }""")
    page.get_by_role("button", name=WORDS["temperatures_draw"]).click()
    expect(said).to_contain_text("1,000 draws")
    counts = page.evaluate("window.counts")
    assert [n for n in counts if 0 < n < 1_000], "they come batch by batch"
    assert page.locator(".thousand .band").first.get_attribute("d")
    page.wait_for_url(re.compile("draws=1000"))
    off = float(re.search(r"; ([\d.]+)\s%", said.inner_text())[1])  # type: ignore[index]
    assert off < 6
    for _ in range(4):
        page.get_by_role("button", name=WORDS["temperatures_draw"]).click()
        page.wait_for_timeout(50)
    page.wait_for_function("() => /^5,000/.test(document.querySelector('.thousand .said').textContent)")
    # The same dice at another temperature: the first of them all at 0.
    set_temperature(page, 0)
    expect(said).to_contain_text("1 of 1 are within")
    assert page.locator(".thousand .counted").first.get_attribute("d")
    page.get_by_role("button", name=WORDS["temperatures_draw_again"]).click()
    expect(said).to_have_text(WORDS["temperatures_none_drawn"])


def test_what_play_changes_is_written_when_the_tab_is_looked_at(server: str, page: Page) -> None:
    page.goto(f"{server}/?model={NGRAM}&prompt=To+be&length=40&seed=5")
    page.wait_for_selector("#distribution[data-step]")
    requests = Requests(page)
    page.get_by_role("tab", name=WORDS["tab_temperatures"]).click()
    written(page)
    first = page.evaluate(TEXTS)
    page.get_by_role("tab", name=WORDS["tab_play"]).click()
    page.evaluate("window.playground.store.set({ seed: 6 })")
    page.wait_for_timeout(600)
    assert len([sent for sent in requests if "stream/temperatures" in sent]) == 1
    page.get_by_role("tab", name=WORDS["tab_temperatures"]).click()
    page.wait_for_function(f"(before) => JSON.stringify(({TEXTS})()) !== JSON.stringify(before)", arg=first)
    written(page)
    assert len([sent for sent in requests if "stream/temperatures" in sent]) == 2


def test_a_lost_answer_is_told_and_can_be_asked_for_again(temperatures: Open, troubles: list[str]) -> None:
    page = temperatures()

    def abort(route: Route) -> None:
        route.abort()

    page.route("**/stream/temperatures", abort)
    page.get_by_role("button", name=WORDS["temperatures_reseed"]).click()
    expect(page.locator(".temperatures .status")).to_contain_text(WORDS["lost"])
    page.unroute("**/stream/temperatures")
    page.locator(".temperatures .status").get_by_role("button", name=WORDS["try_again"]).click()
    written(page)
    assert all("ERR_FAILED" in trouble for trouble in troubles), troubles
    troubles.clear()


def test_twenty_seeds_show_where_loops_end_and_words_break(temperatures: Open) -> None:
    page = temperatures("&length=40")
    said = page.locator(".seeds .said")
    expect(said).to_have_text(WORDS["temperatures_seeds_about"])
    page.get_by_role("button", name=WORDS["temperatures_seeds"]).click()
    expect(said).to_contain_text("Means of 220 texts of 40 symbols", timeout=60_000)
    expect(page.locator(".seeds")).to_contain_text(re.compile("Loops end near T = |The loop rate does not fall"))
    expect(page.locator(".seeds")).to_contain_text("Words break near T = ")
    assert all(path.get_attribute("d") for path in page.locator(".seeds path.spread").all())
    shares, surprise = page.locator(".seeds .curves").all()
    assert shares.locator("path.curve").count() == 3
    assert surprise.locator("path.curve").count() == 1
    # At T = 0 all seeds give the same text: the endpoint's.
    [greedy] = told(temperatures=[0], length=40)
    plot = shares.locator(".plot")
    plot.focus()
    page.keyboard.press("Home")
    expect(shares.locator(".told")).to_contain_text(f"T = 0 · distinct words {percent(greedy['distinct_words'])} ± 0 %")
    plot.click(position={"x": 2, "y": 20})
    assert setting(page, "temperature") == 0
    # Of another seed they are none.
    page.get_by_role("button", name=WORDS["temperatures_reseed"]).click()
    expect(said).to_have_text(WORDS["temperatures_seeds_about"])

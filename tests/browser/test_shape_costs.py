"""Costs, in the Shapes tab: measured at a click, drawn and described, and kept for the next visitor."""

import re
from collections.abc import Callable
from io import BytesIO

import httpx
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from playground.server.costs import BACK, MAX_SYMBOLS
from tests import stream
from tests.bench import pictures
from tests.browser.hands import WORDS, Requests

HERE = "/?tab=shapes&shape=costs&model=shakespeare-ngram"
KINDS = 6  # lines: five kinds, and the Transformer without a window
LONG = 120_000  # milliseconds: on a busy machine the measurement takes a while, once

Open = Callable[[], Page]


@pytest.fixture
def open_section(server: str, page: Page) -> Open:
    def go() -> Page:
        page.goto(server + HERE)
        page.wait_for_selector("#shape-costs button.main")
        return page

    return go


def click_measure(page: Page, word: str) -> None:
    page.get_by_role("button", name=WORDS[word]).click()


def measure(page: Page) -> Page:
    """The page once the measurement requested by a click on the first button is drawn."""
    click_measure(page, "shape_costs_begin")
    expect(page.locator("#shape-costs .before")).to_be_hidden()
    expect(page.locator("#shape-costs tbody tr")).to_have_count(KINDS, timeout=LONG)
    expect(page.locator("#shape-costs progress").first).to_be_hidden(timeout=LONG)
    return page


def test_nothing_is_measured_before_a_click_and_earlier_results_are_drawn(
    server: str, open_section: Open, page: Page
) -> None:
    answer = httpx.post(f"{server}/stream/kept_costs", json=stream.asked(), timeout=60)
    *_, (last, _) = stream.frames(answer.content)
    requests = Requests(page)
    open_section()
    expect(page.locator("#shape-costs .tools button.main")).to_have_count(2)
    expect(page.locator("#shape-costs .panels .plot .curve")).to_have_count(4 * KINDS)
    expect(page.locator("#shape-costs .back .plot .curve")).to_have_count(3)
    before = page.locator("#shape-costs .before")
    expect(before).to_have_text(WORDS["shape_costs_kept"])
    expect(before).to_be_visible(visible=not last["measured"])  # another test may have measured on this server
    page.wait_for_function("() => document.querySelector('#shape-costs progress')?.hidden")
    assert not [sent for sent in requests if sent.endswith(("stream/costs", "stream/gradients"))]


def test_costs_are_drawn_and_described(open_section: Open) -> None:
    page = measure(open_section())
    expect(page.locator("#shape-costs .panels .plot .curve")).to_have_count(4 * KINDS)
    plot = page.locator("#shape-costs .panels .plot").first
    plot.focus()
    plot.press("End")
    expect(page.locator("#shape-costs .panels .told").first).to_contain_text(
        f"After {MAX_SYMBOLS} symbols: Shakespeare · RNN "
    )
    row = page.locator("#shape-costs tbody tr").first
    expect(row).to_contain_text("858,753")
    expect(row).to_contain_text("4.1 kB")  # two layers of 512 numbers
    wide = page.locator("#shape-costs tbody tr").last
    expect(wide.locator("th")).to_have_text(WORDS["shape_costs_whole"].format(title="Shakespeare · Transformer"))
    expect(wide).to_contain_text("MB")


def test_gradients_are_drawn_and_vanished_ones_are_named(open_section: Open) -> None:
    page = open_section()
    click_measure(page, "shape_costs_back_begin")
    expect(page.locator("#shape-costs .back .plot .curve")).to_have_count(3, timeout=LONG)
    expect(page.locator("#shape-costs .lost")).to_contain_text(f"Shakespeare · RNN: {BACK} symbols back it is")


def test_a_measurement_is_kept_for_others(open_section: Open, new_page: Callable[..., Page], server: str) -> None:
    measure(open_section())
    other = new_page()
    other.goto(server + HERE)
    expect(other.locator("#shape-costs tbody tr")).to_have_count(KINDS, timeout=10_000)


@pytest.mark.parametrize("name", pictures.CHARTS)
def test_the_readmes_pictures_contain_the_charts(name: str, server: str, page: Page) -> None:
    """From the names of the lines to the end of the charts."""
    seen = Image.open(BytesIO(pictures.take_chart(page, f"{server}/", name)))
    _, first, last = pictures.CHARTS[name]
    boxes = [page.locator(selector).bounding_box() for selector in (first, last)]
    [top, end] = [box for box in boxes if box]
    assert seen.height > end["y"] + end["height"] - top["y"]
    assert seen.width > end["width"]
    colours = {colour for _, colour in seen.convert("RGB").getcolors(1 << 20) or ()}
    curves = page.locator("#shape-costs").locator(".back .curve" if name == "gradients" else ".panels .curve")
    lines = curves.evaluate_all("(all) => all.map((one) => getComputedStyle(one).stroke)")
    assert lines
    assert {tuple(map(int, re.findall(r"\d+", line))) for line in lines} <= colours


def test_the_legend_shows_the_strokes_of_the_lines_and_all_differ(open_section: Open) -> None:
    page = open_section()
    expect(page.locator("#shape-costs .panels .plot .curve")).to_have_count(4 * KINDS)
    stroke = """(all) => all.map((one) => {
      const { stroke, strokeDasharray } = getComputedStyle(one);
      return [stroke, strokeDasharray];
    })"""
    keys = page.locator("#shape-costs .keys").first.locator(".curve").evaluate_all(stroke)
    lines = page.locator("#shape-costs .panels section").first.locator(".curve").evaluate_all(stroke)
    assert keys == lines
    assert len({dashes for _, dashes in keys}) == KINDS


def test_a_measurement_that_fails_says_so_and_can_begin_again(
    open_section: Open, page: Page, troubles: list[str]
) -> None:
    open_section()
    page.route("**/stream/costs", lambda route: route.fulfill(status=502, body=""))
    click_measure(page, "shape_costs_begin")
    expect(page.locator("#shape-costs .problem").first).to_contain_text(WORDS["refused_writing"])
    expect(page.locator("#shape-costs progress").first).to_be_hidden()
    expect(page.get_by_role("button", name=WORDS["shape_costs_begin"])).to_be_enabled()
    assert "502" in troubles.pop()
    assert not troubles

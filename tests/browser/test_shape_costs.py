"""What they cost, in the Shapes tab: measured at a click, drawn and told, and there at once for the next visitor."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from playground.server.costs import BACK, MOST
from tests.browser.hands import WORDS, Requests

HERE = "/?tab=shapes&shape=costs&model=shakespeare-ngram"
KINDS = 6  # lines: five kinds, and the Transformer without a window
LONG = 120_000  # milliseconds: on a busy machine it is measured for a while, once

Open = Callable[[], Page]


@pytest.fixture
def opened(server: str, page: Page) -> Open:
    def go() -> Page:
        page.goto(server + HERE)
        page.wait_for_selector("#shape-costs button.main")
        return page

    return go


def begin(page: Page, word: str) -> None:
    page.get_by_role("button", name=WORDS[word]).click()


def measured(page: Page) -> Page:
    """The page once what a click on the first button asks for is there."""
    begin(page, "shape_costs_begin")
    expect(page.locator("#shape-costs tbody tr")).to_have_count(KINDS, timeout=LONG)
    expect(page.locator("#shape-costs progress").first).to_be_hidden(timeout=LONG)
    return page


def test_nothing_is_measured_before_a_click(opened: Open, page: Page) -> None:
    requests = Requests(page)
    opened()
    expect(page.locator("#shape-costs .tools button.main")).to_have_count(2)
    page.wait_for_function("() => document.querySelector('#shape-costs progress')?.hidden")
    assert not [sent for sent in requests if sent.endswith(("stream/costs", "stream/gradients"))]


def test_costs_are_drawn_and_told(opened: Open) -> None:
    page = measured(opened())
    expect(page.locator("#shape-costs .panels .curve")).to_have_count(4 * KINDS)
    plot = page.locator("#shape-costs .panels .plot").first
    plot.focus()
    plot.press("End")
    expect(page.locator("#shape-costs .panels .told").first).to_contain_text(
        f"After {MOST} symbols: Shakespeare · RNN "
    )
    row = page.locator("#shape-costs tbody tr").first
    expect(row).to_contain_text("858,753")
    expect(row).to_contain_text("4.1 kB")  # two layers of 512 numbers
    wide = page.locator("#shape-costs tbody tr").last
    expect(wide.locator("th")).to_have_text(WORDS["shape_costs_whole"].format(title="Shakespeare · Transformer"))
    expect(wide).to_contain_text("MB")


def test_gradients_are_drawn_and_what_vanished_is_said(opened: Open) -> None:
    page = opened()
    begin(page, "shape_costs_back_begin")
    expect(page.locator("#shape-costs .back .curve")).to_have_count(3, timeout=LONG)
    expect(page.locator("#shape-costs .lost")).to_contain_text(f"Shakespeare · RNN: {BACK} symbols back it is")


def test_what_was_measured_is_there_for_the_next_one(opened: Open, new_page: Callable[..., Page], server: str) -> None:
    measured(opened())
    other = new_page()
    other.goto(server + HERE)
    expect(other.locator("#shape-costs tbody tr")).to_have_count(KINDS, timeout=10_000)

"""The rows of all gaps: small bars from both sides and from the left alone, moved by the slider without a request."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from playground.server import api, gaps
from tests.browser.hands import TWO_FRAMES, WORDS, Requests
from tests.browser.test_gap import HERE, TEXT, first_bar, letter, marked_letter

LONG = "To be, or not to be, that is the question: whether 'tis nobler in the mind to suffer"
TWELVE = [3, 5, 7, 9, 14, 17, 23, 28, 30, 33, 36, 40]
HEIGHTS = """(row) => [...row.querySelectorAll("i")].map((bar) => new DOMMatrix(bar.style.transform).d)"""
SEEN = {" ": "␣", "\n": "↵"}

Open = Callable[..., Page]
Shares = dict[str, float]


@pytest.fixture
def gap(server: str, page: Page) -> Open:
    """gap(places) opens the section with these gaps, and returns the page once their bars are drawn."""

    def go(places: list[int], query: str = "") -> Page:
        page.goto(server + HERE + ",".join(map(str, places)) + query)
        page.wait_for_selector(".shape-gap .sides > :nth-child(2) .bar")
        page.wait_for_selector(".shape-gap .gap-line .smallbars i")
        page.evaluate(TWO_FRAMES)  # wait until the number of bars that fit is known
        return page

    return go


def rows(page: Page) -> Locator:
    return page.locator(".shape-gap .gap-line")


def click_row(page: Page, place: int) -> Locator:
    return page.locator(f'.shape-gap .pick[data-gap="{place}"]')


def shown_bars(row: Locator) -> tuple[list[str], Shares, Shares]:
    """The letters under a row's bars and their heights as shares: from both sides, and from the left."""
    symbols = row.locator(".labels span").all_text_contents()
    both, left = (
        dict(zip(symbols, row.locator(f".row-{series}").evaluate(HEIGHTS), strict=True)) for series in (1, 0)
    )
    return symbols, both, left


def shares(symbols: list[str], probabilities: list[Any]) -> Shares:
    return {SEEN.get(symbol, symbol): float(p) for symbol, p in zip(symbols, probabilities, strict=True)}


def api_answers(places: list[int], temperature: float = 1) -> list[tuple[Shares, Shares]]:
    """What the API says of each gap, for both models."""
    answer = api.fill(text=marked_letter(*places), temperature=temperature)
    both = [shares(answer["symbols"], one["probabilities"]) for one in answer["gaps"]]
    found = [api.distribution("shakespeare-lstm", TEXT[:place], temperature=temperature) for place in places]
    left = [shares(one["symbols"], one["probabilities"]) for one in found]
    return list(zip(both, left, strict=True))


def expect_rows(page: Page, places: list[int], temperature: float = 1) -> None:
    """Each row has the bars of both models, on an axis from 0 to 1. Does not wait."""
    for n, (both, left) in enumerate(api_answers(places, temperature)):
        symbols, own, alone = shown_bars(rows(page).nth(n))
        assert len(symbols) >= 6
        assert own == pytest.approx({symbol: both[symbol] for symbol in symbols}, abs=2e-4)
        assert alone == pytest.approx({symbol: left[symbol] for symbol in symbols}, abs=2e-4)


def test_each_gap_has_its_bars_from_both_sides_and_from_the_left(gap: Open) -> None:
    places = [4, 17, 33]
    page = gap(places)
    expect(rows(page)).to_have_count(3)
    expect_rows(page, places)
    for n, place in enumerate(places):
        row = rows(page).nth(n)
        expect(row.locator(".number")).to_have_text(str(n + 1))
        expect(letter(page, place)).to_have_text(str(n + 1))
        expect(row.locator(".truth")).to_have_text(TEXT[place])
        expect(row.locator(".labels .came")).to_have_text(TEXT[place])  # and is framed in both rows
        for series in (0, 1):
            expect(row.locator(f".row-{series} .came")).to_have_count(1)
    expect(click_row(page, 33)).to_have_text("t is the _uestion")
    expect(click_row(page, 33)).to_have_accessible_name("Gap 3: t is the _uestion")
    bars = rows(page).first.get_by_role("img")
    expect(bars).to_have_count(2)
    expect(bars.first).to_have_accessible_name(re.compile(f"^{WORDS['shape_gap_both_short']}: "))


def test_the_bars_keep_their_order_while_the_slider_moves(gap: Open) -> None:
    page = gap([4, 33])
    before = [shown_bars(row)[0] for row in rows(page).all()]
    for symbols, (both, left) in zip(before, api_answers([4, 33]), strict=True):
        ranked = sorted(both, key=lambda symbol: both[symbol] + left.get(symbol, 0), reverse=True)
        assert symbols[:-1] == ranked[: len(symbols) - 1]  # the last may be the letter of the text
    page.evaluate("window.playground.setTemperature(3)")
    page.evaluate(TWO_FRAMES)
    assert [shown_bars(row)[0] for row in rows(page).all()] == before


def test_a_letter_that_neither_model_expects_still_has_a_bar(server: str, page: Page) -> None:
    page.goto(f"{server}/?tab=shapes&shape=gap&gap-text=To+be+or+nZt+to+be&gap-at=3,10")
    came = rows(page).nth(1).locator(".labels .came")
    expect(came).to_have_text("Z")
    assert came.evaluate("(label) => label === label.parentElement.lastElementChild")


def test_a_move_of_the_slider_draws_the_bars_of_twelve_gaps_in_the_next_frame(gap: Open) -> None:
    page = gap(TWELVE)
    expect(rows(page)).to_have_count(12)
    requests = Requests(page)
    for temperature in (0.5, 2):
        page.evaluate(f"window.playground.setTemperature({temperature})")
        page.evaluate(TWO_FRAMES)
        expect_rows(page, TWELVE, temperature)
    assert not [sent for sent in requests if "stream/gaps" in sent]


def test_a_row_is_chosen_by_a_click_anywhere_on_it_or_by_enter(gap: Open) -> None:
    page = gap([33, 4, 17])
    chosen = page.locator(".shape-gap .pick[aria-pressed=true]")
    expect(chosen).to_have_attribute("data-gap", "33")
    likeliest = [one["likeliest"] for one in api.fill(text=marked_letter(4, 17, 33))["gaps"]]
    rows(page).first.locator(".row-0").click(force=True)  # its button lies over the bars
    expect(chosen).to_have_attribute("data-gap", "4")
    expect(letter(page, 4)).to_have_class(re.compile(r"\bat\b"))
    expect(page.locator(".shape-gap .sides .bar .label").first).to_have_text(likeliest[0])
    click_row(page, 4).focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(chosen).to_have_attribute("data-gap", "17")
    expect(click_row(page, 17)).to_be_focused()  # the same row redrawn
    assert first_bar(page, 1) == likeliest[1]
    page.wait_for_url(re.compile("gap-at=17(%2C|,)4(%2C|,)33"))


def test_the_greatest_number_of_gaps_is_in_a_scrolling_box(server: str, page: Page) -> None:
    places = ",".join(map(str, range(gaps.GAPS)))
    page.goto(f"{server}/?tab=shapes&shape=gap&gap-at={places}")
    expect(rows(page)).to_have_count(gaps.GAPS)
    page.wait_for_selector(".shape-gap .gap-line .smallbars i")
    box = page.locator(".shape-gap .gaps")
    assert box.evaluate("(box) => box.scrollHeight > 2 * box.clientHeight && box.clientHeight < 0.7 * innerHeight")
    # A drag draws those in the box and the next ones; the last one is drawn when it is scrolled into view.
    last = rows(page).last
    expect(last).to_have_class(re.compile(r"\baway\b"))
    assert rows(page).locator("i:visible").count() < 0.6 * gaps.GAPS * 2 * 24
    page.evaluate("window.playground.setTemperature(0)")
    click_row(page, gaps.GAPS - 1).focus()
    expect(last.locator(".tells").first).to_contain_text("100.0 %")
    assert sorted(last.locator(".row-1").evaluate(HEIGHTS))[-2:] == [0, 1]
    letter(page, gaps.GAPS).click()
    expect(page.locator(".shape-gap .told")).to_have_text(WORDS["shape_gap_many"].format(n=gaps.GAPS))


def test_choosing_a_gap_scrolls_its_box_but_not_the_page(gap: Open) -> None:
    page = gap(list(range(36)))
    expect(rows(page)).to_have_count(36)
    letter(page, 39).scroll_into_view_if_needed()
    before = page.evaluate("document.scrollingElement.scrollTop")
    letter(page, 39).click()
    chosen = rows(page).filter(has=page.locator('[data-gap="39"]'))
    expect(chosen).to_have_class(re.compile(r"\bchosen\b"))
    inside = """(row) => { const [own, box] = [row, row.parentElement].map((node) => node.getBoundingClientRect());
      return own.top >= box.top - 1 && own.bottom <= box.bottom + 1; }"""
    assert chosen.evaluate(inside)
    assert page.evaluate("document.scrollingElement.scrollTop") == before


def test_a_single_gap_has_large_charts_and_no_small_bars(gap: Open, page: Page) -> None:
    gap([4, 33])
    letter(page, 4).click()
    expect(rows(page)).to_have_count(1)
    expect(rows(page).locator(".tells").first).to_be_visible()
    expect(rows(page).locator(".smallbars").first).to_be_hidden()


@pytest.mark.parametrize(("wide", "tall", "columns"), [(1440, 900, 3), (820, 1180, 2), (390, 844, 1)])
def test_the_rows_fit_on_every_screen(gap: Open, page: Page, wide: int, tall: int, columns: int) -> None:
    page.set_viewport_size({"width": wide, "height": tall})
    gap(TWELVE)
    boxes = rows(page).evaluate_all("all => all.map((one) => one.getBoundingClientRect().left)")
    assert len(set(boxes)) == columns
    assert page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")
    for row in rows(page).all()[: 2 * columns]:
        symbols, *_ = shown_bars(row)
        widths = row.locator(".labels span").evaluate_all("all => all.map((one) => one.getBoundingClientRect().width)")
        assert len(symbols) >= 8
        assert min(widths) >= 15
    box = page.locator(".shape-gap .gaps").bounding_box()
    assert box is not None
    assert box["height"] < 0.7 * tall

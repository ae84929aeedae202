"""The gap section of the Shapes tab: a click removes a letter, bars come from both sides, three orders fill a
stretch."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from playground.server import api
from tests.browser.hands import WORDS, Requests
from tests.browser.test_language import WORDS as BOTH

TEXT = "To be, or not to be, that is the question"
HERE = "/?tab=shapes&shape=gap&seed=5&gap-text=To+be%2C+or+not+to+be%2C+that+is+the+question&gap-at="

Open = Callable[..., Page]


@pytest.fixture
def gap(server: str, page: Page) -> Open:
    """gap(at) opens the section with these gaps, and returns the page once the bars of both sides are drawn."""

    def go(at: str = "33", query: str = "") -> Page:
        page.goto(server + HERE + at + query)
        page.wait_for_selector(".shape-gap .sides > :nth-child(2) .bar")
        return page

    return go


def letter(page: Page, place: int) -> Locator:
    return page.locator(f'.shape-gap .letter[data-place="{place}"]')


def marked_letter(*places: int) -> str:
    return "".join("_" if i in places else c for i, c in enumerate(TEXT))


def first_bar(page: Page, side: int) -> str:
    bar = page.locator(f".shape-gap .sides > :nth-child({side}) .bar .label").first
    return bar.text_content() or ""


def test_the_section_opens_with_a_gap_in_a_line_of_shakespeare(server: str, page: Page) -> None:
    page.goto(f"{server}/?tab=shapes&shape=gap")
    page.wait_for_selector(".shape-gap .sides .bar")
    expect(page.locator(".shape-gap .letter[aria-pressed=true]")).to_have_count(2)
    expect(page.locator(".shape-gap .gap-line")).to_have_count(2)
    expect(page.locator("#shape-gap .diagram text.of-output").first).to_be_visible()
    assert "gap-" not in page.url


def test_the_bars_are_those_of_the_endpoint_and_the_true_letter_is_marked(gap: Open) -> None:
    page = gap("33")
    answer = api.fill(text=marked_letter(33))
    [there] = answer["gaps"]
    assert first_bar(page, 1) == there["likeliest"]
    line = page.locator(".shape-gap .gap-line")
    expect(line.locator(".truth")).to_have_text("q")
    p = max(there["probabilities"])
    expect(line.locator(".tells").first).to_contain_text(f"{100 * p:.1f} %")
    left = api.distribution("shakespeare-lstm", TEXT[:33])
    assert first_bar(page, 2) == left["likeliest"].replace(" ", "␣")
    expect(line.locator(".tells").nth(1)).to_contain_text(f"{100 * max(left['probabilities']):.1f} %")
    expect(page.locator(".shape-gap .sides .bar.came")).to_have_count(2)


def test_a_click_opens_a_gap_and_another_closes_it(gap: Open) -> None:
    page = gap("33")
    letter(page, 4).click()
    expect(page.locator(".shape-gap .gap-line")).to_have_count(2)
    expect(letter(page, 4)).to_have_attribute("aria-pressed", "true")
    likeliest = [one["likeliest"] for one in api.fill(text=marked_letter(4, 33))["gaps"]]
    expect(page.locator(".shape-gap .gap-line .tells:nth-child(3) b")).to_have_text(likeliest)
    page.wait_for_url(re.compile("gap-at=4%2C33|gap-at=4,33"))  # the gap clicked last comes first
    page.locator('.shape-gap .pick[data-gap="33"]').click()
    expect(page.locator(".shape-gap .pick[aria-pressed=true]")).to_have_attribute("data-gap", "33")
    letter(page, 4).click()
    letter(page, 33).click()
    expect(page.locator(".shape-gap .told")).to_have_text(WORDS["shape_gap_none"])
    expect(page.locator(".shape-gap .sides")).to_be_hidden()


def test_the_link_names_the_selected_gap(gap: Open) -> None:
    page = gap("4,33")
    chosen = page.locator(".shape-gap .pick[aria-pressed=true]")
    expect(chosen).to_have_attribute("data-gap", "4")
    page.locator('.shape-gap .pick[data-gap="33"]').click()
    page.wait_for_url(re.compile("gap-at=33(%2C|,)4"))
    page.reload()
    expect(chosen).to_have_attribute("data-gap", "33")
    expect(letter(page, 33)).to_have_class(re.compile(r"\bat\b"))
    expect(page.locator(".shape-gap .gap-line")).to_have_count(2)


def test_arrow_keys_move_over_the_letters_and_enter_removes_one(gap: Open) -> None:
    page = gap("33")
    letter(page, 33).focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(letter(page, 35)).to_have_attribute("aria-pressed", "true")
    expect(letter(page, 35)).to_be_focused()
    expect(page.locator(".shape-gap .gap-line")).to_have_count(2)
    page.keyboard.press("Home")
    expect(letter(page, 0)).to_be_focused()


def test_typing_keeps_the_gaps_with_their_letters(gap: Open) -> None:
    page = gap("33")
    page.locator("#gap-text").fill("Oh: " + TEXT)
    expect(letter(page, 37)).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".shape-gap .gap-line .truth")).to_have_text("q")


def test_the_temperature_moves_the_bars_without_a_request(gap: Open) -> None:
    page = gap("33")
    requests = Requests(page)
    page.evaluate("window.playground.store.setTemperature(0)")
    expect(page.locator(".shape-gap .gap-line .tells").first).to_contain_text("100.0 %")
    page.evaluate("window.playground.store.setTemperature(2)")
    p = max(api.fill(text=marked_letter(33), temperature=2)["gaps"][0]["probabilities"])
    expect(page.locator(".shape-gap .gap-line .tells").first).to_contain_text(f"{100 * p:.1f} %")
    assert not [sent for sent in requests if "stream/gaps" in sent]


def test_unknown_letters_are_reported(gap: Open) -> None:
    page = gap("33")
    page.locator("#gap-text").fill("한 " + TEXT)
    expect(page.locator(".shape-gap > .problem")).to_contain_text("한")


def test_three_orders_fill_step_by_step_beside_the_language_model(gap: Open) -> None:
    page = gap("33", "&temperature=0.5")
    rows = page.locator(".gap-writing .row")
    expect(rows).to_have_count(4)
    expect(page.locator("#gap-step + output")).to_have_text("48 / 48", timeout=60_000)
    expect(page.locator(".gap-writing .measures").last).to_contain_text("bits", timeout=60_000)
    texts = [text.replace("↵", "\n") for text in rows.locator(".text").all_text_contents()]
    prompt = "My lord, I will not "
    assert all(text.startswith(prompt) and len(text) == len(prompt) + 48 and "·" not in text for text in texts)
    assert len(set(texts)) == 4
    page.locator("#gap-step").fill("10")
    for row in rows.all():
        expect(row.locator(".unfilled")).to_have_count(38)
    left = rows.first.locator(".text span")
    assert [i for i, one in enumerate(left.all()) if one.get_attribute("class") == "last"] == [10]  # from left to right
    page.evaluate("window.playground.language.choose('ko')")
    expect(page.locator(".gap-writing .measures").last).to_contain_text("셰익스피어 · LSTM · ")


def test_switching_the_language_keeps_the_answers(gap: Open) -> None:
    page = gap("33")
    page.evaluate("window.playground.language.choose('ko')")
    expect(page.locator(".gap-writing h3")).to_have_text(BOTH["ko"]["shape_gap_writing"])
    expect(page.locator(".shape-gap .tells .muted").first).to_have_text(BOTH["ko"]["shape_gap_both_short"])

"""The columns of the Temperatures tab: they scroll together, hold syllables, and an invalid list gets a message."""

import json

import pytest
from playwright.sync_api import Page, expect

from playground.words import CATALOGUES
from tests.browser.hands import WORDS
from tests.browser.test_temperatures import FRAMES, HERE, TEXTS, api_answer, wait_until_written


def test_columns_scroll_together(server: str, page: Page) -> None:
    page.goto(f"{server}{HERE}&length=600")
    wait_until_written(page)
    tops = """() => [...document.querySelectorAll(".column-text")]
      .map((text) => text.firstElementChild.getBoundingClientRect().y)"""
    before = page.evaluate(tops)
    page.locator(".columns-scroller").evaluate("box => { box.scrollTop = 60; }")
    page.evaluate(FRAMES)
    assert page.evaluate(tops) == [y - 60 for y in before]


@pytest.mark.parametrize("infinite", ["inf", "infinity", "Inf", "∞"])
def test_a_link_can_write_infinity_as_people_type_it(infinite: str, server: str, page: Page) -> None:
    page.goto(f"{server}{HERE}&temperatures=0.5,{infinite}")
    wait_until_written(page)
    expect(page.locator(".temperatures .problem")).to_have_text("")
    expect(page.locator("#temperatures-list")).to_have_value("0.5, ∞")
    page.wait_for_url("**temperatures=0.5%2Cinf**")


@pytest.mark.parametrize("given", ["warm", "0.5,infinite", "1,2,3,4,5,6,7", "-1"])
def test_an_invalid_list_in_a_link_gets_a_message(given: str, server: str, page: Page) -> None:
    page.goto(f"{server}{HERE}&temperatures={given}")
    wait_until_written(page)
    expect(page.locator(".temperatures .problem")).to_have_text(
        WORDS["temperatures_bad_link"].format(value=given, most=6).replace("{value}", given)
    )
    expect(page.locator(".column-head")).to_have_count(4)


def test_korean_columns_hold_syllables_and_another_language_loses_nothing(server: str, page: Page) -> None:
    page.goto(f"{server}/?tab=temperatures&model=korean-lstm&prompt=그는+하&length=60&seed=2&temperatures=0.5,1&lang=en")
    wait_until_written(page)
    values = {"model": "korean-lstm", "prompt": "그는 하", "seed": 2, "length": 60, "temperatures": [0.5, 1.0]}
    expected = [one["text"] for one in api_answer(**values)]
    texts = [text.replace("↵\n", "\n").replace("␣", " ") for text in page.evaluate(TEXTS)]
    # A letter that stands alone at the end is drawn as one.
    assert [text[-20:-1] for text in texts] == [text[-20:-1] for text in expected]
    page.evaluate("window.playground.language.choose('ko')")
    korean = json.loads((CATALOGUES / "ko.json").read_text("utf-8"))
    expect(page.locator(".column-figures dt").first).to_have_text(korean["temperatures_distinct_words"])
    assert [text.replace("↵\n", "\n").replace("␣", " ") for text in page.evaluate(TEXTS)] == texts

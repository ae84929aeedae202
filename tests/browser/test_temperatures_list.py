"""The columns of the Temperatures tab: they scroll as one, and a link's list that cannot be used is told."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.hands import WORDS
from tests.browser.test_temperatures import FRAMES, HERE, READY


def written(page: Page, address: str) -> None:
    """Open an address, and wait until all columns are written."""
    page.goto(address)
    page.wait_for_function(READY)
    page.evaluate(FRAMES)


def test_columns_scroll_together(server: str, page: Page) -> None:
    written(page, f"{server}{HERE}&length=600")
    tops = """() => [...document.querySelectorAll(".column-text")]
      .map((text) => text.firstElementChild.getBoundingClientRect().y)"""
    before = page.evaluate(tops)
    page.locator(".columns-scroller").evaluate("box => { box.scrollTop = 60; }")
    page.evaluate(FRAMES)
    assert page.evaluate(tops) == [y - 60 for y in before]


@pytest.mark.parametrize("given", ["warm", "1,2,3,4,5,6,7", "-1"])
def test_a_list_in_a_link_that_cannot_be_used_is_told(given: str, server: str, page: Page) -> None:
    written(page, f"{server}{HERE}&temperatures={given}")
    expect(page.locator(".temperatures .problem")).to_have_text(
        WORDS["temperatures_bad_link"].format(value=given, most=6).replace("{value}", given)
    )
    expect(page.locator(".column-head")).to_have_count(4)

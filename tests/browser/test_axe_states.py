"""axe-core finds nothing in what opens, folds, fails or is offered, nor in the early picture of the page, nor in a
failed tab."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.hands import generate
from tests.browser.test_axe import LOOKS, assert_clean, axe, page_words  # noqa: F401
from tests.browser.test_front import HERE, HeldPage

NewPage = Callable[..., Page]
LINK = "/?model=shakespeare-ngram&prompt=To+be&length=30&seed=3&__theme=light"
looks = pytest.mark.parametrize(("options", "themes"), LOOKS.values(), ids=LOOKS)


def bias_bar(page: Page) -> str:
    page.evaluate("window.playground.store.set({ bias: 'e:1.5' })")
    page.locator("#distribution .bar").nth(1).dispatch_event("contextmenu")
    expect(page.locator(".bend-menu")).to_be_visible()
    return "#distribution"


def open_explanation(page: Page) -> str:
    page.keyboard.press("Escape")
    page.locator("#figures .explain").first.evaluate("node => node.click()")
    expect(page.locator("#figures .hint-box:popover-open")).to_be_visible()
    return "#figures"


def open_chart_menu(page: Page) -> str:
    page.keyboard.press("Escape")
    page.locator("#figures .save summary").first.evaluate("node => node.click()")
    expect(page.locator("#figures .save .menu").first).to_be_visible()
    return "#figures"


def fold_controls(page: Page) -> str:
    page.locator("#knobs .fold").evaluate("node => node.click()")
    expect(page.locator("#knobs .fold")).to_have_attribute("aria-expanded", "false")
    return "#knobs"


def unfold_controls(page: Page) -> str:
    page.locator("#knobs .fold").evaluate("node => node.click()")
    return "#knobs"


def lose_server(page: Page) -> str:
    page.evaluate("window.playground.server.offer(String(window.playground.words.lost_writing), () => {})")
    expect(page.locator("#notice .problem .quiet")).to_be_visible()
    return ".asking"


@looks
def test_axe_finds_nothing_in_what_opens_and_folds(
    new_page: NewPage, server: str, axe: str, options: dict[str, Any], themes: tuple[str, ...]  # noqa: F811
) -> None:
    page = new_page(**options)
    page.goto(server + LINK)
    page.wait_for_selector("#distribution[data-step]")
    page.evaluate(axe)
    for state in (bias_bar, open_explanation, open_chart_menu, fold_controls, unfold_controls, lose_server):
        assert_clean(page, state.__name__, themes, state(page))


@looks
def test_axe_finds_nothing_while_the_page_loads_and_offers_the_last_text(
    new_page: NewPage, server: str, axe: str, options: dict[str, Any], themes: tuple[str, ...]  # noqa: F811
) -> None:
    page = new_page(**options)
    held = HeldPage(page, server + HERE + "&length=30&__theme=light")
    held.wait_until_painted()
    page.evaluate(axe)
    assert page.title()
    assert_clean(page, "front", themes, "body")  # a picture of the page: headings and landmarks come later
    held.let_go()
    generate(page, 30)
    page.evaluate("dispatchEvent(new Event('pagehide'))")  # until then it is not stored
    page.goto(server + LINK)
    expect(page.locator("#text .last")).to_be_visible()
    page.evaluate(axe)
    assert_clean(page, "restore", themes, "#text")


@looks
def test_axe_finds_nothing_in_a_tab_that_failed(
    new_page: NewPage, server: str, axe: str, options: dict[str, Any], themes: tuple[str, ...],  # noqa: F811
    troubles: list[str],
) -> None:  # fmt: skip
    page = new_page(**options)
    page.route("**/pack/tabs/search.js*", lambda route: route.abort())
    page.goto(server + LINK + "&tab=search")
    expect(page.locator("#search").get_by_role("alert")).to_be_visible()
    page.evaluate(axe)
    assert_clean(page, "failed", themes, "#search")
    troubles.clear()

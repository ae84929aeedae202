"""The server is updated while a page is open: a tab not opened before says so, and loads the new version."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from playground.words import catalogue
from tests.browser.hands import generate, text_of, wait_until_painted
from tests.browser.outage import STATE, Server
from tests.browser.test_tabs import SCORED

HERE = "/?model=shakespeare-ngram&prompt=To+be&length=20&seed=5&lang=ko"
KOREAN = catalogue("ko")
# The same app with one more line in a module: all its files get another address.
NEWER = """
import runpy
from playground.server import static
static.contents()["core/sum.js"] += b"\\n"
runpy.run_path("app.py", run_name="__main__")
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    app = Server(tmp_path, "app.py")
    app.start()
    yield app
    app.stop()


@pytest.fixture
def opened_page(server: Server, page: Page) -> Page:
    page.goto(server.address + HERE)
    page.wait_for_selector("#distribution[data-step]")
    return page


def test_an_outdated_tab_loads_the_new_version_without_losing_text(
    server: Server, opened_page: Page, troubles: list[str]
) -> None:
    page, text = opened_page, generate(opened_page, 20)
    server.stop()
    server.command = ("-c", NEWER)
    server.start()
    page.locator("#tab-score-button").click()
    expect(page.locator("#score").get_by_role("alert")).to_have_text(KOREAN["tab_newer"])
    page.locator("#score").get_by_role("button", name=KOREAN["load_newer"]).click()
    page.wait_for_selector(SCORED)
    page.locator("#tab-play-button").click()
    page.wait_for_function(f"text => window.playground.runs.textOf({STATE}.run) === text", arg=text)
    wait_until_painted(page)
    assert text_of(page) == text
    assert all("404" in trouble or "ERR_" in trouble or "imported module" in trouble for trouble in troubles), troubles
    troubles.clear()


def test_a_tab_that_failed_can_be_retried_by_keyboard(server: Server, opened_page: Page, troubles: list[str]) -> None:
    page = opened_page
    server.stop()
    page.locator("#tab-score-button").click()
    expect(page.locator("#score").get_by_role("alert")).to_have_text(KOREAN["tab_failed"])
    server.start()
    page.locator("#score").get_by_role("button", name=KOREAN["try_again"]).press("Enter")
    page.wait_for_selector(SCORED)
    expect(page.locator("#tab-score-button")).to_be_focused()
    assert all("ERR_" in trouble or "imported module" in trouble for trouble in troubles), troubles
    troubles.clear()

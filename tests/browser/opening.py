"""Helpers shared by the tests of opening the page."""

from playwright.sync_api import Locator, Page

from tests.browser.hands import WORDS, wait_until_painted

HERE = "/?model=shakespeare-gru&prompt=To+be&length=20&seed=5&top-k=30"
STATE = "window.playground?.store.state"  # a page that is reloading has none for a moment
WRITTEN = f"""() => {{
  const {{ run, busy }} = {STATE} ?? {{}};
  return run && !busy && run.steps.length === run.prompted + 20;
}}"""
OPENING = "**/stream/open**"


def wait_until_open(page: Page) -> None:
    page.wait_for_selector("#distribution[data-step]")
    wait_until_painted(page)


def retry_button(page: Page) -> Locator:
    return page.locator("#notice").get_by_role("button", name=WORDS["try_again"])


def expect_only_failed_requests(troubles: list[str], *words: str) -> None:
    """The browser logs the failed request. Nothing else may be logged."""
    assert all(any(word in trouble for word in words) for trouble in troubles), troubles
    troubles.clear()

"""What the tests of a page that opens share."""

from playwright.sync_api import Locator, Page

from tests.browser.hands import WORDS, painted

HERE = "/?model=shakespeare-gru&prompt=To+be&length=20&seed=5&top-k=30"
STATE = "window.playground?.store.state"  # a page that is loaded anew has none for a moment
WRITTEN = f"""() => {{
  const {{ run, busy }} = {STATE} ?? {{}};
  return run && !busy && run.steps.length === run.prompted + 20;
}}"""
OPENING = "**/stream/open**"


def wait_until_open(page: Page) -> None:
    page.wait_for_selector("#distribution[data-step]")
    painted(page)


def again(page: Page) -> Locator:
    return page.locator("#notice").get_by_role("button", name=WORDS["try_again"])


def expect_only(troubles: list[str], *words: str) -> None:
    """The browser itself notes a request that failed. Nothing else may be said."""
    assert all(any(word in trouble for word in words) for trouble in troubles), troubles
    troubles.clear()

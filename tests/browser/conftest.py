"""A client of the API, and one page that the tests of a file share."""

from collections.abc import Iterator

import pytest
from gradio_client import Client
from playwright.sync_api import Page

from tests.browser.hands import painted
from tests.pages import Pages

HERE = "/?model=shakespeare-gru&prompt=To+be+or+not+to+b"


@pytest.fixture(scope="module")
def client(server: str) -> Client:
    return Client(server, verbose=False)


@pytest.fixture(scope="module")
def lasting(pages: Pages) -> Iterator[Page]:
    """One page for all tests of a file; it is empty at first."""
    page = pages.take()
    noise: list[str] = []
    page.on("console", lambda message: noise.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: noise.append(str(error)))
    yield page
    pages.give_back(page)
    assert noise == []


@pytest.fixture(scope="module")
def opened(lasting: Page, server: str) -> Page:
    """That page with the app: opening it takes longer than most of these tests."""
    lasting.goto(server + HERE)
    lasting.wait_for_selector("#distribution[data-step]")
    return lasting


@pytest.fixture
def page_here(opened: Page) -> Page:
    """The page with its settings as they were when it opened, and no hand on it."""
    opened.evaluate("""() => {
      document.activeElement.blur();
      window.playground.store.set({ temperature: 1, top_k: 0, top_p: 1, min_p: 0 });
    }""")
    opened.mouse.move(5, 5)
    painted(opened)
    return opened

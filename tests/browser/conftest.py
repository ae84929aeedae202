"""An API client, and one page that all tests of a file share."""

import math
from collections.abc import Callable, Iterator

import pytest
from gradio_client import Client
from playwright.sync_api import Page

from tests.browser.hands import wait_until_painted
from tests.pages import Pages

HERE = "/?model=shakespeare-gru&prompt=To+be+or+not+to+b"


@pytest.fixture(scope="module")
def client(server: str) -> Client:
    return Client(server, verbose=False)


@pytest.fixture
def text_at(client: Client) -> Callable[..., str]:
    """Returns a function that asks the API for the text at a temperature."""

    def write(temperature: float, model: str = "shakespeare-gru") -> str:
        given = "inf" if temperature == math.inf else temperature  # JSON has no infinity
        answer = client.predict(
            model=model, prompt="To be or not to b", temperature=given, seed=5, length=60, api_name="/generate"
        )
        return str(answer["text"])

    return write


@pytest.fixture(scope="module")
def shared_page(pages: Pages) -> Iterator[Page]:
    """One page for all tests of a file. It is empty at first."""
    page = pages.take()
    noise: list[str] = []
    page.on("console", lambda message: noise.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: noise.append(str(error)))
    yield page
    pages.give_back(page)
    assert noise == []


@pytest.fixture(scope="module")
def opened_page(shared_page: Page, server: str) -> Page:
    """The shared page with the app open: opening takes longer than most of these tests."""
    shared_page.goto(server + HERE)
    shared_page.wait_for_selector("#distribution[data-step]")
    return shared_page


@pytest.fixture
def page_here(opened_page: Page) -> Page:
    """The page with the settings it opened with, the focus nowhere and the mouse away from it."""
    opened_page.evaluate("""() => {
      document.activeElement.blur();
      window.playground.store.set({ temperature: 1, top_k: 0, top_p: 1, min_p: 0 });
    }""")
    opened_page.mouse.move(5, 5)
    wait_until_painted(opened_page)
    return opened_page

"""An app that stops and starts again at the same address, and what a page does meanwhile."""

import socket
import time
import urllib.request
from contextlib import suppress
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests import apps
from tests.browser.hands import WORDS, set_full_speed, text_of, wait_until_painted
from tests.conftest import START_SECONDS

STATE = "window.playground.store.state"
LENGTH = 300
HERE = f"/?model=shakespeare-gru&prompt=To+be&length={LENGTH}&seed=5"
GOES_ON = f"() => {STATE}.busy && {STATE}.run.steps.length > {STATE}.run.prompted + 20"
WHOLE = f"() => !{STATE}.busy && {STATE}.shown === {STATE}.run.prompted + {LENGTH}"


class Server:
    """An app on a fixed port that can be stopped and started again."""

    def __init__(self, folder: Path, *command: str, **environment: str) -> None:
        self.log = folder / "app.log"
        self.command, self.environment = command, environment
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        self.process: BaseProcess | None = None

    def start(self) -> None:
        own = {"GRADIO_SERVER_PORT": str(self.port), "GRADIO_ANALYTICS_ENABLED": "0", "HF_HUB_OFFLINE": "1"}
        self.process = apps.start(self.log, *self.command, **(own | self.environment))
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            with suppress(OSError), urllib.request.urlopen(self.address, timeout=10):
                return
            time.sleep(0.1)
        pytest.fail("the app did not answer")

    def stop(self) -> None:
        """At once, as in a crash."""
        if self.process is not None:
            apps.kill(self.process)
            self.process = None


def open_page(server: Server, page: Page) -> None:
    """Open the page and mark it, so that a reload can be told."""
    page.goto(server.address + HERE)
    page.wait_for_selector("#distribution[data-step]")
    page.evaluate("window.same = true")


def lose_server(page: Page) -> str:
    """Wait until a writing page reports the lost server, play its text to the end, and return the text."""
    expect(page.locator("#notice")).to_contain_text(WORDS["lost_writing"])
    set_full_speed(page)
    wait_until_painted(page)
    text = text_of(page)
    assert len(text) > len("To be") + 10
    return text


def resume_to_the_end(page: Page, begun: str) -> None:
    """After the restart, the same page continues the same text."""
    page.evaluate("document.querySelector('#notice .problem button')?.click()")  # or wait for its next try
    page.wait_for_function(WHOLE, timeout=60_000)
    wait_until_painted(page)
    assert text_of(page).startswith(begun)
    assert page.evaluate("window.same"), "the page was not loaded anew"

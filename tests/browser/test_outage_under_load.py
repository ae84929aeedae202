"""The server is killed while it writes for a dozen clients and a page, and restarts: no client hangs, the page
reports it and continues, and every text ends up as it would have been."""

import http.client
import json
import struct
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests import stream
from tests.browser.outage import GOES_ON, HERE, LENGTH, Server, lose_server, resume_to_the_end

CLIENTS = 12
MODELS = ("names-gru", "shakespeare-ngram", "shakespeare-gru")
HANGS = 10.0  # seconds without a byte


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    # It writes slowly, so that all are in the middle of a text.
    app = Server(tmp_path, "-m", "tests.browser.troubled", TROUBLES=str(tmp_path), WRITERS="100")
    app.start()
    yield app
    app.stop()


class Client:
    """A program that requests a text over a connection of its own."""

    def __init__(self, server: Server, number: int) -> None:
        self.server, self.number = server, number
        self.body = b""
        self.broken = False

    def write(self) -> float:
        """Write until the answer ends or breaks off; returns when that was."""
        settings = stream.settings(model=MODELS[self.number % 3], prompt="To be", length=LENGTH, seed=self.number)
        asked = stream.asked(page=f"client {self.number}", settings=settings, written=[], pick=None)
        self.body, self.broken = b"", False
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=HANGS)
        try:
            connection.request("POST", "/stream/write", json.dumps(asked))
            answer = connection.getresponse()
            assert answer.status == 200
            while piece := answer.read1():
                self.body += piece
        except (ConnectionError, http.client.IncompleteRead):
            self.broken = True
        finally:
            connection.close()
        return time.monotonic()

    def text(self) -> list[int]:
        """The ids so far, from complete frames."""
        data, end = self.body, 0
        while len(data) >= end + 8:
            size = 8 + sum(struct.unpack_from("<II", data, end))
            if len(data) < end + size:
                break
            end += size
        return stream.answer(data[:end]).ids if end else []


def test_clients_and_page_recover_from_a_restart_under_load(server: Server, page: Page, troubles: list[str]) -> None:
    page.goto(server.address + HERE)
    page.wait_for_selector("#distribution[data-step]")
    page.evaluate("window.same = true")
    clients = [Client(server, number) for number in range(CLIENTS)]
    with ThreadPoolExecutor(CLIENTS) as threads:
        writing = [threads.submit(client.write) for client in clients]
        page.locator("#generate").click()
        page.wait_for_function(GOES_ON)
        end = time.monotonic() + 30
        while not all(len(client.text()) > 20 for client in clients):
            assert time.monotonic() < end
            time.sleep(0.05)

        server.stop()
        killed = time.monotonic()
        told = [one.result(HANGS) for one in writing]
        assert all(client.broken for client in clients), "an answer that is cut off does not look whole"
        assert max(told) - killed < 2, "a client that waits is told at once"
        before = [client.text() for client in clients]
        kept = lose_server(page)

        server.start()
        writing = [threads.submit(client.write) for client in clients]
        resume_to_the_end(page, kept)
        expect(page.locator("#notice p")).to_have_count(0)
        for one in writing:
            one.result(60)
    for client, begun in zip(clients, before, strict=True):
        assert not client.broken
        ids = client.text()
        assert len(ids) == LENGTH
        assert ids[: len(begun)] == begun, "it is the same text"
    assert all("ERR_" in trouble for trouble in troubles), troubles
    troubles.clear()

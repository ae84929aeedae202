"""The size limit of requests: too large a body is refused before it is read, over real HTTP, on any route."""

import json
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from gradio_client import Client

from playground.server import requests
from playground.server.limits import MAX_BODY
from playground.server.settings import DEFAULTS, SCORE_LIMIT, TEXT_LIMIT
from tests import stream
from tests.conftest import running_app

HUGE = 10_000_000_000
ROUTES = ("queue/join", "call/score", "call/v2/score", "run/score", "api/score", "mcp/", "upload", "cancel", "none")


def send_partly(server: str, route: str, head: str, body: bytes = b"") -> tuple[int, str, dict[str, str]]:
    """Send the head of a request and part of its body, and nothing more; returns the answer."""
    there = urlsplit(server)
    with socket.create_connection((there.hostname or "", there.port or 0), timeout=30) as line:
        line.sendall(f"POST /gradio_api/{route} HTTP/1.1\r\nHost: {there.netloc}\r\n{head}\r\n\r\n".encode() + body)
        answer = b""
        while b"\r\n\r\n" not in answer or len(answer.partition(b"\r\n\r\n")[2]) < _length(answer):
            piece = line.recv(65_536)
            assert piece, answer
            answer += piece
    head, _, told = answer.decode().partition("\r\n\r\n")
    first, *rest = head.split("\r\n")
    return int(first.split()[1]), told, {name.lower(): value for name, value in (row.split(": ", 1) for row in rest)}


def _length(answer: bytes) -> int:
    found = [row for row in answer.lower().split(b"\r\n") if row.startswith(b"content-length: ")]
    return int(found[0].split()[1]) if found else 0


def assert_refused(answer: tuple[int, str, dict[str, str]]) -> None:
    status, told, headers = answer
    assert status == 413, told
    assert headers["content-type"] == "application/json"
    assert json.loads(told)["detail"].startswith("The request has more than 1,000,000 bytes")


@pytest.mark.parametrize("route", ROUTES)
def test_a_declared_length_over_the_limit_is_refused_before_the_body(server: str, route: str) -> None:
    for length in (MAX_BODY + 1, HUGE):
        assert_refused(send_partly(server, route, f"Content-Type: application/json\r\nContent-Length: {length}"))


@pytest.mark.parametrize("route", ["queue/join", "mcp/"])
def test_a_body_without_a_length_is_refused_once_it_is_too_large(server: str, route: str) -> None:
    chunk = b"%x\r\n%s\r\n" % (100_000, b" " * 100_000)
    # The rest is never sent.
    head = "Content-Type: application/json\r\nTransfer-Encoding: chunked"
    assert_refused(send_partly(server, route, head, chunk * 11))


def test_a_chunked_body_under_the_limit_is_read(server: str) -> None:
    body = json.dumps({"data": ["To be" + "!" * 9_000, "shakespeare-ngram"]}).encode()

    def chunks() -> Iterator[bytes]:
        for at in range(0, len(body), 1_000):
            yield body[at : at + 1_000]

    headers = {"Content-Type": "application/json"}
    posted = httpx.post(f"{server}/gradio_api/call/score", content=chunks(), headers=headers, timeout=60)
    answer = httpx.get(f"{server}/gradio_api/call/score/{posted.json()['event_id']}", timeout=60)
    assert "event: complete" in answer.text


def test_a_client_that_sends_the_whole_body_gets_the_message_too(server: str) -> None:
    for size in (MAX_BODY + 1, 5_000_000):
        answer = httpx.post(f"{server}/gradio_api/queue/join", content=b" " * size, timeout=60)
        assert answer.status_code == 413
        assert "shorten it" in answer.json()["detail"]


def test_a_refused_body_takes_no_memory(tmp_path: Path) -> None:
    with running_app(tmp_path / "app.log", MALLOC_ARENA_MAX="1") as address:
        status = _status_of(address)
        before = _peak(status)
        for _ in range(3):
            with suppress(httpx.HTTPError):  # the connection is closed if a client never stops
                answer = httpx.post(f"{address}/gradio_api/call/score", content=b"[" * 150_000_000, timeout=60)
                assert answer.status_code == 413
        assert _peak(status) - before < 30_000_000


def _status_of(address: str) -> Path:
    """The file in which Linux lists the process that listens at this address."""
    port = f"{urlsplit(address).port:04X}"
    if not Path("/proc/net/tcp").exists():
        pytest.skip("only Linux tells how much memory a process takes")
    rows = [row.split() for row in Path("/proc/net/tcp").read_text().splitlines()]
    [inode] = {row[9] for row in rows if row[1].endswith(f":{port}") and row[3] == "0A"}
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            if str(link.readlink()) == f"socket:[{inode}]":
                return link.parents[1] / "status"
        except OSError:
            continue
    raise AssertionError(f"no process listens at {address}")


def _peak(status: Path) -> int:
    [row] = [row for row in status.read_text().splitlines() if row.startswith("VmHWM")]
    return int(row.split()[1]) * 1024


def test_the_largest_requests_that_the_page_makes_are_far_from_the_limit(server: str) -> None:
    """Written ids up to their limit, of a large vocabulary, and the longest prompt, of what is longest in JSON."""
    settings = {**DEFAULTS, "prompt": "\U0001f600" * TEXT_LIMIT}
    data = stream.asked(settings=settings, written=[123_456] * requests.WRITTEN_LIMIT, pick=None)
    assert len(json.dumps(data)) < MAX_BODY / 4
    told = Client(server, verbose=False).predict("é" * SCORE_LIMIT, "shakespeare-ngram", api_name="/score")
    assert len(told["log_probabilities"]) == SCORE_LIMIT


WATCHED = """
import runpy
from gradio.queueing import Queue
derived_footprint = Queue._get_df
Queue._get_df = staticmethod(lambda records: print("statistics of", len(records)) or derived_footprint(records))
runpy.run_path("app.py", run_name="__main__")
"""


def test_gradio_computes_no_statistics_of_its_events(tmp_path: Path) -> None:
    log = tmp_path / "app.log"
    with running_app(log, "-c", WATCHED) as address:
        client = Client(address, verbose=False)
        for _ in range(3):
            assert client.predict(api_name="/models")
    assert "statistics of" not in log.read_text("utf-8")

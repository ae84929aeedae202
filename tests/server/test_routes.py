"""The stream over HTTP: answers in frames, bounded queues, and cancellation of abandoned requests."""

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from playground.engine.admission import Busy
from playground.server import reading, routes, writing
from playground.server.jobs import CancelToken, JobAborted, Lane, LatestRequests
from playground.server.shares import Share
from tests import stream

SETTINGS = stream.settings(model="shakespeare-ngram", prompt="To be", length=30, seed=5)
SOON = 0.2  # seconds in which a job must end


def request(**data: Any) -> dict[str, Any]:
    return stream.asked(settings=SETTINGS, written=[], pick=None, **data)


class Endless:
    """A writer that runs until it is cancelled, and reports that."""

    def __init__(self) -> None:
        self.began, self.ended = threading.Semaphore(0), threading.Semaphore(0)

    async def __call__(self, asked: Any, cancel: CancelToken, share: Share) -> AsyncIterator[bytes]:
        self.began.release()
        try:
            while True:
                yield b"x" * 10
                await asyncio.sleep(0.005)
                cancel.check()
        finally:
            self.ended.release()


@pytest.fixture
def endless(monkeypatch: pytest.MonkeyPatch) -> Endless:
    writer = Endless()
    monkeypatch.setattr(writing, "write", writer)
    return writer


class AppCall:
    """One request to an app, as a server passes it on; `leave` closes the browser's connection."""

    def __init__(
        self, app: Starlette, path: str, data: Any, method: str = "POST", address: str = "192.0.2.1"
    ) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.body = b""
        self.gone, self.heard = asyncio.Event(), asyncio.Event()
        self._sent = False
        self._content = data if isinstance(data, bytes) else json.dumps(data).encode()
        scope = {
            "type": "http", "method": method, "path": f"/stream/{path}", "raw_path": b"", "query_string": b"",
            "headers": [], "root_path": "", "scheme": "http", "server": ("t", 80), "client": (address, 1),
            "http_version": "1.1", "app": app,
        }  # fmt: skip
        self.task = asyncio.create_task(app(scope, self._receive, self._send))

    async def _receive(self) -> dict[str, Any]:
        if not self._sent:
            self._sent = True
            return {"type": "http.request", "body": self._content, "more_body": False}
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Any) -> None:
        self.status = message.get("status", self.status)
        self.headers |= {name.decode(): value.decode() for name, value in message.get("headers", ())}
        self.body += message.get("body", b"")
        if message.get("body"):
            self.heard.set()

    async def leave(self) -> None:
        self.gone.set()
        await self.task


def app() -> Starlette:
    return Starlette(routes=routes.routes())


async def wait_for(semaphore: threading.Semaphore, seconds: float = 10) -> float:
    """Wait for it without blocking the loop; returns the seconds that it took."""
    begun = time.monotonic()
    while not semaphore.acquire(blocking=False):
        assert time.monotonic() - begun < seconds, "it did not happen in time"
        await asyncio.sleep(0.002)
    return time.monotonic() - begun


@pytest.mark.timed
def test_a_closed_connection_ends_the_job(endless: Endless) -> None:
    async def go() -> None:
        asking = AppCall(app(), "write", request())
        await asking.heard.wait()
        asking.gone.set()
        assert await wait_for(endless.ended, 5) < SOON
        await asking.task
        assert asking.body

    asyncio.run(go())


@pytest.mark.timed
def test_only_a_later_request_of_the_same_page_ends_the_job(endless: Endless) -> None:
    async def go() -> None:
        there = app()
        first, other = AppCall(there, "write", request(turn=1)), AppCall(there, "write", request(page="q", turn=1))
        await first.heard.wait()
        await other.heard.wait()
        looked = AppCall(there, "look", stream.asked(model="shakespeare-ngram", prompt="O", turn=2))
        assert await wait_for(endless.ended, 5) < SOON + 0.1  # the request has to be read first
        await looked.task
        assert stream.answer(looked.body)["id"] == "t"
        await first.task
        assert not other.task.done()
        assert not endless.ended.acquire(blocking=False)
        await other.leave()

    asyncio.run(go())


def test_a_request_overtaken_by_a_later_one_is_not_begun(endless: Endless) -> None:
    async def go() -> None:
        there = app()
        first = AppCall(there, "write", request(turn=5))
        await first.heard.wait()
        late = AppCall(there, "write", request(turn=4))
        await late.task
        assert (late.status, json.loads(late.body)) == (409, {"code": "late"})
        assert endless.began.acquire(blocking=False)
        assert not endless.began.acquire(blocking=False)
        await first.leave()

    asyncio.run(go())


def test_a_full_queue_refuses_until_somebody_leaves(endless: Endless, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "WRITERS", 1)
    monkeypatch.setattr(routes, "WAITING", 1)

    async def go() -> None:
        there = app()
        first = AppCall(there, "write", request(page="a"))
        await first.heard.wait()
        waits = AppCall(there, "write", request(page="b"))
        await asyncio.sleep(0)
        refused = AppCall(there, "write", request(page="c"))
        await refused.task
        assert (refused.status, json.loads(refused.body)) == (503, {"code": "busy", "seconds": 5})
        assert refused.headers["retry-after"] == "5"
        # Others can still read.
        looked = AppCall(there, "look", stream.asked(model="shakespeare-ngram", prompt="O", page="d"))
        await looked.task
        assert looked.status == 200
        await waits.leave()
        again = AppCall(there, "write", request(page="e"))
        await first.leave()
        await again.heard.wait()
        assert again.status == 200
        await again.leave()
        assert endless.began.acquire(blocking=False)
        assert endless.began.acquire(blocking=False)
        assert not endless.began.acquire(blocking=False), "who left the line was not served"

    asyncio.run(go())


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"[" * 100_000, b'{"page": 3}', b"\xff"])
@pytest.mark.parametrize("path", ["look", "write"])
def test_an_invalid_request_is_refused_with_a_sentence(path: str, body: bytes) -> None:
    async def go() -> None:
        asking = AppCall(app(), path, body)
        await asking.task
        assert asking.status == 400
        assert json.loads(asking.body)["problem"]["text"]["en"].endswith("Reload the page.")

    asyncio.run(go())


def test_an_invalid_turn_is_refused_with_a_sentence() -> None:
    async def go() -> None:
        asking = AppCall(app(), "write", request(turn="many"))
        await asking.task
        told = json.loads(asking.body)["problem"]["text"]["en"]
        assert told == "The request's turn is not what the page sends. Reload the page."

    asyncio.run(go())


def test_a_job_cancelled_in_the_queue_is_not_begun() -> None:
    turns = LatestRequests()
    before = turns.take("p", 1)
    assert not before.event.is_set()
    turns.take("p", 2)
    with pytest.raises(JobAborted):
        before.check()
    with pytest.raises(JobAborted):
        turns.take("p", 1)
    turns.take("q", 1).check()


def test_a_lane_counts_its_waiting_jobs() -> None:
    lane, hold = Lane("t", 1, 1), threading.Event()
    first = lane.submit(hold.wait)  # type: ignore[arg-type]
    second = lane.submit(lambda: None)
    with pytest.raises(Busy):
        lane.submit(lambda: None)
    second.cancel()
    third = lane.submit(lambda: None)
    hold.set()
    for future in (first, third):
        future.result(10)
    with suppress(Busy):
        lane.submit(lambda: None).result(10)


def test_an_error_while_a_prompt_is_read_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(reading, "look", broken)

    async def go() -> None:
        asking = AppCall(app(), "look", stream.asked(model="shakespeare-ngram", prompt="O"))
        await asking.task
        assert [*stream.frames(asking.body)] == [({"code": "broken", "id": "t"}, b"")]

    asyncio.run(go())


# ── The running app ──────────────────────────────────────────────────────────────────────────────
def test_the_app_sends_each_frame_as_it_is_made(server: str) -> None:
    begun, times = time.monotonic(), []
    settings = stream.settings(model="shakespeare-lstm", prompt="To be", length=2_000)
    data = stream.asked(settings=settings, written=[], pick=None, page="frames")
    body = b""
    headers = {"Accept-Encoding": "gzip, br"}
    with httpx.stream("POST", f"{server}/stream/write", json=data, headers=headers, timeout=60) as answer:
        assert "content-encoding" not in answer.headers
        for piece in answer.iter_raw():
            times.append(time.monotonic() - begun)
            body += piece
    assert len(stream.answer(body).ids) == 2_000
    assert len(times) > 3


def test_the_app_opens_the_page_of_an_address(server: str) -> None:
    answer = stream.answer(httpx.get(f"{server}/stream/open?model=shakespeare-ngram&prompt=To+be", timeout=60).content)
    assert answer["opens"]
    assert len(answer.rows) == 6
    assert answer["settings"]["prompt"] == "To be"


def test_a_request_that_is_too_large_is_refused(server: str) -> None:
    for path in ("look", "write"):
        assert httpx.post(f"{server}/stream/{path}", content=b" " * 1_000_001, timeout=60).status_code == 413

"""The health route reports the server's state at once, even if all queues are full."""

import asyncio
import json
import threading
import time
from collections.abc import Iterator

import httpx
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

import playground
from playground import library
from playground.engine.admission import AdmissionQueue
from playground.models import TASKS
from playground.server import health, routes
from playground.server.jobs import Lane
from tests import stream
from tests.server.test_routes import AppCall


@pytest.fixture
def client() -> Iterator[TestClient]:
    with TestClient(Starlette(routes=routes.routes())) as client:
        yield client


def test_health_reports_version_models_queue_and_uptime(client: TestClient) -> None:
    library.load("names-gru")
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    told = answer.json()
    assert told["version"] == playground.__version__
    assert told["models"]["names"] == library.available(*TASKS)
    assert "names-gru" in told["models"]["in_memory"]
    assert told["models"]["in_memory"] == [name for name in library.available(*TASKS) if name in library.in_memory()]
    assert told["queue"]["waiting"] == 0
    assert set(told["queue"]["lanes"]) == {"opening", *routes.THREADS}
    assert told["queue"]["lanes"]["reading"] == {"working": 0, "waiting": 0, "most_waiting": routes.WAITING}
    time.sleep(0.2)
    assert client.get("/healthz").json()["uptime"] > told["uptime"] >= 0
    assert client.head("/healthz").status_code == 200
    assert client.post("/healthz").status_code == 405


def test_names_chosen_by_visitors_are_counted_but_not_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "in_memory", lambda: ["names-gru", "somebody/secret@0123", "somebody/other@4567"])
    told = health.report(AdmissionQueue(1), [])
    assert told["models"]["in_memory"] == ["names-gru"]
    assert told["models"]["others_in_memory"] == 2
    assert "somebody" not in json.dumps(told)


def test_health_counts_the_texts_being_written() -> None:
    settings = stream.settings(model="shakespeare-ngram", prompt="To be", length=2_000, seed=5)

    async def go() -> None:
        app = Starlette(routes=routes.routes())
        writing = AppCall(app, "write", stream.asked(settings=settings, written=[], pick=None))
        await writing.heard.wait()
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://t") as client:
            assert (await client.get("/healthz")).json()["queue"]["writing"] >= 1
        await writing.leave()

    asyncio.run(go())


@pytest.mark.timed
def test_health_answers_at_once_with_full_queues_and_reports_them() -> None:
    go_on = threading.Event()
    lane = Lane("reading", 2, 3)
    for _ in range(5):
        lane.submit(lambda: assert_waited(go_on))
    line = AdmissionQueue(1, 2)

    async def go() -> dict[str, object]:
        cancelled = threading.Event()

        async def wait() -> None:
            async with line.place(cancelled):
                await asyncio.sleep(10)

        waiting = [asyncio.create_task(wait()) for _ in range(3)]
        await asyncio.sleep(0)
        app = Starlette(routes=[health.route(line, [lane])])
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://t") as client:
            begun = time.monotonic()
            answer = await client.get("/healthz")
            assert time.monotonic() - begun < 0.5
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        queue: dict[str, object] = answer.json()["queue"]
        return queue

    try:
        told = asyncio.run(go())
    finally:
        go_on.set()
    assert told["waiting"] == 2
    assert told["lanes"] == {"reading": {"working": 2, "waiting": 3, "most_waiting": 3}}


def assert_waited(event: threading.Event) -> None:
    assert event.wait(30)

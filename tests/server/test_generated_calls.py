"""Generated calls of every route and endpoint of the running app: none is answered with a server error, no answer
reveals internals, every answer ends, and the server is healthy afterwards.

By default some hundreds, always the same. PLAYGROUND_LONG=1 makes 10,000 in total, different each time.
"""

from __future__ import annotations

import json
import re
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from playground.server.shares import FACTOR_NAME
from tests import apps, stream
from tests.conftest import LONG, REPOSITORY, running_app
from tests.server.generated import Call, of_a_program, of_a_route, of_mcp, of_the_page

COUNTS = {"page": 4_000, "program": 2_500, "route": 3_000, "mcp": 500}
SHORT = 15  # times fewer
SECONDS = 60.0  # in which every answer ends
# Streams that last as long as somebody listens: reading their beginning is enough.
ENDLESS = ("/gradio_api/heartbeat/", "/gradio_api/queue/data", "/gradio_api/mcp/sse")
INSIDE = (b"Traceback (most recent", b'File "/', b"site-packages", str(REPOSITORY).encode())
LISTEN_SECONDS = 0.3
# Only gradio's queue can be full, as the calls follow each other: calls of departed callers may still wait in it.
QUEUED = re.compile(r"POST /gradio_api/(call/|queue/join)")
BROKE = ("could not answer", "could not be answered", "broke off")  # how the log reports an unexpected error

# In a process of its own: gradio leaves things open where an app is made and not run.
ROUTES = """
import json
import app
from gradio.routes import App
from playground.ui.page import launch_options

def walk(routes, before):
    for route in routes:
        path = before + (getattr(route, "path", None) or "")
        inner = getattr(route, "routes", None) or getattr(getattr(route, "original_router", None), "routes", None)
        yield from walk(inner, path) if inner else [(path, sorted(getattr(route, "methods", None) or ["GET", "POST"]))]

made = App.create_app(app.demo, app_kwargs=launch_options()["app_kwargs"], mcp_server=True)
print(json.dumps(list(walk(made.routes, ""))))
"""

pytestmark = pytest.mark.filterwarnings("ignore:Generating overly large repr")  # a body can be long


def generated(name: str) -> settings:
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture]
    count = COUNTS[name] if LONG else COUNTS[name] // SHORT
    # Failures are reported without shrinking: that takes a minute per try if an answer does not end.
    return settings(
        max_examples=count, derandomize=not LONG, suppress_health_check=checks, database=None, phases=[Phase.generate]
    )


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("generated") / "app.log"


@pytest.fixture(scope="module")
def client(log: Path) -> Iterator[httpx.Client]:
    # Without rate limits, so that calls are answered rather than refused. Each has its own connection: a kept-alive one
    # ends at some point, and a request sent at that moment would be lost.
    alone = httpx.Limits(max_keepalive_connections=0)
    with (
        running_app(log, **{FACTOR_NAME: "inf"}) as address,
        httpx.Client(base_url=address, timeout=SECONDS, limits=alone) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def routes(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, list[str]]]:
    """The paths and methods of all routes that the app has, ours and gradio's."""
    told = tmp_path_factory.mktemp("routes") / "told"
    apps.start(told, "-c", ROUTES).join()
    found: list[tuple[str, list[str]]] = json.loads(told.read_text("utf-8").splitlines()[-1])
    assert {"/healthz", "/stream/write", "/gradio_api/queue/join", "/gradio_api/mcp"} <= {path for path, _ in found}
    return found


def ask(client: httpx.Client, call: Call) -> tuple[int, bytes]:
    """Send a call, and read the whole answer."""
    endless = call.path.startswith(ENDLESS) or (call.method == "GET" and call.path == "/gradio_api/mcp/")
    limit = httpx.Timeout(SECONDS, read=LISTEN_SECONDS) if endless else client.timeout
    headers = {"content-type": "application/json", **call.headers}
    try:
        address = httpx.URL(call.path, params=list(call.query))
        request = client.build_request(call.method, address, content=call.body, headers=headers, timeout=limit)
    except (httpx.InvalidURL, UnicodeEncodeError):
        return 0, b""  # which no client can send
    begun, body = time.monotonic(), b""
    answer = client.send(request, stream=True)
    try:
        for piece in answer.iter_raw():
            body += piece
            if endless and body:
                break
            assert time.monotonic() - begun < SECONDS, "the answer goes on and on"
    except httpx.ReadTimeout:
        assert endless, "the answer does not end"
    except httpx.RemoteProtocolError:
        assert answer.status_code >= 400, "the answer broke off"
    finally:
        answer.close()
    body = decompress(body, answer.headers.get("content-encoding"))
    assert not [inside for inside in INSIDE if inside in body], body[:500]
    if answer.status_code == 503 and QUEUED.match(f"{call.method} {call.path}"):
        assert int(answer.headers["retry-after"]) >= 1
        return answer.status_code, body
    assert answer.status_code < 500, (call, body[:500])
    assert answer.status_code != 429, call  # nobody's share is bounded
    return answer.status_code, body


def decompress(body: bytes, encoding: str | None) -> bytes:
    """The body before compression, or as much of it as arrived."""
    if encoding is None:
        return body
    assert encoding == "gzip"
    return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(body)


def test_a_compressed_answer_is_decompressed(client: httpx.Client) -> None:
    assert client.get("/").headers["content-encoding"] == "gzip"
    assert b"<html" in ask(client, Call("GET", "/"))[1]


@generated("page")
@given(of_the_page())
def test_the_stream_answers_every_call(client: httpx.Client, call: Call) -> None:
    status, body = ask(client, call)
    if status != 200 or call.path == "/":
        return
    heads = [head for head, _ in stream.frames(body)]
    assert heads, "a request that is taken is answered"
    assert [head for head in heads if head.get("code") == "broken"] == []
    last = heads[-1]
    assert call.path != "/stream/write" or "problem" in last or last["done"]


@generated("program")
@given(of_a_program())
def test_an_endpoint_answers_every_call(client: httpx.Client, call: Call) -> None:
    status, body = ask(client, call)
    if status != 200 or "/call/" not in call.path:
        return
    event = json.loads(body)["event_id"]
    status, told = ask(client, Call("GET", f"{call.path}/{event}"))
    assert status == 200
    assert told.rpartition(b"event: ")[2].startswith((b"complete", b"error")), told[-300:]
    assert b"Something went wrong on the server" not in told


@generated("mcp")
@given(of_mcp())
def test_the_mcp_server_answers_every_message(client: httpx.Client, call: Call) -> None:
    ask(client, call)


@generated("route")
@given(data=st.data())
def test_every_route_answers_every_call(
    client: httpx.Client, routes: list[tuple[str, list[str]]], data: st.DataObject
) -> None:
    ask(client, data.draw(of_a_route(routes)))


def test_the_server_is_healthy_afterwards(client: httpx.Client, log: Path) -> None:
    end = time.monotonic() + 30
    while True:
        told = client.get("/healthz").json()["queue"]
        lanes = sum(lane["working"] + lane["waiting"] for lane in told["lanes"].values())
        rest = told["writing"] + told["waiting"] + lanes
        if not rest or time.monotonic() > end:
            break
        time.sleep(0.1)
    assert rest == 0, told
    said = log.read_text("utf-8", "replace")
    assert not [sentence for sentence in BROKE if sentence in said], said[-4_000:]
    text = client.post("/stream/write", json=stream.asked(
        page="well", settings=stream.settings(model="names-gru", prompt="An", length=5), written=[], pick=None
    ))  # fmt: skip
    assert len(stream.answer(text.content).ids) == 5

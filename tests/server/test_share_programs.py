"""Rate limits of programs: gradio's endpoints, MCP tools, and proxies, on a running app."""

import asyncio
import json
import time
from collections.abc import Iterator
from typing import Any

import anyio
import httpx
import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client
from mcp.types import CallToolResult

from playground.engine.pace import UNKNOWN, Pace
from playground.server.refusals import ProgramsShares
from playground.server.shares import ADDRESS, OTHERS, SESSION, Limits, Shares
from tests.conftest import running_app
from tests.programs import tools_of

MODEL = "shakespeare-ngram"
CLASS = 60  # programs
LITTLE = 1 / 250  # of the usual share: six requests without a session at once, and 24 ids of the smallest model's work


@pytest.fixture(scope="module")
def strict_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An app whose visitors have a very small share."""
    with running_app(tmp_path_factory.mktemp("app") / "app.log", PLAYGROUND_SHARE=str(LITTLE)) as address:
        yield address


def post(address: str, endpoint: str, *data: Any, **headers: str) -> httpx.Response:
    return httpx.post(f"{address}/gradio_api/call/{endpoint}", json={"data": data}, headers=headers, timeout=60)


def from_address(number: int) -> dict[str, str]:
    """As a proxy on this machine forwards a visitor."""
    return {"x-forwarded-for": f"198.51.100.{number}"}


def statuses(address: str, times: int, **headers: str) -> list[int]:
    return [post(address, "models", **headers).status_code for _ in range(times)]


def test_a_fast_program_gets_a_retry_time_and_another_is_served(strict_app: str) -> None:
    found = statuses(strict_app, 12, **from_address(1))
    assert found[:6] == [200] * 6
    assert 429 in found[6:]
    answers = (post(strict_app, "models", **from_address(1)) for _ in range(9))
    refused = next(answer for answer in answers if answer.status_code == 429)
    told = refused.json()
    assert told["code"] == "share"
    assert refused.headers["retry-after"] == str(told["seconds"])
    assert f"in about {told['seconds']} second" in told["detail"]
    assert statuses(strict_app, 1, **from_address(2)) == [200]


@pytest.mark.parametrize("written", ["203.0.113.{n}", "203.0.113.{n}, 10.0.0.1"])
def test_a_forged_address_is_ignored(strict_app: str, written: str) -> None:
    """The last address is the one that the proxy saw; anybody can forge the ones before it."""
    seen = from_address(3 + len(written) % 2)["x-forwarded-for"]
    found = [post(strict_app, "models", **{"x-forwarded-for": f"{written.format(n=n)}, {seen}"}) for n in range(12)]
    assert 429 in [answer.status_code for answer in found]


def test_an_ipv6_network_is_one_visitor(strict_app: str) -> None:
    within = [post(strict_app, "models", **{"x-forwarded-for": f"2001:db8::{n:x}"}).status_code for n in range(1, 13)]
    assert 429 in within
    assert statuses(strict_app, 1, **{"x-forwarded-for": "2001:db8:0:1::1"}) == [200]


def test_a_text_is_charged_for_its_length_in_advance(strict_app: str) -> None:
    """The largest request is allowed once, if nothing is owed; the next program's request is refused with a
    sentence."""
    number = from_address(5)
    client = Client(strict_app, headers=number, verbose=False)
    written = client.predict(model="shakespeare-lstm", prompt="To be", length=2_000, api_name="/generate")
    assert len(written["ids"]) == 2_000
    with pytest.raises(AppError, match=r"^More was asked from here than one visitor's share\. .* in about \d+ second"):
        client.predict(model="shakespeare-lstm", prompt="To be", length=2_000, api_name="/generate")


def test_a_tool_call_counts_for_its_clients_address(strict_app: str) -> None:
    """Gradio's MCP server calls its own queue from this machine: otherwise all tools would count as one visitor."""
    [tool] = [tool.name for tool in tools_of(strict_app) if tool.name.endswith("models")]
    assert True in {anyio.run(call_from, "127.0.0.2", strict_app, tool).isError for _ in range(12)}
    assert not anyio.run(call_from, "127.0.0.3", strict_app, tool).isError
    assert statuses(strict_app, 1) == [200]


async def call_from(source: str, server: str, tool: str) -> CallToolResult:
    """A tool's answer to a client with an address of its own, behind no proxy."""
    transport = httpx.AsyncHTTPTransport(local_address=source)
    async with (
        httpx.AsyncClient(transport=transport, timeout=60, follow_redirects=True) as client,
        streamable_http_client(f"{server}/gradio_api/mcp/", http_client=client) as (read, write, *_),
        ClientSession(read, write) as session,
    ):
        await session.initialize()
        return await session.call_tool(tool, {})


def test_a_class_of_programs_is_answered_concurrently(server: str) -> None:
    """Gradio's default limit is forty concurrent requests, whatever an endpoint allows."""

    async def go() -> int:
        async with httpx.AsyncClient(base_url=server, timeout=60) as client:
            data = [MODEL.replace("ngram", "lstm"), "To be", 1, 0, 1, 0, 5, 1_000]
            asked = [
                client.post("/gradio_api/call/generate", json={"data": data}, headers=from_address(100 + n))
                for n in range(CLASS)
            ]
            assert {answer.status_code for answer in await asyncio.gather(*asked)} == {200}
            most = 0
            end = time.monotonic() + 60
            while most < CLASS and time.monotonic() < end:
                writing = (await client.get("/healthz")).json()["queue"]["writing"]
                most = max(most, writing)
                if most and not writing:
                    break
            return most

    assert asyncio.run(go()) == CLASS


# ── The queue ────────────────────────────────────────────────────────────────────────────────────
async def get_status(
    there: ProgramsShares, path: str, client: str = "192.0.2.1", method: str = "POST"
) -> tuple[int, dict[str, str], Any]:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    scope = {"type": "http", "method": method, "path": path, "headers": [], "client": (client, 1), "query_string": b""}
    await there(scope, receive, send)
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
    headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], headers, json.loads(sent[1]["body"])


def app_answering(status: int, **more: Any) -> ProgramsShares:
    async def gradio(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b'{"detail": "its own"}', "more_body": False})

    return ProgramsShares(gradio, **{"size": 200, "pace": Pace(), "shares": Shares(), **more})


def test_a_full_queue_gives_a_retry_time() -> None:
    class Clock:
        now = 0.0

        def __call__(self) -> float:
            self.now += 0.5
            return self.now

    pace = Pace(Clock())
    for _ in range(100):
        pace.note()
    status, headers, told = asyncio.run(get_status(app_answering(503, pace=pace), "/gradio_api/queue/join"))
    assert (status, told["code"], told["seconds"]) == (503, "busy", 100)  # 200 slots, two per second
    assert headers["retry-after"] == "100"
    assert told["detail"].endswith("there may be a place in about 100 seconds.")
    assert asyncio.run(get_status(app_answering(503), "/gradio_api/call/generate"))[2]["seconds"] == UNKNOWN
    assert asyncio.run(get_status(app_answering(400), "/gradio_api/call/generate"))[2] == {"detail": "its own"}


@pytest.mark.parametrize("path", ["call/models", "call/v2/models", "queue/join", "run/models", "api/models"])
def test_every_request_to_gradio_is_counted(path: str) -> None:
    one = Limits(1, (1, 1e-3), (1, 1), 1)
    there = app_answering(200, shares=Shares(SESSION, one, ADDRESS))

    async def go() -> list[int]:
        paths = [f"/gradio_api/{path}", "/gradio_api/heartbeat", f"/gradio_api/{path}"]
        return [(await get_status(there, one))[0] for one in paths]

    assert asyncio.run(go()) == [200, 200, 429]


@pytest.mark.parametrize("path", ["/", "/config", "/gradio_api/info", "/behind/a/proxy/config/"])
def test_answers_that_gradio_rebuilds_are_counted_and_files_are_not(path: str) -> None:
    there = app_answering(200, shares=Shares(SESSION, Limits(1, (1, 1e-3), (1, 1), 1), ADDRESS))

    async def go() -> list[int]:
        paths = [path, "/assets/index.js", "/web-0123/page.js", path]
        return [(await get_status(there, one, method="GET"))[0] for one in paths]

    assert asyncio.run(go()) == [200, 200, 200, 429]


def test_a_class_of_programs_behind_one_address_is_within_its_share() -> None:
    shares = Shares()
    there = app_answering(200, shares=shares)

    async def go() -> list[int]:
        return [(await get_status(there, "/gradio_api/call/generate"))[0] for _ in range(400)]

    assert asyncio.run(go()) == [200] * 400
    assert OTHERS.running >= 200



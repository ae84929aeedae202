"""Requests that gradio cannot process are answered 400 with a sentence; all others are unaffected."""

import logging

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.testclient import TestClient

from playground.server.unreadable import Unreadable


def client_of(raised: Exception | None, begin: bool = False) -> TestClient:
    async def answers(request: Request) -> Response:
        if raised is not None and not begin:
            raise raised
        return PlainTextResponse("well")

    class BreaksOff(PlainTextResponse):
        async def __call__(self, scope, receive, send) -> None:  # type: ignore[no-untyped-def]
            await super().__call__(scope, receive, send)
            assert raised is not None
            raise raised

    async def breaks_off(request: Request) -> Response:
        return BreaksOff("well")

    routes = [Route("/", breaks_off if begin else answers)]
    return TestClient(Starlette(routes=routes, middleware=[Middleware(Unreadable)]))


def test_an_error_about_values_is_answered_400(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        answer = client_of(KeyError("secret")).get("/")
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith("The request cannot be read.")
    assert "KeyError in answers" in caplog.text
    assert "secret" not in caplog.text + answer.text


def test_an_unanswered_request_is_refused(server: str) -> None:
    async def silent(*_: object) -> None:
        pass

    app = Starlette(routes=[Mount("/", silent)], middleware=[Middleware(Unreadable)])
    assert TestClient(app).get("/").status_code == 400
    headers = {"Accept": "application/json, text/event-stream", "Last-Event-ID": "1"}  # of events that it does not keep
    assert httpx.get(f"{server}/gradio_api/mcp/", headers=headers, timeout=60).status_code == 400


@pytest.mark.parametrize("name", ["Host", "X-Forwarded-Host", "X-Gradio-Server"])
def test_an_impossible_host_is_refused_at_once(name: str, server: str) -> None:
    """Gradio accepts the call, fails on it in its queue, and its answer would never end."""
    for host in ("[::1", "*", "a b", "a:99999", "\x7f", "https://a\tb", "http://", "a/ b"):
        call = f"{server}/gradio_api/call/models"
        assert httpx.post(call, json={"data": []}, headers={name: host}, timeout=10).status_code == 400, host
        assert httpx.get(server, headers={name: host}, timeout=10).status_code == 400, host
    for host in ("localhost", "[::1]:7860", "a_b.example.org:8443", "a.hf.space, b.hf.space"):
        assert httpx.get(server, headers={name: host}, timeout=10).status_code == 200, host


def test_other_errors_and_late_ones_are_server_errors() -> None:
    assert client_of(None).get("/").text == "well"
    with pytest.raises(OSError, match="disk"):
        client_of(OSError("disk")).get("/")
    with pytest.raises(KeyError):
        client_of(KeyError("late"), begin=True).get("/")


@pytest.mark.parametrize("body", [b"\xba", b"[" * 50_000, b'{"a":' * 20_000])
def test_an_unreadable_mcp_message_is_refused(body: bytes, server: str) -> None:
    headers = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}
    answer = httpx.post(f"{server}/gradio_api/mcp/", content=body, headers=headers, timeout=60)
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith("The request cannot be read.")


def test_the_stream_of_an_unknown_event_ends_with_a_message(server: str) -> None:
    answer = httpx.get(f"{server}/gradio_api/call/score/nothing", timeout=60)  # which raises if it is cut off
    assert answer.text.startswith("event: error\ndata: ")
    assert answer.text.endswith("\n\n")


def test_a_call_with_unknown_names_is_refused_and_the_connection_stays(server: str) -> None:
    with httpx.Client(base_url=server, timeout=60) as client:
        for _ in range(2):
            answer = client.post("/gradio_api/call/v2/score", json={"nothing": 1})
            assert answer.status_code == 400
            assert answer.json()["detail"].startswith("The request cannot be read.")

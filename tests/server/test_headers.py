"""Every answer has headers that forbid what the page never does; the sites that may frame it are configurable."""

import asyncio
from collections.abc import AsyncIterator, Mapping

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.testclient import TestClient
from starlette.types import Message

from playground.errors import BadInput
from playground.server import api, headers, static
from playground.server.headers import FRAMES_NAME, HUB, SecurityHeaders
from tests import stream
from tests.programs import tools_of

# sha256 of "f()", by `printf 'f()' | openssl dgst -sha256 -binary | base64`.
DIGEST = "'sha256-GcEEE0IkDzIP5EQ6DXZaDPORqT5RTBELX8Fyzyg9yvo='"
HTML = '<script src="a.js"></script><script type="application/json">f()</script><script data-a="1">f()</script>'


def policy_of(told: Mapping[str, str]) -> dict[str, list[str]]:
    parts = (part.split() for part in told["content-security-policy"].split(";"))
    return {name: values for name, *values in parts}


def client_of(answer: Response) -> TestClient:
    async def answers(request: Request) -> Response:
        return answer

    return TestClient(SecurityHeaders(Starlette(routes=[Route("/", answers)])))


def test_the_page_loads_from_its_own_server_only(server: str) -> None:
    page = httpx.get(server)
    policy = policy_of(page.headers)
    assert policy["default-src"] == ["'self'"]
    assert policy["script-src"][:2] == ["'self'", "'unsafe-eval'"]
    assert all(source.startswith("'sha256-") for source in policy["script-src"][2:])
    assert policy["object-src"] == ["'none'"]
    assert policy["frame-ancestors"] == ["'self'", *HUB]
    assert not [source for sources in policy.values() for source in sources if source.startswith(("http:", "*"))]
    assert "camera=()" in page.headers["permissions-policy"]
    assert page.headers["referrer-policy"] == "same-origin"


PATHS = ("", "healthz", "config", "gradio_api/info", f"{static.folder()}/page.js", "nowhere", "stream/open")


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_states_its_type_and_sets_no_cookie(path: str, server: str) -> None:
    answer = httpx.get(f"{server}/{path}", timeout=60)
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "x-frame-options" not in answer.headers  # it would contradict the list
    assert "set-cookie" not in answer.headers


def test_the_policy_allows_the_scripts_sent_in_the_page() -> None:
    sources = policy_of(client_of(HTMLResponse(HTML)).get("/").headers)["script-src"]
    assert sources == ["'self'", "'unsafe-eval'", DIGEST]
    assert list(headers.digests(b"<script>f()")) == []  # it has no end tag


def test_a_page_sent_in_pieces_stays_whole() -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield HTML[:70].encode()
        yield HTML[70:].encode()

    answer = client_of(StreamingResponse(pieces(), media_type="text/html")).get("/")
    assert answer.text == HTML
    assert DIGEST in policy_of(answer.headers)["script-src"]


def test_binary_answers_have_no_policy_and_are_not_delayed() -> None:
    assert "content-security-policy" not in client_of(JSONResponse({})).get("/").headers
    go_on = asyncio.Event()

    async def pieces() -> AsyncIterator[bytes]:
        yield b"1"
        await go_on.wait()
        yield b"2"

    async def answers(request: Request) -> Response:
        return StreamingResponse(pieces(), media_type="application/octet-stream")

    async def send(message: Message) -> None:
        if message.get("body") == b"1":
            go_on.set()  # the second piece comes only after the first was sent

    async def receive() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": []}
    app = SecurityHeaders(Starlette(routes=[Route("/", answers)]))

    async def ask() -> None:
        await asyncio.wait_for(app(scope, receive, send), 10)

    asyncio.run(ask())


def test_the_owner_can_let_other_sites_frame_the_app(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(FRAMES_NAME, raising=False)
    assert headers.frame_hosts() == list(HUB)
    monkeypatch.setenv(FRAMES_NAME, " https://learn.example.org  https://*.example.com:8443 http://10.0.0.2 * ")
    assert headers.frame_hosts()[2:] == [
        "https://learn.example.org", "https://*.example.com:8443", "http://10.0.0.2", "*",
    ]  # fmt: skip


@pytest.mark.parametrize("written", ["learn.example.org", "https://a.org; script-src *", "'none'", "https://a.org/moodle"])
def test_an_invalid_site_is_refused_with_a_sentence(written: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FRAMES_NAME, written)
    with pytest.raises(BadInput, match=r"^PLAYGROUND_FRAME_HOSTS must hold addresses of sites"):
        headers.frame_hosts()


def test_scripts_of_other_sites_cannot_read_a_local_server(server: str) -> None:
    """Gradio's own behaviour, on which the page relies: there are no cookies, but what is on a user's machine is
    private."""
    told = httpx.get(f"{server}/healthz", headers={"Origin": "https://example.org"})
    assert "access-control-allow-origin" not in told.headers
    asked = stream.asked(model="shakespeare-ngram", prompt="O")
    told = httpx.post(f"{server}/stream/look", json=asked, headers={"Origin": "https://example.org"}, timeout=60)
    assert "access-control-allow-origin" not in told.headers
    own = httpx.get(f"{server}/healthz", headers={"Origin": "http://localhost:7860"})
    assert own.headers["access-control-allow-origin"] == "http://localhost:7860"


def test_an_mcp_client_is_still_served(server: str) -> None:
    assert len(tools_of(server)) == len(api.ENDPOINTS)

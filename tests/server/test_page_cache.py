"""What gradio rebuilds for each request is built once per host name of the server, and is the same for everybody."""

import asyncio
from typing import Any

import httpx
import pytest

from playground.server import page_cache


class Maker:
    """An app that answers with a new number each time."""

    def __init__(self, status: int = 200) -> None:
        self.count, self.status = 0, status
        self.kept = page_cache.PageCache(self.app)

    async def app(self, scope: Any, receive: Any, send: Any) -> None:
        self.count += 1
        number = self.count
        await asyncio.sleep(0.01)
        await send({"type": "http.response.start", "status": self.status, "headers": [(b"of", b"%d" % number)]})
        await send({"type": "http.response.body", "body": b"%d " % number, "more_body": True})
        await send({"type": "http.response.body", "body": b"%d" % number, "more_body": False})

    async def ask(
        self, path: str = "/", query: str = "", method: str = "GET", **headers: str
    ) -> tuple[bytes, list[Any]]:
        sent: list[Any] = []

        async def send(message: Any) -> None:
            if "headers" in message:
                message["headers"].append((b"for", b"one"))  # like an outer middleware
            sent.append(message)

        scope = {
            "type": "http", "method": method, "path": path, "query_string": query.encode(), "scheme": "http",
            "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()],
        }  # fmt: skip
        await self.kept(scope, None, send)  # type: ignore[arg-type]
        return b"".join(message.get("body", b"") for message in sent), sent[0]["headers"]


def test_an_answer_is_built_once_even_for_simultaneous_requests() -> None:
    async def go() -> None:
        maker = Maker()
        answers = await asyncio.gather(*(maker.ask("/", "model=names-gru&prompt=ab", host="a") for _ in range(20)))
        assert {body for body, _ in answers} == {b"1 1"}
        assert all(headers == [(b"of", b"1"), (b"for", b"one")] for _, headers in answers)
        assert (await maker.ask("/", host="a"))[0] == b"1 1"
        assert maker.count == 1

    asyncio.run(go())


@pytest.mark.parametrize(
    "other",
    [
        {"host": "b"}, {"x_forwarded_host": "b"}, {"x_forwarded_proto": "https"}, {"x_gradio_server": "http://b"},
        {"accept_encoding": "br, gzip"}, {"path": "/config"}, {"path": "/gradio_api/info"},
    ],
)  # fmt: skip
def test_what_gradio_depends_on_gives_another_answer(other: dict[str, str]) -> None:
    async def go() -> None:
        maker = Maker()
        found = [(await maker.ask(**{"host": "a"} | more))[0] for more in ({}, other, {}, other)]
        assert found == [b"1 1", b"2 2", b"1 1", b"2 2"]

    asyncio.run(go())


@pytest.mark.parametrize(
    "asked",
    [
        {"path": "/other"}, {"method": "POST"}, {"query": "deep_link=x"}, {"query": "page=x"},
        {"path": "/gradio_api/info", "query": "all_endpoints=true"},
    ],
)  # fmt: skip
def test_other_requests_are_answered_each_time(asked: dict[str, str]) -> None:
    async def go() -> None:
        maker = Maker()
        assert [(await maker.ask(**asked))[0] for _ in range(2)] == [b"1 1", b"2 2"]

    asyncio.run(go())


def test_failures_are_not_cached_and_the_cache_is_small() -> None:
    async def go() -> None:
        failing = Maker(500)
        assert [(await failing.ask())[0] for _ in range(2)] == [b"1 1", b"2 2"]
        maker = Maker()
        for n in range(page_cache.MAX_ANSWERS + 1):
            await maker.ask(host=f"{n}")
        most = page_cache.MAX_ANSWERS
        assert (await maker.ask(host=f"{most}"))[0] == b"%d %d" % (most + 1, most + 1)
        assert (await maker.ask(host="0"))[0] == b"%d %d" % (page_cache.MAX_ANSWERS + 2, page_cache.MAX_ANSWERS + 2)

    asyncio.run(go())


def test_a_running_app_serves_the_cached_page_with_its_own_host(server: str) -> None:
    pages = [httpx.get(server, headers={"accept-encoding": "gzip"}) for _ in range(2)]
    assert pages[0].content == pages[1].content
    assert dict(pages[0].headers) | {"date": ""} == dict(pages[1].headers) | {"date": ""}
    assert httpx.get(server, headers={"accept-encoding": "identity"}).text == pages[0].text
    for _ in range(2):
        other = httpx.get(f"{server}/config", headers={"x-forwarded-host": "other.example.org"})
        assert other.json()["root"] == "http://other.example.org"
    assert httpx.get(f"{server}/config").json()["root"] == server

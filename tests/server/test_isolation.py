"""Visitors are isolated: unguessable names, and answers for their requester only."""

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from playground.server.settings import Settings
from playground.server.shares import Shares
from playground.server.visitors import Visitor
from tests import stream

MODEL = "shakespeare-ngram"
ASKED = 40


def secret(number: int) -> str:
    return f"Secret {number * 7919}: "


async def ask_over_the_stream(client: httpx.AsyncClient, server: str, number: int) -> bytes:
    settings = stream.settings(model=MODEL, prompt=secret(number), length=20, seed=number)
    data = stream.asked(settings=settings, written=[], page=f"page {number}", token=f"t{number}")
    return (await client.post(f"{server}/stream/write", json=data)).content


async def ask_as_a_program(client: httpx.AsyncClient, server: str, number: int) -> tuple[str, str]:
    """The event's name, and the answer."""
    values = [MODEL, secret(number), 1, 0, 1, 0, number, 20]
    asked = await client.post(f"{server}/gradio_api/call/generate", json={"data": values})
    event = asked.json()["event_id"]
    return event, (await client.get(f"{server}/gradio_api/call/generate/{event}")).text


def test_simultaneous_visitors_each_get_only_their_own_answer(server: str) -> None:
    async def go() -> tuple[list[bytes], list[tuple[str, str]]]:
        async with httpx.AsyncClient(timeout=120) as client:
            pages = asyncio.gather(*(ask_over_the_stream(client, server, n) for n in range(ASKED)))
            programs = asyncio.gather(*(ask_as_a_program(client, server, n) for n in range(ASKED)))
            return await pages, await programs

    pages, programs = asyncio.run(go())
    for n, page in enumerate(pages):
        answer = stream.answer(page)
        assert answer["id"] == f"t{n}"
        assert [c[0] for c in answer["prompt"]["cells"]] == list(secret(n))
        assert len(answer.ids) == 20
        assert not re.search(rb"Secret", page), "a prompt that was asked about is not sent back as a text"
    for n, (_, told) in enumerate(programs):
        assert set(re.findall(r"Secret \d+", told)) == {secret(n)[:-2]}
    events = [event for event, _ in programs]
    assert len(set(events)) == ASKED
    assert all(re.fullmatch(r"[0-9a-f]{32}", event) for event in events)


@pytest.mark.parametrize("event", ["0" * 32, "..", "generate", "%00"])
def test_a_guessed_event_gives_nothing(server: str, event: str) -> None:
    with httpx.stream("GET", f"{server}/gradio_api/call/generate/{event}", timeout=30) as answer:
        told = answer.read()
    assert answer.status_code < 500
    assert b'"ids"' not in told


def test_no_error_message_tells_of_other_visitors(server: str) -> None:
    """An error describes only the request itself: it repeats what was sent, and public facts."""
    httpx.post(f"{server}/stream/ask", json=stream.asked(text="someone/private-model", page="other"), timeout=60)
    told = httpx.post(f"{server}/stream/look", json=stream.asked(model="no/such", prompt="x", page="me"), timeout=60)
    assert "private-model" not in told.text
    assert "private-model" not in httpx.get(f"{server}/healthz", timeout=60).text


def test_a_visitor_does_not_use_up_anothers_share() -> None:
    shares = Shares()
    mine, others = Visitor("192.0.2.1", "a name"), Visitor("192.0.2.2", "a name")
    held = [shares.admit(others) for _ in range(shares.session.running)]
    held += [shares.admit(mine) for _ in range(shares.session.running)]  # the same name, from elsewhere
    for share in held:
        share.close()


def test_a_pages_name_is_random_long_and_in_no_address(repository: Path) -> None:
    """Anybody who knew it could cancel the page's requests from the same network."""
    script = (repository / "playground" / "web" / "core" / "client.js").read_text("utf-8")
    assert "crypto.getRandomValues(new Uint8Array(16))" in script
    assert "Math.random" not in script
    assert not re.search(r"export (const|let|function)[^;]*\bpage\b(?!,)", script.split("function asker")[0])
    assert all("page" not in name for name in Settings.__dataclass_fields__)


def test_answers_name_the_request_and_not_the_page(server: str) -> None:
    data: dict[str, Any] = stream.asked(model=MODEL, prompt="x", page="f" * 32, way="", token="-1")
    content = httpx.post(f"{server}/stream/look", json=data, timeout=60).content
    assert b"f" * 32 not in content
    assert json.dumps(stream.answer(content).head).count('"-1"') == 1

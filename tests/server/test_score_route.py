"""The route of the Score tab: its numbers are those of /score, piece by piece, and it ends when nobody listens."""

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from math import log
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from playground.inference import score as scoring
from playground.server import api, score_route

TEXT = "To be, or not to be, that is the quéstion:\n안녕 "
MODEL = "shakespeare-ngram"


@pytest.fixture
def client() -> TestClient:
    return TestClient(Starlette(routes=[score_route.route()]))


def asked(client: TestClient, model: Any = MODEL, text: Any = TEXT) -> list[dict[str, Any]]:
    answer = client.post("/score", json={"model": model, "text": text})
    assert answer.status_code == 200
    return [json.loads(line) for line in answer.text.splitlines()]


@pytest.mark.parametrize("model", [MODEL, "shakespeare-lstm", "korean-lstm"])
def test_the_numbers_are_those_of_the_endpoint(model: str, client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(score_route, "PIECE_IDS", 7)
    head, *pieces, figures = asked(client, model)
    assert max(len(piece["log_probabilities"]) for piece in pieces) == 7
    found = [p for piece in pieces for p in piece["log_probabilities"]]
    told = api.score(TEXT, model)
    assert head["ids"] == told["ids"]
    assert found == pytest.approx(told["log_probabilities"], abs=1e-4)
    for name in ("nats", "bits_per_symbol", "bits_per_character", "perplexity"):
        assert figures[name] == pytest.approx(told[name], rel=1e-5), name
    assert (head["counted"], head["characters"]) == (told["unit"], told["characters"])


def test_the_cells_are_the_text_and_say_what_is_unknown(client: TestClient) -> None:
    head = asked(client)[0]
    assert "".join(text for text, _ in head["cells"]) == TEXT
    assert sum(count for _, count in head["cells"]) == len(head["ids"])
    unknown = {head["cells"][int(cell)][0]: stands for cell, stands in head["unknown"].items()}
    assert unknown == {"é": "e", "안": " ", "녕": " "}


@pytest.mark.parametrize(
    ("model", "text", "said"),
    [
        ("nobody", "a", "There is no model named 'nobody'"),
        (MODEL, "", "There is nothing to score"),
        (MODEL, 5, "text must be a text, but was '5'"),
        (MODEL, "a" * 20_001, "The text has 20,001 characters; at most 20,000 are read"),
    ],
)
def test_what_cannot_be_scored_is_told_in_a_sentence(model: Any, text: Any, said: str, client: TestClient) -> None:
    [message] = asked(client, model, text)
    assert said in message["problem"]["text"]["en"]


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"model": "a"}', b"\xff"])
def test_a_request_of_another_form_is_refused(body: bytes, client: TestClient) -> None:
    answer = client.post("/score", content=body)
    assert json.loads(answer.text)["problem"]["text"]["en"].startswith("Send ")


def test_too_many_texts_at_once_are_refused(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(score_route, "READERS", 0)
    [message] = asked(client)
    assert "too many texts" in message["problem"]["text"]["en"]


def test_an_exception_that_nobody_foresaw_is_told_and_logged(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object, **__: object) -> Iterator[list[float]]:
        raise ZeroDivisionError

    monkeypatch.setattr(scoring, "log_probabilities", broken)
    assert asked(client)[-1] == {"problem": None}
    assert "ZeroDivisionError" in caplog.text


class Endless:
    """In place of the model's work: pieces without an end, that are counted."""

    def __init__(self) -> None:
        self.made = 0
        self.begun = threading.Event()

    def __call__(self, *_: object, **__: object) -> Iterator[list[float]]:
        while True:
            time.sleep(0.01)  # the work of a piece
            self.made += 1
            self.begun.set()
            yield [-log(2)]


def test_a_text_that_nobody_waits_for_ends_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a server calls it: the browser goes away in the middle of the answer."""
    work = Endless()
    monkeypatch.setattr(scoring, "log_probabilities", work)
    app = Starlette(routes=[score_route.route()])

    async def visit(spec: str) -> float:
        gone = asyncio.Event()
        body = json.dumps({"model": MODEL, "text": TEXT}).encode()
        messages = iter([{"type": "http.request", "body": body, "more_body": False}])

        async def receive() -> Any:
            if (message := next(messages, None)) is not None:
                return message
            await gone.wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            if work.made >= 3:
                gone.set()

        scope = {
            "type": "http", "method": "POST", "path": "/score", "query_string": b"", "headers": [],
            "asgi": {"version": "3.0", "spec_version": spec},
        }  # fmt: skip
        visiting = asyncio.create_task(app(scope, receive, send))
        await gone.wait()
        since = time.perf_counter()
        await visiting
        return time.perf_counter() - since

    for spec in ("2.3", "2.4"):
        work.made = 0
        assert asyncio.run(visit(spec)) < 0.2
        made = work.made
        assert made < 10


def test_a_short_text_does_not_wait_for_long_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    """Six texts without an end keep all threads busy; a seventh, of one piece, is there while they go on."""
    endless, plain = Endless(), scoring.log_probabilities

    def work(checkpoint: Any, ids: list[int], **more: Any) -> Iterator[list[float]]:
        return endless() if len(ids) > 5 else plain(checkpoint, ids, **more)

    monkeypatch.setattr(scoring, "log_probabilities", work)
    over = threading.Event()

    async def all_of_them() -> list[dict[str, Any]]:
        app = Starlette(routes=[score_route.route()])

        async def ask(text: str) -> bytes:
            parts: list[bytes] = []
            body = json.dumps({"model": MODEL, "text": text}).encode()
            messages = iter([{"type": "http.request", "body": body, "more_body": False}])

            async def receive() -> Any:
                if (message := next(messages, None)) is not None:
                    return message
                while not over.is_set():
                    await asyncio.sleep(0.01)
                return {"type": "http.disconnect"}

            async def send(message: Any) -> None:
                parts.append(message.get("body", b""))

            scope = {
                "type": "http", "method": "POST", "path": "/score", "query_string": b"", "headers": [],
                "asgi": {"version": "3.0", "spec_version": "2.3"},
            }  # fmt: skip
            await app(scope, receive, send)
            return b"".join(parts)

        long = [asyncio.create_task(ask(TEXT)) for _ in range(6)]
        await asyncio.to_thread(endless.begun.wait, 30)
        short = await asyncio.wait_for(ask("To be"), 10)
        over.set()
        await asyncio.gather(*long)
        return [json.loads(line) for line in short.splitlines()]

    messages = asyncio.run(all_of_them())
    assert "perplexity" in messages[-1]
    assert endless.made > 6

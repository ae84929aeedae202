"""The stream's scores: same numbers as /score, piece by piece, and an answer ends when nobody listens."""

import asyncio
import threading
import time
from collections.abc import Iterator
from math import log
from typing import Any

import numpy as np
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from playground.inference import score as inference
from playground.server import api, routes
from tests import stream
from tests.server.test_routes import AppCall

TEXT = "To be, or not to be, that is the quéstion:\n안녕 "
MODEL = "shakespeare-ngram"


@pytest.fixture
def client() -> TestClient:
    return TestClient(Starlette(routes=routes.routes()))


def messages(body: bytes) -> list[dict[str, Any]]:
    """The heads of the frames; those of a piece with its numbers."""
    found = []
    for head, numbers in stream.frames(body):
        found.append(head | ({"log_probabilities": np.frombuffer(numbers, "<f4").tolist()} if "n" in head else {}))
    return found


def post(client: TestClient, model: Any = MODEL, text: Any = TEXT) -> list[dict[str, Any]]:
    answer = client.post("/stream/score", json=stream.asked(model=model, text=text))
    assert answer.status_code == 200
    return messages(answer.content)


@pytest.mark.parametrize("model", [MODEL, "shakespeare-lstm", "korean-lstm"])
def test_the_numbers_equal_the_endpoints(model: str, client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inference, "MOST_IDS", 7)
    head, *pieces, figures = post(client, model)
    assert max(len(piece["log_probabilities"]) for piece in pieces) == 7
    found = [p for piece in pieces for p in piece["log_probabilities"]]
    told = api.score(TEXT, model)
    assert head["ids"] == told["ids"]
    assert found == pytest.approx(told["log_probabilities"], abs=1e-4)
    for name in ("nats", "bits_per_symbol", "bits_per_character", "perplexity"):
        assert figures[name] == pytest.approx(told[name], rel=1e-5), name
    assert (head["counted"], head["characters"]) == (told["unit"], told["characters"])


def test_the_cells_spell_the_text_and_mark_unknown_characters(client: TestClient) -> None:
    head = post(client)[0]
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
def test_a_text_that_cannot_be_scored_gets_a_message(model: Any, text: Any, said: str, client: TestClient) -> None:
    [message] = post(client, model, text)
    assert said in message["problem"]["text"]["en"]


def test_a_missing_text_counts_as_empty(client: TestClient) -> None:
    answer = client.post("/stream/score", json=stream.asked(model=MODEL))
    [message] = messages(answer.content)
    assert message["problem"]["text"]["en"] == "The request's text is not what the page sends. Reload the page."


def test_an_unexpected_exception_is_reported_and_logged(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object, **__: object) -> Iterator[list[float]]:
        raise ZeroDivisionError

    monkeypatch.setattr(inference, "log_probabilities", broken)
    assert post(client)[-1] == {"code": "broken", "id": "t"}
    assert "ZeroDivisionError" in caplog.text


class Endless:
    """In place of the model's work: an endless sequence of pieces, counted."""

    def __init__(self) -> None:
        self.made = 0
        self.begun = threading.Event()

    def __call__(self, *_: object, **__: object) -> Iterator[list[float]]:
        while True:
            time.sleep(0.01)  # the work of a piece
            self.made += 1
            self.begun.set()
            yield [-log(2)]


@pytest.mark.timed
def test_an_abandoned_text_ends_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    work = Endless()
    monkeypatch.setattr(inference, "log_probabilities", work)

    async def visit() -> float:
        asking = AppCall(Starlette(routes=routes.routes()), "score", stream.asked(model=MODEL, text=TEXT))
        while work.made < 3:
            await asyncio.sleep(0.005)
        since = time.perf_counter()
        await asking.leave()
        return time.perf_counter() - since

    assert asyncio.run(visit()) < 0.2
    made = work.made
    time.sleep(0.1)
    assert work.made <= made + 1


def test_a_short_text_does_not_wait_for_long_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    """Six endless texts take all turns; a seventh, of one piece, is done while they continue."""
    endless, plain = Endless(), inference.log_probabilities

    def work(checkpoint: Any, ids: list[int], *more: Any) -> Iterator[list[float]]:
        return endless() if len(ids) > 5 else plain(checkpoint, ids, *more)

    monkeypatch.setattr(inference, "log_probabilities", work)

    async def all_of_them() -> list[dict[str, Any]]:
        app = Starlette(routes=routes.routes())
        long = [AppCall(app, "score", stream.asked(model=MODEL, text=TEXT, page=f"long {n}")) for n in range(6)]
        await asyncio.to_thread(endless.begun.wait, 30)
        short = AppCall(app, "score", stream.asked(model=MODEL, text="To be", page="short"))
        await asyncio.wait_for(short.task, 30)
        made = endless.made
        async with asyncio.timeout(30):
            while endless.made == made:  # the others continue
                await asyncio.sleep(0.01)
        for asking in long:
            await asking.leave()
        return messages(short.body)

    assert "perplexity" in asyncio.run(all_of_them())[-1]

"""Columns at several temperatures: the same texts as /stream/write at each, with their measures; and the endpoint."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import numpy as np
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from playground import library
from playground.engine import ENGINE
from playground.engine.batch import Batch
from playground.inference import measures
from playground.server import api, routes, shares, temperatures, writing
from playground.server import frames as packing
from playground.server.settings import WORK_LIMIT, work_of
from tests import stream
from tests.server.test_routes import AppCall

MODEL = "shakespeare-ngram"


@pytest.fixture
def client() -> TestClient:
    return TestClient(Starlette(routes=routes.routes()))


def post(client: TestClient, temperatures: Any = (0.2, 1.5), **values: Any) -> list[tuple[dict[str, Any], bytes]]:
    own = {name: values.pop(name) for name in ("seeds", "written") if name in values}
    settings = stream.settings(**{"model": MODEL, "prompt": "To be", "length": 60, "seed": 7, **values})
    sent = stream.asked(settings=settings, temperatures=list(temperatures), **{"written": [], **own})
    answer = client.post("/stream/temperatures", json=sent)
    assert answer.status_code == 200
    return list(stream.frames(answer.content))


def without_rows(frames: list[tuple[dict[str, Any], bytes]]) -> bytes:
    return b"".join(packing.frame(head, body) for head, body in frames)


@pytest.mark.parametrize("model", [MODEL, "korean-lstm"])
def test_a_column_equals_the_text_written_at_its_temperature(model: str, client: TestClient) -> None:
    temperatures = [0.0, 0.7, "inf"]
    found = post(client, temperatures, model=model, prompt="그는 하", seed=3)
    for n, temperature in enumerate(temperatures):
        own = [(head, body) for head, body in found if head["column"] == n]
        written = stream.answer(without_rows([one for one in own if "measures" not in one[0]]))
        settings = stream.settings(model=model, prompt="그는 하", length=60, seed=3, temperature=temperature)
        alone = stream.write(settings=settings, written=[])
        assert written.ids == alone.ids
        assert written.us == alone.us
        assert len(written.tips) == 61
        # The measures are those of its text and of its rows.
        [told] = [head for head, _ in own if "measures" in head]
        checkpoint = library.load(model)
        text = checkpoint.vocabulary.join("그는 하", written.ids)
        bits = measures.surprises(np.stack(written.tips[:-1]), written.ids)
        expected = measures.measure("그는 하", text, bits, checkpoint.words, whole=False)
        assert told["measures"] == pytest.approx(vars(expected))
        begin = measures.generated_start("그는 하", text)
        assert [tuple(part) for part in told["loops"]] == measures.loops(text, begin)
        unknown = measures.unknown_words(text, begin, checkpoint.words, whole=False)
        assert [tuple(part) for part in told["unknown"]] == unknown


def test_the_columns_are_written_as_one_batch(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    taken, step = [], Batch._step

    def note(batch: Batch) -> None:
        taken.append(len(batch.rows))
        step(batch)

    monkeypatch.setattr(Batch, "_step", note)
    post(client, [0.21, 0.51, 1.01, 1.21], seed=11)
    assert max(taken) == 4  # texts that share a step
    assert len(taken) < 2 * 60  # of four times sixty symbols


def test_columns_continue_the_written_text_without_picks(client: TestClient) -> None:
    first = stream.write(settings=stream.settings(model=MODEL, prompt="To be", length=10, seed=7), written=[])
    found = post(client, [1.0], written=first.ids, length=5, picks="12:e")
    written = stream.answer(without_rows([one for one in found if "measures" not in one[0]]))
    longer = stream.write(settings=stream.settings(model=MODEL, prompt="To be", length=15, seed=7), written=[])
    assert [*first.ids, *written.ids] == longer.ids


def test_many_seeds_are_summarised(client: TestClient) -> None:
    (head, _), *rest = post(client, [0.2, 1.0], seeds=3, length=40)
    assert head == {"runs": 6, "length": 40}
    found = {(one["temperature"], one["seed"]): one["measures"] for one, _ in rest}
    assert sorted(found) == [(t, s) for t in range(2) for s in range(3)]
    for seed in range(3):
        texts = api_texts(temperatures=[0.2, 1.0], seed=7 + seed, length=40)
        for t, text in enumerate(texts):
            assert found[t, seed] == pytest.approx({name: text[name] for name in found[t, seed]})


def api_texts(**values: Any) -> list[dict[str, Any]]:
    given = {"model": MODEL, "prompt": "To be", **values}
    return asyncio.run(api.temperatures(**given))["texts"]  # type: ignore[return-value]


def test_the_endpoint_gives_the_pages_columns(client: TestClient) -> None:
    texts = api_texts(temperatures=[0.2, "inf"], seed=7, length=60)
    assert [text["temperature"] for text in texts] == [0.2, "inf"]
    found = post(client, [0.2, "inf"])
    for n, text in enumerate(texts):
        [told] = [head["measures"] for head, _ in found if head["column"] == n and "measures" in head]
        assert {name: text[name] for name in told} == pytest.approx(told)
        assert text["text"] == "To be" + text["written"]
        alone = stream.settings(model=MODEL, prompt="To be", length=60, seed=7, temperature=text["temperature"])
        ids = stream.write(settings=alone, written=[]).ids
        assert text["written"] == library.load(MODEL).vocabulary.decode(ids)


def test_cold_texts_loop_and_hot_ones_break_words() -> None:
    """The point of the tab, with the default model's kind: greedy repeats itself, and hot texts have few real words."""
    cold, _, hot = api_texts(model="shakespeare-lstm", prompt="To be or not to b", temperatures=[0, 1, 4], length=300)
    assert cold["loop_rate"] > 0.5 > 0.1 > hot["loop_rate"]
    assert cold["known_words"] == 1
    assert hot["known_words"] < 0.6
    assert cold["surprise"] < 1.5 < 4 < hot["surprise"]
    assert cold["distinct_words"] < hot["distinct_words"]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"temperatures": []}, "temperatures must be a list of 1 to 6 numbers, but was '[]'."),
        ({"temperatures": [1.0] * 7}, "temperatures must be a list of 1 to 6 numbers"),
        ({"temperatures": [-1]}, "temperature must be a number from 0 to ∞, but was '-1'."),
        ({"seeds": 21}, "seeds must be a whole number from 1 to 20, but was '21'."),
        ({"model": "nobody"}, "There is no model named 'nobody'"),
        ({"written": [-1]}, "Written ids must be whole numbers"),
        ({"written": [-1], "seeds": 2}, "Written ids must be whole numbers"),
        ({"written": [10**6], "seeds": 2}, "Written ids must be whole numbers"),
        ({"written": ["x"], "seeds": 2}, "Written ids must be whole numbers"),
    ],
)
def test_an_invalid_request_gets_a_message(values: dict[str, Any], said: str, client: TestClient) -> None:
    *_, (head, _) = post(client, **values)
    assert said in head["problem"]["text"]["en"]
    assert head["problem"]["text"]["ko"]


def test_a_large_model_writes_shorter_texts_of_many_seeds(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    each = work_of(library.load(MODEL), 1)
    monkeypatch.setattr("playground.server.temperatures.WORK_LIMIT", 6 * each * 25)
    (head, _), *rest = post(client, [0.2, 1.0], seeds=3, length=40)
    assert head == {"runs": 6, "length": 25}
    assert len(rest) == 6
    monkeypatch.setattr("playground.server.temperatures.WORK_LIMIT", 6 * each * 10)
    [(head, _)] = post(client, [0.2, 1.0], seeds=3, length=40)
    assert "6 texts of this model would keep the server busy" in head["problem"]["text"]["en"]
    assert WORK_LIMIT > 6 * each * 40


def test_work_is_charged_to_the_visitor_and_the_rest_refunded() -> None:
    own = shares.Shares(clock=lambda: 100.0)  # so that buckets do not refill
    client = TestClient(Starlette(routes=routes.routes(own)))
    post(client, [0.5, 1.0], length=50)
    [address] = own._addresses.values()
    [account] = address.sessions.values() or [address.others]
    each = work_of(library.load(MODEL), 1)
    read = 2 * 6  # the prompt of each column, and its first step
    spent = account.work.most - account.work._level
    assert 100 * each <= spent <= (100 + read) * each
    assert account.memory == account.running == 0


def sent(settings: dict[str, Any], page: int) -> dict[str, Any]:
    """A pupil's request."""
    return stream.asked(settings=settings, temperatures=[0.5, 1.0], written=[], page=f"pupil {page}")


@pytest.mark.timed
def test_texts_that_are_too_large_to_cache_are_written_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """If each waited for the one before it, as for a text that is cached, they would come one after another."""
    monkeypatch.setattr(temperatures, "KEPT_NUMBERS", 100)
    running: list[int] = []
    parts = writing.WriteJob.parts

    async def counted(asking: writing.WriteJob, *given: Any) -> AsyncIterator[Any]:
        running.append(1)
        async for part in parts(asking, *given):
            yield part
            await asyncio.sleep(0.01)
        most.append(len(running))
        running.pop()

    most: list[int] = []
    monkeypatch.setattr(writing.WriteJob, "parts", counted)
    settings = stream.settings(model=MODEL, prompt="To be", length=300, seed=4_321)

    async def visit() -> None:
        app = Starlette(routes=routes.routes())
        await asyncio.gather(*(AppCall(app, "temperatures", sent(settings, n)).task for n in range(5)))

    asyncio.run(visit())
    assert max(most) > 5, most  # two columns of each pupil


def test_equal_requests_of_a_class_are_written_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    parts = writing.WriteJob.parts

    def counted(asking: writing.WriteJob, *given: Any) -> Any:
        made.append(asking.model)
        return parts(asking, *given)

    monkeypatch.setattr(writing.WriteJob, "parts", counted)
    settings = stream.settings(model=MODEL, prompt="To be", length=300, seed=1_234)

    async def visit() -> list[bytes]:
        app = Starlette(routes=routes.routes())
        asking = [AppCall(app, "temperatures", sent(settings, n)) for n in range(6)]
        await asyncio.gather(*(one.task for one in asking))
        return [one.body for one in asking]

    def told(body: bytes) -> list[str]:
        return sorted(json.dumps(head) + str(len(numbers)) for head, numbers in stream.frames(body) if "n" not in head)

    answers = [told(body) for body in asyncio.run(visit())]
    assert len(made) == 2
    steps = [sum(head.get("n", 0) for head, _ in stream.frames(body)) for body in asyncio.run(visit())]
    assert (len(made), steps) == (2, [600] * 6)
    assert all(answer == answers[0] for answer in answers[1:])


def test_abandoned_columns_end() -> None:
    async def visit() -> int:
        settings = stream.settings(model="shakespeare-lstm", prompt="To be", length=2_000, seed=1)
        sent = stream.asked(settings=settings, temperatures=[0.5, 1.0], written=[])
        asking = AppCall(Starlette(routes=routes.routes()), "temperatures", sent)
        while not asking.body:
            await asyncio.sleep(0.01)
        await asking.leave()
        async with asyncio.timeout(20):
            while ENGINE.writing():
                await asyncio.sleep(0.02)
        return len(asking.body)

    assert asyncio.run(visit()) > 0

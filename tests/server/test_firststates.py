"""The stream's initial states: the names are Play's with the same seed, and invalid requests get a message."""

from itertools import islice
from typing import Any

import numpy as np
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from playground import library
from playground.inference.generate import generate
from playground.inference.prefill import prefill
from playground.sampling import Sampling
from playground.server import firststates, routes
from playground.server.requests.firststates import TEXTS
from playground.words import catalogue
from tests import stream

MODEL = "names-gru"


@pytest.fixture(scope="module")
def client() -> TestClient:
    return TestClient(Starlette(routes=routes.routes()))


def post(client: TestClient, settings: dict[str, Any] | None = None, **data: Any) -> tuple[dict[str, Any], bytes]:
    own = {"model": MODEL, "temperature": 1, "seed": 5, **(settings or {})}
    given = {"settings": own, "one": "", "other": "chris", "share": 0.5, **data}
    answer = client.post("/stream/first", json=stream.asked(**given))
    assert answer.status_code == 200
    [frame] = stream.frames(answer.content)
    return frame


def test_the_names_equal_plays_with_the_same_draws(client: TestClient) -> None:
    head, body = post(client, {"temperature": 0.8})
    assert (head["model"], head["one"], head["other"], head["start"]) == (MODEL, "", "chris", "\n")
    assert head["seeds"] == list(range(5, 5 + TEXTS))
    checkpoint = library.load(MODEL)
    for column, prompt in ((0, ""), (2, "chris")):
        for n in (0, TEXTS - 1):
            read = prefill(checkpoint, checkpoint.vocabulary.encode(prompt).ids)
            run = islice(generate(checkpoint, read, Sampling(0.8), seed=5 + n), firststates.LONGEST)
            text, end, _ = checkpoint.vocabulary.decode([step.id for step in run]).partition("\n")
            assert head["texts"][column][n] == {"text": text, "ended": end != ""}
    rows = np.frombuffer(body, "<f4").reshape(3, -1)
    assert head["symbols"] == list(checkpoint.vocabulary.symbols)
    for row, prompt in ((0, ""), (2, "chris")):
        expected = prefill(checkpoint, checkpoint.vocabulary.encode(prompt).ids).logits[-1]
        assert rows[row] == pytest.approx(expected, abs=1e-6)


def test_equal_requests_have_equal_answers_and_another_seed_another(client: TestClient) -> None:
    first, _ = post(client)
    again, _ = post(client)
    other, _ = post(client, {"seed": 6})
    assert first["texts"] == again["texts"]
    assert first["texts"][1][1] == other["texts"][1][0]
    assert first["texts"] != other["texts"]


def test_an_answer_is_computed_once(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    before, _ = post(client, {"seed": 77})
    monkeypatch.setattr(firststates, "_answer", lambda *_: pytest.fail("worked out again"))
    after, _ = post(client, {"seed": 77})
    assert before == after


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"share": 1.5}, "share must be a number from 0 to 1, but was"),
        ({"one": "a" * 41}, "40"),
        ({"other": 3}, "first text"),
    ],
)
def test_an_invalid_value_gets_a_message(client: TestClient, data: dict[str, Any], said: str) -> None:
    head, _ = post(client, **data)
    assert said in head["problem"]["text"]["en"]


def test_a_model_without_an_initial_state_is_refused(client: TestClient) -> None:
    head, _ = post(client, {"model": "shakespeare-ngram"})
    assert head["problem"]["text"]["en"] == catalogue("en")["first.no_state"].format(name="shakespeare-ngram")

"""The stream's verdicts and /classify: the numbers equal the model's, and invalid requests get a message."""

import re
from typing import Any

import gradio as gr
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from playground import library
from playground.inference.classify import MAX_SYMBOLS
from playground.sampling import distribution
from playground.server import api, classifying, routes
from playground.server.cache import Cache
from tests import stream

HANGUL = re.compile("[가-힣]")
ENGLISH, KOREAN = "sentiment-en", "sentiment-ko"
TEXTS = {ENGLISH: "Not bad at all!", KOREAN: "정말 재미있게 봤어요 ㅋㅋ"}


@pytest.fixture(scope="module")
def client() -> TestClient:
    return TestClient(Starlette(routes=routes.routes()))


@pytest.fixture(autouse=True)
def _empty_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classifying, "_ANSWERS", Cache(10))


def asked(client: TestClient, model: Any = ENGLISH, text: Any = TEXTS[ENGLISH]) -> list[dict[str, Any]]:
    """The heads of the frames of an answer."""
    answer = client.post("/stream/classify", json=stream.asked(model=model, text=text))
    assert answer.status_code == 200
    return [head for head, _ in stream.frames(answer.content)]


def rows(heads: list[dict[str, Any]], name: str) -> list[Any]:
    return [row for head in heads for row in head.get(name, [])]


@pytest.mark.parametrize("model", [ENGLISH, KOREAN])
def test_the_numbers_equal_the_models_and_the_endpoints(model: str, client: TestClient) -> None:
    text = TEXTS[model]
    head, verdict, *rest = asked(client, model, text)
    checkpoint = library.load(model)
    assert (head["model"], head["classes"], head["widest"]) == (model, ["bad", "good"], MAX_SYMBOLS)
    figures = checkpoint.card.validation
    assert figures
    assert (head["accuracy"], head["flipped"]) == (figures.accuracy, figures.flipped)
    assert head["ids"] == checkpoint.vocabulary.encode(text).ids
    assert verdict["logits"] == pytest.approx(checkpoint.model.classify(head["ids"])[0].tolist(), abs=1e-5)
    told = api.classify(text, model)
    assert list(told["logits"].values()) == pytest.approx(verdict["logits"], abs=1e-5)
    assert list(told["probabilities"].values()) == pytest.approx(distribution(verdict["logits"]).tolist(), abs=1e-6)
    assert told["verdict"] == ("good" if verdict["logits"][1] > verdict["logits"][0] else "bad")
    assert [letter["character"] for letter in told["letters"]] == [cell for cell, _ in head["cells"]]
    assert sum(letter["share"] for letter in told["letters"]) == pytest.approx(sum(verdict["shares"][1]), abs=1e-5)
    beginnings = rows(rest, "beginnings")
    assert len(beginnings) == len(head["cells"])
    assert beginnings[-1] == pytest.approx(verdict["logits"], abs=1e-5)
    first = checkpoint.model.classify(head["ids"][: head["cells"][0][1]])[0].tolist()
    assert beginnings[0] == pytest.approx(first, abs=1e-5)
    padded = rows(rest, "padded")
    assert (padded[0][0], padded[-1][0]) == (len(head["ids"]), MAX_SYMBOLS)
    for _, kept, _ in padded:
        assert kept == pytest.approx(verdict["logits"], abs=1e-5)
    assert abs(padded[-1][2][0] - verdict["logits"][0]) > 0.01  # without the mask, the padding is read
    assert rest[-1] == {"done": True}


def test_a_syllable_is_one_letter_with_the_sum_of_its_jamo(client: TestClient) -> None:
    head, verdict, *_ = asked(client, KOREAN, "좋다")
    assert [count for _, count in head["cells"]] == [3, 2]
    jamo = verdict["shares"][1]
    shares = [letter["share"] for letter in api.classify("좋다", KOREAN)["letters"]]
    assert shares == pytest.approx([sum(jamo[:3]), sum(jamo[3:])], abs=1e-6)


def test_an_answer_is_cached_for_equal_requests(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    first = asked(client)
    monkeypatch.setattr("playground.server.classifying.ENGINE", None)
    assert asked(client) == first


def test_a_line_end_is_read_as_a_space(client: TestClient) -> None:
    assert asked(client, text="Not bad\nat all!")[1] == asked(client, text="Not bad at all!")[1]


def test_unknown_letters_are_reported_and_replaced(client: TestClient) -> None:
    head = asked(client, text="Gοοd 한!")[0]
    assert list(head["unknown"].values()) == [" "] * len(head["unknown"])
    assert {head["cells"][int(at)][0] for at in head["unknown"]} >= {"한"}
    assert [one["character"] for one in api.classify("Good 한!")["replaced"]] == ["한"]


BAD = {
    "empty": ("", "no review"),
    "blank": (" \n ", "no review"),
    "too long": ("good " * 80, f"at most {MAX_SYMBOLS}"),
    "unknown": ("좋아요", "knows none"),
    "no text": (None, "must be a text"),
}


@pytest.mark.parametrize("case", BAD)
def test_an_invalid_text_gets_a_message(case: str, client: TestClient) -> None:
    text, said = BAD[case]
    [head] = asked(client, text=text)
    assert said in head["problem"]["text"]["en"]
    assert HANGUL.search(head["problem"]["text"]["ko"]), "the sentence is Korean"
    with pytest.raises(gr.Error, match=said):
        api.classify(text)  # type: ignore[arg-type]


@pytest.mark.parametrize("model", ["shakespeare-lstm", "gpt-9", None, 3])
def test_a_model_that_is_no_classifier_is_refused(model: Any, client: TestClient) -> None:
    [head] = asked(client, model=model)
    assert "model must be one of sentiment-en, sentiment-ko" in head["problem"]["text"]["en"]
    with pytest.raises(gr.Error, match="sentiment-ko"):
        api.classify("Good", model)

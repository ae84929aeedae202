"""Requests of the Models tab: the stream's numbers equal those of the endpoint and of the models."""

import threading
from dataclasses import replace
from math import log
from typing import Any

import numpy as np
import pytest
import torch
from starlette.applications import Starlette
from starlette.testclient import TestClient

from playground import library
from playground.engine import ENGINE
from playground.engine.base import RequestAborted
from playground.inference import evidence
from playground.server import api, comparing, passage, routes
from playground.server.cache import Cache
from playground.server.settings import work_of
from playground.text.wordlist import WordList
from tests import stream

PROMPT = "To be or not to b"
NGRAM, RNN = "shakespeare-ngram", "shakespeare-rnn"


@pytest.fixture
def client() -> TestClient:
    return TestClient(Starlette(routes=routes.routes()))


@pytest.fixture(autouse=True)
def empty_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_averages", "_nats", "_reaches", "_evidence"):
        monkeypatch.setattr(comparing, name, Cache(10))


@pytest.fixture
def no_stored_averages(monkeypatch: pytest.MonkeyPatch) -> None:
    """No average was computed before."""
    monkeypatch.setattr(passage, "kept_losses", lambda _: None)


def post(client: TestClient, kind: str, model: str, prompt: str = PROMPT) -> list[tuple[dict[str, Any], bytes]]:
    data = stream.asked(model=model, prompt=prompt, bias="", had=None)
    answer = client.post(f"/stream/{kind}", json=data)
    assert answer.status_code == 200
    return list(stream.frames(answer.content))


def heads(client: TestClient, kind: str, model: str, prompt: str = PROMPT) -> list[dict[str, Any]]:
    return [head for head, _ in post(client, kind, model, prompt)]


def test_a_comparison_has_the_models_predictions_and_costs(client: TestClient) -> None:
    (head, rows), (figures, letters) = post(client, "compare", RNN)
    assert (head["model"], len(rows) > 0) == (RNN, True)
    whole = api.score(PROMPT, RNN)
    assert figures["nats"] == pytest.approx(whole["nats"], abs=1e-4)
    assert (figures["symbols"], figures["characters"]) == (17, 17)
    assert figures["validation"] == library.card(RNN).validation.nats  # type: ignore[union-attr]
    assert 0 < figures["microseconds"] < 1e6
    yardsticks = figures["yardsticks"]
    assert yardsticks["uniform"] == pytest.approx(17 * log(65), abs=1e-9)
    assert yardsticks["count"] == pytest.approx(api.score(PROMPT, NGRAM)["nats"], abs=1e-4)
    share = np.frombuffer(letters, "<f8")
    assert share.sum() == pytest.approx(1, abs=1e-12)
    ids = library.load(RNN).vocabulary.encode(PROMPT).ids
    assert yardsticks["letters"] == pytest.approx(-np.log(share[ids]).sum(), abs=1e-9)


def test_without_an_n_gram_a_model_has_letter_frequencies_and_its_cards_loss(client: TestClient) -> None:
    _, (figures, body) = post(client, "compare", "korean-lstm", "안녕")
    checkpoint = library.load("korean-lstm")
    share = np.frombuffer(body, "<f8")
    assert share.sum() == pytest.approx(1, abs=1e-12)
    assert (share > 0).all(), "a symbol that came in the other part alone is not impossible"
    yardsticks = figures["yardsticks"]
    assert (yardsticks["model"], yardsticks["count"]) == (None, None)
    ids = checkpoint.vocabulary.encode("안녕").ids
    assert yardsticks["letters"] == pytest.approx(-np.log(share[ids]).sum(), abs=1e-9)
    assert yardsticks["letters"] < yardsticks["uniform"]
    best = checkpoint.card.best_count
    assert best
    assert yardsticks["unseen"] == {"nats": best.nats, "order": best.order, "unit": "jamo"}


def test_a_model_without_counts_has_no_letter_frequencies(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = library.load(RNN)
    card = whole.card.model_copy(update={"best_count": None})
    old = replace(whole, words=WordList.of({"to", "be"}), card=card)
    monkeypatch.setattr(ENGINE, "open", lambda name, _: old if name == RNN else library.load(name))
    _, (figures, body) = post(client, "compare", RNN)
    assert (body, figures["yardsticks"]["letters"], figures["yardsticks"]["unseen"]) == (b"", None, None)


def test_an_empty_prompt_costs_nothing(client: TestClient) -> None:
    _, (figures, _) = post(client, "compare", NGRAM, "")
    assert (figures["nats"], figures["symbols"], figures["characters"]) == (0, 0, 0)
    assert figures["yardsticks"]["uniform"] == 0
    losses = [head.get("given") for head in heads(client, "reach", NGRAM, "")]
    assert losses == ["uniform", "letters", "all", None]
    losses = [head.get("given") for head in heads(client, "reach", RNN, "")]
    assert losses == ["uniform", "letters", "count", "all", None]


def test_how_far_back_a_model_looks_from_a_prompt(client: TestClient) -> None:
    *losses, end = heads(client, "reach", NGRAM)
    assert [loss["given"] for loss in losses] == ["uniform", "letters", "all", "1", "2", "4", "8", "16"]
    by = {loss["given"]: loss["divergence"] for loss in losses}
    assert by["all"] == by["8"] == 0
    assert by["1"] > by["2"] > by["4"] > 0.01
    assert losses[0]["surprise"] is None
    assert end == {"places": 1, "of": 17}


def log_p(model: str) -> np.ndarray[Any, Any]:
    """The model's own ln p after the prompt, (V,)."""
    checkpoint = library.load(model)
    logits, _ = checkpoint.model.advance([*checkpoint.start_ids, *checkpoint.vocabulary.encode(PROMPT).ids])
    return torch.log_softmax(logits[0, -1].double(), -1).numpy()


def test_the_divergence_of_a_model_from_the_n_gram(client: TestClient) -> None:
    """The sum of p (ln p − ln q) for the model's full answer p and the n-gram's q; the n-gram itself has none."""
    p, q = log_p(RNN), log_p(NGRAM)
    by = {head["given"]: head for head in heads(client, "reach", RNN) if "given" in head}
    assert by["count"]["divergence"] == pytest.approx(float((np.exp(p) * (p - q)).sum()), abs=1e-5)
    assert 0 < by["count"]["divergence"] < by["letters"]["divergence"]
    for model in (NGRAM, "korean-lstm"):
        assert "count" not in [head.get("given") for head in heads(client, "reach", model)]


@pytest.mark.usefixtures("no_stored_averages")
def test_an_average_is_computed_once(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passage, "PLACES", 20)
    assert heads(client, "kept_average", NGRAM) == [{"places": 0}]
    found = heads(client, "average", NGRAM)
    losses = [head for head in found if "given" in head]
    assert losses[0]["surprise"] == pytest.approx(log(65), abs=1e-9)
    by = {loss["given"]: loss for loss in losses}
    assert by["8"]["divergence"] == pytest.approx(0, abs=1e-12)
    assert "16" not in by, "longer contexts give the same"
    assert found[-1]["places"] == 20
    assert all(0 <= head["done"] <= 1 for head in found if "done" in head)
    monkeypatch.setattr(passage, "reach", None)  # it is not computed again
    again = [head for head in found if "done" not in head]
    assert heads(client, "average", NGRAM) == heads(client, "kept_average", NGRAM) == again


@pytest.mark.usefixtures("no_stored_averages")
def test_contexts_beyond_the_work_limit_are_left_out(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passage, "PLACES", 10)
    one = library.load(RNN)
    ids = len(one.vocabulary.encode(passage.file_of("shakespeare").read_text("utf-8")).ids)
    monkeypatch.setattr(passage, "WORK", work_of(one, ids + 10 * (1 + 2 + 4)))
    losses = [head["given"] for head in heads(client, "average", RNN, "") if "given" in head]
    assert losses == ["uniform", "letters", "count", "all", "1", "2", "4"]
    monkeypatch.setattr(passage, "WORK", 1)
    [problem] = heads(client, "average", "shakespeare-gru", "")
    assert "too large for the average" in problem["problem"]["text"]["en"]


@pytest.mark.usefixtures("no_stored_averages")
def test_a_model_that_lacks_the_letters_of_its_passage_has_no_average(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passage, "name_of", lambda _: "korean")
    text = passage.file_of("korean").read_text("utf-8")
    lacking = sum("가" <= letter <= "힣" or letter in "()" for letter in text)
    [problem] = heads(client, "average", NGRAM)
    assert f"lacks {lacking} characters of the passage" in problem["problem"]["text"]["en"]


@pytest.mark.parametrize(
    ("kind", "model", "said"),
    [
        ("evidence", RNN, "has no counts to show"),
        ("compare", "nobody", "There is no model named 'nobody'"),
        ("reach", "nobody", "There is no model named 'nobody'"),
    ],
)
def test_an_invalid_request_gets_a_message(kind: str, model: str, said: str, client: TestClient) -> None:
    [head] = heads(client, kind, model)
    assert said in head["problem"]["text"]["en"]


def test_the_evidence_sums_to_the_probability(client: TestClient) -> None:
    [head] = heads(client, "evidence", NGRAM)
    levels = [evidence.Level(**level) for level in head["levels"]]
    told = api.distribution(NGRAM, PROMPT)
    found = [evidence.probability(levels, id, head["size"]) for id in range(head["size"])]
    assert found == pytest.approx(told["probabilities"], abs=1e-6)


def test_the_endpoint_compares_models_in_the_order_asked() -> None:
    answer = api.compare([RNN, NGRAM], PROMPT)["models"]
    assert [one["model"] for one in answer] == [RNN, NGRAM]
    for one in answer:
        told = api.distribution(one["model"], PROMPT)
        assert one["probabilities"] == pytest.approx(told["probabilities"], abs=1e-9)
        assert (one["symbols"], one["likeliest"]) == (told["symbols"], told["likeliest"])
        assert one["nats"] == pytest.approx(api.score(PROMPT, one["model"])["nats"], abs=1e-4)
        assert one["count_nats"] == pytest.approx(answer[1]["nats"], abs=1e-9)
        card = library.card(one["model"])
        assert (one["parameters"], one["bytes"]) == (card.parameters, card.bytes)
        assert one["microseconds"] > 0
    assert len(api.compare()["models"]) == 5


@pytest.mark.parametrize("models", [[], ["shakespeare-ngram"] * 9, [5], {"a": 1}])
def test_an_invalid_list_of_models_is_refused(models: Any) -> None:
    with pytest.raises(Exception, match="models must be a list of 1 to 8 names"):
        api.compare(models)


def test_cached_values_are_computed_once_and_expire() -> None:
    now = [0.0]
    kept: Cache[int] = Cache(2, seconds=10, now=lambda: now[0])
    for name, value in (("a", 1), ("b", 2), ("c", 3)):
        kept.put(name, value)
    assert [kept.get(name) for name in "abc"] == [None, 2, 3]
    now[0] = 11
    assert kept.get("c") is None
    never, gone = threading.Event(), threading.Event()
    assert list(kept.wait("d", never)) == []
    assert next(kept.wait("d", gone)) == 0, "of two who find none, one makes it and the other waits"
    with kept.making("d") as tell:
        tell(0.5)
        waiting = kept.wait("d", gone)
        assert next(waiting) == 0.5
        gone.set()
        with pytest.raises(RequestAborted):
            next(waiting)
        follows = kept.wait("d", never)
        assert next(follows) == 0.5
        kept.put("d", 4)
        assert list(follows) == []
    assert kept.get("d") == 4
    assert torch.is_grad_enabled(), "no walk leaves torch in another state"


@pytest.mark.parametrize("kind", ["compare", "reach", "evidence"])
def test_a_repeated_prompt_is_answered_without_work(
    kind: str, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    walked: list[object] = []
    plain = ENGINE.query

    def walk(name: str, question: Any, *given: Any, **named: Any) -> Any:
        walked.append(question)
        return plain(name, question, *given, **named)

    post(client, kind, NGRAM)  # the parts that depend on the model alone are cached from then on
    monkeypatch.setattr(ENGINE, "query", walk)
    first = post(client, kind, NGRAM, "To be")
    assert walked
    before = len(walked)
    assert post(client, kind, NGRAM, "To be") == first
    assert len(walked) == before
    post(client, kind, NGRAM, "To bee")
    assert len(walked) > before

"""The stream's gaps and stretches, and /fill: the queries' numbers, and error messages for invalid requests."""

from math import log
from threading import Event
from typing import Any

import gradio as gr
import numpy as np
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from playground import library
from playground.engine import ENGINE
from playground.inference import measures, score
from playground.inference.filling import ORDERS, Fill, GapFilling
from playground.inference.prefill import prefill
from playground.inference.samples import Samples
from playground.sampling import Sampling, distribution
from playground.server import api, filling, routes
from playground.server.cache import Cache
from playground.server.gaps import GAPS, LIMIT, MASKED
from playground.words import LANGUAGES, in_language, message
from tests import stream

TEXT = "To be, or not to be, that is the question"


@pytest.fixture(scope="module")
def client() -> TestClient:
    return TestClient(Starlette(routes=routes.routes()))


def post(client: TestClient, route: str, **data: Any) -> list[tuple[dict[str, Any], bytes]]:
    answer = client.post(f"/stream/{route}", json=stream.asked(**data))
    assert answer.status_code == 200
    return list(stream.frames(answer.content))


def test_gaps_have_the_rows_of_both_models(client: TestClient) -> None:
    [(head, body)] = post(client, "gaps", text=TEXT, gaps=[33, 4])
    masked, left = library.load(MASKED), library.load(library.default_model())
    assert (head["model"], head["left"]["model"]) == (MASKED, left.name)
    assert head["symbols"] == list(masked.vocabulary.symbols)
    assert head["left_symbols"] == list(left.vocabulary.symbols)
    rows = np.frombuffer(body, "<f4")
    both, alone = rows[: 2 * len(head["symbols"])].reshape(2, -1), rows[2 * len(head["symbols"]) :].reshape(2, -1)
    ids = masked.vocabulary.encode(TEXT).ids
    assert both == pytest.approx(np.concatenate(list(Fill(ids, [4, 33]).steps(masked))), abs=1e-4)
    assert alone == pytest.approx(prefill(left, left.vocabulary.encode(TEXT).ids).logits[[4, 33]], abs=1e-4)


def test_the_left_to_right_model_reads_the_removed_letters(client: TestClient) -> None:
    [(head, body)] = post(client, "gaps", text=TEXT, gaps=[4, 33])
    [(_, other)] = post(client, "gaps", text=TEXT[:4] + "x" + TEXT[5:], gaps=[4, 33])
    size = 4 * 2 * len(head["symbols"])
    assert body[:size] == other[:size]
    assert body[size:] != other[size:]


def test_a_stretch_equals_the_queries_text_with_the_same_draws(client: TestClient) -> None:
    prompt, settings = "My lord, ", {"temperature": 0.7, "top_k": 0, "top_p": 0.9, "min_p": 0, "seed": 11}
    heads = [head for head, _ in post(client, "stretch", settings=settings, prompt=prompt, length=9)]
    assert heads[0] == {"length": 9}
    masked, left = library.load(MASKED), library.load(library.default_model())
    given, sampling = masked.vocabulary.encode(prompt).ids, Sampling(0.7, top_p=0.9)
    texts = heads[-1]["texts"]
    for order in ORDERS:
        walk = GapFilling([*given, *[0] * 9], tuple(range(9, 18)), order, sampling, 11)
        steps = list(ENGINE.query(MASKED, walk, Event()))
        told = [head for head in heads if head.get("order") == order]
        assert [head["place"] for head in told] == [step.place - 9 for step in steps]
        assert [head["symbol"] for head in told] == [masked.vocabulary.symbols[step.id] for step in steps]
        assert [head["u"] for head in told] == [step.u for step in steps]
        placed = {head["place"]: head["symbol"] for head in told}
        assert texts[order]["text"] == "".join(placed[i] for i in range(9))
    drawn = Samples(left.vocabulary.encode(prompt).ids, [sampling], [11], 9)
    written = [step.ids[0] for step in ENGINE.query(left.name, drawn, Event())]
    assert texts["model"]["text"] == left.vocabulary.decode(written)
    for one in texts.values():
        ids = left.vocabulary.encode(prompt + one["text"]).ids
        bits = [-p / log(2) for piece in score.log_probabilities(left, ids) for p in piece][9:]
        due = measures.measure(prompt, prompt + one["text"], bits, left.words, whole=False)
        assert one["surprise"] == pytest.approx(due.surprise, abs=1e-3)
        assert one["known_words"] == due.known_words


def test_a_masked_model_writes_worse_than_a_language_model(client: TestClient) -> None:
    """Averaged over several seeds: in every order it has fewer known words, and a higher surprise."""
    found: dict[str, list[tuple[float, float]]] = {}
    for seed in range(4):
        heads = [h for h, _ in post(client, "stretch", settings={"seed": seed}, prompt="My lord, I ", length=40)]
        for name, one in heads[-1]["texts"].items():
            found.setdefault(name, []).append((one["known_words"] or 0, one["surprise"]))
    means = {name: np.mean(values, axis=0) for name, values in found.items()}
    for order in ORDERS:
        assert means[order][0] < means["model"][0]
        assert means[order][1] > means["model"][1] + 0.5


def test_a_repeated_request_is_computed_once(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filling, "_GAPS", Cache(10))
    walks: list[object] = []
    walk = ENGINE.query

    def counts(model: str, asked: Any, *others: Any, **named: Any) -> Any:
        walks.append(asked)
        return walk(model, asked, *others, **named)

    monkeypatch.setattr(ENGINE, "query", counts)
    once = post(client, "gaps", text=TEXT, gaps=[1])
    assert post(client, "gaps", text=TEXT, gaps=[1]) == once
    assert len(walks) == 2
    post(client, "gaps", text=TEXT, gaps=[2])
    assert len(walks) == 4


def test_fill_answers_with_distributions_at_a_temperature() -> None:
    answer = api.fill(text="To be, or n#t to be, that is the #uestion", gap="#", temperature=0.5)
    masked = library.load(MASKED)
    ids = masked.vocabulary.encode(TEXT).ids
    rows = np.concatenate(list(Fill(ids, [11, 33]).steps(masked)))
    assert answer["symbols"] == list(masked.vocabulary.symbols)
    assert [gap["position"] for gap in answer["gaps"]] == [11, 33]
    for gap, row in zip(answer["gaps"], rows, strict=True):
        assert gap["probabilities"] == pytest.approx(distribution(row, Sampling(0.5)).tolist(), abs=1e-5)
        assert gap["likeliest"] == masked.vocabulary.symbols[int(row.argmax())]
    best = [gap["likeliest"] for gap in answer["gaps"]]
    assert answer["filled"] == f"To be, or n{best[0]}t to be, that is the {best[1]}uestion"


def test_fill_reads_a_long_text_with_any_marker() -> None:
    answer = api.fill(text="the " * 99 + "t~e " + "the " * 99, gap="~", temperature=0)
    assert answer["gaps"][0]["likeliest"] == "h"
    assert max(answer["gaps"][0]["probabilities"]) == 1.0


@pytest.mark.parametrize(
    ("given", "code", "values"),
    [
        ({"text": ""}, "fill.empty", {}),
        ({"text": "no gap"}, "fill.no_gap", {}),
        ({"text": "_" * (GAPS + 1)}, "fill.many", {"count": GAPS + 1, "most": GAPS}),
        ({"text": "_" + "a" * LIMIT}, "input.long", {"name": message("named.text"), "count": LIMIT + 1, "most": LIMIT}),
        ({"text": "한_글 é"}, "fill.unknown", {"model": MASKED, "letters": ["한", "글", "é"]}),
        ({"text": "a_", "gap": "__"}, "fill.mark", {"value": "'__'"}),
    ],
)
def test_an_invalid_text_gets_a_message_in_both_languages(
    given: dict[str, Any], code: str, values: dict[str, Any]
) -> None:
    with pytest.raises(gr.Error) as error:
        api.fill(**given)
    assert error.value.message == in_language(message(code, **values), "en")
    assert len({in_language(message(code, **values), language) for language in LANGUAGES}) == len(LANGUAGES)


def test_a_model_of_another_task_is_refused() -> None:
    with pytest.raises(gr.Error, match="cannot be asked this"):
        api.fill(model="names-gru", text="a_a")
    with pytest.raises(gr.Error, match="no model named"):
        api.fill(model="gpt-9", text="a_a")


@pytest.mark.parametrize(
    ("route", "data", "code"),
    [
        ("gaps", {"text": "", "gaps": []}, "fill.empty"),
        ("gaps", {"text": "abc", "gaps": []}, "fill.no_gap"),
        ("gaps", {"text": "abc", "gaps": [3]}, "input.request"),
        ("gaps", {"text": "abc", "gaps": ["1"]}, "input.request"),
        ("gaps", {"text": "가나", "gaps": [0]}, "fill.unknown"),
        ("stretch", {"settings": {}, "prompt": "한", "length": 5}, "fill.unknown"),
        ("stretch", {"settings": {}, "prompt": "a" * 49, "length": 5}, "input.long"),
        ("stretch", {"settings": {}, "prompt": "a", "length": 81}, "input.setting"),
    ],
)
def test_invalid_requests_get_an_error_code(client: TestClient, route: str, data: dict[str, Any], code: str) -> None:
    [(head, _)] = post(client, route, **data)
    assert head["problem"]["code"] == code

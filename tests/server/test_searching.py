"""The stream's searches: same numbers as the queries and the endpoint, and invalid requests get a message."""

import re
from math import inf
from typing import Any

import gradio as gr
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from playground import library
from playground.engine import ENGINE
from playground.inference.beam import Beam, texts
from playground.inference.generate import generate
from playground.inference.prefill import prefill
from playground.inference.stopping import Stop, stop_of
from playground.sampling import Sampling, ranks
from playground.server import api, routes, searching
from playground.server.cache import Cache
from playground.server.searching import ALONG, LEAD, SAMPLES
from tests import stream

PROMPT = "To be or not to b"
MODEL = "shakespeare-ngram"
HUMAN = "To be, or not to be, that is the quéstion"


@pytest.fixture(scope="module")
def client() -> TestClient:
    return TestClient(Starlette(routes=routes.routes()))


def post(client: TestClient, settings: dict[str, Any] | None = None, **data: Any) -> list[dict[str, Any]]:
    """The heads of the frames that answer."""
    own = {"model": MODEL, "prompt": PROMPT, "seed": 5, "stop": "none", **(settings or {})}
    given = {"settings": own, "width": 3, "length": 12, "penalty": 0, "human": HUMAN, **data}
    answer = client.post("/stream/search", json=stream.asked(**given))
    assert answer.status_code == 200
    return [head for head, _ in stream.frames(answer.content)]


def frames_of(heads: list[dict[str, Any]], name: str) -> Any:
    [found] = [head[name] for head in heads if name in head]
    return found


def steps_of(heads: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [head["step"] for head in heads if "step" in head]


@pytest.mark.parametrize("model", [MODEL, "shakespeare-lstm", "korean-lstm"])
def test_steps_and_texts_equal_the_queries_and_the_endpoints(model: str, client: TestClient) -> None:
    heads = post(client, {"model": model})
    checkpoint, head = library.load(model), heads[0]
    assert (head["model"], head["unit"], head["vocabulary"]) == (model, "character", len(checkpoint.vocabulary))
    korean = model == "korean-lstm"
    assert (head["counted"], head["normalizer"]) == (("jamo", "nfd") if korean else ("character", "none"))
    assert [head[name] for name in ("width", "length", "penalty", "stop")] == [3, 12, 0, "none"]
    ids = checkpoint.vocabulary.encode(PROMPT).ids
    steps = [step for step in Beam(ids, 3, Stop(12)).steps(checkpoint) if step]
    told = steps_of(heads)
    assert [s["dropped_mass"] for s in told] == [step.dropped_mass for step in steps]
    assert [s["log_mass"] for s in told] == [step.log_mass for step in steps]
    kept = [[[b.parent, b.id, b.logp, b.score, b.stopped] for b in step.kept] for step in steps]
    assert [s["kept"] for s in told] == kept
    assert [len(s["dropped"]) for s in told] == [3] * 12
    found = texts(steps)
    beams = frames_of(heads, "beams")
    assert [beam["ids"] for beam in beams] == [text.ids for text in found]
    answer = api.beam(model, PROMPT, 3, 12)
    assert [beam["text"] for beam in beams] == [beam["written"] for beam in answer["beams"]]
    assert [beam["log_probability"] for beam in beams] == pytest.approx(
        [beam["log_probability"] for beam in answer["beams"]], abs=1e-12
    )
    assert answer["beams"][0]["text"].startswith("To be or not to b")
    assert answer["beams"][0]["stopped"] == "length"


def test_each_id_is_sent_with_its_symbol_once(client: TestClient) -> None:
    heads = post(client)
    told = [symbols for head in heads for symbols in head.get("symbols", {}).items()]
    symbols = dict(told)
    assert len(symbols) == len(told)
    vocabulary = library.load(MODEL).vocabulary
    assert {int(id): symbol for id, symbol in told}.items() <= dict(enumerate(vocabulary.symbols)).items()
    for step in steps_of(heads):
        assert all(str(branch[1]) in symbols for branch in step["kept"] + step["dropped"])


def test_greedy_and_samples_are_ordinary_runs_with_the_scores_of_their_texts(client: TestClient) -> None:
    heads = post(client)
    greedy, samples = frames_of(heads, "greedy"), frames_of(heads, "samples")
    assert greedy["text"] == api.beam(MODEL, PROMPT, 1, 12)["beams"][0]["written"]
    assert [sample["seed"] for sample in samples] == list(range(5, 5 + SAMPLES))
    for text in [greedy, *samples[:3]]:
        scored = api.score(PROMPT + text["text"], MODEL)["log_probabilities"][len(PROMPT) :]
        assert text["log_probability"] == pytest.approx(sum(map(float, scored)), abs=1e-3)  # type: ignore[arg-type]
        assert (text["length"], text["stopped"], len(text["ids"])) == (12, "length", ALONG)
    checkpoint = library.load(MODEL)
    begin = prefill(checkpoint, checkpoint.vocabulary.encode(PROMPT).ids)
    run = generate(checkpoint, begin, Sampling(), seed=7)
    assert samples[2]["ids"] == [next(run).id for _ in range(ALONG)]


def test_texts_can_end_at_a_line(client: TestClient) -> None:
    names = {"model": "names-gru", "prompt": "ma", "stop": "line"}
    heads = post(client, names, width=6, length=9, penalty=0.7)
    beams, greedy = frames_of(heads, "beams"), frames_of(heads, "greedy")
    assert {beam["stopped"] for beam in beams} <= {"line", "length"}
    assert any(beam["stopped"] == "line" for beam in beams)
    for text in [*beams, greedy, *frames_of(heads, "samples")]:
        assert ("\n" in text["text"]) == (text["stopped"] == "line")
        assert "\n" not in text["text"][:-1]
        assert text["length"] == len(text["text"])
    checkpoint = library.load("names-gru")
    walk = Beam(checkpoint.vocabulary.encode("ma").ids, 6, stop_of(checkpoint, "line", 9), 0.7)
    found = texts([step for step in walk.steps(checkpoint) if step])
    assert [beam["ids"] for beam in beams] == [text.ids for text in found]
    answer = api.beam("names-gru", "ma", 6, 9, 0.7, "line")["beams"]
    assert [beam["ids"] for beam in answer] == [text.ids for text in found]
    scores = [beam["log_probability"] / ((5 + len(beam["ids"])) / 6) ** 0.7 for beam in answer]
    assert [beam["score"] for beam in answer] == pytest.approx(scores, abs=1e-9)
    assert scores == sorted(scores, reverse=True)


def test_the_dull_text_is_the_beams_best_and_the_human_text_is_scored(client: TestClient) -> None:
    heads = post(client)
    dull, human = frames_of(heads, "dull"), frames_of(heads, "human")
    assert dull["ids"] == api.beam(MODEL, PROMPT, 3, ALONG)["beams"][0]["ids"]
    assert human["log_probabilities"] == pytest.approx(api.score(HUMAN, MODEL)["log_probabilities"], abs=1e-9)
    assert human["skipped"] == LEAD
    assert human["head"]["unknown"] == {str(HUMAN.index("é")): "e"}
    assert frames_of(post(client, human="To be"), "human")["skipped"] == 2  # no more than half of it
    assert frames_of(post(client, human=""), "human") is None


def test_a_repeated_search_is_answered_without_work(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "_ANSWERS", Cache[list[bytes]](2))
    walked: list[object] = []
    plain = ENGINE.query

    def walk(name: str, question: Any, *given: Any, **named: Any) -> Any:
        walked.append(question)
        return plain(name, question, *given, **named)

    monkeypatch.setattr(ENGINE, "query", walk)
    first = post(client, length=2)
    assert len(walked) == 4
    assert post(client, length=2) == first
    assert len(walked) == 4
    different: list[dict[str, Any]] = [
        {"settings": {"seed": 6}}, {"settings": {"prompt": "a"}}, {"settings": {"stop": "line"}}, {"width": 2},
        {"penalty": 1}, {"human": ""}, {"length": 2},
    ]  # fmt: skip
    for more in different:
        before = len(walked)
        post(client, **{"length": 2, **more})
        assert len(walked) > before, more  # the first one too: two are kept


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"width": 11}, "width must be a whole number from 1 to 10, but was '11'."),
        ({"width": 2.5}, "width must be a whole number from 1 to 10, but was '2.5'."),
        ({"length": 0}, "length must be a whole number from 1 to 100, but was '0'."),
        ({"penalty": "x"}, "length_penalty must be a number from 0 to 2, but was 'x'."),
        ({"human": "a" * 1_001}, "The human text has 1,001 characters; at most 1,000 are read. Shorten it."),
        ({"human": 5}, "human text must be a text, but was '5'."),
        ({"settings": {"model": "nobody"}}, "There is no model named 'nobody'"),
        ({"settings": {"model": MODEL, "stop": "end"}}, "which has no token that ends a text"),
        ({"settings": 5}, "The request's settings is not what the page sends. Reload the page."),
    ],
)
def test_an_invalid_search_gets_a_message(data: dict[str, Any], said: str, client: TestClient) -> None:
    given = {"settings": {"model": MODEL, "prompt": "a"}, "width": 3, "length": 2, "penalty": 0, "human": ""}
    answer = client.post("/stream/search", json=stream.asked(**{**given, **data}))
    [head] = [head for head, _ in stream.frames(answer.content)]
    assert said in head["problem"]["text"]["en"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"width": 0}, "width must be a whole number from 1 to 10, but was '0'."),
        ({"length": 101}, "length must be a whole number from 1 to 100, but was '101'."),
        ({"length_penalty": -inf}, "length_penalty must be a number from 0 to 2, but was '-inf'."),
        ({"prompt": "", "start": False}, "There is nothing to predict from"),
        ({"start": "no"}, "start must be true or false, but was 'no'."),
        ({"stop": "end"}, "which has no token that ends a text"),
    ],
)
def test_the_endpoint_reports_invalid_arguments(arguments: dict[str, Any], said: str) -> None:
    with pytest.raises(gr.Error, match=re.escape(said)):
        api.beam(**{"model": MODEL, "prompt": "a", **arguments})


def test_the_endpoint_can_leave_out_the_start() -> None:
    with_start, without = (api.beam(MODEL, "To b", 1, 1, start=start) for start in (True, False))
    assert (with_start["start"], without["start"]) == ("\n", "")
    checkpoint = library.load(MODEL)
    logits, _ = checkpoint.model.advance(checkpoint.vocabulary.encode("To b").ids)
    row = logits[0, -1].numpy()
    assert without["beams"][0]["ids"] == [int(ranks(row)[0])]
    assert with_start["beams"][0]["log_probability"] <= 0

"""Translation, on the page and for programs: both are runs after "source→", and invalid sentences get an error
message."""

from itertools import islice
from typing import Any

import numpy as np
import pytest
from gradio import Error
from starlette.applications import Starlette
from starlette.testclient import TestClient

from playground import library
from playground.inference.generate import generate
from playground.inference.prefill import prefill
from playground.sampling import Sampling
from playground.server import api, routes, translating
from playground.words import catalogue
from tests import stream

MODEL = "translate-luong"
SENTENCE = "She has two cats."


@pytest.fixture(scope="module")
def client() -> TestClient:
    return TestClient(Starlette(routes=routes.routes()))


def post(client: TestClient, text: str = SENTENCE, **data: Any) -> list[tuple[dict[str, Any], bytes]]:
    settings = {"model": MODEL, "temperature": 0, "seed": 5, **data.pop("settings", {})}
    given = {"settings": settings, "text": text, "reference": "", "width": 2, **data}
    answer = client.post("/stream/translate", json=stream.asked(**given))
    assert answer.status_code == 200
    return list(stream.frames(answer.content))


def test_a_translation_is_the_run_after_source_and_separator(client: TestClient) -> None:
    for temperature in (0, 0.8):
        head, body = post(client, settings={"temperature": temperature})[0]
        checkpoint = library.load(MODEL)
        read = prefill(checkpoint, checkpoint.vocabulary.encode(f"{SENTENCE}→").ids)
        run = [step.id for step in islice(generate(checkpoint, read, Sampling(temperature), seed=5), 80)]
        assert head["ids"] == run[: run.index(0) + 1]
        assert head["text"] == checkpoint.vocabulary.decode(head["ids"][:-1])
        V, T, S = len(head["symbols"]), len(head["ids"]), len(SENTENCE)
        numbers = np.frombuffer(body, "<f4")
        assert numbers.size == T * V + T * S
        ids = checkpoint.vocabulary.encode(f"{SENTENCE}→").ids + head["ids"][:-1]
        rows = numbers[: T * V].reshape(T, V)
        assert rows == pytest.approx(prefill(checkpoint, ids, rows=T).logits, abs=1e-4)
        looked = checkpoint.model.attention(ids[:S], [checkpoint.model.separator, *head["ids"][:-1]])
        assert numbers[T * V :].reshape(T, S) == pytest.approx(np.asarray(looked), abs=1e-6)
        assert numbers[T * V :].reshape(T, S).sum(axis=1) == pytest.approx(np.ones(T), abs=1e-5)


def test_a_picked_letter_is_not_drawn_and_the_other_draws_stay(client: TestClient) -> None:
    checkpoint = library.load(MODEL)
    id = checkpoint.vocabulary.symbols.index("U")
    own, beams, *_ = post(client, settings={"temperature": 0.8})
    picked, beams_picked, *_ = post(client, settings={"temperature": 0.8, "picks": "0:U,70:a"})
    assert (own[0]["picked"], picked[0]["picked"]) == ([], [0])  # the text is shorter than the other one
    read = prefill(checkpoint, checkpoint.vocabulary.encode(f"{SENTENCE}→").ids)
    run = [step.id for step in islice(generate(checkpoint, read, Sampling(0.8), seed=5, picks={0: id}), 80)]
    assert picked[0]["ids"] == run[: run.index(0) + 1] != own[0]["ids"]
    assert beams_picked == beams


def others(answer: list[tuple[dict[str, Any], bytes]]) -> dict[str, dict[str, Any]]:
    """What the other models write, by their names."""
    return {head["other"]: head for head, _ in answer if "other" in head}


def test_the_other_models_adopt_picked_letters(client: TestClient) -> None:
    plain = post(client, settings={"temperature": 0.8})
    picked = others(post(client, settings={"temperature": 0.8, "picks": "0:U,2:x,70:a"}))
    assert picked.keys() == {name for name in library.available("translation") if name != MODEL}
    for name, head in picked.items():
        own = api.translate(name, SENTENCE, 0.8, 5, picks="0:U,2:x")
        assert (head["text"], head["picked"]) == (own["text"], [0, 2])
        assert (head["text"][0], head["text"][2]) == ("U", "x")
        assert head["log_probability"] == pytest.approx(own["log_probability"], abs=1e-9)
    assert others(post(client, settings={"temperature": 0.8})) == others(plain)  # undone, they write as before
    assert {tuple(head["picked"]) for head in others(plain).values()} == {()}


def test_a_pick_missing_from_another_alphabet_is_drawn_there(client: TestClient) -> None:
    plain = others(post(client, settings={"temperature": 0.8}))
    lacking = others(post(client, settings={"temperature": 0.8, "picks": "0:漢"}))
    assert lacking == plain


def test_a_pick_does_not_recompute_the_rest_of_the_answer(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    given = {"text": "Two cats and a dog.", "reference": "Dos gatos y un perro."}
    before = post(client, **given, settings={"temperature": 0.9})[1:3]

    def refused(*_: Any) -> None:
        raise AssertionError

    monkeypatch.setattr(translating, "beam_of", refused)
    assert post(client, **given, settings={"temperature": 0.9, "picks": "0:U"})[1:3] == before


def test_invalid_picks_get_a_message(client: TestClient) -> None:
    [(head, _)] = post(client, settings={"picks": "U"})
    assert "picks" in head["problem"]["text"]["en"]


def test_attention_moves_through_the_words_in_order(client: TestClient) -> None:
    """For the letters of "estación" the model looks at "station", and for those of "dónde" at "where"."""
    source, target = "Where is the station?", "¿Dónde está la estación?"
    _, (head, body), *_ = post(client, source, reference=target)
    assert head["forced"] is True
    T, V, S = len(target) + 1, len(library.load(MODEL).vocabulary), len(source)
    looked = np.frombuffer(body, "<f4")[T * V :].reshape(T, S)

    def share(word: str, of: str) -> float:
        """How much of the attention for the letters of a word goes to those of another, and the space before it."""
        at, there = target.index(word), source.index(of)
        return float(looked[at : at + len(word), max(0, there - 1) : there + len(of)].sum(axis=1).mean())

    assert share("estación", "station") > 0.7
    assert share("estación", "Where") < 0.1
    assert share("Dónde", "Where") > 0.5


@pytest.mark.parametrize("model", library.available("translation"))
def test_every_translator_answers_programs_like_the_page(model: str, client: TestClient) -> None:
    told = api.translate(model, SENTENCE)
    head, _ = post(client, settings={"model": model})[0]
    assert (head["text"], head["ended"]) == (told["text"], told["ended"])
    assert api.translate(model, SENTENCE, width=2)["log_probability"] >= told["log_probability"] - 1e-6


def test_a_reference_is_compared_by_letter_and_a_beam_is_added(client: TestClient) -> None:
    own, forced, beam = (head for head, _ in post(client, reference="Ella tiene dos gatos.")[:3])
    assert forced["forced"] is True
    assert forced["text"] == "Ella tiene dos gatos."
    score = api.score(f"{SENTENCE}→Ella tiene dos gatos.\n", MODEL)["log_probabilities"]
    assert forced["log_probability"] == pytest.approx(sum(float(p or 0) for p in score[len(SENTENCE) + 1 :]), abs=1e-3)
    found = api.translate(MODEL, SENTENCE, width=2)
    assert beam["beams"][0]["text"] == found["text"]
    assert beam["beams"][0]["log_probability"] == pytest.approx(found["log_probability"], abs=1e-9)
    assert found["log_probability"] >= own["log_probability"] - 1e-6


def test_the_endpoint_agrees_with_the_page(client: TestClient) -> None:
    head, _ = post(client)[0]
    told = api.translate(MODEL, SENTENCE, 0, 5)
    assert (told["text"], told["ended"], told["source"]) == (head["text"], True, SENTENCE)
    assert told["log_probability"] == pytest.approx(head["log_probability"], abs=1e-9)
    head, _ = post(client, settings={"temperature": 0.8, "picks": "0:U,2:x"})[0]
    for picks in ({"0": "U", "2": "x"}, "0:U,2:x"):
        assert api.translate(MODEL, SENTENCE, 0.8, 5, picks=picks)["text"] == head["text"]
    assert (head["text"][0], head["text"][2]) == ("U", "x")
    with pytest.raises(Error, match="picks"):
        api.translate(MODEL, SENTENCE, picks={"0": "漢"})
    assert api.translate(MODEL, "  I see Zoë. ")["replaced"] == [{"position": 8, "character": "ë", "replacement": "e"}]


@pytest.mark.parametrize(
    ("text", "code", "values"),
    [
        ("  ", "translation.empty", {}),
        ("a" * 65, "translation.long", {"most": 64}),
        ("one → uno", "translation.mark", {"mark": "→"}),
        ("one\ntwo", "translation.mark", {"mark": "→"}),
        ("고양이 cat", "translation.letters", {"letters": "고 양 이"}),
    ],
)
def test_an_invalid_sentence_gets_a_message(client: TestClient, text: str, code: str, values: dict[str, Any]) -> None:
    said = catalogue("en")[code].format(**values)
    [(head, _)] = post(client, text)
    assert head["problem"]["text"]["en"] == said
    assert head["problem"]["text"]["ko"] == catalogue("ko")[code].format(**values)
    with pytest.raises(Error, match=said[:20]):
        api.translate(MODEL, text)


def test_a_model_that_does_not_translate_is_refused(client: TestClient) -> None:
    [(head, _)] = post(client, settings={"model": "names-gru"})
    assert "names-gru cannot be asked this" in head["problem"]["text"]["en"]
    with pytest.raises(Error, match="width"):
        api.translate(MODEL, SENTENCE, width=11)


def test_each_model_has_its_cards_figures(client: TestClient) -> None:
    heads = [head for head, _ in post(client)]
    told = {head.get("model") or head["other"]: head["figures"] for head in heads if "figures" in head}
    assert told.keys() == set(library.available("translation"))
    for name, figures in told.items():
        card = library.load(name).card
        assert card.validation
        assert card.translation
        assert figures == {
            "parameters": card.parameters, "nats": card.validation.nats,
            "chrf": card.translation.chrf, "seen": card.translation.seen,
        }  # fmt: skip

"""The named endpoints, called by gradio's client: they return what the program itself computes."""

import inspect
from collections.abc import Callable
from math import log, log2
from typing import Any

import numpy as np
import pytest
from gradio.utils import get_function_description
from gradio_client import Client

from playground import library
from playground.checkpoints.card import Figures
from playground.inference import prefill, score
from playground.sampling import Sampling, distribution
from playground.server.api import ENDPOINTS
from playground.server.endpoints.classify import REVIEW
from playground.server.endpoints.compare import SHAKESPEARE
from playground.server.gaps import MASKED
from playground.server.settings import DEFAULTS
from tests.programs import generated, sentence

MODEL = "shakespeare-ngram"
PROMPT = "To be or not to b"
PARAMETERS = {
    "/distribution": ["model", "prompt", "temperature", "top_k", "top_p", "min_p", "start", "bias"],
    "/generate": [
        *("model", "prompt", "temperature", "top_k", "top_p", "min_p"),
        *("seed", "length", "stop", "start", "bias", "picks"),
    ],
    "/score": ["text", "model", "start"],
    "/beam": ["model", "prompt", "width", "length", "length_penalty", "stop", "start"],
    "/next_character": ["model", "prompt", "temperature"],
    "/models": [],
    "/fill": ["model", "text", "gap", "temperature"],
    "/classify": ["text", "model"],
    "/compare": ["models", "prompt"],
    "/temperatures": ["model", "prompt", "temperatures", "seed", "length"],
    "/translate": ["model", "text", "temperature", "seed", "width", "picks"],
}
# Of arguments that are not settings of the page.
OWN_DEFAULTS: dict[str, dict[str, Any]] = {
    "/beam": {"width": 3, "length": 12, "length_penalty": 0.0},
    "/compare": {"models": list(SHAKESPEARE)},
    "/fill": {"model": MASKED, "text": "To be, or not to be, that is the _uestion", "gap": "_"},
    "/classify": {"text": REVIEW, "model": "sentiment-en"},
    "/temperatures": {"temperatures": [0.2, 0.5, 1.0, 1.2]},
    "/translate": {"model": "translate-luong", "text": "Where is the station?", "temperature": 0.0, "width": 0},
}


@pytest.fixture(scope="module")
def client(server: str) -> Client:
    return Client(server, verbose=False)


def logits_after(model: str, prompt: str, start: bool = True) -> Any:
    checkpoint = library.load(model)
    return prefill.prefill(checkpoint, checkpoint.vocabulary.encode(prompt).ids, start=start).logits[-1]


# ── The endpoints ────────────────────────────────────────────────────────────────────────────────
def test_the_endpoints_have_named_and_typed_parameters(client: Client) -> None:
    described = client.view_api(return_format="dict", print_info=False)
    assert isinstance(described, dict)
    endpoints = described["named_endpoints"]
    assert {name: [p["parameter_name"] for p in told["parameters"]] for name, told in endpoints.items()} == PARAMETERS
    for name, told in endpoints.items():
        assert all(parameter in told["description"] for parameter in PARAMETERS[name]), name
        for parameter in told["parameters"]:
            assert parameter["type"], parameter
            assert parameter["python_type"]["type"] != "Any", parameter


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.__name__)
def test_gradio_finds_the_description_of_what_an_endpoint_returns(endpoint: Callable[..., Any]) -> None:
    """It reads only the lines after "Returns:"."""
    described, arguments, returns = get_function_description(endpoint)
    assert described
    assert set(arguments) == set(inspect.signature(endpoint).parameters)
    assert returns
    assert not any("Returns:" in line for line in (endpoint.__doc__ or "").splitlines() if line.strip() != "Returns:")


def test_the_defaults_are_those_of_the_page(client: Client) -> None:
    described = client.view_api(return_format="dict", print_info=False)
    assert isinstance(described, dict)
    for name, told in described["named_endpoints"].items():
        defaults = {**DEFAULTS, "start": True, **OWN_DEFAULTS.get(name, {})}
        for parameter in told["parameters"]:
            if parameter["parameter_has_default"]:
                assert parameter["parameter_default"] == defaults[parameter["parameter_name"]]


def test_models_lists_every_bundled_model(client: Client) -> None:
    told = client.predict(api_name="/models")
    assert [model["name"] for model in told] == library.available()
    for model in told:
        checkpoint = library.load(model["name"])
        assert model["kind"] == checkpoint.kind
        assert model["title"] == checkpoint.card.title
        assert model["parameters"] == checkpoint.card.parameters
        assert model["parameters"] > 0
        assert model["validation_nats"] == (checkpoint.card.validation or Figures()).nats
        assert model["prompts"] == list(checkpoint.card.prompts) != []
        assert model["unit"] == ("jamo" if model["name"] == "korean-lstm" else "character")


def test_every_field_of_an_answer_is_described(client: Client) -> None:
    described = client.view_api(return_format="dict", print_info=False)
    assert isinstance(described, dict)
    answers = {
        "/distribution": client.predict(model=MODEL, api_name="/distribution"),
        "/generate": generated(client, model=MODEL, length=1),
        "/score": client.predict(text="a", model=MODEL, api_name="/score"),
        "/beam": client.predict(model=MODEL, length=1, api_name="/beam"),
        "/next_character": client.predict(model=MODEL, api_name="/next_character"),
        "/models": client.predict(api_name="/models")[0],
        "/fill": client.predict(api_name="/fill"),
        "/translate": client.predict(api_name="/translate"),
        "/classify": client.predict(api_name="/classify"),
        "/compare": client.predict(models=[MODEL], api_name="/compare")["models"][0],
        "/temperatures": client.predict(model=MODEL, length=1, api_name="/temperatures")["texts"][0],
    }
    answers["/beam"] |= answers["/beam"]["beams"][0]  # of items in a list too
    for name, answer in answers.items():
        told = described["named_endpoints"][name]["description"]
        assert [field for field in answer if field not in told] == []


# ── /distribution ────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"temperature": 0.3},
        {"temperature": 0},
        {"temperature": "inf"},
        {"temperature": "0.5", "top_k": 5},
        {"temperature": "inf", "top_p": 0.8},
        {"top_k": 12, "top_p": 0.9, "min_p": 0.02},
    ],
    ids=str,
)
def test_distribution_equals_the_sampling_modules(client: Client, settings: dict[str, Any]) -> None:
    told = client.predict(model=MODEL, prompt=PROMPT, api_name="/distribution", **settings)
    logits = logits_after(MODEL, PROMPT)
    numbers: dict[str, Any] = {
        name: float(value) if name == "temperature" else value for name, value in settings.items()
    }
    expected = distribution(logits, Sampling(**numbers))
    np.testing.assert_allclose(told["probabilities"], expected, atol=1e-12)
    np.testing.assert_allclose(told["logits"], logits, rtol=1e-6)
    symbols = library.load(MODEL).vocabulary.symbols
    assert told["symbols"] == list(symbols)
    assert told["bytes"] == [None] * len(symbols)
    assert told["likeliest_id"] == int(np.argmax(expected))
    assert told["likeliest"] == symbols[told["likeliest_id"]]
    bits = -sum(p * log2(p) for p in expected if p > 0)
    assert told["entropy_bits"] == pytest.approx(bits, abs=1e-9)
    assert told["model"] == MODEL
    assert told["replaced"] == []


@pytest.mark.parametrize("name", library.available())
def test_every_model_answers(client: Client, name: str) -> None:
    told = client.predict(model=name, prompt=PROMPT, api_name="/distribution")
    np.testing.assert_allclose(told["logits"], logits_after(name, PROMPT), atol=1e-4)
    assert sum(told["probabilities"]) == pytest.approx(1, abs=1e-9)


def test_an_empty_prompt_is_the_start_of_a_text(client: Client) -> None:
    told = client.predict(model=MODEL, prompt="", api_name="/distribution")
    np.testing.assert_allclose(told["logits"], logits_after(MODEL, ""), rtol=1e-6)


def test_unknown_characters_are_listed(client: Client) -> None:
    told = client.predict(model=MODEL, prompt="Küß <b>", api_name="/distribution")
    assert [(r["position"], r["character"]) for r in told["replaced"]] == [(1, "ü"), (2, "ß"), (4, "<"), (6, ">")]
    assert told["replaced"][:2] == [
        {"position": 1, "character": "ü", "replacement": "u"},
        {"position": 2, "character": "ß", "replacement": "ss"},
    ]


def test_a_text_of_ignorable_characters_equals_the_empty_one(client: Client) -> None:
    told = client.predict(model=MODEL, prompt="\u200b\u00ad", api_name="/distribution")
    assert told == client.predict(model=MODEL, prompt="", api_name="/distribution")
    assert "nothing to score" in sentence(client, "/score", text="\u200b", model=MODEL)


# ── /score ───────────────────────────────────────────────────────────────────────────────────────
def test_score_equals_the_programs_own(client: Client) -> None:
    text = "To be, or not to be"
    told = client.predict(text=text, model=MODEL, api_name="/score")
    checkpoint = library.load(MODEL)
    pieces = score.log_probabilities(checkpoint, checkpoint.vocabulary.encode(text).ids)
    assert told["log_probabilities"] == pytest.approx([p for piece in pieces for p in piece], rel=1e-5)
    assert told["symbols"] == list(text)
    assert told["ids"] == checkpoint.vocabulary.encode(text).ids
    nats = -sum(told["log_probabilities"])
    assert told["nats"] == pytest.approx(nats, rel=1e-9)
    assert told["unit"] == "character"
    assert told["characters"] == len(text)
    assert told["bits_per_symbol"] == told["bits_per_character"]
    assert told["bits_per_character"] == pytest.approx(nats / np.log(2) / len(text), rel=1e-9)
    assert told["perplexity"] == pytest.approx(np.exp(nats / len(text)), rel=1e-9)


def test_score_agrees_with_distribution(client: Client) -> None:
    scored = client.predict(text="Hi", model=MODEL, api_name="/score")
    after_h = client.predict(prompt="H", model=MODEL, api_name="/distribution")
    probability = after_h["probabilities"][after_h["symbols"].index("i")]
    assert scored["log_probabilities"][1] == pytest.approx(np.log(probability), rel=1e-4)


def test_a_korean_text_is_counted_in_jamo_and_in_characters(client: Client) -> None:
    # 그는 has two syllables of two and three jamo, and the space is a character of its own: 6 symbols, 3 characters.
    told = client.predict(text="그는 ", model="korean-lstm", api_name="/score")
    assert told["symbols"] == ["\u1100", "\u1173", "\u1102", "\u1173", "\u11ab", " "]
    assert (told["unit"], told["characters"]) == ("jamo", 3)
    bits = -sum(told["log_probabilities"]) / log(2)
    assert told["bits_per_symbol"] == pytest.approx(bits / 6)
    assert told["bits_per_character"] == pytest.approx(bits / 3)


def test_the_same_korean_text_counts_the_same_however_it_was_typed(client: Client) -> None:
    composed, apart = (
        client.predict(text=text, model="korean-lstm", api_name="/score")
        for text in ("그는 ", "\u1100\u1173\u1102\u1173\u11ab ")
    )
    assert composed == apart


def test_the_answer_names_what_precedes_every_text(client: Client) -> None:
    for model, told in (({}, "\n"), ({"start": False}, "")):
        answers = [
            client.predict(prompt="ab", model="shakespeare-ngram", api_name="/distribution", **model),
            client.predict(prompt="ab", model="shakespeare-ngram", length=1, api_name="/generate", **model),
            client.predict(text="ab", model="shakespeare-ngram", api_name="/score", **model),
        ]
        assert [answer["start"] for answer in answers] == [told] * 3

"""What programs send that is bad, too little, or by plain HTTP is answered: with one sentence where it is bad."""

import json

import pytest
from gradio_client import Client

from playground.server.settings import SCORE_LIMIT, TEXT_LIMIT
from tests.programs import asked_over_http, generated, sentence
from tests.server.test_api import MODEL, PROMPT


@pytest.fixture(scope="module")
def client(server: str) -> Client:
    return Client(server, verbose=False)


# ── What is refused ──────────────────────────────────────────────────────────────────────────────
TOO_LONG = "x" * (TEXT_LIMIT + 1)
REFUSABLE: dict[tuple[str, str], list[object]] = {
    ("/distribution", "temperature"): ["NaN", -1, "-inf", "hot", [1], None, True, {}],
    ("/distribution", "top_k"): [-1, 1e300, 2.5, "many", "inf"],
    ("/distribution", "top_p"): [-0.1, 1.1, "NaN", 1e308],
    ("/distribution", "min_p"): [-0.1, 1.1, "NaN", "x"],
    ("/distribution", "model"): ["gpt-9", 3],
    ("/distribution", "prompt"): [TOO_LONG, None],
    ("/generate", "seed"): [-1, 2**53, 0.5, "dice", 10**40],
    ("/generate", "length"): [0, -5, 2_001, 10**30, "long", None],
    ("/generate", "model"): ["gpt-9", 3],
    ("/generate", "prompt"): [TOO_LONG],
    ("/score", "model"): ["gpt-9", 3],
    ("/score", "text"): ["", "x" * (SCORE_LIMIT + 1), 5],
    ("/next_character", "temperature"): ["NaN", -1, "hot", None],
    ("/next_character", "prompt"): [TOO_LONG, None],
    ("/next_character", "model"): ["gpt-9", 3],
    ("/fill", "temperature"): ["NaN", -1, "hot", None],
    ("/fill", "text"): ["", "no gap", "_" * 51, "_" + "x" * 2_000, 5],
    ("/fill", "gap"): ["", "__", 5, None],
    ("/fill", "model"): ["gpt-9", 3, None],
    ("/classify", "text"): ["x" * 2_000, None, 5],
    ("/classify", "model"): ["gpt-9", 3, "shakespeare-lstm"],
    ("/generate", "stop"): ["never", "LINE", 1, None, "end"],
    ("/generate", "start"): ["no", 0, None],
    ("/distribution", "start"): ["no", 0, None],
    ("/score", "start"): ["no", 0, None],
}
REFUSED = [(endpoint, name, value) for (endpoint, name), values in REFUSABLE.items() for value in values]


@pytest.mark.parametrize(("endpoint", "name", "value"), REFUSED, ids=lambda value: str(value)[:20])
def test_a_bad_parameter_gets_one_sentence_that_names_it(
    client: Client, endpoint: str, name: str, value: object
) -> None:
    others = {"text": "a"} if endpoint == "/score" and name != "text" else {}
    told = sentence(client, endpoint, **{name: value}, **others)
    assert name in told.lower()
    assert len(told) < 300
    assert told.endswith(".")
    assert "Traceback" not in told


def test_every_bad_parameter_is_named_at_once(client: Client) -> None:
    told = sentence(client, "/generate", temperature=-1, top_k=-1, length=0)
    assert all(name in told for name in ("temperature", "top_k", "length"))


def test_a_model_that_knows_no_end_says_so(client: Client) -> None:
    told = sentence(client, "/generate", model=MODEL, stop="end")
    assert told == f"stop must be none or line for {MODEL}, which has no token that ends a text, but was 'end'."


@pytest.mark.parametrize("endpoint", ["/distribution", "/generate"])
def test_nothing_at_all_predicts_nothing(client: Client, endpoint: str) -> None:
    told = sentence(client, endpoint, model=MODEL, prompt="", start=False)
    assert told == "There is nothing to predict from: give a text, or set start to true."


def test_one_symbol_that_nothing_predicts_is_no_score(client: Client) -> None:
    told = sentence(client, "/score", model=MODEL, text="a", start=False)
    assert told == "There is nothing to score: without a start the text must have at least two symbols."


def test_a_not_a_number_in_raw_json_is_refused_too(server: str) -> None:
    event, data = asked_over_http(server, "distribution", '{"data": ["shakespeare-ngram", "a", NaN, 0, 1, 0]}')
    assert event == "error"
    assert data["error"] == "temperature must be a number from 0 to ∞, but was 'nan'."


# ── Plain HTTP ───────────────────────────────────────────────────────────────────────────────────
def test_plain_http_gives_the_same_distribution(server: str, client: Client) -> None:
    event, data = asked_over_http(server, "distribution", json.dumps({"data": [MODEL, PROMPT, "inf", 4, 1, 0]}))
    assert event == "complete"
    assert data == [client.predict(model=MODEL, prompt=PROMPT, temperature="inf", top_k=4, api_name="/distribution")]


def test_plain_http_streams_the_same_text(server: str, client: Client) -> None:
    event, data = asked_over_http(server, "generate", json.dumps({"data": [MODEL, PROMPT, 1, 0, 1, 0, 42, 60]}))
    assert event == "complete"
    assert data[0] == generated(client, model=MODEL, prompt=PROMPT, length=60)


def test_the_values_of_a_list_that_ends_early_are_the_defaults(server: str, client: Client) -> None:
    event, data = asked_over_http(server, "score", '{"data": ["To be"]}')
    assert event == "complete"
    assert data == [client.predict(text="To be", api_name="/score")]


def test_a_value_that_has_no_default_is_asked_for_by_its_name(server: str) -> None:
    event, data = asked_over_http(server, "score", '{"data": []}')
    assert event == "error"
    assert data["error"] == "score needs text."

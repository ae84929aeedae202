"""Invalid or incomplete requests of programs, also over plain HTTP, are answered; errors with one sentence."""

import asyncio
import importlib
import importlib.util
import json
import sys
from types import SimpleNamespace

import gradio as gr
import gradio.routes
import pytest
from gradio.components import _Keywords
from gradio.utils import MatplotlibBackendMananger
from gradio_client import Client

from playground.server import programs
from playground.server.settings import SCORE_LIMIT, TEXT_LIMIT
from tests.programs import ask_over_http, generated, sentence
from tests.server.test_api import MODEL, PROMPT


@pytest.fixture(scope="module")
def client(server: str) -> Client:
    return Client(server, verbose=False)


# ── Refused requests ─────────────────────────────────────────────────────────────────────────────
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


def test_a_stop_at_the_end_of_a_model_without_one_is_refused(client: Client) -> None:
    told = sentence(client, "/generate", model=MODEL, stop="end")
    assert told == f"stop must be none or line for {MODEL}, which has no token that ends a text, but was 'end'."


@pytest.mark.parametrize("endpoint", ["/distribution", "/generate"])
def test_an_empty_prompt_without_the_start_is_refused(client: Client, endpoint: str) -> None:
    told = sentence(client, endpoint, model=MODEL, prompt="", start=False)
    assert told == "There is nothing to predict from: give a text, or set start to true."


def test_a_single_symbol_without_the_start_cannot_be_scored(client: Client) -> None:
    told = sentence(client, "/score", model=MODEL, text="a", start=False)
    assert told == "There is nothing to score: without a start the text must have at least two symbols."


def test_nan_in_raw_json_is_refused(server: str) -> None:
    event, data = ask_over_http(server, "distribution", '{"data": ["shakespeare-ngram", "a", NaN, 0, 1, 0]}')
    assert event == "error"
    assert data["error"] == "temperature must be a number from 0 to ∞, but was 'nan'."


# ── Plain HTTP ───────────────────────────────────────────────────────────────────────────────────
def test_plain_http_gives_the_same_distribution(server: str, client: Client) -> None:
    event, data = ask_over_http(server, "distribution", json.dumps({"data": [MODEL, PROMPT, "inf", 4, 1, 0]}))
    assert event == "complete"
    assert data == [client.predict(model=MODEL, prompt=PROMPT, temperature="inf", top_k=4, api_name="/distribution")]


def test_plain_http_streams_the_same_text(server: str, client: Client) -> None:
    event, data = ask_over_http(server, "generate", json.dumps({"data": [MODEL, PROMPT, 1, 0, 1, 0, 42, 60]}))
    assert event == "complete"
    assert data[0] == generated(client, model=MODEL, prompt=PROMPT, length=60)


def test_values_missing_from_a_list_are_the_defaults(server: str, client: Client) -> None:
    event, data = ask_over_http(server, "score", '{"data": ["To be"]}')
    assert event == "complete"
    assert data == [client.predict(text="To be", api_name="/score")]


def test_a_missing_value_without_a_default_is_named(server: str) -> None:
    event, data = ask_over_http(server, "score", '{"data": []}')
    assert event == "error"
    assert data["error"] == "score needs text."


# ── Gradio's handling of answers ─────────────────────────────────────────────────────────────────
def test_an_answer_is_not_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not copied, number by number, in search of files."""
    page, endpoint = programs.Page.__new__(programs.Page), SimpleNamespace(api_visibility="public", fn=print)
    answer, roots = {"ids": [1, 2]}, []

    async def process(_page: object, _endpoint: object, **named: object) -> None:
        roots.append(named["root_path"])

    monkeypatch.setattr(gr.Blocks, "process_api", process)
    [sent] = asyncio.run(page.postprocess_data(endpoint, answer, None))
    assert sent is answer
    assert asyncio.run(page.postprocess_data(endpoint, _Keywords.FINISHED_ITERATING, None)) == [None]
    asyncio.run(page.process_api(endpoint, root_path="http://t"))
    assert roots == [None]


def test_a_missing_library_is_not_searched_for_at_each_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "matplotlib", raising=False)
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    programs.skip_imports_of_matplotlib()
    searched: list[str] = []
    finder = SimpleNamespace(find_spec=lambda name, *_: searched.append(name))
    monkeypatch.setattr(sys, "meta_path", [finder, *sys.meta_path])
    with MatplotlibBackendMananger(), pytest.raises(ImportError):
        importlib.import_module("matplotlib")
    assert searched == []


@pytest.mark.parametrize("value", [[{"u": [0.1, None, 5e-324, 1 - 2**-53]}], "하\u2028", 2**70, [], {1: 2}])
def test_values_are_written_as_the_json_module_writes_them(value: object) -> None:
    written = programs.json_of(value)
    assert json.loads(written) == json.loads(json.dumps(value))
    assert written.isascii()


def test_gradios_routes_write_values_so(monkeypatch: pytest.MonkeyPatch) -> None:
    routes = vars(gradio.routes)
    monkeypatch.setitem(routes, "json", routes["json"])  # raises if the routes have none
    programs.write_values_quickly()
    assert routes["json"].dumps is programs.json_of
    assert routes["json"].loads is json.loads

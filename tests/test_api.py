"""The named endpoints, asked as programs ask them: gradio's client, plain HTTP, and an MCP client."""

import ast
import json
from collections.abc import Iterator
from itertools import pairwise
from math import inf, log2
from typing import Any

import anyio
import httpx
import numpy as np
import pytest
import torch
from gradio_client import Client
from gradio_client.exceptions import AppError
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client
from mcp.types import CallToolResult, TextContent, Tool

from playground import checkpoints, generation, scoring
from playground.sampling import Sampling, dice, distribution
from playground.ui.controls import DEFAULTS, TEXT_LIMIT

MODEL = "shakespeare-ngram"
PROMPT = "To be or not to b"
PARAMETERS = {
    "/distribution": ["model", "prompt", "temperature", "top_k", "top_p", "min_p"],
    "/generate": ["model", "prompt", "temperature", "top_k", "top_p", "min_p", "seed", "length"],
    "/score": ["text", "model"],
    "/models": [],
}


@pytest.fixture(scope="module")
def client(server: str) -> Client:
    return Client(server, verbose=False)


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """The app computes on one thread; so do these tests, so that both round alike."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def logits_after(model: str, prompt: str) -> Any:
    checkpoint = checkpoints.load(model)
    return generation.read(checkpoint, checkpoint.vocabulary.encode(prompt).ids).logits[-1]


def sentence(client: Client, endpoint: str, **arguments: object) -> str:
    """What the API says to arguments that it refuses."""
    with pytest.raises(AppError) as raised:
        client.predict(api_name=endpoint, **arguments)
    return str(raised.value)


# ── What there is ────────────────────────────────────────────────────────────────────────────────
def test_there_are_four_endpoints_with_named_and_typed_parameters(client: Client) -> None:
    described = client.view_api(return_format="dict", print_info=False)
    assert isinstance(described, dict)
    endpoints = described["named_endpoints"]
    assert {name: [p["parameter_name"] for p in told["parameters"]] for name, told in endpoints.items()} == PARAMETERS
    for name, told in endpoints.items():
        assert told["description"], name
        for parameter in told["parameters"]:
            assert parameter["type"], parameter
            assert parameter["python_type"]["type"] != "Any", parameter


def test_the_defaults_are_those_of_the_page(client: Client) -> None:
    described = client.view_api(return_format="dict", print_info=False)
    assert isinstance(described, dict)
    for told in described["named_endpoints"].values():
        for parameter in told["parameters"]:
            if parameter["parameter_has_default"]:
                assert parameter["parameter_default"] == DEFAULTS[parameter["parameter_name"]], parameter


def test_models_lists_every_bundled_model(client: Client) -> None:
    told = client.predict(api_name="/models")
    assert [model["name"] for model in told] == checkpoints.available()
    for model in told:
        checkpoint = checkpoints.load(model["name"])
        assert model["kind"] == checkpoint.kind
        assert model["title"] == checkpoint.card["title"]
        assert model["parameters"] == checkpoint.card["parameters"] > 0
        assert model["validation_nats"] == checkpoint.card["validation"]["nats"]
        assert model["prompts"] == list(checkpoint.card["prompts"]) != []


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
def test_distribution_is_the_samplings_own(client: Client, settings: dict[str, Any]) -> None:
    told = client.predict(model=MODEL, prompt=PROMPT, api_name="/distribution", **settings)
    logits = logits_after(MODEL, PROMPT)
    numbers: dict[str, Any] = {
        name: float(value) if name == "temperature" else value for name, value in settings.items()
    }
    expected = distribution(logits, Sampling(**numbers))
    np.testing.assert_allclose(told["probabilities"], expected, atol=1e-12)
    np.testing.assert_allclose(told["logits"], logits, rtol=1e-6)
    symbols = checkpoints.load(MODEL).vocabulary.symbols
    assert told["symbols"] == list(symbols)
    assert told["likeliest"] == symbols[int(np.argmax(expected))]
    bits = -sum(p * log2(p) for p in expected if p > 0)
    assert told["entropy_bits"] == pytest.approx(bits, abs=1e-9)
    assert told["model"] == MODEL
    assert told["replaced"] == []


@pytest.mark.parametrize("name", checkpoints.available())
def test_every_model_answers(client: Client, name: str) -> None:
    told = client.predict(model=name, prompt=PROMPT, api_name="/distribution")
    np.testing.assert_allclose(told["logits"], logits_after(name, PROMPT), atol=1e-4)
    assert sum(told["probabilities"]) == pytest.approx(1, abs=1e-9)


def test_an_empty_prompt_is_the_start_of_a_text(client: Client) -> None:
    told = client.predict(model=MODEL, prompt="", api_name="/distribution")
    np.testing.assert_allclose(told["logits"], logits_after(MODEL, ""), rtol=1e-6)


def test_what_the_model_does_not_know_is_listed(client: Client) -> None:
    told = client.predict(model=MODEL, prompt="Küß <b>", api_name="/distribution")
    assert [(r["position"], r["character"]) for r in told["replaced"]] == [(1, "ü"), (2, "ß"), (4, "<"), (6, ">")]
    assert told["replaced"][:2] == [
        {"position": 1, "character": "ü", "replacement": "u"},
        {"position": 2, "character": "ß", "replacement": "ss"},
    ]


# ── /generate ────────────────────────────────────────────────────────────────────────────────────
def test_generate_streams_growing_values_and_the_last_holds_the_whole_text(client: Client) -> None:
    job = client.submit(model=MODEL, prompt=PROMPT, temperature=0.8, seed=7, length=300, api_name="/generate")
    job.result(timeout=60)
    values = job.outputs()
    assert len(values) > 1
    for shorter, longer in pairwise(values):
        assert len(shorter["ids"]) < len(longer["ids"])
        assert longer["text"].startswith(shorter["text"])
    last = values[-1]
    assert [value["done"] for value in values] == [False] * (len(values) - 1) + [True]
    assert len(last["ids"]) == len(last["u"]) == 300
    assert last["text"] == PROMPT + last["written"]
    assert last["u"] == [dice(7, step) for step in range(300)]
    assert last["seed"] == 7


@pytest.mark.parametrize("name", checkpoints.available())
def test_generate_writes_what_the_program_writes(client: Client, name: str) -> None:
    last = generated(client, model=name, prompt=PROMPT, temperature=0.9, top_p=0.95, seed=3, length=60)
    checkpoint = checkpoints.load(name)
    reading = generation.read(checkpoint, checkpoint.vocabulary.encode(PROMPT).ids)
    steps = generation.generate(checkpoint, reading, Sampling(0.9, top_p=0.95), seed=3)
    ids = [step.id for _, step in zip(range(60), steps, strict=False)]
    assert last["ids"] == ids
    assert last["written"] == checkpoint.vocabulary.decode(ids)


def generated(client: Client, **settings: Any) -> dict[str, Any]:
    """The last value of /generate."""
    job = client.submit(api_name="/generate", **settings)
    job.result(timeout=60)
    last: dict[str, Any] = job.outputs()[-1]
    return last


def test_the_same_arguments_give_the_same_text_and_another_seed_another(client: Client) -> None:
    first, again = (generated(client, model=MODEL, seed=1, length=100) for _ in range(2))
    assert first == again
    assert generated(client, model=MODEL, seed=2, length=100)["written"] != first["written"]


def test_the_shortest_and_the_longest_text_are_written(client: Client) -> None:
    assert len(generated(client, model=MODEL, length=1)["ids"]) == 1
    assert len(generated(client, model=MODEL, length=2_000)["ids"]) == 2_000


def test_temperature_0_is_greedy_whatever_the_seed(client: Client) -> None:
    texts = {generated(client, model=MODEL, temperature=0, seed=seed, length=50)["text"] for seed in (1, 2)}
    assert len(texts) == 1


def test_a_syllable_that_the_prompt_begins_is_composed(client: Client) -> None:
    last = generated(client, model="korean-lstm", prompt="하", temperature=0, length=1)
    assert (last["written"], last["text"]) == ("\u11ab", "한")
    last = generated(client, model="korean-lstm", prompt="ㅎ", temperature=0, length=30)
    assert last["text"] == "ㅎ" + last["written"]
    assert last["replaced"] == []


def test_a_text_that_shows_nothing_is_the_empty_one(client: Client) -> None:
    told = client.predict(model=MODEL, prompt="\u200b\u00ad", api_name="/distribution")
    assert told == client.predict(model=MODEL, prompt="", api_name="/distribution")
    assert "nothing to score" in sentence(client, "/score", text="\u200b", model=MODEL)


# ── /score ───────────────────────────────────────────────────────────────────────────────────────
def test_score_is_the_programs_own(client: Client) -> None:
    text = "To be, or not to be"
    told = client.predict(text=text, model=MODEL, api_name="/score")
    checkpoint = checkpoints.load(MODEL)
    expected = scoring.score(checkpoint, checkpoint.vocabulary.encode(text).ids, len(text))
    np.testing.assert_allclose(told["log_probabilities"], expected.log_probabilities, rtol=1e-5)
    assert told["symbols"] == list(text)
    nats = -sum(told["log_probabilities"])
    assert told["bits_per_character"] == pytest.approx(nats / np.log(2) / len(text), rel=1e-9)
    assert told["perplexity"] == pytest.approx(np.exp(nats / len(text)), rel=1e-9)


def test_score_agrees_with_distribution(client: Client) -> None:
    scored = client.predict(text="Hi", model=MODEL, api_name="/score")
    after_h = client.predict(prompt="H", model=MODEL, api_name="/distribution")
    probability = after_h["probabilities"][after_h["symbols"].index("i")]
    assert scored["log_probabilities"][1] == pytest.approx(np.log(probability), rel=1e-4)


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
    ("/score", "text"): ["", TOO_LONG, 5],
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


def test_a_not_a_number_in_raw_json_is_refused_too(server: str) -> None:
    event, data = asked_over_http(server, "distribution", '{"data": ["shakespeare-ngram", "a", NaN, 0, 1, 0]}')
    assert event == "error"
    assert data["error"] == "temperature must be a number from 0 to ∞, but was 'nan'."


# ── Plain HTTP ───────────────────────────────────────────────────────────────────────────────────
def asked_over_http(server: str, endpoint: str, body: str) -> tuple[str, Any]:
    """Post, then read the events of the answer, as curl would: the last event and its data."""
    address = f"{server}/gradio_api/call/{endpoint}"
    posted = httpx.post(address, content=body, headers={"Content-Type": "application/json"}, timeout=30)
    posted.raise_for_status()
    answer = httpx.get(f"{address}/{posted.json()['event_id']}", timeout=60)
    event, data = answer.text.strip().split("\n\n")[-1].splitlines()
    return event.removeprefix("event: "), json.loads(data.removeprefix("data: "))


def test_plain_http_gives_the_same_distribution(server: str, client: Client) -> None:
    event, data = asked_over_http(server, "distribution", json.dumps({"data": [MODEL, PROMPT, "inf", 4, 1, 0]}))
    assert event == "complete"
    assert data == [client.predict(model=MODEL, prompt=PROMPT, temperature="inf", top_k=4, api_name="/distribution")]


def test_plain_http_streams_the_same_text(server: str, client: Client) -> None:
    event, data = asked_over_http(server, "generate", json.dumps({"data": [MODEL, PROMPT, 1, 0, 1, 0, 42, 60]}))
    assert event == "complete"
    assert data[0] == generated(client, model=MODEL, prompt=PROMPT, length=60)


# ── MCP ──────────────────────────────────────────────────────────────────────────────────────────
@pytest.fixture(scope="module")
def tools(server: str) -> dict[str, Tool]:
    """The tools that an MCP client is offered, by the endpoint they stand for."""
    listed = anyio.run(_list_tools, server)
    return {endpoint: next(tool for tool in listed if tool.name.endswith(endpoint[1:])) for endpoint in PARAMETERS}


async def _list_tools(server: str) -> list[Tool]:
    async with (
        streamable_http_client(f"{server}/gradio_api/mcp/") as (read, write, *_),
        ClientSession(read, write) as session,
    ):
        await session.initialize()
        return (await session.list_tools()).tools


async def _call(server: str, tool: str, arguments: dict[str, Any]) -> CallToolResult:
    async with (
        streamable_http_client(f"{server}/gradio_api/mcp/") as (read, write, *_),
        ClientSession(read, write) as session,
    ):
        await session.initialize()
        return await session.call_tool(tool, arguments)


def call(server: str, tool: Tool, **arguments: Any) -> tuple[bool, str]:
    """Whether an MCP client's call failed, and the text that it was answered with."""
    result = anyio.run(_call, server, tool.name, arguments)
    (content,) = result.content
    assert isinstance(content, TextContent)
    return bool(result.isError), content.text


def test_every_endpoint_is_a_tool_with_described_parameters(tools: dict[str, Tool]) -> None:
    for endpoint, names in PARAMETERS.items():
        tool = tools[endpoint]
        properties = tool.inputSchema["properties"]
        assert list(properties) == names
        assert all(properties[name]["description"] for name in names)
        assert tool.description


def test_descriptions_read_as_sentences(tools: dict[str, Tool]) -> None:
    for tool in tools.values():
        assert "the likeliest, symbol" not in (tool.description or "")


def test_a_tool_answers_like_the_endpoint(server: str, client: Client, tools: dict[str, Tool]) -> None:
    failed, text = call(server, tools["/distribution"], model=MODEL, prompt=PROMPT, temperature="inf", top_k=4)
    assert not failed
    # Gradio writes a tool's answer as Python's literals, not as JSON.
    assert ast.literal_eval(text) == client.predict(
        model=MODEL, prompt=PROMPT, temperature=str(inf), top_k=4, api_name="/distribution"
    )


def test_a_tool_says_what_is_wrong(server: str, tools: dict[str, Tool]) -> None:
    failed, text = call(server, tools["/distribution"], temperature=-1)
    assert failed
    assert text == "temperature must be a number from 0 to ∞, but was '-1'."

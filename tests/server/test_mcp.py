"""The endpoints as tools of an MCP server, called by a real MCP client: answers in JSON, errors as one sentence."""

from typing import Any

import pytest
from gradio_client import Client
from mcp.types import Tool

from playground.inference.classify import MAX_SYMBOLS
from playground.models.pair import LONGEST
from playground.server.gaps import GAPS, LIMIT
from playground.server.requests.verdicts import TEXT_LIMIT
from playground.words import in_language, message
from tests.programs import call, generated, parse_strictly, tools_of
from tests.server.test_api import MODEL, PARAMETERS, PROMPT

KOREAN = {"model": "korean-lstm", "prompt": '그는 "'}
CALLS: list[tuple[str, dict[str, Any]]] = [
    ("/distribution", {"model": MODEL, "prompt": PROMPT, "temperature": "inf", "top_k": 4}),
    ("/distribution", {**KOREAN, "start": False}),
    ("/score", {"text": "그는 \"한\" 'ü'\\n", "model": "korean-lstm", "start": False}),
    ("/next_character", {**KOREAN, "temperature": 0.5}),
    ("/classify", {"model": "sentiment-ko", "text": "정말 재미있게 봤어요"}),
    ("/models", {}),
    ("/fill", {"text": "To b#, or n#t", "gap": "#", "temperature": "inf"}),
    ("/beam", {"model": MODEL, "prompt": PROMPT, "width": 2, "length": 4, "length_penalty": 0.5}),
    ("/temperatures", {**KOREAN, "temperatures": [0.5, "inf"], "length": 20}),
    ("/translate", {"text": "She has two cats.", "width": 2}),
]
# For each tool that reads a text, invalid arguments and the expected error.
BAD: list[tuple[str, dict[str, Any], str, dict[str, Any]]] = [
    ("/classify", {"text": " "}, "classify.empty", {}),
    ("/classify", {"text": "good " * 80}, "classify.long", {"count": 400, "most": MAX_SYMBOLS}),
    ("/classify", {"text": "g" * 1_001}, "input.long", {"name": "text", "count": 1_001, "most": TEXT_LIMIT}),
    ("/classify", {"text": "좋아요"}, "classify.unknown", {"name": "sentiment-en"}),
    ("/fill", {"text": ""}, "fill.empty", {}),
    ("/fill", {"text": "no gap"}, "fill.no_gap", {}),
    ("/fill", {"text": "_" * 51}, "fill.many", {"count": 51, "most": GAPS}),
    ("/fill", {"text": "_" + "a" * 2_000}, "input.long", {"name": "text", "count": 2_001, "most": LIMIT}),
    ("/fill", {"text": "é_"}, "fill.unknown", {"model": "shakespeare-masked", "letters": ["é"]}),
    ("/translate", {"text": "  "}, "translation.empty", {}),
    ("/translate", {"text": "a" * 65}, "translation.long", {"most": LONGEST}),
    ("/translate", {"text": "one → uno"}, "translation.mark", {"mark": "→"}),
    ("/translate", {"text": "고양이"}, "translation.letters", {"letters": "고 양 이"}),
]


@pytest.fixture(scope="module")
def client(server: str) -> Client:
    return Client(server, verbose=False)


@pytest.fixture(scope="module")
def tools(server: str) -> dict[str, Tool]:
    """The tools by their endpoint."""
    listed = tools_of(server)
    return {endpoint: next(tool for tool in listed if tool.name.endswith(endpoint[1:])) for endpoint in PARAMETERS}


def test_every_endpoint_is_a_tool_with_described_parameters(tools: dict[str, Tool]) -> None:
    for endpoint, names in PARAMETERS.items():
        tool = tools[endpoint]
        properties = tool.inputSchema["properties"]
        assert list(properties) == names
        assert all(properties[name]["description"].endswith(".") for name in names)
        assert tool.description


def test_descriptions_read_as_sentences(tools: dict[str, Tool]) -> None:
    for tool in tools.values():
        assert tool.description
        assert tool.description.endswith(".")
        assert ".," not in tool.description


@pytest.mark.parametrize("progress", [False, True], ids=["at once", "with progress"])
@pytest.mark.parametrize(("endpoint", "arguments"), CALLS, ids=str)
def test_a_tool_answers_with_the_endpoints_json(
    server: str, client: Client, tools: dict[str, Tool], endpoint: str, arguments: dict[str, Any], progress: bool
) -> None:
    failed, text = call(server, tools[endpoint].name, progress, **arguments)
    assert not failed
    assert parse_strictly(text) == client.predict(api_name=endpoint, **arguments)
    assert "\\u" not in text  # Korean is readable, not escaped


@pytest.mark.parametrize("progress", [False, True], ids=["at once", "with progress"])
def test_the_comparing_tool_answers_with_the_endpoints_json(
    server: str, client: Client, tools: dict[str, Tool], progress: bool
) -> None:
    """Microseconds are measured again every minute, so they may differ; everything else is the same."""
    asked = {"models": [MODEL, "korean-lstm"], "prompt": "그는 To be"}
    failed, text = call(server, tools["/compare"].name, progress, **asked)
    assert not failed
    assert "\\u" not in text
    answer, told = parse_strictly(text)["models"], client.predict(api_name="/compare", **asked)["models"]
    assert [one["model"] for one in answer] == asked["models"]
    for one, other in zip(answer, told, strict=True):
        for microseconds in (one.pop("microseconds"), other.pop("microseconds")):
            assert 0 < microseconds < 1e6
        assert one == other


@pytest.mark.parametrize("progress", [False, True], ids=["at once", "with progress"])
def test_the_streaming_tool_answers_with_its_last_value(
    server: str, client: Client, tools: dict[str, Tool], progress: bool
) -> None:
    asked = {**KOREAN, "length": 60}
    failed, text = call(server, tools["/generate"].name, progress, **asked)
    assert not failed
    answer = parse_strictly(text)
    assert answer == generated(client, **asked)
    assert answer["done"] is True
    assert len(answer["ids"]) == 60


@pytest.mark.parametrize("progress", [False, True], ids=["at once", "with progress"])
def test_a_tool_reports_an_error_in_one_sentence(server: str, tools: dict[str, Tool], progress: bool) -> None:
    failed, text = call(server, tools["/distribution"].name, progress, temperature=-1)
    assert failed
    assert text == "temperature must be a number from 0 to ∞, but was '-1'."


@pytest.mark.parametrize(
    ("endpoint", "arguments", "code", "values"), BAD, ids=[f"{endpoint[1:]}, {code}" for endpoint, _, code, _ in BAD]
)
def test_an_unreadable_text_is_an_error_of_one_sentence(
    server: str, tools: dict[str, Tool], endpoint: str, arguments: dict[str, Any], code: str, values: dict[str, Any]
) -> None:
    failed, text = call(server, tools[endpoint].name, **arguments)
    assert failed
    assert text == in_language(message(code, **values), "en")

"""The endpoints as tools of an MCP server, asked by a real MCP client: answers in JSON, errors as one sentence."""

from typing import Any

import pytest
from gradio_client import Client
from mcp.types import Tool

from tests.programs import call, generated, strictly, tools_of
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


@pytest.fixture(scope="module")
def client(server: str) -> Client:
    return Client(server, verbose=False)


@pytest.fixture(scope="module")
def tools(server: str) -> dict[str, Tool]:
    """The tools by the endpoint they stand for."""
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
def test_a_tool_answers_with_the_json_of_the_endpoint(
    server: str, client: Client, tools: dict[str, Tool], endpoint: str, arguments: dict[str, Any], progress: bool
) -> None:
    failed, text = call(server, tools[endpoint].name, progress, **arguments)
    assert not failed
    assert strictly(text) == client.predict(api_name=endpoint, **arguments)
    assert "\\u" not in text  # Korean is readable as it is


@pytest.mark.parametrize("progress", [False, True], ids=["at once", "with progress"])
def test_the_tool_that_streams_answers_with_its_last_value(
    server: str, client: Client, tools: dict[str, Tool], progress: bool
) -> None:
    asked = {**KOREAN, "length": 60}
    failed, text = call(server, tools["/generate"].name, progress, **asked)
    assert not failed
    answer = strictly(text)
    assert answer == generated(client, **asked)
    assert answer["done"] is True
    assert len(answer["ids"]) == 60


@pytest.mark.parametrize("progress", [False, True], ids=["at once", "with progress"])
def test_a_tool_says_what_is_wrong_in_one_sentence(server: str, tools: dict[str, Tool], progress: bool) -> None:
    failed, text = call(server, tools["/distribution"].name, progress, temperature=-1)
    assert failed
    assert text == "temperature must be a number from 0 to ∞, but was '-1'."

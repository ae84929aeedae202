"""How programs call the running app: gradio's client, plain HTTP as with curl, and an MCP client."""

import json
from typing import Any, NoReturn

import anyio
import httpx
import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client
from mcp.types import CallToolResult, TextContent, Tool


def values_of(client: Client, **settings: Any) -> list[dict[str, Any]]:
    """All values of /generate, in order."""
    job = client.submit(api_name="/generate", **settings)
    job.result(timeout=60)
    return list(job.outputs())


def generated(client: Client, **settings: Any) -> dict[str, Any]:
    """The last value of /generate."""
    return values_of(client, **settings)[-1]


def sentence(client: Client, endpoint: str, **arguments: object) -> str:
    """The API's message for arguments that it refuses."""
    with pytest.raises(AppError) as raised:
        client.predict(api_name=endpoint, **arguments)
    return str(raised.value)


def ask_over_http(server: str, endpoint: str, body: str) -> tuple[str, Any]:
    """Post, then read the events of the answer as curl would: the last event and its data, strictly parsed."""
    address = f"{server}/gradio_api/call/{endpoint}"
    posted = httpx.post(address, content=body, headers={"Content-Type": "application/json"}, timeout=30)
    posted.raise_for_status()
    answer = httpx.get(f"{address}/{posted.json()['event_id']}", timeout=60)
    event, data = answer.text.strip().split("\n\n")[-1].splitlines()
    return event.removeprefix("event: "), parse_strictly(data.removeprefix("data: "))


def parse_strictly(text: str) -> Any:
    """Parse JSON without NaN and Infinity, which only Python accepts."""

    def refuse(word: str) -> NoReturn:
        raise AssertionError(f"{word} is no JSON")

    return json.loads(text, parse_constant=refuse)


def tools_of(server: str) -> list[Tool]:
    """The tools offered to an MCP client."""
    return anyio.run(_list_tools, server)


async def _list_tools(server: str) -> list[Tool]:
    async with (
        streamable_http_client(f"{server}/gradio_api/mcp/") as (read, write, *_),
        ClientSession(read, write) as session,
    ):
        await session.initialize()
        return (await session.list_tools()).tools


def call(server: str, tool: str, progress: bool = False, **arguments: Any) -> tuple[bool, str]:
    """Whether an MCP client's call failed, and the text of its answer. progress: whether it asks for notes of that."""
    result = anyio.run(_call, server, tool, arguments, progress)
    (content,) = result.content
    assert isinstance(content, TextContent)
    return bool(result.isError), content.text


async def _call(server: str, tool: str, arguments: dict[str, Any], progress: bool) -> CallToolResult:
    async def ignore(progress: float, total: float | None, message: str | None) -> None:
        pass

    async with (
        streamable_http_client(f"{server}/gradio_api/mcp/") as (read, write, *_),
        ClientSession(read, write) as session,
    ):
        await session.initialize()
        return await session.call_tool(tool, arguments, progress_callback=ignore if progress else None)

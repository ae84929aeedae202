"""Where gradio's way with programs falls short: JSON for MCP clients, and values that a request leaves out.

Both are gradio's own methods, overridden in the least that works. test_requests.py and test_mcp.py ask the running app.
"""

from __future__ import annotations

import inspect
import json
from typing import Any

import gradio as gr
import gradio.mcp


class Page(gr.Blocks):
    """Blocks whose endpoints take a list of values that ends early: the others have their defaults.

    Gradio does so for arguments with names, but answers a plain list that is too short with an error that says nothing.
    So a program that was written before an endpoint gained an argument goes on as it was.
    """

    async def preprocess_data(self, block_fn: Any, inputs: list[Any], *others: Any, **named: Any) -> Any:
        if block_fn.api_visibility == "public":
            inputs = [*inputs, *_defaults(block_fn, len(inputs))]
        return await super().preprocess_data(block_fn, inputs, *others, **named)


def _defaults(block_fn: Any, given: int) -> list[Any]:
    """The defaults of an endpoint's parameters after the first ones; an error names those that have none."""
    parameters = list(inspect.signature(block_fn.fn).parameters.values())[given:]
    if missing := [p.name for p in parameters if p.default is p.empty]:
        raise gr.Error(f"{block_fn.api_name} needs {', '.join(missing)}.", title="", print_exception=False)
    return [p.default for p in parameters]


class JSONServer(gradio.mcp.GradioMCPServer):
    """Gradio's MCP server, whose tools answer in JSON, where gradio itself writes an answer as Python's str() does."""

    def postprocess_output_data(self, data: Any, root_url: str) -> list[Any]:
        return [self.types.TextContent(type="text", text=json.dumps(output, ensure_ascii=False)) for output in data]


def answer_mcp_clients_in_json() -> None:
    """Let gradio make its MCP server of our class: `launch` takes no other, and calls it by this name."""
    gradio.mcp.GradioMCPServer = JSONServer  # type: ignore[misc]

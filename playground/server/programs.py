"""Where gradio's way with programs falls short: JSON for MCP clients, values left out, who asks, and errors.

They are gradio's own methods, overridden in the least that works. test_requests.py, test_mcp.py and test_logs.py ask
the running app.
"""

from __future__ import annotations

import inspect
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import gradio as gr
import gradio.mcp
import gradio.queueing
import gradio.routes
from gradio.context import LocalContext

from playground.engine.line import Busy
from playground.engine.pace import Pace
from playground.errors import PlaygroundError
from playground.server.descriptions import Config
from playground.server.refusals import refusal_sentence
from playground.server.shares import SHARES, Share
from playground.server.unreadable import ReadableJSON
from playground.server.visitors import Visitor, visitor_of
from playground.words import message

logger = logging.getLogger(__name__)

ENDS = Pace()  # of what programs asked for


@contextmanager
def share() -> Iterator[Share]:
    """The share of the program that an endpoint answers. Errors that are safe to show become gradio's, without a
    traceback."""
    try:
        with SHARES.admit(_visitor(), counted=True) as own:
            yield own
    except Busy as error:
        raise _told(refusal_sentence(error)) from None
    except PlaygroundError as error:
        raise _told(str(error)) from None
    finally:
        ENDS.note()


def _told(sentence: str) -> gr.Error:
    # Without a title: to MCP clients that ask for progress, gradio would write it before the sentence.
    return gr.Error(sentence, title="", print_exception=False)


def _visitor() -> Visitor:
    """Who asks the endpoint that runs. A program that keeps a session (gradio_client) is told from others of its
    address; for one that keeps none gradio makes a name of each request."""
    request = LocalContext.request.get(None)
    if request is None:
        return Visitor("unknown")
    session = request.session_hash or ""
    client = getattr(request, "client", None)
    own = "" if session == LocalContext.event_id.get(None) else session
    return visitor_of((client.host, 0) if client else None, own)


class Page(gr.Blocks):
    """Blocks whose endpoints take a list of values that ends early, and whose errors print nothing of a request.

    The values that a list leaves out have their defaults. Gradio does so for arguments with names, but answers a plain
    list that is too short with an error that says nothing. So a program that was written before an endpoint gained an
    argument goes on as it was.
    """

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.default_config = Config(self)

    async def preprocess_data(self, block_fn: Any, inputs: list[Any], *others: Any, **named: Any) -> Any:
        if block_fn.api_visibility == "public":
            inputs = [*inputs, *_defaults(block_fn, len(inputs))]
        return await super().preprocess_data(block_fn, inputs, *others, **named)

    async def process_api(self, block_fn: Any, *given: Any, **named: Any) -> dict[str, Any]:
        """Gradio answers an unexpected error with "null". Here it is logged, and answered in a sentence."""
        if block_fn.fn is None:  # an event of the page's own scripts, which ask no function
            raise _told(str(message("input.unreadable")))
        try:
            return await super().process_api(block_fn, *given, **named)
        except gr.Error:
            raise
        except Exception:
            logger.exception("An endpoint could not answer.")
            raise _told(str(message("broken"))) from None


_parameters = cache(lambda fn: tuple(inspect.signature(fn).parameters.values()))


def _defaults(block_fn: Any, given: int) -> list[Any]:
    """The defaults of an endpoint's parameters after the first ones; an error names those that have none."""
    parameters = _parameters(block_fn.fn)[given:]
    if missing := [p.name for p in parameters if p.default is p.empty]:
        raise gr.Error(f"{block_fn.api_name} needs {', '.join(missing)}.", title="", print_exception=False)
    return [p.default for p in parameters]


class JSONServer(gradio.mcp.GradioMCPServer):
    """Gradio's MCP server, whose tools answer in JSON, where gradio itself writes an answer as Python's str() does."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.handle_streamable_http = ReadableJSON(self.handle_streamable_http)

    def _prepare_tool_call_args(self, *given: Any, **named: Any) -> Any:
        """Gradio asks itself for a queued tool: that request is to be as from who asked for the tool."""
        endpoint, values, headers, fn = super()._prepare_tool_call_args(*given, **named)
        asked = self.mcp_server.request_context.request
        headers.pop("x-forwarded-for", None)
        if asked is not None and asked.client is not None:
            headers["x-forwarded-for"] = asked.client.host
        return endpoint, values, headers, fn

    def postprocess_output_data(self, data: Any, root_url: str) -> list[Any]:
        return [self.types.TextContent(type="text", text=json.dumps(output, ensure_ascii=False)) for output in data]


class _Prints:
    """Stands where gradio has `traceback`: what it would print, message and all, is logged without (logs.py)."""

    @staticmethod
    def print_exc() -> None:
        logger.exception("Gradio could not end an event.")


def print_no_values() -> None:
    """Let gradio's queue and routes print no exception with its message, which can quote what a visitor typed."""
    for module in (gradio.queueing, gradio.routes):
        vars(module).update(traceback=_Prints)


def answer_mcp_clients_in_json() -> None:
    """Let gradio make its MCP server of our class: `launch` takes no other, and calls it by this name."""
    gradio.mcp.GradioMCPServer = JSONServer  # type: ignore[misc]

"""Adapts gradio's interface for programs: JSON for MCP clients, omitted values, the requester's share, and errors.

These override gradio's own methods, as little as possible. test_requests.py, test_mcp.py and test_logs.py test the
running app.
"""

from __future__ import annotations

import importlib.util
import inspect
import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from types import SimpleNamespace
from typing import Any

import gradio as gr
import gradio.mcp
import gradio.queueing
import gradio.routes
import orjson
from gradio.components import _Keywords
from gradio.context import LocalContext

from playground.engine.admission import Busy
from playground.engine.pace import Pace
from playground.errors import PlaygroundError
from playground.server.refusals import refusal_sentence
from playground.server.shares import SHARES, Share
from playground.server.unreadable import ReadableJSON
from playground.server.visitors import Visitor, visitor_of
from playground.words import message

logger = logging.getLogger(__name__)

ENDS = Pace()  # of programs' requests


@contextmanager
def share() -> Iterator[Share]:
    """The share of the program whose request is being answered. Errors that are safe to show become gradio's, without a
    traceback."""
    try:
        with SHARES.admit(_visitor(), counted=True) as own:
            yield own
    except Busy as error:
        raise _gradio_error(refusal_sentence(error)) from None
    except PlaygroundError as error:
        raise _gradio_error(str(error)) from None
    finally:
        ENDS.note()


def _gradio_error(sentence: str) -> gr.Error:
    # Without a title: for MCP clients that request progress, gradio would put it before the sentence.
    return gr.Error(sentence, title="", print_exception=False)


def _visitor() -> Visitor:
    """The requester of the current endpoint call. A program with a session (gradio_client) is distinguished from others
    at its address; for one without, gradio makes up a name for each request."""
    request = LocalContext.request.get(None)
    if request is None:
        return Visitor("unknown")
    session = request.session_hash or ""
    client = getattr(request, "client", None)
    own = "" if session == LocalContext.event_id.get(None) else session
    return visitor_of((client.host, 0) if client else None, own)


class Page(gr.Blocks):
    """Blocks whose endpoints accept a shorter list of values, and whose errors print nothing of a request.

    Values missing at the end of a list get their defaults. Gradio does so for named arguments, but answers a short
    plain list with a meaningless error. So programs keep working when an endpoint gains an argument.
    """

    async def preprocess_data(self, block_fn: Any, inputs: list[Any], *others: Any, **named: Any) -> Any:
        if block_fn.api_visibility == "public":
            inputs = [*inputs, *_defaults(block_fn, len(inputs))]
        return await super().preprocess_data(block_fn, inputs, *others, **named)

    async def postprocess_data(self, block_fn: Any, predictions: Any, state: Any) -> list[Any]:
        """Returns the endpoint's JSON unchanged. Gradio passes it through a thread and searches each of its numbers for
        a file, three times: a quarter of a value's time in a profile of /generate."""
        if block_fn.api_visibility == "public":
            return [None if predictions is _Keywords.FINISHED_ITERATING else predictions]
        return await super().postprocess_data(block_fn, predictions, state)

    async def process_api(self, block_fn: Any, *given: Any, **named: Any) -> dict[str, Any]:
        """Gradio answers an unexpected error with "null". Here it is logged, and answered with a sentence."""
        if block_fn.api_visibility == "public":
            named["root_path"] = None  # for the addresses of files, which we have none of
        if block_fn.fn is None:  # an event of the page's own scripts, without a function
            raise _gradio_error(str(message("input.unreadable")))
        try:
            output = await super().process_api(block_fn, *given, **named)
            if named.get("simple_format") and output["is_generating"] and _is_last(output["data"]):
                await self._end(output, named["session_hash"])
            return output
        except gr.Error:
            raise
        except Exception:
            logger.exception("An endpoint could not answer.")
            raise _gradio_error(str(message("broken"))) from None

    async def _end(self, output: dict[str, Any], session: str) -> None:
        """End a streamed answer with this value. A program that reads events would get it twice, as gradio asks the
        endpoint for another one first. (`gradio_client` expects that.)"""
        iterator = output["iterator"]
        await anext(iterator, None)  # there is none: the endpoint's own `with` statements end
        self._drop_run_streams(session, iterator)
        output.update(is_generating=False, iterator=None)


def _is_last(data: list[Any]) -> bool:
    """Whether the one value of a streaming endpoint says that it is the last."""
    return isinstance(data[0], dict) and data[0].get("done") is True


_parameters = cache(lambda fn: tuple(inspect.signature(fn).parameters.values()))


def _defaults(block_fn: Any, given: int) -> list[Any]:
    """The defaults of an endpoint's parameters after the first ones; an error names those without a default."""
    parameters = _parameters(block_fn.fn)[given:]
    if missing := [p.name for p in parameters if p.default is p.empty]:
        raise _gradio_error(str(message("input.lacks", name=block_fn.api_name, lacking=missing)))
    return [p.default for p in parameters]


class JSONServer(gradio.mcp.GradioMCPServer):
    """Gradio's MCP server with JSON answers, where gradio itself writes an answer as Python's str() does."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.handle_streamable_http = ReadableJSON(self.handle_streamable_http)

    def _prepare_tool_call_args(self, *given: Any, **named: Any) -> Any:
        """Gradio calls itself for a queued tool: pass the address of the tool's caller on to that call."""
        endpoint, values, headers, fn = super()._prepare_tool_call_args(*given, **named)
        asked = self.mcp_server.request_context.request
        headers.pop("x-forwarded-for", None)
        if asked is not None and asked.client is not None:
            headers["x-forwarded-for"] = asked.client.host
        return endpoint, values, headers, fn

    def postprocess_output_data(self, data: Any, root_url: str) -> list[Any]:
        return [self.types.TextContent(type="text", text=json.dumps(output, ensure_ascii=False)) for output in data]


class _Prints:
    """Stands in for gradio's `traceback`: logs without the message (logs.py) what that would print."""

    @staticmethod
    def print_exc() -> None:
        logger.exception("Gradio could not end an event.")


def skip_imports_of_matplotlib() -> None:
    """Let gradio find at once that Matplotlib is not installed. It imports it twice for each value of an answer, and
    Python searches all its folders each time: three tenths of a value's time in a profile."""
    if importlib.util.find_spec("matplotlib") is None:
        sys.modules["matplotlib"] = None  # type: ignore[assignment]  # an import of it fails at once


def print_no_values() -> None:
    """Keep gradio's queue and routes from printing exceptions with their messages, which can quote what a visitor
    typed."""
    for module in (gradio.queueing, gradio.routes):
        vars(module).update(traceback=_Prints)


def json_of(value: Any) -> str:
    """A value as JSON, in ASCII: some clients end a line where a text has an unusual line end."""
    try:
        written = orjson.dumps(value)
    except TypeError:  # such as an integer of more than 64 bits
        return json.dumps(value)
    return written.decode("ascii") if written.isascii() else json.dumps(value)


def write_values_quickly() -> None:
    """Let gradio's routes write programs' answers with orjson. Writing the numbers u of a text took a quarter of the
    time of its values in a profile of /generate."""
    vars(gradio.routes).update(json=SimpleNamespace(**{**vars(json), "dumps": json_of}))


def answer_mcp_clients_in_json() -> None:
    """Let gradio create its MCP server from our class: `launch` has no option for it, and uses this name."""
    gradio.mcp.GradioMCPServer = JSONServer  # type: ignore[misc]

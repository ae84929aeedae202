"""Requests that gradio and its MCP server cannot process.

Some of their routes raise Python's own errors where others answer with a sentence: 500 and a broken connection, as if
the server were at fault. Here they become 400.
"""

from __future__ import annotations

import json
import logging
import re
import traceback
from collections.abc import Iterable

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from playground.server.limits import again
from playground.words import message

logger = logging.getLogger(__name__)

# Gradio builds addresses from these, and if that fails in its queue, nobody answers.
HOSTS = (b"host", b"x-forwarded-host", b"x-gradio-server")
HOST = re.compile(rb"(https?://)?([\w.-]+|\[[0-9a-f:.]+\])(:(?P<port>\d{1,5}))?(/[!-~]*)?", re.IGNORECASE)
OF_VALUES = (TypeError, ValueError, LookupError, AttributeError, AssertionError, RecursionError)


class Unreadable:
    """ASGI middleware: an error about the values of a request, raised before any answer, becomes a 400 in JSON, and a
    line in the log. So does a request that gets no answer, or names an impossible host. A stream that has begun, and
    then raises an HTTP error (an unknown event), is closed."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not _hosts_can_be(scope["headers"]):
            await _refuse(scope, receive, send)
            return
        begun = False

        async def note(sent: Message) -> None:
            nonlocal begun
            begun = True
            await send(sent)

        try:
            await self.app(scope, receive, note)
        except Exception as error:
            if begun and isinstance(error.__cause__, HTTPException):  # Starlette would have answered it before
                await send({"type": "http.response.body", "body": b"", "more_body": False})
                return
            if begun or scope["type"] != "http" or not isinstance(error, OF_VALUES):
                raise
            place = traceback.extract_tb(error.__traceback__)[-1]
            kind = type(error).__name__
            logger.warning("A request could not be read: %s in %s, line %s.", kind, place.name, place.lineno)
        if not begun and scope["type"] == "http":
            await _refuse(scope, receive, send)


class ReadableJSON:
    """ASGI middleware: answers 400 also for a body that is not text, or is nested too deeply to parse. Other invalid
    JSON is left to the app."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "POST":
            messages = [await receive()]
            while messages[-1].get("more_body", False):
                messages.append(await receive())
            try:
                json.loads(b"".join(part.get("body", b"") for part in messages))
            except json.JSONDecodeError:
                pass
            except (UnicodeDecodeError, RecursionError):
                await _refuse(scope, receive, send)
                return
            receive = again(iter(messages), receive)
        await self.app(scope, receive, send)


def _hosts_can_be(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    for name, value in headers:
        if name in HOSTS and (first := value.split(b",")[0].strip()):
            host = HOST.fullmatch(first)
            if host is None or int(host["port"] or 0) > 65_535:
                return False
    return True


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    await JSONResponse({"detail": str(message("input.unreadable"))}, 400)(scope, receive, send)

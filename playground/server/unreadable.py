"""Requests that gradio's routes can make nothing of.

There some routes raise Python's own errors, where others answer in a sentence. Unanswered, they would be 500 and a
broken connection, as if the server were at fault. So they are 400 here, and the log has a line.
"""

from __future__ import annotations

import logging
import traceback

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from playground.words import message

logger = logging.getLogger(__name__)

OF_VALUES = (TypeError, ValueError, LookupError, AttributeError, AssertionError, RecursionError)


class Unreadable:
    """ASGI middleware: what is raised over the values of a request, before any answer, is answered 400 in JSON."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def note(sent: Message) -> None:
            nonlocal begun
            begun = True
            await send(sent)

        try:
            await self.app(scope, receive, note)
        except OF_VALUES as error:
            if begun or scope["type"] != "http":
                raise
            place = traceback.extract_tb(error.__traceback__)[-1]
            kind = type(error).__name__
            logger.warning("A request could not be read: %s in %s, line %s.", kind, place.name, place.lineno)
            await JSONResponse({"detail": str(message("input.unreadable"))}, 400)(scope, receive, send)

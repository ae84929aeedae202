"""Limits the size of requests. They are untrusted, so a body over the limit is refused before it is read.

Gradio reads a whole body into memory and parses it before it looks at the route. The page's own largest request, a
prompt of 10,000 characters and as many ids of generated text, is about 120 kB.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from playground.words import message

MAX_BODY = 1_000_000  # bytes
# A client that sends more before it listens would see a broken connection instead of the answer. So a certain amount is
# still received and discarded before the connection is closed.
LINGER_BYTES, LINGER_SECONDS = 16_000_000, 5.0


class BodyLimit:
    """ASGI middleware: answers a request whose body has more than `limit` bytes with 413 and a sentence in JSON.

    A body with a declared length is refused by its headers alone, and the server never reads beyond that length. One
    without (chunked) is counted as it arrives, and passed on when it is complete.
    """

    def __init__(self, app: ASGIApp, limit: int = MAX_BODY) -> None:
        self.app, self.limit = app, limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        headers = dict(scope["headers"])
        length = headers.get(b"content-length")
        if length is not None and not (length.isdigit() and int(length) <= self.limit):
            return await self._refuse(receive, send)
        if b"transfer-encoding" in headers:
            messages = await self._read_body(receive)
            if messages is None:
                return await self._refuse(receive, send)
            receive = again(iter(messages), receive)
        return await self.app(scope, receive, send)

    async def _read_body(self, receive: Receive) -> list[Message] | None:
        """All messages of a body; None once they exceed the limit."""
        messages, size, more = [], 0, True
        while more:
            message = await receive()
            messages.append(message)
            size += len(message.get("body", b""))
            if size > self.limit:
                return None
            more = message.get("more_body", False)
        return messages

    async def _refuse(self, receive: Receive, send: Send) -> None:
        body = json.dumps({"detail": str(message("input.large", most=self.limit))}).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 413, "headers": [*headers, (b"connection", b"close")]})
        await send({"type": "http.response.body", "body": body, "more_body": True})
        try:
            async with asyncio.timeout(LINGER_SECONDS):
                await _drain(receive)
        except TimeoutError:
            pass
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def again(messages: Iterator[Message], receive: Receive) -> Receive:
    """These messages, and then further ones."""

    async def replay() -> Message:
        message = next(messages, None)
        return message if message is not None else await receive()

    return replay


async def _drain(receive: Receive) -> None:
    left = LINGER_BYTES
    more = True
    while more and left > 0:
        message = await receive()
        left -= len(message.get("body", b""))
        more = message.get("more_body", False)

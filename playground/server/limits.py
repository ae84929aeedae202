"""How large a request may be. Anybody can send anything, so a body over the limit is refused before it is read.

Gradio reads the whole of a body into memory, and parses it, before it asks what it is for. The page's own largest
request, a prompt of 10,000 characters and as many ids of what was written, has about 120 kB.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator

from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_BODY = 1_000_000  # bytes
# Who sends more before it listens would see a broken connection, and not the answer. So some of it is still taken off
# the line, and thrown away, before the connection is closed.
LINGER_BYTES, LINGER_SECONDS = 16_000_000, 5.0


class BodyLimit:
    """ASGI middleware: a request whose body has more than `limit` bytes is answered 413, with a sentence in JSON.

    A body that says its length is refused by its head alone, and the server reads no more of it than that length. One
    that does not (chunked) is counted as it comes, and handed on when all of it is here.
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
            messages = await self._collected(receive)
            if messages is None:
                return await self._refuse(receive, send)
            receive = again(iter(messages), receive)
        return await self.app(scope, receive, send)

    async def _collected(self, receive: Receive) -> list[Message] | None:
        """All messages of a body; None once they have more than the limit."""
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
        told = f"The request has more than {self.limit:,} bytes, which is more than this page ever needs: shorten it."
        body = json.dumps({"detail": told}).encode()
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
    """These messages, and then what comes."""

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

"""Inserts HTML into the page before gradio's scripts. Gradio adds a page's head only after these have loaded."""

from __future__ import annotations

from collections.abc import Callable

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEAD, BODY = b"<script", b"<gradio-app"  # before the first of each


def whole_pages(send: Send, change: Callable[[bytes, MutableHeaders], bytes]) -> Send:
    """A `send` that buffers an HTML page until it is complete, and sends what `change` makes of it and its headers.
    Everything else is passed on piece by piece."""
    page: list[Message] = []

    async def add(message: Message) -> None:
        begins = message["type"] == "http.response.start"
        if begins and MutableHeaders(scope=message).get("content-type", "").startswith("text/html"):
            page.append(message)
            return
        if not page:
            await send(message)
            return
        page.append(message)
        if not message.get("more_body", False):
            start, *pieces = page
            html = change(b"".join(piece.get("body", b"") for piece in pieces), MutableHeaders(scope=start))
            await send(start)
            await send({"type": "http.response.body", "body": html})

    return add


class Insertion:
    """ASGI middleware that adds HTML to gradio's page.

    head: inserted before the head's first script. body: inserted before the element in which gradio builds the page.
    """

    def __init__(self, app: ASGIApp, head: str, body: str) -> None:
        self.app = app
        self.head, self.body = head.encode(), body.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            send = whole_pages(send, self._insert)
        await self.app(scope, receive, send)

    def _insert(self, html: bytes, headers: MutableHeaders) -> bytes:
        if BODY not in html:
            return html
        html = html.replace(HEAD, self.head + HEAD, 1).replace(BODY, self.body + BODY, 1)
        headers["content-length"] = str(len(html))
        return html

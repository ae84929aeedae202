"""Caches what gradio rebuilds for each request although it never changes: the page, and its description.

A page takes 12 ms of a core to build, and as much again to compress: a class that opens it, or a script, kept a core
busy. An answer depends only on what gradio looks at: the address, the hosts from which it builds links, and whether it
may be compressed. So each is built once.
"""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from urllib.parse import parse_qs

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_ANSWERS = 16  # cached answers: 200 kB each; a server has one or two host names
PAGE = re.compile(r"/?")
FACTS = re.compile(r"/(config|gradio_api/info)/?")
LOOKED_AT = ("page", "deep_link")  # parameters of a page's address that gradio reads; the rest is for our scripts
HOSTS = ("host", "x-forwarded-host", "x-forwarded-proto", "x-gradio-server")

Key = tuple[str, ...]


class PageCache:
    """ASGI middleware that caches them, with their headers. It must be outside the middlewares that change and compress
    them."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._kept: OrderedDict[Key, list[Message]] = OrderedDict()
        self._locks: dict[Key, asyncio.Lock] = {}  # for answers being built

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        key = key_of(scope)
        if key is None:
            await self.app(scope, receive, send)
            return
        if key not in self._kept:
            async with self._locks.setdefault(key, asyncio.Lock()):
                if key not in self._kept:
                    await self._make(key, scope, receive, send)
                    return
        self._kept.move_to_end(key)
        for message in self._kept[key]:
            await send(_copy(message))

    async def _make(self, key: Key, scope: Scope, receive: Receive, send: Send) -> None:
        messages: list[Message] = []

        async def note(message: Message) -> None:
            messages.append(_copy(message))
            await send(message)

        try:
            await self.app(scope, receive, note)
        finally:
            self._locks.pop(key, None)
        if messages and messages[0]["status"] == 200 and not messages[-1].get("more_body", False):
            self._kept[key] = messages
            while len(self._kept) > MAX_ANSWERS:
                self._kept.popitem(last=False)


def _copy(message: Message) -> Message:
    """A copy to whose headers others may add: gradio adds there which site may read the answer."""
    return {**message, "headers": [*message["headers"]]} if "headers" in message else message


def key_of(scope: Scope) -> Key | None:
    """What an answer depends on; None if it must not be cached."""
    if scope["type"] != "http" or scope["method"] != "GET":
        return None
    asked = parse_qs(scope["query_string"].decode("latin-1"))
    page = PAGE.fullmatch(scope["path"]) and not any(name in asked for name in LOOKED_AT)
    if not page and (asked or not FACTS.fullmatch(scope["path"])):
        return None
    headers = HTTPConnection(scope).headers
    gzip = "gzip" if "gzip" in headers.get("accept-encoding", "") else ""
    root = scope.get("root_path", "")
    return scope["path"], root, scope["scheme"], gzip, *(",".join(headers.getlist(name)) for name in HOSTS)

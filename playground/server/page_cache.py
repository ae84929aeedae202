"""What gradio makes anew each time it is asked for, although it is always the same: its page, and what it knows of it.

A page takes 12 ms of a core to be made, and as much again to be compressed: a class that opens it, or a script that
does nothing else, kept a core busy with it. What is the same is told by what gradio looks at: the address, the hosts
that it makes links of, and whether the answer may be compressed. So it is made once for each of those.
"""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from urllib.parse import parse_qs

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST = 16  # answers that are kept: 200 kB each; a server has one or two names
PAGE = re.compile(r"/?")
FACTS = re.compile(r"/(config|gradio_api/info)/?")
LOOKED_AT = ("page", "deep_link")  # by gradio, of a page's address; the rest is for our scripts
HOSTS = ("host", "x-forwarded-host", "x-forwarded-proto", "x-gradio-server")

Key = tuple[str, ...]


class PageCache:
    """ASGI middleware that keeps them, with their headers. It stands outside what changes and compresses them."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._kept: OrderedDict[Key, list[Message]] = OrderedDict()
        self._locks: dict[Key, asyncio.Lock] = {}  # of what is being made

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
            while len(self._kept) > MOST:
                self._kept.popitem(last=False)


def _copy(message: Message) -> Message:
    """One whose headers others may add to: gradio says there which site may read the answer."""
    return {**message, "headers": [*message["headers"]]} if "headers" in message else message


def key_of(scope: Scope) -> Key | None:
    """What an answer depends on; None where it is not to be kept."""
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

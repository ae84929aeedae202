"""Bounds the answers that gradio's queue keeps for programs until they fetch them, by address.

Gradio keeps those of the 2,000 most recent sessions. A program without a session gets a new one for each request, so
one that never fetches its answers would soon evict everybody else's. Here it evicts its own: if there are too many, the
oldest one of the address with the most is dropped.
"""

from __future__ import annotations

from collections import OrderedDict
from contextvars import ContextVar
from typing import Any

import gradio as gr
from gradio.utils import LRUCache

MAX_SESSIONS = 2_000  # sessions, as in gradio

ADDRESS: ContextVar[str] = ContextVar("address", default="")  # where the current request comes from


class Messages(LRUCache[str, Any]):
    """The messages of sessions, by session."""

    def __init__(self, most: int) -> None:
        super().__init__(most)
        self._addresses: dict[str, str] = {}  # by session
        self._sessions: dict[str, OrderedDict[str, None]] = {}  # by address, oldest first

    def __setitem__(self, session: str, messages: Any) -> None:
        if session in self:
            del self[session]
        elif len(self) >= self.max_size:
            most = max(self._sessions.values(), key=len)
            del self[next(iter(most))]
        super().__setitem__(session, messages)
        address = ADDRESS.get()
        self._addresses[session] = address
        self._sessions.setdefault(address, OrderedDict())[session] = None

    def __delitem__(self, session: str) -> None:
        super().__delitem__(session)
        address = self._addresses.pop(session)
        of_address = self._sessions[address]
        del of_address[session]
        if not of_address:
            del self._sessions[address]


def install(page: gr.Blocks) -> None:
    """Make a page's queue use it."""
    page._queue.pending_messages_per_session = Messages(MAX_SESSIONS)

"""What gradio's queue keeps for programs until they fetch it: so many answers, and whose they are.

Gradio keeps those of the 2,000 sessions that asked last. A program without a session has another one for each request,
so that one that asks and never fetches would soon take the answers of all others. Here it takes its own: where there
are too many, the oldest one goes of the address that has the most.
"""

from __future__ import annotations

from collections import OrderedDict
from contextvars import ContextVar
from typing import Any

import gradio as gr
from gradio.utils import LRUCache

MOST = 2_000  # sessions, as with gradio

ADDRESS: ContextVar[str] = ContextVar("address", default="")  # from where the request is that is being answered


class Messages(LRUCache[str, Any]):
    """The messages of sessions, by their names."""

    def __init__(self, most: int) -> None:
        super().__init__(most)
        self._addresses: dict[str, str] = {}  # by session
        self._sessions: dict[str, OrderedDict[str, None]] = {}  # by address, the oldest first

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
    """Let the queue of a page keep them so."""
    page._queue.pending_messages_per_session = Messages(MOST)

"""Changes to gradio's app before its first request. They make a program's call cheaper: gradio would create a session
for each, and match its path against a hundred routes, twice."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from gradio import Blocks
from gradio.state_holder import SessionState, StateHolder

CALLS = ("/gradio_api/call/", "/gradio_api/queue/")  # how the paths of programs' calls begin


class Session(SessionState):
    """Keeps no values: gradio's own keeps a program's arguments, with the prompt."""

    def _update_value_in_config(self, key: int, value: Any) -> None:
        pass


class OneSession(StateHolder):
    """One session for everybody, as the page has no `gr.State`. Gradio created one of 40 kB for every call without a
    session."""

    def set_blocks(self, blocks: Blocks) -> None:
        super().set_blocks(blocks)
        self._session = Session(blocks)

    def __getitem__(self, session_id: str) -> SessionState:
        return self._session


@asynccontextmanager
async def prepare(app: Any) -> AsyncIterator[None]:
    """Prepare gradio's app when the server starts: its lifespan."""
    sessions = OneSession()
    sessions.set_blocks(app.get_blocks())
    app.state_holder = sessions
    put_calls_first(app.router)
    yield


def put_calls_first(router: Any) -> None:
    """FastAPI tries a router's routes in their order. Gradio's are in a router that its app includes."""
    router.routes.sort(key=lambda route: not getattr(route, "path", "").startswith(CALLS))
    for route in router.routes:
        if included := getattr(route, "original_router", None):
            put_calls_first(included)

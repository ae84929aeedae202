"""Gradio's app as it is prepared: one session for everybody, which keeps nothing, and routes that are found at once."""

import asyncio
import gc
import warnings
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from gradio.routes import App

from playground.server.startup import CALLS, prepare
from playground.ui.page import build

SECRET = "a visitor's prompt"


@pytest.fixture(scope="module")
def app() -> Any:
    """The page's app, prepared as its server prepares it."""

    async def prepared() -> App:
        app = App.create_app(build())
        async with prepare(app):
            return app

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # for what gradio leaves open when it is imported
        app = asyncio.run(prepared())
        gc.collect()
    return app


def test_the_page_has_no_state_of_a_visitor(app: Any) -> None:
    """Otherwise they could not share a session."""
    assert not [block for block in app.get_blocks().blocks.values() if getattr(block, "stateful", False)]


def test_sessions_do_not_accumulate(app: Any) -> None:
    first = app.state_holder["0"]
    assert all(app.state_holder[f"session {number}"] is first for number in range(1_000))
    assert app.get_blocks().state_holder is app.state_holder
    assert not app.state_holder.session_data


def test_a_session_keeps_nothing_of_a_call(app: Any) -> None:
    page = app.get_blocks()
    [score] = [fn for fn in page.fns.values() if fn.api_name == "score"]
    session = app.state_holder["one"]
    before = deepcopy(session.config_values)
    given = asyncio.run(page.preprocess_data(score, [SECRET], session))
    assert given[0] == SECRET
    assert session.config_values == before
    assert SECRET not in str(session.config_values)


def test_the_routes_of_calls_are_compared_first(app: Any) -> None:
    """FastAPI goes through a router's routes in their order, twice."""
    [api] = [paths for paths in routers(app.router) if paths[0].startswith("/gradio_api/")]
    calls = [path for path in api if path.startswith(CALLS)]
    assert {"/gradio_api/call/{api_name}", "/gradio_api/call/{api_name}/{event_id}"} < {*calls}
    assert {"/gradio_api/queue/join", "/gradio_api/queue/data"} < {*calls}
    assert api[: len(calls)] == calls
    others = ["/gradio_api/info", "/gradio_api/heartbeat/{session_hash}", "/gradio_api/component_server"]
    assert [path for path in api if path in others] == others


def routers(router: Any) -> Iterator[list[str]]:
    """The paths of a router's routes, and of those that it includes."""
    yield [path for route in router.routes if (path := getattr(route, "path", ""))]
    for route in router.routes:
        if included := getattr(route, "original_router", None):
            yield from routers(included)

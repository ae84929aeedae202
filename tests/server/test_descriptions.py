"""Gradio's descriptions of the page's blocks are built once, and no session's values reach another session."""

import asyncio
import gc
import inspect
import warnings
from collections.abc import Callable
from typing import Any

import pytest
from gradio.utils import get_function_description

from playground.server import api


async def build_page() -> Any:
    """Build a page. Outside an event loop gradio creates one of its own, and leaves it open."""
    from playground.server.programs import Page

    with Page(analytics_enabled=False) as page:
        import gradio as gr

        gr.Textbox("as it is built")
    return page


@pytest.fixture(scope="module")
def page() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # for what gradio leaves open when it is imported
        page = asyncio.run(build_page())
        gc.collect()
    return page


def session(page: Any) -> Any:
    from gradio.state_holder import SessionState

    return SessionState(page)


def test_a_session_has_gradio_s_own_descriptions(page: Any) -> None:
    from gradio.blocks import BlocksConfig

    own = {id: BlocksConfig.config_for_block(id, [], block) for id, block in page.blocks.items()}
    assert session(page).config_values == own


def test_descriptions_are_built_for_the_first_session_only(page: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    session(page)

    def again(*_: Any) -> Any:
        raise AssertionError

    monkeypatch.setattr("gradio.blocks.BlocksConfig.config_for_block", again)
    session(page)


def test_a_sessions_changes_stay_its_own(page: Any) -> None:
    [text] = [id for id, block in page.blocks.items() if block.get_block_name() == "textbox"]
    one, other = session(page), session(page)
    one._update_value_in_config(text, "a visitor's")
    assert one.config_values[text]["props"]["value"] == "a visitor's"
    assert other.config_values[text]["props"]["value"] == "as it is built"


@pytest.mark.parametrize("endpoint", api.ENDPOINTS, ids=lambda endpoint: endpoint.__name__)
def test_gradio_finds_the_description_of_what_an_endpoint_returns(endpoint: Callable[..., Any]) -> None:
    """It reads only the lines after "Returns:"."""
    described, arguments, returns = get_function_description(endpoint)
    assert described
    assert set(arguments) == set(inspect.signature(endpoint).parameters)
    assert returns
    assert not any("Returns:" in line for line in (endpoint.__doc__ or "").splitlines() if line.strip() != "Returns:")


def test_sessions_of_programs_do_not_accumulate(page: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A call without a session is a session of its own for gradio, which remembers its arguments."""
    from gradio.state_holder import StateHolder

    from playground.ui.page import QUEUE, launch_options

    most = launch_options()["state_session_capacity"]
    assert QUEUE <= most <= 1_000
    monkeypatch.setattr(page, "state_session_capacity", most)
    holder = StateHolder()
    holder.set_blocks(page)
    for number in range(most + 50):
        holder[f"call {number}"]
    assert len(holder.session_data) == most
    assert "call 0" not in holder


def test_a_session_copies_only_the_properties_that_it_reads(page: Any) -> None:
    [text] = [id for id, block in page.blocks.items() if block.get_block_name() == "textbox"]
    one, other = (session(page).config_values[text] for _ in range(2))
    assert dict.__getitem__(one, "props") is dict.__getitem__(other, "props")
    assert one["props"] is not other["props"]
    assert one["props"] is one["props"]

"""Gradio's descriptions of the page's blocks are made once, and no session's values reach another."""

import asyncio
import gc
import warnings
from typing import Any

import pytest


async def build_page() -> Any:
    """A page. Outside of an event loop gradio makes one of its own, and leaves it open."""
    from playground.server.programs import Page

    with Page(analytics_enabled=False) as page:
        import gradio as gr

        gr.Textbox("as it is built")
    return page


@pytest.fixture(scope="module")
def page() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what gradio leaves open when it is imported
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


def test_they_are_made_for_the_first_session_alone(page: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    session(page)

    def again(*_: Any) -> Any:
        raise AssertionError

    monkeypatch.setattr("gradio.blocks.BlocksConfig.config_for_block", again)
    session(page)


def test_what_a_session_notes_is_its_own(page: Any) -> None:
    [text] = [id for id, block in page.blocks.items() if block.get_block_name() == "textbox"]
    one, other = session(page), session(page)
    one._update_value_in_config(text, "a visitor's")
    assert one.config_values[text]["props"]["value"] == "a visitor's"
    assert other.config_values[text]["props"]["value"] == "as it is built"

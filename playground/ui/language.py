"""The words of gradio's own controls, which follow the language that the page is on.

The browser switches the language by itself (`web/parts/language.js`): it has all words. Gradio's controls can only be
changed by an event, so the header triggers one that has no function here and asks the server nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

import gradio as gr

from playground.ui import components

# By the control's id: what it says, and the word that this is.
CONTROLS = {
    "model": {"label": "model"},
    "prompt": {"label": "prompt", "placeholder": "prompt_empty"},
    "generate": {"value": "generate"},
    "stop": {"value": "stop"},
    "step": {"value": "step"},
}


def follow(page: gr.Blocks, header: gr.HTML, tabs: Mapping[str, str]) -> None:
    """Let the controls of a page, which is laid out, follow the header's `language`.

    tabs: the words of the tabs, by their ids.
    """
    controls = CONTROLS | {id: {"label": title} for id, title in tabs.items()}
    by_id = {getattr(block, "elem_id", None): block for block in page.blocks.values()}
    said = json.dumps(list(controls.values()))
    script = f"() => {components.PAGE}.then(({{ playground }}) => playground.language.updates({said}))"
    outputs = [by_id[name] for name in controls]
    header.language(None, None, outputs, js=script, api_visibility="private", show_progress="hidden")

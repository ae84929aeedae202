"""The labels of gradio's own controls, which follow the page's language.

The browser switches the language by itself (`web/parts/language.js`): it has all texts. Gradio's controls can only be
changed by an event, so the header triggers one that has no Python function and sends no request.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

import gradio as gr

from playground.ui import components

# By the control's id: the property, and the key of its text.
CONTROLS = {
    "model": {"label": "model"},
    "prompt": {"label": "prompt", "placeholder": "prompt_empty"},
    "generate": {"value": "generate"},
    "stop": {"value": "stop"},
    "step": {"value": "step"},
}


def follow(page: gr.Blocks, header: gr.HTML, tabs: Mapping[str, str]) -> None:
    """Let the controls of a finished page follow the header's `language`.

    tabs: the title keys of the tabs, by their ids.
    """
    controls = CONTROLS | {id: {"label": title} for id, title in tabs.items()}
    by_id = {getattr(block, "elem_id", None): block for block in page.blocks.values()}
    said = json.dumps(list(controls.values()))
    script = f"() => {components.PAGE}.then(({{ playground }}) => playground.language.updates({said}))"
    outputs = [by_id[name] for name in controls]
    header.language(None, None, outputs, js=script, api_visibility="private", show_progress="hidden")

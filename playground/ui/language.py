"""The words of gradio's own controls, which follow the language that the page is on.

The browser switches the language by itself (`web/parts/language.js`): it has all words. Gradio's controls can only be
changed by an event, so the header triggers one that has no function here and asks the server nothing.
"""

from __future__ import annotations

import json

import gradio as gr

from playground.ui import components

# By the control's id: what it says, and the word that this is.
CONTROLS = {
    "model": {"label": "model"},
    "prompt": {"label": "prompt", "placeholder": "prompt_empty"},
    "generate": {"value": "generate"},
    "stop": {"value": "stop"},
    "step": {"value": "step"},
    "tab-play": {"label": "tab_play"},
    "tab-score": {"label": "tab_score"},
}


def follow(page: gr.Blocks, header: gr.HTML) -> None:
    """Let the controls of a page, which is laid out, follow the header's `language`."""
    by_id = {getattr(block, "elem_id", None): block for block in page.blocks.values()}
    said = json.dumps(list(CONTROLS.values()))
    script = f"() => {components.PAGE}.then(({{ playground }}) => playground.language.updates({said}))"
    outputs = [by_id[name] for name in CONTROLS]
    header.language(None, None, outputs, js=script, api_visibility="private", show_progress="hidden")

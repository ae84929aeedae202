"""The Score tab: how well models predict a text, letter by letter. `web/tabs/score.js` builds all of it."""

from __future__ import annotations

import gradio as gr

from playground.ui import components

TITLE = "tab_score"


def build() -> None:
    """Lay out the tab, inside the page."""
    with gr.Column(elem_classes="card"):
        components.tab("score")

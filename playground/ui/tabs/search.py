"""The Search tab: beam search step by step, beside greedy and samples. `web/tabs/search.js` builds all of it."""

from __future__ import annotations

import gradio as gr

from playground.ui import components

TITLE = "tab_search"


def build() -> None:
    """Lay out the tab, inside the page."""
    with gr.Column(elem_classes="card"):
        components.tab("search")

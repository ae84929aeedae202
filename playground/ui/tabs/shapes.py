"""The Shapes tab: other uses of the same building blocks, from one-to-one to gap filling. `web/tabs/shapes.js` builds
all of it."""

from __future__ import annotations

import gradio as gr

from playground.ui import components

TITLE = "tab_shapes"


def build() -> None:
    """Lay out the tab, inside the page."""
    with gr.Column(elem_classes="card"):
        components.tab("shapes")

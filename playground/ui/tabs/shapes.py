"""The Shapes tab: what else the same parts do, from one to one to the gap. `web/tabs/shapes.js` builds all of it."""

from __future__ import annotations

import gradio as gr

from playground.ui import components

TITLE = "tab_shapes"


def build() -> None:
    """Lay out the tab, inside the page."""
    with gr.Column(elem_classes="card"):
        components.tab("shapes")

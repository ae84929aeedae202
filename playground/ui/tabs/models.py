"""The Models tab: one prompt, several models side by side. `web/tabs/models.js` builds all of it."""

from __future__ import annotations

import gradio as gr

from playground.ui import components

TITLE = "tab_models"


def build() -> None:
    """Lay out the tab, inside the page."""
    with gr.Column(elem_classes="card"):
        components.tab("models")

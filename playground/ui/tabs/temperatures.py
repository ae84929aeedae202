"""The Temperatures tab: one prediction, and one prompt, at every temperature. `web/tabs/temperatures.js` builds it."""

from __future__ import annotations

import gradio as gr

from playground.ui import components

TITLE = "tab_temperatures"


def build() -> None:
    """Lay out the tab, inside the page."""
    with gr.Column(elem_classes="card"):
        components.tab("temperatures")

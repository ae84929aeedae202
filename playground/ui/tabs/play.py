"""The Play tab: a prompt, the slider, the bars, and the text as it is written."""

from __future__ import annotations

import gradio as gr

from playground import library
from playground.server import sanitize
from playground.server.settings import DEFAULTS
from playground.ui import components

TITLE = "tab_play"

# The browser tracks the settings as they change, so that moving a control sends no request. It listens to the prompt
# box itself (typing.js), because gradio reports typing later than a click that follows. Only a model chosen by the user
# before the page is ready is recognised by `input`. Until the browser has the modules, the page is not ready, and a
# change made by gradio is not the user's.
CHOOSE = "(model) => { window.playground?.hub.choose(model); return []; }"
CHOOSE_EARLY = """(model) => {
  document.dispatchEvent(new CustomEvent("playground-model", { detail: model }));
  return [];
}"""
SHOW = "() => [window.playground.modelnames.box(), window.playground.store.state.settings.prompt]"


def build() -> None:
    """Lay out the tab and wire it."""
    names = sanitize.labels(library.all_cards())
    words = components.words()

    with gr.Column(elem_classes="card asking"):
        with gr.Row(elem_classes="ask", equal_height=True):
            model = gr.Dropdown(
                names, value=DEFAULTS["model"], label=words["model"], elem_id="model", allow_custom_value=True
            )
            prompt = gr.Textbox(
                label=words["prompt"], placeholder=words["prompt_empty"], elem_id="prompt", lines=1, max_lines=4,
                interactive=True,
            )
            gr.Button(words["generate"], elem_id="generate", variant="primary")
            gr.Button(words["stop"], elem_id="stop", variant="stop")
            gr.Button(words["step"], elem_id="step")
        with gr.Column(elem_classes="over"):  # floats over the page, and moves nothing
            components.hub_panel()
            components.notices()
        components.about()

    # layout.css says where each part stands at which width.
    with gr.Column(elem_classes="stage"):
        with gr.Column(elem_classes="card seeing"):
            components.temperature_slider()
            components.distribution()
        with gr.Column(elem_classes="card reading"):
            text = components.run_text()
        with gr.Column(elem_classes="card telling"):
            components.figures()

    with gr.Column(elem_classes="card more"):
        components.knobs()
        components.surprise_chart()

    # Reading and writing use the stream (server/routes.py): the page's scripts send the requests, because they know the
    # user's position in the text. They listen to the buttons themselves (presses.js).
    model.change(None, model, None, js=CHOOSE)
    model.input(None, model, None, js=CHOOSE_EARLY)
    text.show(None, None, [model, prompt], js=SHOW)

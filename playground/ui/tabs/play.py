"""The Play tab: a prompt, the slider, the bars, and the text as it is written."""

from __future__ import annotations

import gradio as gr

from playground import library
from playground.server import sanitize
from playground.server.settings import DEFAULTS
from playground.ui import components

TITLE = "tab_play"

# The browser keeps the settings as they change, so that moving a control asks the server nothing. It hears
# `change`, not `input`: gradio's text box reports pasting and the keyboards of phones only there. Only what a person
# chooses before the page is open is told apart by `input`. Until the browser has the modules, the page is not open, and
# a change that gradio makes itself is none of a person.
CHOOSE = "(model) => { window.playground?.hub.choose(model); return []; }"
CHOOSE_EARLY = """(model) => {
  document.dispatchEvent(new CustomEvent("playground-model", { detail: model }));
  return [];
}"""
READ = "(prompt) => { window.playground?.play.retype(prompt); return []; }"
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
                label=words["prompt"], placeholder=words["prompt_empty"], elem_id="prompt", lines=1, max_lines=4
            )
            gr.Button(words["generate"], elem_id="generate", variant="primary")
            gr.Button(words["stop"], elem_id="stop", variant="stop")
            gr.Button(words["step"], elem_id="step")
        with gr.Column(elem_classes="over"):  # comes and goes over the page, and moves nothing
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

    # Reading and writing go over the stream (server/routes.py): the page's scripts ask for it, because they know where
    # in the text the person is. They hear the buttons themselves (presses.js).
    model.change(None, model, None, js=CHOOSE)
    model.input(None, model, None, js=CHOOSE_EARLY)
    prompt.change(None, prompt, None, js=READ)
    text.show(None, None, [model, prompt], js=SHOW)

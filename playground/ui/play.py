"""The Play tab: a prompt, the slider, the bars, and the text as it is written."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any, ClassVar

import gradio as gr

from playground import checkpoints, stopping
from playground.checkpoints import Checkpoint
from playground.errors import BadCheckpoint, BadInput, PlaygroundError
from playground.generation import Reading, Step, generate, read, require_finite
from playground.ui import components, hub, shown, wire
from playground.ui.controls import DEFAULTS, Settings, check_work, link_name, parse, require
from playground.vocabulary import Encoding

CHUNK_SECONDS = 0.1  # how often a run in the making is sent
WRITTEN_LIMIT = 10_000  # characters of one run that a branch may stand on
READERS, WRITERS = 4, 8  # visitors served at the same moment; the others wait in line

# The browser keeps the settings as they change, so that moving a control asks the server nothing. It hears
# `change`, not `input`: gradio's text box reports pasting and the keyboards of phones only there.
NOTE = "(value) => { window.playground.store.set({ %s: value }); return []; }"
CHOOSE = "(model) => { window.playground.hub.choose(model); return []; }"
READ = "(prompt) => { window.playground.play.retype(prompt); return []; }"
OFFER = "() => window.playground.stops.box()"
SHOW = "() => [window.playground.hub.box(), window.playground.store.state.settings.prompt]"


def build(page: gr.Blocks) -> None:
    """Lay out the tab and wire it, inside `page`."""
    names = shown.labels(checkpoints.all_cards())
    words = components.words()

    with gr.Column(elem_classes="card"):
        with gr.Row(elem_classes="ask", equal_height=True):
            model = gr.Dropdown(
                names, value=DEFAULTS["model"], label=words["model"], elem_id="model", allow_custom_value=True
            )
            prompt = gr.Textbox(
                label=words["prompt"], placeholder=words["prompt_empty"], elem_id="prompt", lines=1, max_lines=4
            )
            generate_button = gr.Button(words["generate"], elem_id="generate", variant="primary")
            stop = gr.Button(words["stop"], elem_id="stop", variant="stop")
            step = gr.Button(words["step"], elem_id="step")
        hub.build()
        components.about()

    with gr.Column(elem_classes="card"):
        components.temperature_slider()
        components.distribution()
        with gr.Row(elem_classes="knobs"):
            knobs: dict[str, gr.Slider | gr.Number] = {
                "top_k": _slider("top_k", high=100, step=1),
                "top_p": _slider("top_p", high=1, step=0.01),
                "min_p": _slider("min_p", high=1, step=0.01),
                "length": _number("length"),
            }
            stop_at = _choice_of_stop(words)
            knobs["seed"] = _number("seed")
            new_seed = gr.Button(words["new_seed"], elem_id="new-seed", size="sm")

    with gr.Column(elem_classes="card"):
        text = components.run_text()
        components.surprise_chart()

    # Reading: the browser is sent the logits of the prompt, and from then on computes by itself.
    private: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private", "trigger_mode": "multiple"}
    model.change(None, model, None, js=CHOOSE)
    prompt.change(None, prompt, None, js=READ)
    looking = text.look(look, None, text, concurrency_limit=READERS, **private)
    text.show(None, None, [model, prompt], js=SHOW)
    for name, knob in knobs.items():
        knob.change(None, knob, None, js=NOTE % name)
    stop_at.change(None, stop_at, None, js=NOTE % "stop")
    text.offer(None, None, stop_at, js=OFFER)
    new_seed.click(None, None, knobs["seed"], js="() => Math.floor(Math.random() * 10000)")

    # Writing: the page's scripts ask for it, because they know where in the text the person is.
    writing = text.write(write, None, text, concurrency_limit=WRITERS, **private)
    for event in (looking, writing):
        event.failure(None, js="() => { window.playground.play.broken(); return []; }")
    gr.on([generate_button.click, prompt.submit], None, js="() => { window.playground.play.generate(); return []; }")
    step.click(None, js="() => { window.playground.play.step(); return []; }")
    stop.click(None, js="() => { window.playground.play.stop(); return []; }", cancels=[writing])

    page.load(open_link, None, [model, prompt, *knobs.values(), text], concurrency_limit=READERS, **private)


def _slider(name: str, *, high: float, step: float) -> gr.Slider:
    return gr.Slider(
        0, high, value=DEFAULTS[name], step=step, label=components.words()[name], elem_id=link_name(name), buttons=[]
    )


def _number(name: str) -> gr.Number:
    return gr.Number(DEFAULTS[name], precision=0, label=components.words()[name], elem_id=link_name(name))


def _choice_of_stop(words: dict[str, str]) -> gr.Dropdown:
    """Where a run may end early. The scripts offer what the model at hand has, and choose what the address says."""
    choices = [(words[f"stop_{stop}"], stop) for stop in stopping.STOPS if stop != "end"]
    return gr.Dropdown(choices, value=DEFAULTS["stop"], label=words["stop_at"], elem_id="stop-at", filterable=False)


def open_link(request: gr.Request) -> list[Any]:
    """The page that the address describes, as values of the controls and the first message.

    A model of the Hub that is not here is asked about on the page; until it is open the default one stands there.
    """
    query = dict(request.query_params)
    asks = hub.to_ask(query.get("model", ""))
    if asks:
        del query["model"]
    settings, notices = parse(query)
    try:
        settings, message = _opened(query, settings, notices)
    except PlaygroundError as error:
        message = {"problem": str(error), "settings": wire.plain(settings)}
    knobs = [settings.top_k, settings.top_p, settings.min_p, settings.length, settings.seed]
    # The Model box has no such entry yet; the panel adds it when it reads the message.
    model = settings.model if settings.model in checkpoints.available() else gr.skip()
    return [model, settings.prompt, *knobs, message | {"opens": True, "notices": notices, "asks": asks}]


def _opened(query: dict[str, str], settings: Settings, notices: list[str]) -> tuple[Settings, dict[str, Any]]:
    """The first message of the page, and the settings that it is about.

    Where the address names no model, and the one that stands there is damaged, the next one of the list stands in, and
    a notice says so. The error is the first one's, where none can be opened.
    """
    try:
        return settings, _looked(settings)
    except BadCheckpoint as error:
        if query.get("model") == settings.model:
            raise
        for other in checkpoints.available():
            instead, _ = parse({**query, "model": other})
            with suppress(BadCheckpoint):
                message = _looked(instead)
                notices.append(f"{error} {other} stands in for it.")
                return instead, message
        raise


def look(event: gr.EventData) -> dict[str, Any]:
    """The distributions of a prompt, before each of its characters and after the last."""
    asked = _Request(event)
    try:
        settings = require({"model": asked["model"], "prompt": asked["prompt"]})
        return _looked(settings, asked["knows"]) | asked.token
    except PlaygroundError as error:
        return {"problem": str(error)} | asked.token


def write(event: gr.EventData) -> Iterator[dict[str, Any]]:
    """Write on, and yield the growing message about ten times a second.

    The event holds the settings; `written`, the ids that stand after the prompt already; `pick`, an id that
    the person chose as the next one, or null; and `token`, which names the answer.
    """
    asked = _Request(event)
    try:
        for message in _written(require(asked["settings"]), asked["written"], asked["pick"], asked["knows"]):
            yield message | asked.token
    except PlaygroundError as error:
        yield {"problem": str(error)} | asked.token


class _Request:
    """What a script sent with its event. Anybody can send anything, so each field is checked as it is read."""

    KINDS: ClassVar = {
        "model": str,
        "prompt": str,
        "knows": str | None,
        "settings": dict,
        "written": list,
        "pick": int | None,
    }

    def __init__(self, event: gr.EventData) -> None:
        self.data = event._data if isinstance(event._data, dict) else {}
        self.token = {"id": str(self.data.get("token"))}

    def __getitem__(self, name: str) -> Any:
        value = self.data.get(name)
        if not isinstance(value, self.KINDS[name]):
            raise BadInput(f"The request's {name} is not what the page sends. Reload the page.")
        return value


def _looked(settings: Settings, knows: str | None = None) -> dict[str, Any]:
    checkpoint = checkpoints.load(settings.model, visitor=True)
    encoding, reading = _read(checkpoint, settings.prompt)
    return wire.message(checkpoint, settings, encoding, reading, knows=knows)


def _read(checkpoint: Checkpoint, prompt: str, written: int = 0) -> tuple[Encoding, Reading]:
    encoding = checkpoint.vocabulary.encode(prompt)
    check_work(checkpoint, len(encoding.ids) + written)
    reading = read(checkpoint, encoding.ids, rows=wire.needed(checkpoint, prompt, encoding))
    require_finite(checkpoint, reading.logits)
    return encoding, reading


def _written(
    settings: Settings, written: list[int], pick: int | None, knows: str | None
) -> Iterator[dict[str, Any]]:
    checkpoint = checkpoints.load(settings.model, visitor=True)
    if settings.stop not in stopping.stops_of(checkpoint):  # the page takes note of that, and goes on without
        settings = replace(settings, stop="none")
    ids = written if pick is None else [*written, pick]
    _check_ids(checkpoint, ids)
    encoding, prompt = _read(checkpoint, settings.prompt, len(ids))
    reading = read(checkpoint, ids, rows=2, after=prompt) if ids else prompt
    known: dict[str, Any] = {"first": len(written), "tip": reading.logits[-1], "knows": knows}
    message = wire.message(checkpoint, settings, encoding, prompt, **known)

    if pick is None:
        dice = generate(checkpoint, reading, settings.sampling, seed=settings.seed, first=len(written))
        yield from _stream(message, dice, stopping.stop_of(checkpoint, settings.stop, settings.length))
    else:
        yield message | {"chunks": [wire.chunk([Step(pick, reading.logits[-2], None)])]}


def _stream(message: dict[str, Any], steps: Iterator[Step], stop: stopping.Stop) -> Iterator[dict[str, Any]]:
    chunks: list[dict[str, Any]] = []
    waiting: list[Step] = []
    sent = time.monotonic()
    stopped = None
    # One step more than is written: what it was drawn from comes after the last.
    for number, step in enumerate(steps):
        if waiting and (stopped or time.monotonic() - sent > CHUNK_SECONDS):
            chunks = [*chunks, wire.chunk(waiting)]
            tip = wire.rows(step.logits[None])
            yield message | {"chunks": chunks, "tip": tip, "done": stopped is not None, "stopped": stopped}
            waiting, sent = [], time.monotonic()
        if stopped:
            return
        waiting.append(step)
        stopped = stop.reason(step.id, number + 1)


def _check_ids(checkpoint: Checkpoint, ids: list[int]) -> None:
    size = len(checkpoint.vocabulary)
    if len(ids) > WRITTEN_LIMIT:
        raise BadInput(f"A run holds at most {WRITTEN_LIMIT:,} characters. Start again from the prompt.")
    if any(type(i) is not int or not 0 <= i < size for i in ids):
        raise BadInput(f"Written ids must be whole numbers from 0 to {size - 1}.")

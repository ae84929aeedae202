"""The Play tab: a prompt, the slider, the bars, and the text as it is written."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Collection, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import replace
from typing import Any, ClassVar

import gradio as gr

from playground import library
from playground.errors import BadCheckpoint, BadInput, PlaygroundError
from playground.inference import stopping
from playground.inference.generate import Step, generate
from playground.inference.prefill import Prefill, prefill, require_finite
from playground.library import Checkpoint
from playground.server import sanitize, wire
from playground.server.problems import problem
from playground.server.settings import DEFAULTS, Settings, check_work, parse, require
from playground.text.characters import Encoding
from playground.ui import components, hub
from playground.words import Message, for_page

logger = logging.getLogger(__name__)

TITLE = "tab_play"

CHUNK_SECONDS = 0.1  # how often a run in the making is sent
WRITTEN_LIMIT = 10_000  # characters of one run that a branch may stand on
READERS, WRITERS = 4, 8  # visitors served at the same moment; the others wait in line
OPENERS = ThreadPoolExecutor(READERS, thread_name_prefix="opening")

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
FAILED = f"() => {{ {components.PAGE}.then(({{ playground }}) => playground.%s); return []; }}"
SHOW = "() => [window.playground.hub.box(), window.playground.store.state.settings.prompt]"


def build(page: gr.Blocks) -> None:
    """Lay out the tab and wire it, inside `page`."""
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
            hub.build()
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

    # Reading: the browser is sent the logits of the prompt, and from then on computes by itself.
    turns = gr.State(Turns())
    private: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private", "trigger_mode": "multiple"}
    model.change(None, model, None, js=CHOOSE)
    model.input(None, model, None, js=CHOOSE_EARLY)
    prompt.change(None, prompt, None, js=READ)
    looking = text.look(look, turns, text, concurrency_limit=READERS, **private)
    looking.failure(None, js=FAILED % "play.refusedToRead()")
    text.show(None, None, [model, prompt], js=SHOW)

    # Writing: the page's scripts ask for it, because they know where in the text the person is. They hear the buttons
    # themselves (presses.js): gradio passes no click on once it has lost its connection.
    writing = text.write(write, turns, text, concurrency_limit=WRITERS, **private)
    writing.failure(None, js=FAILED % "play.refusedToWrite()")
    text.stop(stop, turns, None, queue=False, **private)

    # Opening waits in no queue, so that a full one refuses nobody the page; the page asks again where it failed.
    for trigger in (page.load, text.open):
        opening = trigger(open_in_turn, None, [model, prompt, text], queue=False, **private)
        opening.failure(None, js=FAILED % "opening.failed()")


class Turns:
    """Which of one visitor's requests is the newest. The page numbers them, and what it takes back is a turn too."""

    def __init__(self) -> None:
        self.newest = 0

    def take(self, turn: int | None) -> None:
        """Note that this turn has been asked for. None: it has no number, and nothing ends it."""
        self.newest = max(self.newest, turn or 0)

    def over(self, turn: int | None) -> bool:
        """Whether a later request has taken the place of this one."""
        return turn is not None and turn < self.newest


async def open_in_turn(request: gr.Request) -> list[Any]:
    """`open_link` for a few visitors at a time; the others wait, without a thread each."""
    return await asyncio.get_running_loop().run_in_executor(OPENERS, open_link, request)


def open_link(request: gr.Request) -> list[Any]:
    """The page that the address describes, as values of the Model and Prompt boxes and the first message.

    A model of the Hub that is not here is asked about on the page; until it is open the default one stands there.
    """
    query = dict(request.query_params)
    asks = hub.to_ask(query.get("model", ""))
    if asks:
        del query["model"]
    settings, problems = parse(query)
    notices = [_notice(problem) for problem in problems]
    try:
        settings, message = _opened(query, settings, notices)
    except PlaygroundError as error:
        message = problem(error) | {"settings": wire.plain(settings)}
    # The Model box has no such entry yet; the panel adds it when it reads the message.
    model = settings.model if settings.model in library.available() else gr.skip()
    return [model, settings.prompt, message | {"opens": True, "notices": list(map(for_page, notices)), "asks": asks}]


def _notice(problem: BadInput) -> Message:
    """What the page says of something in the link that cannot be used; a setting is called as its control is."""
    values = problem.message.values
    if problem.code != "input.setting":
        return problem.whole
    name = str(values["name"])
    return Message("setting.ignored", {**values, "name": Message(f"name_{name}"), "default": DEFAULTS[name]})


def _opened(query: dict[str, str], settings: Settings, notices: list[Message]) -> tuple[Settings, dict[str, Any]]:
    """The first message of the page, and the settings that it is about.

    Where the address names no model, and the one that stands there is damaged, the next one of the list stands in, and
    a notice says so. The error is the first one's, where none can be opened.
    """
    try:
        return settings, _looked(settings)
    except BadCheckpoint as error:
        if query.get("model") == settings.model:
            raise
        for other in library.available():
            instead, _ = parse({**query, "model": other})
            with suppress(BadCheckpoint):
                message = _looked(instead)
                notices.append(Message("checkpoint.stands_in", {"problem": error.whole, "name": other}))
                return instead, message
        raise


def look(event: gr.EventData, turns: Turns | None = None) -> Any:
    """The distributions of a prompt, before each of its characters and after the last.

    Nothing, where a later request has come while this one waited in the queue.
    """
    asked = _Request(event)
    turns = turns or Turns()
    try:
        turns.take(asked["turn"])
        if turns.over(asked["turn"]):
            return gr.skip()
        settings = require({"model": asked["model"], "prompt": asked["prompt"], "bias": asked.data.get("bias", "")})
        return _looked(settings, asked["knows"]) | asked.token
    except PlaygroundError as error:
        return problem(error) | asked.token
    except Exception:
        logger.exception("A prompt could not be read.")
        return _broken() | asked.token


def write(event: gr.EventData, turns: Turns | None = None) -> Iterator[dict[str, Any]]:
    """Write on, and yield the growing message about ten times a second, until it is done or its turn is over.

    The event holds the settings; `written`, the ids that stand after the prompt already; `pick`, an id that
    the person chose as the next one, or null; `token`, which names the answer; and `turn`, its number among the
    visitor's requests.
    """
    asked = _Request(event)
    turns = turns or Turns()
    try:
        turn = asked["turn"]
        turns.take(turn)
        if turns.over(turn):
            return
        messages = _written(require(asked["settings"]), asked["written"], asked["pick"], asked["knows"])
        with closing(messages):
            for message in messages:
                yield message | asked.token
                if turns.over(turn):
                    return
    except PlaygroundError as error:
        yield problem(error) | asked.token
    except Exception:
        logger.exception("A text could not be written.")
        yield _broken() | asked.token


async def stop(event: gr.EventData, turns: Turns) -> None:
    """End whatever the visitor asked for before this turn."""
    with suppress(BadInput):
        turns.take(_Request(event)["turn"])


def _broken() -> dict[str, Any]:
    """What the page says of an exception that nobody foresaw; the log has the rest."""
    return {"problem": for_page(Message("broken"))}


class _Request:
    """What a script sent with its event. Anybody can send anything, so each field is checked as it is read."""

    KINDS: ClassVar = {
        "model": str,
        "prompt": str,
        "knows": str | None,
        "settings": dict,
        "written": list,
        "pick": int | None,
        "turn": int | None,
    }

    def __init__(self, event: gr.EventData) -> None:
        self.data = event._data if isinstance(event._data, dict) else {}
        self.token = {"id": str(self.data.get("token"))}

    def __getitem__(self, name: str) -> Any:
        value = self.data.get(name)
        if not isinstance(value, self.KINDS[name]):
            raise BadInput("input.request", field=name)
        return value


def _looked(settings: Settings, knows: str | None = None) -> dict[str, Any]:
    checkpoint = library.load(settings.model, visitor=True)
    encoding, prefilled = _read(checkpoint, settings.prompt)
    return wire.message(checkpoint, settings, encoding, prefilled, knows=knows)


def _read(checkpoint: Checkpoint, prompt: str, written: int = 0) -> tuple[Encoding, Prefill]:
    encoding = checkpoint.vocabulary.encode(prompt)
    check_work(checkpoint, len(encoding.ids) + written)
    prefilled = prefill(checkpoint, encoding.ids, rows=wire.needed(checkpoint, prompt, encoding))
    require_finite(checkpoint, prefilled.logits)
    return encoding, prefilled


def _written(
    settings: Settings, written: list[int], pick: int | None, knows: str | None
) -> Generator[dict[str, Any], None, None]:
    checkpoint = library.load(settings.model, visitor=True)
    if settings.stop not in stopping.stops_of(checkpoint):  # the page takes note of that, and goes on without
        settings = replace(settings, stop="none")
    ids = written if pick is None else [*written, pick]
    _check_ids(checkpoint, ids)
    encoding, prompt = _read(checkpoint, settings.prompt, len(ids))
    prefilled = prefill(checkpoint, ids, rows=2, after=prompt) if ids else prompt
    also = wire.biased(checkpoint, settings)
    known: dict[str, Any] = {"first": len(written), "tip": prefilled.logits[-1], "knows": knows}
    message = wire.message(checkpoint, settings, encoding, prompt, **known)

    if pick is None:
        sampling, picks = settings.sampling(checkpoint.vocabulary), settings.picked(checkpoint.vocabulary)
        dice = generate(checkpoint, prefilled, sampling, seed=settings.seed, first=len(written), picks=picks)
        yield from _stream(message, dice, stopping.stop_of(checkpoint, settings.stop, settings.length), also)
    else:
        yield message | {"chunks": [wire.chunk([Step(pick, prefilled.logits[-2], None)], also)]}


def _stream(
    message: dict[str, Any], steps: Iterator[Step], stop: stopping.Stop, also: Collection[int]
) -> Iterator[dict[str, Any]]:
    chunks: list[dict[str, Any]] = []
    waiting: list[Step] = []
    sent = time.monotonic()
    stopped = None
    # One step more than is written: what it was drawn from comes after the last.
    for number, step in enumerate(steps):
        if waiting and (stopped or time.monotonic() - sent > CHUNK_SECONDS):
            chunks = [*chunks, wire.chunk(waiting, also)]
            tip = wire.rows(step.logits[None], also=also)
            yield message | {"chunks": chunks, "tip": tip, "done": stopped is not None, "stopped": stopped}
            waiting, sent = [], time.monotonic()
        if stopped:
            return
        waiting.append(step)
        stopped = stop.reason(step.id, number + 1)


def _check_ids(checkpoint: Checkpoint, ids: list[int]) -> None:
    size = len(checkpoint.vocabulary)
    if len(ids) > WRITTEN_LIMIT:
        raise BadInput("input.run", most=WRITTEN_LIMIT)
    if any(type(i) is not int or not 0 <= i < size for i in ids):
        raise BadInput("input.written", most=size - 1)

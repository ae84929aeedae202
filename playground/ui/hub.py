"""The panel under the Model box: what the Hub has of a name that was typed, and the fetching of it.

The person sees what it is, how large and under which licence, before its weights are fetched. All that is kept
between two questions is in the browser and in the cache on disk; nothing here is shared between visitors.

The panel's value is the newest of these messages, each with the token of the event that it answers:

    {"stage": "asking", "source": "owner/name@main"}
    {"stage": "offer", "offer": {"name": "owner/name@<commit>", "title", "kind", "licence", "bytes", "card"}}
    {"stage": "fetching", "done": 1000, "total": 2000}                  bytes
    {"stage": "opening"}
    {"stage": "open", "name": "owner/name@<commit>", "card": {…}}
    {"stage": "refused", "problem": {…}, "again": true, "meant": ["owner/name"]}
                                                 whether trying again can help; names that may be meant instead
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import closing
from typing import Any, TypeVar

import gradio as gr

from playground import library
from playground.checkpoints import configs
from playground.errors import BadCheckpoint, BadInput, NotOnHub, PlaygroundError
from playground.hub import offers, refs, suggestions
from playground.hub.offers import Offer
from playground.hub.refs import Source
from playground.server import sanitize
from playground.server.settings import meant
from playground.ui import components
from playground.words import for_page

ASKERS, FETCHERS = 8, 4  # visitors served at the same moment; the others wait in line
CARD_SHOWN = 20_000  # characters of a card
FRONT_MATTER = re.compile(r"\A---\r?\n.*?\n---\r?\n\s*", re.DOTALL)  # what a card tells the Hub, and no reader
STOPS = 100  # tokens that one visitor's state holds
TICK = 0.2  # seconds between two looks at whether the visitor is still there

LOST = "() => { window.playground.hub.lost(); return []; }"

Answer = TypeVar("Answer")
Message = dict[str, Any]
Messages = Generator[Message, None, None]


def build() -> gr.HTML:
    """Lay out the panel and wire it.

    Gradio's own way to cancel ends whatever the visitor has under way, and so also what was begun again meanwhile.
    Here the tokens of what is to stop lie in the visitor's own state. Closing the page closes the generators.
    """
    panel = components.hub_panel()
    stops = gr.State(set())
    private: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private", "trigger_mode": "multiple"}
    asking = panel.ask(ask, stops, panel, concurrency_limit=ASKERS, **private)
    bringing = panel.fetch(fetch, stops, panel, concurrency_limit=FETCHERS, **private)
    for event in (asking, bringing):
        event.failure(None, js=LOST)
    panel.stop(stop, stops, None, concurrency_limit=None, **private)
    return panel


def ask(stops: set[str], event: gr.EventData) -> Iterator[Message]:
    """What there is of a name; opened at once when it is here. The event holds `text` and `token`."""
    yield from _answers(event, stops, _asked)


def fetch(stops: set[str], event: gr.EventData) -> Iterator[Message]:
    """Fetch what was offered, and open it. The event holds `text`, as it was asked, `name`, as offered, and `token`."""
    yield from _answers(event, stops, _fetched)


def stop(stops: set[str], event: gr.EventData) -> None:
    """Stop the answer to the event with this `token`."""
    if len(stops) < STOPS:
        stops.add(_token(_data(event)))


def _answers(event: gr.EventData, stops: set[str], answer: Callable[[Message], Messages]) -> Iterator[Message]:
    """The messages of an answer with the event's token; an error that the person may see is the last of them."""
    data = _data(event)
    token = _token(data)
    try:
        with closing(answer(data)) as messages:
            for message in messages:
                if token in stops:
                    break
                yield message | {"token": token}
    except PlaygroundError as error:
        again = not isinstance(error, BadInput | BadCheckpoint)
        names = [_whole(name) for name in error.suggestions]
        yield {"stage": "refused", "problem": for_page(error.message), "again": again, "meant": names, "token": token}
    finally:
        stops.discard(token)


def _data(event: gr.EventData) -> dict[str, Any]:
    return event._data if isinstance(event._data, dict) else {}


def _token(data: dict[str, Any]) -> str:
    return str(data.get("token"))[:80]


def _asked(data: dict[str, Any]) -> Messages:
    source = _source(data.get("text"))
    message = {"stage": "asking", "source": str(source)}
    offered = yield from _waiting(message, lambda stop: _checked(_offer(source, stop)))
    if offered.kept:
        yield from _opened(offered)
    else:
        yield {"stage": "offer", "offer": _told(offered)}


def _fetched(data: dict[str, Any]) -> Messages:
    source, pinned = _source(data.get("text")), _source(data.get("name"))
    message = {"stage": "fetching", "done": 0, "total": 0}
    offered = yield from _waiting(message, lambda stop: _again(source, pinned, stop))
    for progress in offers.fetch(offered, seconds=offers.FETCH_SECONDS):
        # Whoever closes this generator lets go of that one, which ends it too.
        yield {"stage": "fetching", "done": progress.done, "total": progress.total}
    yield from _opened(offered)


def _source(text: object) -> Source:
    """The source that a text names. BadInput, with what may be meant, where it names none, or nearly a bundled one."""
    given = text if isinstance(text, str) else ""
    source = refs.parse(given)
    if source is not None and source.owned:
        return source
    names = meant(given)
    # No model of the Hub without an owner is called nearly as one of ours: it needs no question.
    if source is not None and not set(names) & set(library.available()):
        return source
    what = sanitize.line(str(text), 80)
    if refs.is_path(given):
        raise BadInput("model.path", names, name=repr(what))
    raise BadInput("model.no_name", names, name=repr(what))


def _offer(source: Source, stop: threading.Event) -> Offer:
    """What the Hub has of a source. Where it has nothing, bundled models may be meant too."""
    try:
        return offers.offer(source, cancelled=stop, visitor=True)
    except NotOnHub as error:
        names = dict.fromkeys([*meant(source.repo), *error.suggestions])
        raise error.suggesting([*names][: suggestions.MOST]) from error


def _checked(offered: Offer) -> Offer:
    """The offer, unless its config is one that no weights could make good, or that no memory here could hold."""
    try:
        library.check_memory(offered.name, configs.outlined(configs.read(offered.folder, offered.name)))
    except BadCheckpoint as error:
        raise BadCheckpoint("hub.unfit", source=offered.source, problem=error) from None
    return offered


def _again(source: Source, pinned: Source, stop: threading.Event) -> Offer:
    """What was offered. The branch may be elsewhere by now; what the person saw is what is fetched."""
    offered = _offer(source, stop)
    return offered if offered.name == str(pinned) else _offer(pinned, stop)


def _opened(offered: Offer) -> Messages:
    def load(stop: threading.Event) -> library.Checkpoint:
        return library.load(offered.name, visitor=True, patience=library.PATIENCE, cancelled=stop)

    checkpoint = yield from _waiting({"stage": "opening"}, load)  # also while memory is taken
    card = checkpoint.card
    told = {"title": card.title or offered.title, "licence": card.licence or offered.licence}
    yield {"stage": "open", "name": checkpoint.name, "card": sanitize.of_card(card.model_copy(update=told))}


def _told(offered: Offer) -> Message:
    """An offer as the page shows it."""
    return {
        "name": offered.name,
        "title": sanitize.line(offered.title, sanitize.TITLE),
        "kind": sanitize.line(offered.kind, sanitize.LICENCE),
        "licence": sanitize.line(offered.licence, sanitize.LICENCE),
        "bytes": offered.total,
        "card": _whole(FRONT_MATTER.sub("", offered.card, count=1)[:CARD_SHOWN]),
    }


def _whole(text: str) -> str:
    """A text without half characters (lone surrogates), which no message to the page can hold."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _waiting(message: Message, work: Callable[[threading.Event], Answer]) -> Generator[Message, None, Answer]:
    """Run a function of a stop signal in a thread, and yield the message until it has ended.

    Between two values the generator can be closed, which is how a visitor who stops or goes away stops the work.
    """
    stop = threading.Event()
    with ThreadPoolExecutor(1, thread_name_prefix="asking") as thread:
        future = thread.submit(work, stop)
        try:
            yield message
            while not wait([future], TICK).done:
                yield message
        finally:
            stop.set()
        return future.result()

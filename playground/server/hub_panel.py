"""The panel under the Model box: what the Hub has of a name that was typed, and its download.

The person sees what it is, how large and under which licence, before its weights are fetched. All that is kept
between two questions is in the browser and in the cache on disk; nothing here is shared between visitors.

An answer is a frame for each of these messages, and they go on while there is nothing new, so that the page hears
whether the server is still there:

    {"stage": "asking", "source": "owner/name@main"}
    {"stage": "offer", "offer": {"name": "owner/name@<commit>", "title", "kind", "licence", "bytes", "card"}}
    {"stage": "fetching", "done": 1000, "total": 2000}                  bytes
    {"stage": "opening"}
    {"stage": "open", "name": "owner/name@<commit>", "task": "language", "card": {…}}
                                                 or a bundled one that does not write, for the Shapes tab
    {"stage": "refused", "problem": {…}, "again": true, "meant": ["owner/name"]}
                                                 whether trying again can help; names that may be meant instead
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import closing
from typing import Any, TypeVar

from playground import library
from playground.checkpoints import configs
from playground.engine import ENGINE
from playground.errors import BadCheckpoint, BadInput, Cancelled, NotOnHub, PlaygroundError
from playground.hub import offers, refs, suggestions
from playground.hub.offers import Offer
from playground.hub.refs import Source
from playground.models import TASKS
from playground.server import frames, requests, sanitize
from playground.server.jobs import End
from playground.server.settings import meant
from playground.words import for_page

CARD_SHOWN = 20_000  # characters of a card
FRONT_MATTER = re.compile(r"\A---\r?\n.*?\n---\r?\n\s*", re.DOTALL)  # what a card tells the Hub, and no reader
TICK = 0.2  # seconds between two looks at whether the visitor is still there

Answer = TypeVar("Answer")
Message = dict[str, Any]
Messages = Generator[Message, None, None]


def ask(asked: requests.Ask, end: End) -> Iterator[bytes]:
    """The frames that say what there is of a name; it is opened at once when it is here."""
    yield from _frames(_answer_ask(asked.text, end))


def fetch(asked: requests.Fetch, end: End) -> Iterator[bytes]:
    """Download what was offered, and open it."""
    yield from _frames(_answer_fetch(asked.text, asked.name, end))


def _frames(messages: Messages) -> Iterator[bytes]:
    """Each message as a frame; an error that the person may see is the last of them."""
    try:
        with closing(messages):
            for message in messages:
                yield frames.frame(message)
    except Cancelled:
        raise
    except PlaygroundError as error:
        again = not isinstance(error, BadInput | BadCheckpoint)
        names = [_whole(name) for name in error.suggestions]
        yield frames.frame({"stage": "refused", "problem": for_page(error.message), "again": again, "meant": names})


def _answer_ask(text: str, end: End) -> Messages:
    text, suffix = _without_suffix(text)
    if library.is_bundled(text, *TASKS):
        yield from _open(text + suffix, end)
        return
    source = _source(text)
    message = {"stage": "asking", "source": str(source)}
    offered = yield from _waiting(message, lambda: _check(_offer(source, end)))
    if offered.kept:
        yield from _open(offered.name + suffix, end, offered)
    else:
        yield {"stage": "offer", "offer": _describe(offered)}


def _answer_fetch(text: str, name: str, end: End) -> Messages:
    text, suffix = _without_suffix(text)
    source, pinned = _source(text), _source(name)
    message = {"stage": "fetching", "done": 0, "total": 0}
    offered = yield from _waiting(message, lambda: _again(source, pinned, end))
    for progress in offers.fetch(offered, cancelled=end.event, seconds=offers.FETCH_SECONDS):
        # Whoever closes this generator lets go of that one, which ends it too.
        yield {"stage": "fetching", "done": progress.done, "total": progress.total}
    yield from _open(offered.name + suffix, end, offered)


def _without_suffix(text: str) -> tuple[str, str]:
    """A name without ":characters", and that where it had it: it is no part of what the Hub calls a model."""
    whole = text.strip().removesuffix(library.SUFFIX)
    return whole, library.SUFFIX if whole != text.strip() else ""


def _source(text: str) -> Source:
    """The source that a text names. BadInput, with what may be meant, where it names none, or nearly a bundled one."""
    source = refs.parse(text)
    if source is not None and source.owned:
        return source
    names = meant(text)
    # No model of the Hub without an owner is called nearly as one of ours: it needs no question.
    if source is not None and not set(names) & set(library.available()):
        return source
    what = sanitize.line(text, 80)
    if refs.is_path(text):
        raise BadInput("model.path", names, name=repr(what))
    raise BadInput("model.no_name", names, name=repr(what))


def _offer(source: Source, end: End) -> Offer:
    """What the Hub has of a source. Where it has nothing, bundled models may be meant too."""
    try:
        return offers.offer(source, cancelled=end.event, visitor=True)
    except NotOnHub as error:
        names = dict.fromkeys([*meant(source.repo), *error.suggestions])
        raise error.suggesting([*names][: suggestions.MOST]) from error


def _check(offered: Offer) -> Offer:
    """The offer, unless its config is one that no weights could make good, or that no memory here could hold."""
    try:
        library.check_memory(offered.name, configs.outline_model(configs.read(offered.folder, offered.name)))
    except BadCheckpoint as error:
        raise BadCheckpoint("hub.unfit", source=offered.source, problem=error) from None
    return offered


def _again(source: Source, pinned: Source, end: End) -> Offer:
    """What was offered. The branch may be elsewhere by now; what the person saw is what is fetched."""
    offered = _offer(source, end)
    return offered if offered.name == str(pinned) else _offer(pinned, end)


def _open(name: str, end: End, offered: Offer | None = None) -> Messages:
    def load() -> library.Checkpoint:
        return ENGINE.open(name, end.event, patience=library.PATIENCE)

    checkpoint = yield from _waiting({"stage": "opening"}, load)  # also while memory is taken
    card = checkpoint.card
    if offered:
        told = {"title": card.title or offered.title, "licence": card.licence or offered.licence}
        card = card.model_copy(update=told)
    yield {"stage": "open", "name": checkpoint.name, "task": checkpoint.task, "card": sanitize.of_card(card)}


def _describe(offered: Offer) -> Message:
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


def _waiting(message: Message, work: Callable[[], Answer]) -> Generator[Message, None, Answer]:
    """Run a function in a thread, and yield the message until it has ended. The function ends with the job's end."""
    thread = ThreadPoolExecutor(1, thread_name_prefix="asking")
    try:
        future = thread.submit(work)
        yield message
        while not wait([future], TICK).done:
            yield message
        return future.result()
    finally:
        thread.shutdown(wait=False)  # who has left does not wait for the Hub

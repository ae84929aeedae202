"""The panel under the Model box: what the Hub has for a typed name, and its download.

The user sees what it is, its size and its licence, before its weights are downloaded. State between two requests is in
the browser and in the cache on disk; nothing here is shared between visitors.

An answer is a frame for each of these messages, repeated while nothing is new, so that the page knows that the server
is still there:

    {"stage": "asking", "source": "owner/name@main"}
    {"stage": "offer", "offer": {"name": "owner/name@<commit>", "title", "kind", "licence", "bytes", "card"}}
    {"stage": "fetching", "done": 1000, "total": 2000}                  bytes
    {"stage": "opening"}
    {"stage": "open", "name": "owner/name@<commit>", "task": "language", "card": {…}}
                                                 or a bundled one that does not continue text, for the Shapes tab
    {"stage": "refused", "problem": {…}, "again": true, "meant": ["owner/name"]}
                                                 whether a retry can help; suggested names
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
from playground.halves import replace_halves
from playground.hub import offers, refs, suggestions
from playground.hub.offers import Offer
from playground.hub.refs import Source
from playground.models import TASKS
from playground.server import frames, requests, sanitize
from playground.server.jobs import CancelToken
from playground.server.settings import suggest_models
from playground.words import for_page

CARD_SHOWN = 20_000  # characters of a card
FRONT_MATTER = re.compile(r"\A---\r?\n.*?\n---\r?\n\s*", re.DOTALL)  # metadata for the Hub, not for readers
TICK = 0.2  # seconds between two checks whether the visitor is still there

Answer = TypeVar("Answer")
Message = dict[str, Any]
Messages = Generator[Message, None, None]


def ask(request: requests.Ask, cancel: CancelToken) -> Iterator[bytes]:
    """The frames that describe what a name stands for; it is opened at once if it is downloaded."""
    yield from _frames(_answer_ask(request.text, cancel))


def fetch(request: requests.Fetch, cancel: CancelToken) -> Iterator[bytes]:
    """Download what was offered, and open it."""
    yield from _frames(_answer_fetch(request.text, request.name, cancel))


def _frames(messages: Messages) -> Iterator[bytes]:
    """Each message as a frame; an error for the user is the last of them."""
    try:
        with closing(messages):
            for message in messages:
                yield frames.frame(message)
    except Cancelled:
        raise
    except PlaygroundError as error:
        again = not isinstance(error, BadInput | BadCheckpoint)
        names = [replace_halves(name) for name in error.suggestions]
        yield frames.frame({"stage": "refused", "problem": for_page(error.message), "again": again, "meant": names})


def _answer_ask(text: str, cancel: CancelToken) -> Messages:
    text, suffix = _without_suffix(text)
    if library.is_bundled(text, *TASKS):
        yield from _open(text + suffix, cancel)
        return
    source = _source(text)
    message = {"stage": "asking", "source": str(source)}
    offered = yield from _run_in_thread(message, lambda: _check(_offer(source, cancel)))
    if offered.is_downloaded:
        yield from _open(offered.name + suffix, cancel, offered)
    else:
        yield {"stage": "offer", "offer": _describe(offered)}


def _answer_fetch(text: str, name: str, cancel: CancelToken) -> Messages:
    text, suffix = _without_suffix(text)
    source, pinned = _source(text), _source(name)
    message = {"stage": "fetching", "done": 0, "total": 0}
    offered = yield from _run_in_thread(message, lambda: _again(source, pinned, cancel))
    for progress in offers.fetch(offered, cancelled=cancel.event, seconds=offers.FETCH_SECONDS):
        # Closing this generator releases that one, which ends it too.
        yield {"stage": "fetching", "done": progress.done, "total": progress.total}
    yield from _open(offered.name + suffix, cancel, offered)


def _without_suffix(text: str) -> tuple[str, str]:
    """A name without ":characters", and the suffix if there was one: it is not part of the Hub's name."""
    whole = text.strip().removesuffix(library.SUFFIX)
    return whole, library.SUFFIX if whole != text.strip() else ""


def _source(text: str) -> Source:
    """The source that a text names. BadInput, with suggestions, if it names none, or is similar to a bundled one."""
    source = refs.parse(text)
    if source is not None and source.owned:
        return source
    names = suggest_models(text)
    # No Hub model without an owner has a name similar to ours, so the Hub need not be asked.
    if source is not None and not set(names) & set(library.available()):
        return source
    what = sanitize.line(text, 80)
    if refs.is_path(text):
        raise BadInput("model.path", names, name=repr(what))
    raise BadInput("model.no_name", names, name=repr(what))


def _offer(source: Source, cancel: CancelToken) -> Offer:
    """What the Hub has for a source. If it has nothing, bundled models may be suggested too."""
    try:
        return offers.offer(source, cancelled=cancel.event, visitor=True)
    except NotOnHub as error:
        names = dict.fromkeys([*suggest_models(source.repo), *error.suggestions])
        raise error.suggesting([*names][: suggestions.MAX_SUGGESTIONS]) from error


def _check(offered: Offer) -> Offer:
    """The offer, unless its config makes every model invalid or too large for this machine's memory."""
    try:
        library.check_memory(offered.name, configs.outline_model(configs.read(offered.folder, offered.name)))
    except BadCheckpoint as error:
        raise BadCheckpoint("hub.unfit", source=offered.source, problem=error) from None
    return offered


def _again(source: Source, pinned: Source, cancel: CancelToken) -> Offer:
    """The same offer again. The branch may have moved since; what the user saw is downloaded."""
    offered = _offer(source, cancel)
    return offered if offered.name == str(pinned) else _offer(pinned, cancel)


def _open(name: str, cancel: CancelToken, offered: Offer | None = None) -> Messages:
    def load() -> library.Checkpoint:
        return ENGINE.open(name, cancel.event, patience=library.PATIENCE)

    checkpoint = yield from _run_in_thread({"stage": "opening"}, load)  # also while waiting for memory
    card = checkpoint.card
    if offered:
        told = {"title": card.title or offered.title, "licence": card.licence or offered.licence}
        card = card.model_copy(update=told)
    yield {"stage": "open", "name": checkpoint.name, "task": checkpoint.task, "card": sanitize.of_card(card)}


def _describe(offered: Offer) -> Message:
    """An offer in the page's format."""
    return {
        "name": offered.name,
        "title": sanitize.line(offered.title, sanitize.TITLE),
        "kind": sanitize.line(offered.kind, sanitize.LICENCE),
        "licence": sanitize.line(offered.licence, sanitize.LICENCE),
        "bytes": offered.total,
        "card": replace_halves(FRONT_MATTER.sub("", offered.card, count=1)[:CARD_SHOWN]),
    }


def _run_in_thread(message: Message, work: Callable[[], Answer]) -> Generator[Message, None, Answer]:
    """Run a function in a thread, and yield the message until it has ended. The function ends with the job."""
    thread = ThreadPoolExecutor(1, thread_name_prefix="asking")
    try:
        future = thread.submit(work)
        yield message
        while not wait([future], TICK).done:
            yield message
        return future.result()
    finally:
        thread.shutdown(wait=False)  # a visitor who has left does not wait for the Hub

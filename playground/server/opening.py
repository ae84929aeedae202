"""Opening the page: its address is read, and the first distributions are what it describes."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from playground import library
from playground.checkpoints.folders import task_of
from playground.errors import BadCheckpoint, BadInput, PlaygroundError
from playground.hub import refs
from playground.models import TASKS, WRITE
from playground.server import frames, reading, requests, wire
from playground.server.jobs import End
from playground.server.problems import problem
from playground.server.settings import DEFAULTS, Settings, kept, meant, parse
from playground.server.shares import UNBOUNDED, Share
from playground.words import Message, for_page

NOBODY = requests.Asked(page="", turn=0, token="", knows=None)


def open_link(query: Mapping[str, str], end: End, share: Share = UNBOUNDED) -> bytes:
    """The frame that describes the page of an address: settings, a prompt's rows, and what was wrong.

    As the answer to `look`, with all of the settings, and three more: {"opens": true, "notices": [], "asks": ""}.
    A model of the Hub that is not here is asked about on the page (`asks`); until it is open the default one stands
    there. A problem stands beside the settings.
    """
    query = dict(query)
    asks = to_ask(query.get("model", ""))
    if asks:
        del query["model"]
    settings, problems = parse(query)
    notices = [_notice(wrong) for wrong in problems]
    body = b""
    try:
        settings, head, body = _open(query, settings, notices, end, share)
    except PlaygroundError as error:
        head = problem(error)
    told = {"opens": True, "settings": wire.plain(settings), "notices": list(map(for_page, notices)), "asks": asks}
    return frames.frame(head | told, body)


def _notice(wrong: BadInput) -> Message:
    """What the page says of something in the link that cannot be used; a setting is called as its control is."""
    values = wrong.message.values
    if wrong.code != "input.setting":
        return wrong.whole
    name = str(values["name"])
    return Message("setting.ignored", {**values, "name": Message(f"name_{name}"), "default": DEFAULTS[name]})


def _open(
    query: dict[str, str], settings: Settings, notices: list[Message], end: End, share: Share
) -> tuple[Settings, dict[str, Any], bytes]:
    """The settings, and the answer about them.

    Where the address names no model, and the one that stands there is damaged, the next one of the list stands in, and
    a notice says so. The error is the first one's, where none can be opened.
    """
    try:
        return settings, *reading.answer(_about(settings), end, share, exact=True)
    except BadCheckpoint as error:
        if query.get("model") == settings.model:
            raise
        for other in library.available():
            instead, _ = parse({**query, "model": other})
            with suppress(BadCheckpoint):
                head, body = reading.answer(_about(instead), end, share, exact=True)
                notices.append(Message("checkpoint.stands_in", {"problem": error.whole, "name": other}))
                return instead, head, body
        raise


def _about(settings: Settings) -> requests.Look:
    return requests.Look(NOBODY, settings, "", None)


def to_ask(model: str) -> str:
    """The model of a link, where the panel of the Hub is to answer it first; else an empty text.

    A commit that is here needs no question; a branch may have moved since it was fetched. What is no name at all is
    told in a notice. Of one that is asked for characters it is the model itself that may be missing. What continues no
    text the panel opens on another tab.
    """
    whole = model.removesuffix(library.SUFFIX)
    if not whole or library.is_bundled(whole):
        return ""
    if library.is_bundled(whole, *TASKS):
        return model
    try:
        source = refs.parse(whole)
    except BadInput:
        return ""
    if source is None:
        return model if meant(whole) else ""
    here = kept(source)
    return "" if here and here.commit == source.revision and task_of(here.kind) in WRITE else model

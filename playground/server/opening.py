"""Opens the page: parses its address, and computes the first distributions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from playground import library
from playground.checkpoints.folders import task_of
from playground.errors import BadCheckpoint, BadInput, PlaygroundError
from playground.hub import refs
from playground.models import TASKS, WRITE
from playground.server import frames, reading, requests, wire
from playground.server.jobs import CancelToken
from playground.server.problems import problem
from playground.server.settings import DEFAULTS, Settings, downloaded_offer, parse, require, suggest_models
from playground.server.shares import UNBOUNDED, Share
from playground.words import Message, for_page

NOBODY = requests.Envelope(page="", turn=0, token="", knows=None)


def open_link(query: Mapping[str, str], cancel: CancelToken, share: Share = UNBOUNDED) -> bytes:
    """The frame that describes the page of an address: settings, a prompt's rows, and problems.

    Like the answer to `look`, with all settings and three more fields: {"opens": true, "notices": [], "asks": ""}. If a
    Hub model is not downloaded, the page asks about it (`asks`) and shows the default one until it is open. A problem
    comes with the settings.
    """
    query = dict(query)
    asks = to_ask(query.get("model", ""))
    if asks:
        del query["model"]
    settings, problems = _read(query)
    notices = [_notice(wrong) for wrong in problems]
    body = b""
    try:
        settings, head, body = _open(query, settings, notices, cancel, share)
    except PlaygroundError as error:
        head = problem(error)
    told = {"opens": True, "settings": wire.plain(settings), "notices": list(map(for_page, notices)), "asks": asks}
    return frames.frame(head | told, body)


def _read(query: Mapping[str, str]) -> tuple[Settings, list[BadInput]]:
    """The settings of an address, as the page's text boxes hold them, and the problems.

    A browser's text box uses line feeds. With other line ends the model would get a different prompt than the box
    holds, and typing and deleting a letter would change it.
    """
    settings, problems = parse(query)
    return replace(settings, prompt=re.sub("\r\n?", "\n", settings.prompt)), problems


def _notice(wrong: BadInput) -> Message:
    """The page's message about something unusable in the link; a setting is called by its control's label."""
    values = wrong.message.values
    if wrong.code != "input.setting":
        return wrong.whole
    name = str(values["name"])
    return Message("setting.ignored", {**values, "name": Message(f"name_{name}"), "default": DEFAULTS[name]})


def _open(
    query: dict[str, str], settings: Settings, notices: list[Message], cancel: CancelToken, share: Share
) -> tuple[Settings, dict[str, Any], bytes]:
    """The settings, and the answer to `look` for them.

    If the address names no model and the default one is damaged, the next one in the list is used, with a notice. If
    none can be opened, the first one's error is raised.
    """
    require({"model": settings.model})  # the default one may be missing too
    try:
        return settings, *reading.answer(_about(settings), cancel, share, exact=True)
    except BadCheckpoint as error:
        if query.get("model") == settings.model:
            raise
        for other in library.available():
            instead, _ = _read({**query, "model": other})
            with suppress(BadCheckpoint):
                head, body = reading.answer(_about(instead), cancel, share, exact=True)
                notices.append(Message("checkpoint.stands_in", {"problem": error.whole, "name": other}))
                return instead, head, body
        raise


def _about(settings: Settings) -> requests.Look:
    return requests.Look(NOBODY, settings, "", None)


def to_ask(model: str) -> str:
    """The model of a link if the Hub panel must handle it first; otherwise "".

    A downloaded commit needs no request; a branch may have moved since its download. An invalid name is reported in a
    notice. For "…:characters" the model before the colon may be missing. A model that does not continue text is opened
    by the panel on another tab.
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
        return model if suggest_models(whole) else ""
    here = downloaded_offer(source)
    return "" if here and here.commit == source.revision and task_of(here.kind) in WRITE else model

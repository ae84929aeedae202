"""Requests of the Play tab: a prompt to read, and a text to write after it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import Field

from playground.errors import BadInput
from playground.server.requests.common import Envelope, PromptEdit, check_edit, message_of
from playground.server.settings import RANGES, Settings, require

WRITTEN_LIMIT = 10_000  # symbols of a run that a branch may follow
RUN_LIMIT = WRITTEN_LIMIT + int(RANGES["length"].high)  # including those written then


class _LookMessage(Envelope):
    """The content of POST stream/look."""

    model: str
    prompt: str
    bias: str
    had: PromptEdit | None = None


class _WriteMessage(Envelope):
    """The content of POST stream/write; the settings and the ids are checked where they are used."""

    settings: dict[str, Any]
    written: list[Any]
    pick: int | None = None
    again: list[Any] = Field(default_factory=list)
    light: bool = False
    had: PromptEdit | None = None


@dataclass(frozen=True)
class Look:
    """A prompt's distributions. sent: the prompt as received."""

    envelope: Envelope
    settings: Settings
    sent: str
    had: PromptEdit | None


@dataclass(frozen=True)
class Write:
    """The continuation of a prompt and the ids already written after it; `pick`: an id that the user chose as the next
    one. again: given ids to follow, of a run that a browser kept without its rows. light: return no rows after the
    first, because the text is one of many during a slider drag."""

    envelope: Envelope
    settings: Settings
    sent: str
    had: PromptEdit | None
    written: list[int]
    pick: int | None
    again: list[int]
    light: bool


def look(data: object) -> Look:
    """BadInput names all problems with the values."""
    message = message_of(_LookMessage, data)
    settings = require({"model": message.model, "prompt": message.prompt, "bias": message.bias})
    return Look(message, settings, message.prompt, check_edit(message.had, settings.prompt))


def write(data: object) -> Write:
    """BadInput names all problems with the values; ids are checked against the model later."""
    message = message_of(_WriteMessage, data)
    settings = require(message.settings)
    # A run interrupted within the given ids is written to its end; one that a browser kept is returned again, whole.
    follow = 1 if message.pick is not None else len(message.again) or settings.length
    if len(message.written) + follow > RUN_LIMIT:
        raise BadInput("input.run", most=RUN_LIMIT)
    sent = message.settings.get("prompt")
    if not isinstance(sent, str):
        raise BadInput("input.request", field="prompt")
    had = check_edit(message.had, settings.prompt)
    return Write(message, settings, sent, had, message.written, message.pick, message.again, message.light)

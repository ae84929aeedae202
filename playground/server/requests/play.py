"""What the Play tab sends: a prompt that is to be read, and what is to be written after it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import Field

from playground.errors import BadInput
from playground.server.requests.common import Asked, Had, check_edit, message_of
from playground.server.settings import Settings, require

WRITTEN_LIMIT = 10_000  # symbols of one run that a branch may stand on


class _LookMessage(Asked):
    """What POST stream/look holds."""

    model: str
    prompt: str
    bias: str
    had: Had | None = None


class _WriteMessage(Asked):
    """What POST stream/write holds; the settings and the ids are checked where they are used."""

    settings: dict[str, Any]
    written: list[Any]
    pick: int | None = None
    again: list[Any] = Field(default_factory=list)
    light: bool = False
    had: Had | None = None


@dataclass(frozen=True)
class Look:
    """A prompt's distributions. sent: the prompt as it came."""

    asked: Asked
    settings: Settings
    sent: str
    had: Had | None


@dataclass(frozen=True)
class Write:
    """What follows a prompt, and the ids that were written after it already; `pick` is an id that the person chose as
    the next one. again: ids that follow as they are, of a run that a browser kept without its rows. light: no rows are
    wanted after the first, because the text is one of many while a hand is on the slider."""

    asked: Asked
    settings: Settings
    sent: str
    had: Had | None
    written: list[int]
    pick: int | None
    again: list[int]
    light: bool


def look(data: object) -> Look:
    """BadInput names all that is wrong with the values."""
    message = message_of(_LookMessage, data)
    settings = require({"model": message.model, "prompt": message.prompt, "bias": message.bias})
    return Look(message, settings, message.prompt, check_edit(message.had, settings.prompt))


def write(data: object) -> Write:
    """BadInput names all that is wrong with the values; whether the ids are the model's is not known here."""
    message = message_of(_WriteMessage, data)
    settings = require(message.settings)
    if len(message.written) + len(message.again) > WRITTEN_LIMIT:
        raise BadInput("input.run", most=WRITTEN_LIMIT)
    sent = message.settings.get("prompt")
    if not isinstance(sent, str):
        raise BadInput("input.request", field="prompt")
    had = check_edit(message.had, settings.prompt)
    return Write(message, settings, sent, had, message.written, message.pick, message.again, message.light)

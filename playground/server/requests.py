"""What the page sends. Anybody can send anything, so each value is checked before it is used."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from playground.errors import BadInput
from playground.server.settings import TEXT_LIMIT, Settings, check_text, require

WRITTEN_LIMIT = 10_000  # symbols of one run that a branch may stand on
NAME_LIMIT = 80  # characters of a token


@dataclass(frozen=True)
class Asked:
    """What every request says: which page asks, the number of the request there, the name of its answer, and the model
    that the browser has all about."""

    page: str
    turn: int
    token: str
    knows: str | None


@dataclass(frozen=True)
class Had:
    """The prompt that the browser has rows of, as an edit: `head` and `tail` of the new one's code points are the old
    one's too, and `between` stood between them. skipped: where its cells begin."""

    head: int
    tail: int
    between: str
    skipped: int

    def text(self, prompt: str) -> str:
        """The old prompt. BadInput where it is longer than a prompt may be."""
        return check_text("had", prompt[: self.head] + self.between + prompt[len(prompt) - self.tail :])


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
    the next one."""

    asked: Asked
    settings: Settings
    sent: str
    had: Had | None
    written: list[int]
    pick: int | None


def asked(data: object) -> Asked:
    """BadInput where this is no request of the page."""
    turn, knows = _value(data, "turn", int), _value(data, "knows", str | None)
    return Asked(_value(data, "page", str)[:NAME_LIMIT], turn, _value(data, "token", str)[:NAME_LIMIT], knows)


def look(data: object) -> Look:
    """BadInput names all that is wrong with the values."""
    sent = _value(data, "prompt", str)
    settings = require({"model": _value(data, "model", str), "prompt": sent, "bias": _value(data, "bias", str)})
    return Look(asked(data), settings, sent, _had(data, settings.prompt))


def write(data: object) -> Write:
    """BadInput names all that is wrong with the values; whether the ids are the model's is not known here."""
    given = _value(data, "settings", dict)
    settings = require(given)
    written = _value(data, "written", list)
    if len(written) > WRITTEN_LIMIT:
        raise BadInput("input.run", most=WRITTEN_LIMIT)
    sent = _value(given, "prompt", str)
    return Write(asked(data), settings, sent, _had(data, settings.prompt), written, _value(data, "pick", int | None))


def parsed(body: bytes) -> Any:
    """The JSON of a body; None, which is no request, where it is none."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _had(data: object, prompt: str) -> Had | None:
    raw = _value(data, "had", dict | None)
    if raw is None:
        return None
    head, tail, skipped = (_value(raw, name, int) for name in ("head", "tail", "skipped"))
    had = Had(head, tail, _value(raw, "between", str), skipped)
    if not (0 <= head <= head + tail <= len(prompt) and 0 <= skipped and head + tail + len(had.between) <= TEXT_LIMIT):
        raise _unlike("had")
    return had


def _value(data: object, name: str, kind: Any) -> Any:
    value = data.get(name) if isinstance(data, dict) else None
    if not isinstance(value, kind) or isinstance(value, bool):
        raise _unlike(name)
    return value


def _unlike(name: str) -> BadInput:
    return BadInput("input.request", field=name)

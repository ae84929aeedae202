"""Requests of the one-to-many section of the Shapes tab."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from playground.server.requests.common import DRAWN, FIRST_TEXT, Envelope, message_of, settings_of
from playground.server.settings import Range, Settings, check_text

TEXT_LIMIT = 40  # characters that lead to an initial state
TEXTS = 12  # written from each


class _FirstStatesMessage(Envelope):
    """The content of POST stream/first; checked where it is used."""

    settings: dict[str, Any]
    one: Any
    other: Any
    share: Any


@dataclass(frozen=True)
class FirstStates:
    """Two texts that lead to an initial state each, and the second's weight in the state between them."""

    settings: Settings
    one: str
    other: str
    share: float


def first_states(data: object) -> FirstStates:
    """BadInput names all problems with the settings, or else the first other problem."""
    message = message_of(_FirstStatesMessage, data)
    settings = settings_of(message.settings, DRAWN)
    one, other = (check_text(FIRST_TEXT, text, TEXT_LIMIT) for text in (message.one, message.other))
    return FirstStates(settings, one, other, Range(0, 1).read("share", message.share))

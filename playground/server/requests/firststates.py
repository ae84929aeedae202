"""What the section of one to many sends, of the Shapes tab."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from playground.server.requests.common import DRAWN, Asked, message_of, settings_of
from playground.server.settings import Range, Settings, check_text

TEXT_LIMIT = 40  # characters that lead to a first state
TEXTS = 12  # that are written from each


class _FirstStatesMessage(Asked):
    """What POST stream/first holds; all of it is checked where it is used."""

    settings: dict[str, Any]
    one: Any
    other: Any
    share: Any


@dataclass(frozen=True)
class FirstStates:
    """Two texts that lead to a first state each, and how much of the other's is in the state between them."""

    settings: Settings
    one: str
    other: str
    share: float


def first_states(data: object) -> FirstStates:
    """BadInput names all that is wrong with the settings, else the first thing that is wrong beside them."""
    message = message_of(_FirstStatesMessage, data)
    settings = settings_of(message.settings, DRAWN)
    one, other = (check_text("first text", text, TEXT_LIMIT) for text in (message.one, message.other))
    return FirstStates(settings, one, other, Range(0, 1).read("share", message.share))

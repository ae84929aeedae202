"""What the section of byte pairs sends, of the Shapes tab."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from playground.errors import BadInput
from playground.server.requests.common import Asked, message_of
from playground.server.settings import Choice, Settings, check_text, require

TEXT_LIMIT = 2_000  # characters
SOURCES = Choice(("text", "shakespeare"))  # what the merges are learned from


class _PairsMessage(Asked):
    """What POST stream/pairs holds; all of it is checked where it is used."""

    model: Any
    text: Any
    source: Any


@dataclass(frozen=True)
class Pairs:
    """A text that is cut into pieces, by merges of its own or of Shakespeare's, and by the tokens of the page's model
    where that has tokens."""

    settings: Settings
    text: str
    source: str


def pairs(data: object) -> Pairs:
    """BadInput names the first thing that is wrong."""
    message = message_of(_PairsMessage, data)
    text = check_text("text", message.text, TEXT_LIMIT)
    if not text:
        raise BadInput("pairs.empty")
    return Pairs(require({"model": message.model, "prompt": ""}), text, SOURCES.read("source", message.source))

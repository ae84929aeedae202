"""Requests of the byte-pairs section of the Shapes tab."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from playground.errors import BadInput
from playground.server.requests.common import TEXT, Envelope, message_of
from playground.server.settings import Choice, Settings, check_text, require

TEXT_LIMIT = 2_000  # characters
SOURCES = Choice(("text", "shakespeare"))  # what the merges are learned from


class _PairsMessage(Envelope):
    """The content of POST stream/pairs; checked where it is used."""

    model: Any
    text: Any
    source: Any


@dataclass(frozen=True)
class BytePairs:
    """A text to be cut into pieces, by its own merges or by Shakespeare's, and by the tokens of the page's model if it
    has any."""

    settings: Settings
    text: str
    source: str


def byte_pairs(data: object) -> BytePairs:
    """BadInput names the first problem."""
    message = message_of(_PairsMessage, data)
    text = check_text(TEXT, message.text, TEXT_LIMIT)
    if not text:
        raise BadInput("pairs.empty")
    return BytePairs(require({"model": message.model, "prompt": ""}), text, SOURCES.read("source", message.source))

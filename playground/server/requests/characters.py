"""Requests of the Play tab for character bars of token models."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field

from playground.server.requests.common import Count, Envelope, message_of
from playground.server.requests.play import RUN_LIMIT
from playground.server.settings import Settings, require


class _NextCharacterMessage(Envelope):
    """The content of POST stream/next_character; the settings and the ids are checked where they are used."""

    model: Any
    prompt: Any
    left: Count = 0
    written: Annotated[list[Any], Field(max_length=RUN_LIMIT)]


@dataclass(frozen=True)
class NextCharacter:
    """A position in a text: the settings with model and prompt, how many ids of the prompt follow the position, and the
    ids written after the prompt. So the browser need not have the ids of a long prompt."""

    settings: Settings
    left: int
    written: list[int]


def next_character(data: object) -> NextCharacter:
    """BadInput names all problems with the values; ids are checked against the model later."""
    message = message_of(_NextCharacterMessage, data)
    settings = require({"model": message.model, "prompt": message.prompt})
    return NextCharacter(settings, message.left, message.written)

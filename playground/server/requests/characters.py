"""What the Play tab sends where bars of tokens are to be bars of characters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field

from playground.server.requests.common import Asked, message_of
from playground.server.requests.play import WRITTEN_LIMIT
from playground.server.settings import TEXT_LIMIT, Settings, require


class _NextCharacterMessage(Asked):
    """What POST stream/next_character holds; both are checked where they are used."""

    model: Any
    ids: Annotated[list[Any], Field(max_length=TEXT_LIMIT + WRITTEN_LIMIT)]


@dataclass(frozen=True)
class NextCharacter:
    """The ids of a text, and the settings with the model that is to say what follows."""

    settings: Settings
    ids: list[int]


def next_character(data: object) -> NextCharacter:
    """BadInput names all that is wrong with the values; whether the ids are the model's is not known here."""
    message = message_of(_NextCharacterMessage, data)
    return NextCharacter(require({"model": message.model, "prompt": ""}), message.ids)

"""Requests of the translation section of the Shapes tab."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from playground.server.requests.common import DRAWN, REFERENCE, SENTENCE, Envelope, message_of, settings_of
from playground.server.settings import BEAM, Settings, check_text

REFERENCE_LIMIT = 80  # characters of a given translation


class _TranslateMessage(Envelope):
    """The content of POST stream/translate; checked where it is used."""

    settings: dict[str, Any]
    text: Any
    reference: Any
    width: Any


@dataclass(frozen=True)
class Translate:
    """A source, optionally a human translation, and the width of a beam. settings: including picks."""

    settings: Settings
    text: str
    reference: str
    width: int


def translate(data: object) -> Translate:
    """BadInput names all problems with the settings, or else the first other problem."""
    message = message_of(_TranslateMessage, data)
    reference = check_text(REFERENCE, message.reference, REFERENCE_LIMIT)
    width = int(BEAM["width"].read("width", message.width))
    settings = settings_of(message.settings, (*DRAWN, "picks"))
    return Translate(settings, check_text(SENTENCE, message.text), reference, width)

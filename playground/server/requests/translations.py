"""What the section of translation sends, of the Shapes tab."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from playground.server.requests.common import DRAWN, Asked, message_of, settings_of
from playground.server.settings import BEAM, Settings, check_text

REFERENCE_LIMIT = 80  # characters of a translation that is given


class _TranslateMessage(Asked):
    """What POST stream/translate holds; all of it is checked where it is used."""

    settings: dict[str, Any]
    text: Any
    reference: Any
    width: Any


@dataclass(frozen=True)
class Translate:
    """A source, a translation by a person or none, and the width of a beam."""

    settings: Settings
    text: str
    reference: str
    width: int


def translate(data: object) -> Translate:
    """BadInput names all that is wrong with the settings, else the first thing that is wrong beside them."""
    message = message_of(_TranslateMessage, data)
    reference = check_text("reference", message.reference, REFERENCE_LIMIT)
    width = int(BEAM["width"].read("width", message.width))
    return Translate(settings_of(message.settings, DRAWN), check_text("text", message.text), reference, width)

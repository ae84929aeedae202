"""Requests of the gap section of the Shapes tab."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from playground.errors import BadInput
from playground.server.gaps import MASKED, check_model, check_pieces
from playground.server.requests.common import PROMPT, TEXT, Envelope, message_of, settings_of
from playground.server.settings import Range, Settings, check_text

STRETCH = Range(1, 80, whole=True)  # gaps that a masked model fills one by one
PROMPT_LIMIT = 48  # characters before them: with the most gaps, no more than a context
WRITTEN = ("temperature", "top_k", "top_p", "min_p", "seed")  # the settings that apply


class _GapsMessage(Envelope):
    """The content of POST stream/gaps; checked where it is used."""

    model: Any = MASKED
    text: Any
    gaps: list[Any]


class _StretchMessage(Envelope):
    """The content of POST stream/stretch."""

    model: Any = MASKED
    settings: dict[str, Any]
    prompt: Any
    length: Any


@dataclass(frozen=True)
class Gaps:
    """A text, and the positions of its gaps in code points, ascending. The masked model does not see the letters
    there."""

    model: str
    text: str
    gaps: list[int]

    @property
    def pieces(self) -> list[str]:
        """The text between the gaps."""
        starts, ends = [0, *(gap + 1 for gap in self.gaps)], [*self.gaps, len(self.text)]
        return [self.text[begin:end] for begin, end in zip(starts, ends, strict=True)]


@dataclass(frozen=True)
class Stretch:
    """A prompt, and how many gaps follow it."""

    model: str
    settings: Settings
    prompt: str
    length: int


def gaps(data: object) -> Gaps:
    """BadInput names the problem."""
    message = message_of(_GapsMessage, data)
    text = check_text(TEXT, message.text)
    if any(type(place) is not int or not 0 <= place < len(text) for place in message.gaps):
        raise BadInput("input.request", field="gaps")
    found = Gaps(check_model(message.model), text, sorted(set(message.gaps)))
    check_pieces(found.pieces)
    return found


def stretch(data: object) -> Stretch:
    """BadInput names the problem."""
    message = message_of(_StretchMessage, data)
    settings = settings_of(message.settings, WRITTEN)
    prompt = check_text(PROMPT, message.prompt, PROMPT_LIMIT)
    return Stretch(check_model(message.model), settings, prompt, int(STRETCH.read("length", message.length)))

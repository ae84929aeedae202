"""Requests of the Search tab."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from playground.server.requests.common import HUMAN_TEXT, Envelope, message_of
from playground.server.settings import BEAM, Settings, check_text, require

HUMAN_LIMIT = 1_000  # characters of a text to compare a search with
SEARCHED = ("model", "prompt", "seed", "stop")  # the settings of a search


class _SearchMessage(Envelope):
    """The content of POST stream/search; checked where it is used."""

    settings: dict[str, Any]
    width: Any
    length: Any
    penalty: Any
    human: Any


@dataclass(frozen=True)
class Search:
    """A beam search after a prompt: its settings (model, prompt, seed, stop), and a human-written text."""

    envelope: Envelope
    settings: Settings
    width: int
    length: int
    penalty: float
    human: str


def search(data: object) -> Search:
    """BadInput names all problems with the settings, or else the first other problem."""
    message = message_of(_SearchMessage, data)
    settings = require({name: value for name, value in message.settings.items() if name in SEARCHED})
    width, length = BEAM["width"].read("width", message.width), BEAM["length"].read("length", message.length)
    penalty = BEAM["length_penalty"].read("length_penalty", message.penalty)
    human = check_text(HUMAN_TEXT, message.human, HUMAN_LIMIT)
    return Search(message, settings, int(width), int(length), penalty, human)

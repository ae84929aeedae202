"""Requests of the Score tab."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from playground.server.requests.common import Envelope, message_of
from playground.server.settings import SCORE_LIMIT, Settings, check_text, require


class _ScoreMessage(Envelope):
    """The content of POST stream/score; both are checked where they are used."""

    model: Any
    text: Any


@dataclass(frozen=True)
class Score:
    """A text, and the settings with the model that is to predict it."""

    envelope: Envelope
    settings: Settings
    text: str


def score(data: object) -> Score:
    """BadInput names all problems with the values."""
    message = message_of(_ScoreMessage, data)
    text = check_text("text", message.text, SCORE_LIMIT)
    return Score(message, require({"model": message.model, "prompt": ""}), text)

"""What the Score tab sends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from playground.server.requests.common import Asked, message_of
from playground.server.settings import SCORE_LIMIT, Settings, check_text, require


class _ScoreMessage(Asked):
    """What POST stream/score holds; both are checked where they are used."""

    model: Any
    text: Any


@dataclass(frozen=True)
class Score:
    """A text, and the settings with the model that is to predict it."""

    asked: Asked
    settings: Settings
    text: str


def score(data: object) -> Score:
    """BadInput names all that is wrong with the values."""
    message = message_of(_ScoreMessage, data)
    text = check_text("text", message.text, SCORE_LIMIT)
    return Score(message, require({"model": message.model, "prompt": ""}), text)

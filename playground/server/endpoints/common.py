"""What the endpoints share: types of their arguments, and the model that is asked."""

from __future__ import annotations

import threading
from typing import Any

from playground import library
from playground.engine import ENGINE
from playground.server.settings import DEFAULTS, Settings, check_names, check_work
from playground.text.characters import Encoding

Temperature = float | str
Bias = dict[str, float | str] | str
Picks = dict[str, str] | str


def settings_among(arguments: dict[str, Any]) -> dict[str, Any]:
    """Those of an endpoint's arguments that are settings of the page."""
    return {name: value for name, value in arguments.items() if name in DEFAULTS}


def open_model(settings: Settings, text: str) -> tuple[library.Checkpoint, Encoding]:
    """The model, and a text as it reads it. BadInput where the text is too much work, or a symbol is none of it."""
    checkpoint = ENGINE.open(settings.model, threading.Event())
    encoding = checkpoint.vocabulary.encode(text)
    check_work(checkpoint, len(encoding.ids))
    check_names(checkpoint, settings)
    return checkpoint, encoding

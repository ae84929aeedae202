"""What the endpoints share: types of their arguments, and the model that is asked."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

from playground import library
from playground.engine import ENGINE
from playground.server.settings import DEFAULTS, Settings, check_names, check_work, require
from playground.text.characters import Encoding

SHORT = 500  # characters of a prompt that are read at once

Temperature = float | str
Bias = dict[str, float | str] | str
Picks = dict[str, str] | str


def settings_among(arguments: dict[str, Any]) -> dict[str, Any]:
    """Those of an endpoint's arguments that are settings of the page."""
    return {name: value for name, value in arguments.items() if name in DEFAULTS}


async def open_asked(arguments: dict[str, Any]) -> tuple[Settings, library.Checkpoint, Encoding]:
    """The settings among an endpoint's arguments, their model, and the prompt as it reads it. The errors are those of
    `require` and `open_model`. Runs in a thread, unless the model is in memory and the prompt is short."""
    given = settings_among(arguments)

    def read() -> tuple[Settings, library.Checkpoint, Encoding]:
        settings = require(given)
        return settings, *open_model(settings, settings.prompt)

    model, prompt = given["model"], given["prompt"]
    known = isinstance(model, str) and library.is_bundled(model) and library.loaded(model)
    if known and isinstance(prompt, str) and len(prompt) <= SHORT:
        return read()
    return await asyncio.to_thread(read)


def open_model(settings: Settings, text: str) -> tuple[library.Checkpoint, Encoding]:
    """The model, and a text as it reads it. BadInput where the text is too much work, or a symbol is none of it."""
    checkpoint = ENGINE.open(settings.model, threading.Event())
    encoding = checkpoint.vocabulary.encode(text)
    check_work(checkpoint, len(encoding.ids))
    check_names(checkpoint, settings)
    return checkpoint, encoding

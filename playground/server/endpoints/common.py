"""Shared by the endpoints: types of arguments, and opening the model."""

from __future__ import annotations

import threading
from typing import Any

from playground import library
from playground.engine import ENGINE
from playground.engine.base import Requester
from playground.server.jobs import Lane
from playground.server.settings import DEFAULTS, Settings, check_names, check_work, require
from playground.text.characters import Encoding

# Separate from the pages' threads: no page waits while programs load models, or wait for memory.
OPENERS = Lane("preparing for programs", threads=8, waiting=1_000)
SHORT = 500  # characters of a prompt that are read without a thread

Temperature = float | str
Bias = dict[str, float | str] | str
Picks = dict[str, str] | str


def settings_among(arguments: dict[str, Any]) -> dict[str, Any]:
    """Those arguments of an endpoint that are settings of the page."""
    return {name: value for name, value in arguments.items() if name in DEFAULTS}


async def open_asked(
    arguments: dict[str, Any], requester: Requester
) -> tuple[Settings, library.Checkpoint, Encoding]:
    """The settings among an endpoint's arguments, their model, and the prompt as it reads it. Raises the errors of
    `require` and `open_model`. Runs in a thread, unless the model is in memory and the prompt is short."""
    given = settings_among(arguments)

    def read() -> tuple[Settings, library.Checkpoint, Encoding]:
        settings = require(given)
        return settings, *open_model(settings, settings.prompt)

    model, prompt = given["model"], given["prompt"]
    known = isinstance(model, str) and library.is_bundled(model) and library.get_loaded(model)
    if known and isinstance(prompt, str) and len(prompt) <= SHORT:
        return read()
    return await OPENERS.call(read, requester=requester)


def open_model(settings: Settings, text: str) -> tuple[library.Checkpoint, Encoding]:
    """The model, and a text as it reads it. BadInput if the text is too much work, or a symbol is not in its
    vocabulary."""
    checkpoint = ENGINE.open(settings.model, threading.Event())
    encoding = checkpoint.vocabulary.encode(text)
    check_work(checkpoint, len(encoding.ids))
    check_names(checkpoint, settings)
    return checkpoint, encoding

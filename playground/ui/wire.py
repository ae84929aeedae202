"""What the server tells the browser about a run: plain JSON, logits as base64 of little-endian float32.

A message is cumulative. While a run is written, each one holds all the chunks so far, so one that gets lost
or merged on the way loses nothing, and gradio sends only what was added.

    {"id": "…",                    new for every answer; an answer to the player carries its request's token
     "model": "shakespeare-lstm", "card": {…}, "symbols": ["\\n", " ", …],
     "prompt": {"text": "…", "cells": [["T", 1], …], "unknown": {"3": "e"}, "skipped": 0,
                "ids": […], "logits": "…"},      one row before each id
     "first": 0,                   the number of the first written step in the chunks
     "chunks": [{"ids": […], "us": […], "logits": "…"}, …],
     "tip": "…",                   the row after the last step so far
     "done": true,                 false while there are more to come
     "settings": {…}}              what the run is written under, in the address's own names
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any
from uuid import uuid4

import numpy as np

from playground.checkpoints import Checkpoint
from playground.generation import Logits, Reading, Step
from playground.ui.controls import Settings, jsonable
from playground.vocabulary import Encoding

SHOWN_OF_CARD = ("title", "corpus", "parameters", "validation", "prompts")
SHOWN_CELLS = 1_000  # of a longer prompt the model reads all, and the page shows the last ones


def message(
    checkpoint: Checkpoint, settings: Settings, encoding: Encoding, reading: Reading, first: int = 0
) -> dict[str, Any]:
    """A run without chunks yet. `reading` holds the prompt and what follows it; `first` numbers the first chunk."""
    return {
        "id": uuid4().hex[:12],
        "model": checkpoint.name,
        "card": {name: checkpoint.card[name] for name in SHOWN_OF_CARD if name in checkpoint.card},
        "symbols": list(checkpoint.vocabulary.symbols),
        "prompt": _prompt(settings.prompt, encoding, reading),
        "first": first,
        "chunks": [],
        "tip": pack(reading.logits[-1:]),
        "done": True,
        "settings": plain(settings),
    }


def _prompt(text: str, encoding: Encoding, reading: Reading) -> dict[str, Any]:
    counts = [0] * len(text)
    for offset in encoding.offsets:
        counts[offset] += 1
    skipped = max(0, len(text) - SHOWN_CELLS)
    first_id = sum(counts[:skipped])
    return {
        "text": text,
        "cells": [[character, count] for character, count in zip(text, counts, strict=True)][skipped:],
        "unknown": {
            str(s.position - skipped): s.replacement for s in encoding.substitutions if s.position >= skipped
        },
        "skipped": skipped,
        "ids": encoding.ids[first_id:],
        "logits": pack(reading.logits[first_id : len(encoding.ids)]),
    }


def chunk(steps: Iterable[Step]) -> dict[str, Any]:
    """Some steps, in the order they were written."""
    steps = list(steps)
    return {
        "ids": [step.id for step in steps],
        "us": [step.u for step in steps],
        "logits": pack(np.stack([step.logits for step in steps])),
    }


def pack(logits: Logits) -> str:
    """Base64 of little-endian float32, row after row."""
    return base64.b64encode(np.ascontiguousarray(logits, dtype="<f4").tobytes()).decode("ascii")


def plain(settings: Settings) -> dict[str, Any]:
    """Settings as JSON: an infinite temperature is the word "inf"."""
    return {name: jsonable(value) for name, value in asdict(settings).items()}

"""The story of a training: its curve, and what the model wrote and expected after some of its epochs.

`story.json`, beside the weights, holds one object:

    format        1
    prompt        the text that stands before every telling
    seed          of the dice, the same for each text
    temperatures  those of a telling's texts, in order
    symbols       the vocabulary, in the order of the logits
    curve         a row an epoch: epoch, loss (mean over its batches, as it learned), nats and accuracy
                  (on the validation text, at its end), seconds (since the beginning)
    tellings      a row for each epoch told, 0 being the untrained model: epoch, texts (what it wrote after the prompt,
                  one a temperature), logits (V numbers: what it expected after the prompt)

The distribution at any temperature follows from the logits, as everywhere. A recipe that tells no story has its curve.
"""

from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from playground.errors import BadCheckpoint
from playground.inference.generate import generate
from playground.inference.prefill import Prefill, prefill
from playground.library import Checkpoint
from playground.sampling import Sampling
from playground.text import jsonfile

FILE = "story.json"
FORMAT = 1
MAX_BYTES = 5_000_000
SEED = 1
LENGTH = 300
TEMPERATURES = (0.2, 0.5, 1.0, 1.2)
EPOCHS = (0, 1, 2, 3, 5, 8, 13, 20, 32, 50, 80)


def begun(prompt: str, symbols: tuple[str, ...]) -> dict[str, Any]:
    """A story of which nothing has been told yet."""
    return {
        "format": FORMAT,
        "prompt": prompt,
        "seed": SEED,
        "temperatures": list(TEMPERATURES),
        "symbols": list(symbols),
        "curve": [],
        "tellings": [],
    }


def telling(checkpoint: Checkpoint, prompt: str, epoch: int) -> dict[str, Any]:
    """What a model writes after the prompt at each temperature, with the same dice, and what it expects next."""
    prefilled = prefill(checkpoint, checkpoint.vocabulary.encode(prompt).ids)
    texts = [written(checkpoint, prefilled, temperature, LENGTH) for temperature in TEMPERATURES]
    return {"epoch": epoch, "texts": texts, "logits": [round(float(x), 3) for x in prefilled.logits[-1]]}


def written(checkpoint: Checkpoint, prefilled: Prefill, temperature: float, length: int) -> str:
    """The first text that is drawn after a prefilled, always with the same dice."""
    steps = generate(checkpoint, prefilled, Sampling(temperature), seed=SEED)
    return checkpoint.vocabulary.decode(step.id for step in islice(steps, length))


def save(folder: Path, story: Mapping[str, Any]) -> None:
    """Write `story.json`."""
    jsonfile.save(folder / FILE, story)


def load(folder: Path) -> dict[str, Any]:
    """The story in a checkpoint's folder; BadCheckpoint when there is none that fits the format."""
    _, story = jsonfile.parsed(folder / FILE, MAX_BYTES)
    try:
        if story["format"] != FORMAT:
            raise ValueError(f"format {story['format']}")
        for row in story["curve"]:
            _numbers([row[name] for name in ("epoch", "loss", "nats", "accuracy", "seconds")], 5)
        for row in story["tellings"]:
            _numbers(row["logits"], len(story["symbols"]))
            _numbers(story["temperatures"], len(row["texts"]))
    except (ValueError, KeyError, TypeError) as error:
        raise BadCheckpoint("history.format", file=FILE, problem=str(error)[:80]) from None
    return dict(story)


def _numbers(values: Any, count: int) -> None:
    if len(values) != count or not all(isinstance(v, (int, float)) for v in values):
        raise ValueError(f"{count} numbers are due")

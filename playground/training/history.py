"""The history of a training: its curve, and snapshots of what the model wrote and predicted after some epochs.

`history.json`, beside the weights, holds one `History`. The distribution at any temperature follows from the logits, as
everywhere. A recipe without snapshots has its curve.
"""

from itertools import islice
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import ConfigDict, FailFast, Field, Strict, ValidationError, model_validator

from playground.checkpoints import old_names
from playground.errors import BadCheckpoint
from playground.inference.generate import generate
from playground.inference.prefill import Prefill, prefill
from playground.library import Checkpoint
from playground.sampling import Sampling
from playground.schema import Schema, Wrong, problems
from playground.text import jsonfile
from playground.words import message

FILE = "history.json"
MAX_BYTES = 5_000_000
SEED = 1
LENGTH = 300
TEMPERATURES = (0.2, 0.5, 1.0, 1.2)
EPOCHS = (0, 1, 2, 3, 5, 8, 13, 20, 32, 50, 80)

Number = Annotated[float, Field(allow_inf_nan=False)]


class Epoch(Schema):
    """A row of the curve. loss: mean over its batches, in training mode; nats and accuracy: on the validation text, at
    its end; seconds: since the beginning."""

    epoch: int
    loss: Number
    seconds: Number
    nats: Number
    accuracy: Number


class Snapshot(Schema):
    """The model after an epoch, 0 being untrained. texts: written after the prompt, one per temperature.
    logits (V,): the prediction after the prompt."""

    epoch: int
    texts: Annotated[tuple[str, ...], Strict(False), FailFast()]
    logits: Annotated[tuple[Number, ...], Strict(False), FailFast()]


class History(Schema):
    """One training. prompt: precedes every snapshot's texts. seed: of their uniform draws. temperatures: of a
    snapshot's texts, in order. symbols: the vocabulary, in the order of the logits. curve: one row per epoch."""

    model_config = ConfigDict(frozen=False)

    format: Literal[1] = 1
    prompt: str = ""
    seed: int = SEED
    temperatures: Annotated[tuple[Number, ...], Strict(False), FailFast()] = TEMPERATURES
    symbols: Annotated[tuple[str, ...], Strict(False), FailFast()] = ()
    curve: Annotated[list[Epoch], FailFast()]
    snapshots: Annotated[list[Snapshot], FailFast()]

    @model_validator(mode="after")
    def _sizes_agree(self) -> Self:
        for row in self.snapshots:
            if len(row.logits) != len(self.symbols) or len(row.texts) != len(self.temperatures):
                raise Wrong(message("history.sizes"))
        return self


def begin(prompt: str, symbols: tuple[str, ...]) -> History:
    """The history of a training that has not begun."""
    return History(prompt=prompt, symbols=symbols, curve=[], snapshots=[])


def snapshot(checkpoint: Checkpoint, prompt: str, epoch: int) -> Snapshot:
    """What a model writes after the prompt at each temperature, with the same uniform draws, and what it predicts."""
    prefilled = prefill(checkpoint, checkpoint.vocabulary.encode(prompt).ids)
    texts = tuple(sample_text(checkpoint, prefilled, temperature, LENGTH) for temperature in TEMPERATURES)
    logits = tuple(round(float(x), 3) for x in prefilled.logits[-1])
    return Snapshot(epoch=epoch, texts=texts, logits=logits)


def sample_text(checkpoint: Checkpoint, prefilled: Prefill, temperature: float, length: int) -> str:
    """The first sampled text after a prefill, always with the same uniform draws."""
    steps = generate(checkpoint, prefilled, Sampling(temperature), seed=SEED)
    return checkpoint.vocabulary.decode(step.id for step in islice(steps, length))


def save(folder: Path, history: History) -> None:
    """Write `history.json`."""
    jsonfile.save(folder / FILE, history.model_dump())


def load(folder: Path) -> History:
    """The history in a checkpoint's folder; BadCheckpoint if it is missing or malformed."""
    _, written = jsonfile.parse(old_names.file(folder, FILE), MAX_BYTES)
    try:
        return History.model_validate(old_names.rename(written, old_names.HISTORY))
    except ValidationError as error:
        raise BadCheckpoint("history.format", file=FILE, problem=problems(History, error)[0]) from None

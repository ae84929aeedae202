"""What is written down of a training: its settings, what its weights measure as they are stored, and samples.

The record is the `card` in a checkpoint's config.json; the card that people read follows from it (model_card.py).
"""

import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from tqdm import tqdm

from playground import library
from playground.errors import BadCheckpoint
from playground.inference.prefill import prefill
from playground.inference.score import unit_of
from playground.text import jsonfile
from playground.training import history
from playground.training.corpora import Corpus
from playground.training.evaluate import Measure, measure
from playground.training.recipes import Descent, Recipe

LENGTH = 400  # characters of a sample
CHOICE = "choice.json"
MAX_BYTES = 1_000_000


def printable(path: Path) -> str:
    """A path as a text, with "�" for bytes of it that are none: neither a record nor a terminal could hold them."""
    return os.fsencode(path).decode("utf-8", "replace")


def made(epochs: int, best_epoch: int, seconds: float, device: str, seed: int) -> dict[str, Any]:
    """How long a training took, on what, and how far it went."""
    threads = torch.get_num_threads()
    machine = f"{threads} CPU core{'s' if threads > 1 else ''}"
    if device == "cuda":
        machine = torch.cuda.get_device_name()
    return {
        "epochs": epochs,
        "best_epoch": best_epoch,
        "seconds": round(seconds, 1),
        "machine": machine,
        "torch": torch.__version__.split("+")[0],
        "seed": seed,
    }


def card(
    name: str, chosen: Recipe, how: dict[str, Any], unit: str, validation: Measure | None = None
) -> dict[str, Any]:
    """The record of a training, as far as it is known before the stored weights are measured.

    unit: what is counted, as `scoring.unit_of` says of the vocabulary.
    """
    about = chosen.corpus
    written: dict[str, Any] = {
        "title": chosen.title,
        "corpus": {
            "name": about.name,
            "file": about.file,
            "licence": about.licence,
            "credit": about.credit,
            "split": _split(about),
        },
        "licence": about.card_licence,
        "language": about.language,
        "recipe": name,
        "bundled": chosen.bundled,
        "prompts": list(chosen.prompts),
        "training": how,
    }
    if isinstance(chosen.training, Descent):
        written["settings"] = {k: v for k, v in asdict(chosen.training).items() if k not in ("epochs", "seed")}
        written["story"] = chosen.story
    if chosen.note:
        written["note"] = chosen.note
    if validation:
        written["validation"] = {**_figures(validation), "unit": unit}
    return written


def _split(about: Corpus) -> str:
    if about.train > 1:
        return f"the first {about.train:,} characters train, those from there to {about.end:,} validate"
    share = round(100 * about.train)
    lines = "the lines are shuffled; " if about.shuffle is not None else ""
    return f"{lines}first {share} % of the characters train, last {100 - share} % validate"


def _figures(measured: Measure) -> dict[str, Any]:
    return {**asdict(measured), "bits": measured.bits}


def finish(folder: Path, chosen: Recipe, validation_ids: Tensor) -> None:
    """Write into the card what the checkpoint, as stored, measures and writes."""
    checkpoint = library.load(folder)
    result = measure(checkpoint.model, validation_ids)
    unit = unit_of(checkpoint.vocabulary)
    written = {
        **checkpoint.card,
        "validation": {**_figures(result), "unit": unit},
        "samples": _samples(checkpoint),
    }
    if compared := choice(folder):
        written["choice"] = [{key: row[key] for key in ("changes", "nats", "epoch")} for row in compared]
    if chosen.reported:
        ours = _ours(chosen, checkpoint, folder, validation_ids, result)
        written["reported"] = {**asdict(chosen.reported), "ours": ours}
    library.save(folder, checkpoint.kind, checkpoint.model, checkpoint.vocabulary, checkpoint.start, written)
    measured = f"{result.nats:.4f} nats a {unit} ({result.bits:.4f} bits), accuracy {result.accuracy:.2%}"
    tqdm.write(f"{folder}: {measured}")


def save_choice(folder: Path, rows: list[dict[str, Any]]) -> None:
    """Write `choice.json`, what the settings were chosen by (sweep.py)."""
    jsonfile.save(folder / CHOICE, {"format": 1, "rows": rows})


def choice(folder: Path) -> list[dict[str, Any]]:
    """The rows of `choice.json`, none without it: changes of the recipe, the twin's settings, the text's fingerprint,
    and the nats, epoch and seconds that came of it. BadCheckpoint when it does not follow its format."""
    if not (folder / CHOICE).exists():
        return []
    _, written = jsonfile.parsed(folder / CHOICE, MAX_BYTES)
    try:
        rows: list[dict[str, Any]] = list(written["rows"])
        for row in rows:
            described = isinstance(row["changes"], dict) and isinstance(row["twin"], dict) and row["text"]
            if not (described and row["nats"] > 0):
                raise ValueError("a row without a figure")
    except (ValueError, KeyError, TypeError) as error:
        raise BadCheckpoint("training.choice", file=CHOICE, problem=str(error)[:80]) from None
    return rows


def _ours(
    chosen: Recipe, checkpoint: library.Checkpoint, folder: Path, validation_ids: Tensor, result: Measure
) -> dict[str, Any]:
    """Our figure of the sort that is reported."""
    assert chosen.reported
    assert isinstance(chosen.training, Descent)
    match chosen.reported.figure:
        case "training":
            best = min(history.load(folder)["curve"], key=lambda row: row["loss"])
            return {"nats": best["loss"], "epoch": best["epoch"]}
        case "windows":
            rows = (len(validation_ids) - 1) // chosen.training.length
            return _figures(measure(checkpoint.model, validation_ids, rows=rows))
    return _figures(result)


def _samples(checkpoint: library.Checkpoint) -> list[dict[str, Any]]:
    prompt = checkpoint.card["prompts"][:2][-1]  # the second, where there are two
    prefilled = prefill(checkpoint, checkpoint.vocabulary.encode(prompt).ids)
    return [
        {"temperature": t, "prompt": prompt, "text": history.written(checkpoint, prefilled, t, LENGTH)}
        for t in history.TEMPERATURES
    ]

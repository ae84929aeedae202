"""What is written down of a training: its settings, what its weights measure as they are stored, and samples.

The record is the `card` in a checkpoint's config.json; the card that people read follows from it (model_card.py).
"""

import os
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from tqdm import tqdm

from playground import library
from playground.checkpoints import card as cards
from playground.checkpoints import old_names
from playground.checkpoints.card import Card, Figures, Training
from playground.errors import BadCheckpoint
from playground.inference.prefill import prefill
from playground.inference.score import unit_of
from playground.text import jsonfile, wordlist
from playground.text.characters import Vocabulary
from playground.text.wordlist import WordList
from playground.training import history
from playground.training.corpora import Corpus, own
from playground.training.evaluate import Evaluation, evaluate
from playground.training.recipes import GradientTraining, Recipe

LENGTH = 400  # characters of a sample
SWEEP = "sweep.json"
MAX_BYTES = 1_000_000


def printable(path: Path) -> str:
    """A path as a text, with "�" for bytes of it that are none: neither a record nor a terminal could hold them."""
    return os.fsencode(path).decode("utf-8", "replace")


def name_recipe(chosen: Recipe, text_file: Path, text: str) -> Recipe:
    """The recipe itself where the text is its own; else with the file's name, and without what is said of its own."""
    named = Path(printable(text_file))
    about = own(chosen.corpus, named, text)
    if about is chosen.corpus:
        return chosen
    title = f"{named.stem} · {chosen.title.split(' · ')[-1]}"
    return replace(chosen, corpus=about, title=title, reported=None, note="")


def make_record(epochs: int, best_epoch: int, seconds: float, device: str, seed: int) -> Training:
    """How long a training took, on what, and how far it went."""
    threads = torch.get_num_threads()
    machine = f"{threads} CPU core{'s' if threads > 1 else ''}"
    if device == "cuda":
        machine = torch.cuda.get_device_name()
    return Training(
        epochs=epochs,
        best_epoch=best_epoch,
        seconds=round(seconds, 1),
        machine=machine,
        torch=torch.__version__.split("+")[0],
        seed=seed,
    )


def card(name: str, chosen: Recipe, how: Training, unit: cards.Unit, validation: Evaluation | None = None) -> Card:
    """The record of a training, as far as it is known before the stored weights are measured.

    unit: what is counted, as `scoring.unit_of` says of the vocabulary.
    """
    about = chosen.corpus
    settings = None
    if isinstance(chosen.training, GradientTraining):
        settings = {k: v for k, v in asdict(chosen.training).items() if k not in ("epochs", "seed")}
    return Card(
        kind=chosen.kind,
        title=chosen.title,
        corpus=cards.Corpus(
            name=about.name, file=about.file, licence=about.licence, credit=about.credit, split=_split(about)
        ),
        licence=about.card_licence,
        language=about.language,
        recipe=name,
        bundled=chosen.bundled,
        prompts=chosen.prompts,
        training=how,
        settings=settings,
        snapshots=None if settings is None else chosen.snapshots,
        note=chosen.note,
        validation=figures(validation, unit) if validation else None,
    )


def _split(about: Corpus) -> str:
    if about.rule:
        return about.rule
    if about.train > 1:
        return f"the first {about.train:,} characters train, those from there to {about.end:,} validate"
    share = round(100 * about.train)
    lines = "the lines are shuffled; " if about.shuffle is not None else ""
    return f"{lines}first {share} % of the characters train, last {100 - share} % validate"


def report(folder: Path, result: Evaluation, unit: cards.Unit) -> None:
    """Write a line of what a checkpoint measures to the terminal."""
    tqdm.write(f"{folder}: {result.nats:.4f} nats per {unit} ({result.bits:.4f} bits), accuracy {result.accuracy:.2%}")


def figures(measured: Evaluation, unit: cards.Unit | None = None) -> Figures:
    """What was measured, as a card has it."""
    return Figures(**asdict(measured), bits=measured.bits, unit=unit)


def finish(folder: Path, chosen: Recipe, validation_ids: Tensor) -> None:
    """Write into the card what the checkpoint, as stored, measures and writes."""
    checkpoint = library.load(folder)
    result = evaluate(checkpoint.model, validation_ids)
    unit = unit_of(checkpoint.vocabulary)
    found: dict[str, Any] = {"validation": figures(result, unit), "samples": _samples(checkpoint)}
    if compared := load_sweep(folder):
        found["sweep"] = tuple(cards.Trial.model_validate(row) for row in compared)
    if chosen.reported:
        ours = _ours(chosen, checkpoint, folder, validation_ids, result)
        found["reported"] = cards.Reported(**asdict(chosen.reported), ours=ours)
    measured = replace(checkpoint, card=checkpoint.card.model_copy(update=found))
    library.save(folder, measured.kind, measured.model, measured.vocabulary, measured.start, measured.card)
    report(folder, result, unit)


def finish_masked(folder: Path, measure: Callable[[Any], Evaluation]) -> None:
    """Write into the card what the checkpoint, as stored, measures; a masked model writes no samples."""
    checkpoint = library.load(folder)
    unit = unit_of(checkpoint.vocabulary)
    result = measure(checkpoint.model)
    measured = checkpoint.card.model_copy(update={"validation": figures(result, unit)})
    library.save(folder, checkpoint.kind, checkpoint.model, checkpoint.vocabulary, checkpoint.start, measured)
    tqdm.write(f"{folder}: {result.nats:.4f} nats at a gap, accuracy {result.accuracy:.2%}")


def save_words(folder: Path, vocabulary: Vocabulary, train_ids: Tensor) -> WordList:
    """Write `words.json`, the list of the words that the training text has, which is given as ids."""
    known = WordList.of(set(wordlist.words_of(vocabulary.decode(train_ids.tolist()))))
    known.save(folder / wordlist.FILE)
    return known


def save_sweep(folder: Path, rows: list[dict[str, Any]]) -> None:
    """Write `sweep.json`, what the settings were chosen by (sweep.py)."""
    jsonfile.save(folder / SWEEP, {"format": 1, "rows": rows})


def load_sweep(folder: Path) -> list[dict[str, Any]]:
    """The rows of `sweep.json`, none without it: changes of the recipe, the proxy's settings, the text's fingerprint,
    and the nats, epoch and seconds that came of it. BadCheckpoint when it does not follow its format."""
    path = old_names.file(folder, SWEEP)
    if not path.exists():
        return []
    _, written = jsonfile.parse(path, MAX_BYTES)
    try:
        rows = [_of_today(row) for row in written["rows"]]
        for row in rows:
            described = isinstance(row["changes"], dict) and isinstance(row["proxy"], dict) and row["text"]
            if not (described and row["nats"] > 0):
                raise ValueError("a row without a figure")
    except (ValueError, KeyError, TypeError) as error:
        raise BadCheckpoint("training.choice", file=SWEEP, problem=str(error)[:80]) from None
    return rows


def _of_today(row: Any) -> dict[str, Any]:
    """A row of a sweep with today's names."""
    row = dict(old_names.rename(row, old_names.ROW))
    tables = {name: old_names.rename(row[name], old_names.SETTINGS) for name in ("changes", "proxy") if name in row}
    return row | tables


def _ours(
    chosen: Recipe, checkpoint: library.Checkpoint, folder: Path, validation_ids: Tensor, result: Evaluation
) -> Figures:
    """Our figure of the sort that is reported."""
    assert chosen.reported
    assert isinstance(chosen.training, GradientTraining)
    match chosen.reported.figure:
        case "training":
            best = min(history.load(folder).curve, key=lambda row: row.loss)
            return Figures(nats=best.loss, epoch=best.epoch)
        case "windows":
            rows = (len(validation_ids) - 1) // chosen.training.length
            return figures(evaluate(checkpoint.model, validation_ids, rows=rows))
    return figures(result)


def _samples(checkpoint: library.Checkpoint) -> tuple[cards.Sample, ...]:
    prompt = checkpoint.card.prompts[:2][-1]  # the second, where there are two
    prefilled = prefill(checkpoint, checkpoint.vocabulary.encode(prompt).ids)
    return tuple(
        cards.Sample(temperature=t, prompt=prompt, text=history.sample_text(checkpoint, prefilled, t, LENGTH))
        for t in history.TEMPERATURES
    )

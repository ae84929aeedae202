"""The record of a training: its settings, the figures of its stored weights, and samples.

The record is the `card` in a checkpoint's config.json; the model card is generated from it (model_card.py).
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
    """A path as text, with "�" for undecodable bytes: neither a record nor a terminal could hold them."""
    return os.fsencode(path).decode("utf-8", "replace")


def name_recipe(recipe: Recipe, text_file: Path, text: str) -> Recipe:
    """The recipe itself if the text is its own; otherwise with the file's name, and without statements about its own
    text."""
    named = Path(printable(text_file))
    about = own(recipe.corpus, named, text)
    if about is recipe.corpus:
        return recipe
    title = f"{named.stem} · {recipe.title.split(' · ')[-1]}"
    return replace(recipe, corpus=about, title=title, reported=None, note="")


def make_record(epochs: int, best_epoch: int, seconds: float, device: str, seed: int) -> Training:
    """The duration, device, seed and epochs of a training."""
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


def card(name: str, recipe: Recipe, how: Training, unit: cards.Unit, validation: Evaluation | None = None) -> Card:
    """The record of a training, as far as it is known before the stored weights are measured.

    unit: of the figures, as from `score.unit_of`.
    """
    about = recipe.corpus
    settings = None
    if isinstance(recipe.training, GradientTraining):
        settings = {k: v for k, v in asdict(recipe.training).items() if k not in ("epochs", "seed")}
    return Card(
        kind=recipe.kind,
        title=recipe.title,
        corpus=cards.Corpus(
            name=about.name, file=about.file, licence=about.licence, credit=about.credit, split=_split(about)
        ),
        licence=about.card_licence,
        language=about.language,
        recipe=name,
        bundled=recipe.bundled,
        prompts=recipe.prompts,
        training=how,
        settings=settings,
        snapshots=None if settings is None else recipe.snapshots,
        note=recipe.note,
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
    """Print a line with a checkpoint's figures."""
    tqdm.write(f"{folder}: {result.nats:.4f} nats per {unit} ({result.bits:.4f} bits), accuracy {result.accuracy:.2%}")


def figures(measured: Evaluation, unit: cards.Unit | None = None) -> Figures:
    """An evaluation in the card's format."""
    return Figures(**asdict(measured), bits=measured.bits, unit=unit)


def finish(folder: Path, recipe: Recipe, validation_ids: Tensor) -> None:
    """Add the figures and samples of the stored checkpoint to its card."""
    checkpoint = library.load(folder)
    result = evaluate(checkpoint.model, validation_ids)
    unit = unit_of(checkpoint.vocabulary)
    found: dict[str, Any] = {
        "validation": figures(result, unit), "samples": _samples(checkpoint), "sweep": _trials(folder),
    }  # fmt: skip
    if recipe.reported:
        ours = _ours(recipe, checkpoint, folder, validation_ids, result)
        found["reported"] = cards.Reported(**asdict(recipe.reported), ours=ours)
    measured = replace(checkpoint, card=checkpoint.card.model_copy(update=found))
    library.save(folder, measured.kind, measured.model, measured.vocabulary, measured.start, measured.card)
    report(folder, result, unit)


def finish_masked(folder: Path, measure: Callable[[Any], Evaluation]) -> None:
    """Add the figures of the stored checkpoint to its card; a masked model has no samples."""
    checkpoint = library.load(folder)
    unit = unit_of(checkpoint.vocabulary)
    result = measure(checkpoint.model)
    measured = checkpoint.card.model_copy(update={"validation": figures(result, unit), "sweep": _trials(folder)})
    library.save(folder, checkpoint.kind, checkpoint.model, checkpoint.vocabulary, checkpoint.start, measured)
    tqdm.write(f"{folder}: {result.nats:.4f} nats at a gap, accuracy {result.accuracy:.2%}")


def save_words(folder: Path, vocabulary: Vocabulary, train_ids: Tensor) -> WordList:
    """Write `words.json`: the words of the training text, given as ids, and the count of each id."""
    counts = torch.bincount(train_ids, minlength=len(vocabulary)).tolist()
    known = WordList.of(set(wordlist.words_of(vocabulary.decode(train_ids.tolist()))), counts)
    known.save(folder / wordlist.FILE)
    return known


def save_sweep(folder: Path, rows: list[dict[str, Any]]) -> None:
    """Write `sweep.json`, the results on which the settings were chosen (sweep.py)."""
    jsonfile.save(folder / SWEEP, {"format": 1, "rows": rows})


def _trials(folder: Path) -> tuple[cards.Trial, ...]:
    """The results on which the settings were chosen, in the card's format."""
    return tuple(cards.Trial.model_validate(row) for row in load_sweep(folder))


def load_sweep(folder: Path) -> list[dict[str, Any]]:
    """The rows of `sweep.json`, empty without it: changes to the recipe, the proxy's settings, the text's fingerprint,
    and the resulting nats, epoch and seconds. BadCheckpoint if it is malformed."""
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
    """A row of a sweep with current names."""
    row = dict(old_names.rename(row, old_names.ROW))
    tables = {name: old_names.rename(row[name], old_names.SETTINGS) for name in ("changes", "proxy") if name in row}
    return row | tables


def _ours(
    recipe: Recipe, checkpoint: library.Checkpoint, folder: Path, validation_ids: Tensor, result: Evaluation
) -> Figures:
    """Our figure corresponding to the reported one."""
    assert recipe.reported
    assert isinstance(recipe.training, GradientTraining)
    match recipe.reported.figure:
        case "training":
            best = min(history.load(folder).curve, key=lambda row: row.loss)
            return Figures(nats=best.loss, epoch=best.epoch)
        case "windows":
            rows = (len(validation_ids) - 1) // recipe.training.length
            return figures(evaluate(checkpoint.model, validation_ids, rows=rows))
    return figures(result)


def _samples(checkpoint: library.Checkpoint) -> tuple[cards.Sample, ...]:
    prompt = checkpoint.card.prompts[:2][-1]  # the second, if there are two
    prefilled = prefill(checkpoint, checkpoint.vocabulary.encode(prompt).ids)
    return tuple(
        cards.Sample(temperature=t, prompt=prompt, text=history.sample_text(checkpoint, prefilled, t, LENGTH))
        for t in history.TEMPERATURES
    )

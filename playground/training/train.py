"""Training as a command: a recipe and a text become a checkpoint.

    python -m playground.training RECIPE --text FILE [--out FOLDER] [--device cpu|cuda] [--resume]

The best weights so far are a valid checkpoint at any time. Ctrl-C stops after the current step, and saves beside them
what `--resume` needs. The training loop is in loop.py, the settings are in recipes.py.
"""

import argparse
import errno
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol, Self

import torch
from torch import Tensor
from tqdm import tqdm

from playground import library
from playground.checkpoints.card import Unit
from playground.errors import BadInput, PlaygroundError
from playground.models import KINDS, Task, build
from playground.models.ngram import NGram
from playground.text.characters import Vocabulary
from playground.training import history, records
from playground.training.loop import Progress, TrainingRun, check_device, fit
from playground.training.masks import MaskTask
from playground.training.objective import Objective
from playground.training.recipes import RECIPES, Counting, GradientTraining, Recipe, get_recipe
from playground.training.reviews import ReviewTask
from playground.training.texts import TextTask
from playground.training.translations import PairTask

RESUME = ".resume"
ELSEWHERE = "make room there, or give another folder with --out."


class TrainingTask(Protocol):
    """What a recipe learns from a file: the symbols, the objective, and the final record.

    recipe: adapted to the file, which may differ from the recipe's own. unit: of its figures.
    """

    recipe: Recipe
    vocabulary: Vocabulary
    unit: Unit

    def fit_plan(self, plan: GradientTraining) -> GradientTraining:
        """The plan for the amount of data; reports if its batches differ from the recipe's."""
        ...

    def objective(self, plan: GradientTraining) -> Objective:
        """The objective for loop.fit."""
        ...

    def finish(self, folder: Path, recipe: Recipe) -> None:
        """Add the figures of the stored checkpoint to its card."""
        ...


# Of each task; each is built from a recipe and the file to learn from.
TRAINING_TASKS: dict[Task, Callable[[Recipe, Path], TrainingTask]] = {
    "language": TextTask, "masked": MaskTask, "translation": PairTask, "classifier": ReviewTask,
}  # fmt: skip


def main(arguments: list[str] | None = None) -> int:
    """Run the command; the exit status is 0 when done, 1 if the user must fix something, 130 after Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m playground.training", description="Train one checkpoint.")
    parser.add_argument("recipe", choices=sorted(RECIPES), metavar="RECIPE", help=", ".join(RECIPES))
    parser.add_argument("--text", required=True, type=Path, help="the text to learn from, UTF-8")
    parser.add_argument("--out", type=Path, help="the checkpoint's folder; checkpoints/RECIPE unless given")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--resume", action="store_true", help="go on from where Ctrl-C stopped")
    given = parser.parse_args(arguments)
    out = given.out or Path("checkpoints") / given.recipe
    try:
        return train(given.recipe, given.text, out, given.device, given.resume)
    except PlaygroundError as error:
        sys.stderr.write(f"error: {error}\n")
    except OSError as error:  # the disk is full, or a file is gone
        sys.stderr.write(f"error: {error.filename or out} cannot be written ({error.strerror or error}): {ELSEWHERE}\n")
    return 1


def train(name: str, text_file: Path, out: Path, device: str, resume: bool) -> int:
    """Train the recipe of that name on a text, into the folder `out`; the exit status as in `main`."""
    recipe = get_recipe(name)
    check_device(device)
    task = TRAINING_TASKS[KINDS[recipe.kind].task](recipe, text_file)
    recipe = task.recipe
    check_writable(out)
    if isinstance(recipe.training, Counting):
        _count(name, recipe, recipe.training, task, out)
    else:
        plan = task.fit_plan(recipe.training)
        recipe = replace(recipe, training=plan)
        torch.manual_seed(plan.seed)
        model = build(recipe.kind, {"vocabulary": len(task.vocabulary), **recipe.config}).to(device)
        run = TrainingRun(model, plan, task.objective(plan))
        if resume:
            _resume(run, out, _fingerprint(recipe, task.vocabulary))
        if _fit_by_gradient(name, recipe, plan, run, task, out, device):
            return 130
    task.finish(out, recipe)
    return 0


def _count(name: str, recipe: Recipe, plan: Counting, task: TrainingTask, out: Path) -> None:
    """Count a text's n-grams, and keep them in `out`."""
    assert isinstance(task, TextTask)
    started = time.monotonic()
    model = NGram.from_counts(task.train_ids, order=plan.order, vocabulary=len(task.vocabulary))
    made = records.make_record(0, 0, time.monotonic() - started, "cpu", 0)
    library.save(out, recipe.kind, model, task.vocabulary, recipe.start, records.card(name, recipe, made, task.unit))


def check_writable(out: Path) -> None:
    """Create the folder `out`; BadInput if it cannot be created or written: better now than in hours."""
    draft = out / ".writable.draft"
    if records.printable(out) != str(out):  # the libraries that write accept no other names
        raise BadInput("training.folder_name", folder=records.printable(out))
    try:
        out.mkdir(parents=True, exist_ok=True)
        try:
            draft.write_bytes(b"\0")
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise BadInput("training.folder_locked", folder=out, problem=error.strerror) from None


def _fit_by_gradient(
    name: str, recipe: Recipe, plan: GradientTraining, run: TrainingRun, task: TrainingTask, out: Path, device: str
) -> bool:
    """Fit, keeping the best weights in `out`; True when Ctrl-C stopped it before its end."""
    vocabulary = task.vocabulary

    def assemble(weights: Mapping[str, Tensor]) -> library.Checkpoint:
        # In separate memory and without drawing random numbers, so that the training continues unaffected.
        config = {"vocabulary": len(vocabulary), **recipe.config}
        made = records.make_record(run.step // run.epoch_steps, run.best_epoch, run.seconds, device, plan.seed)
        if plan.calibration_split:
            made = made.model_copy(update={"scale": round(run.scale, 4)})
        if run.precision != plan.precision:
            made = made.model_copy(update={"precision": run.precision})
        card = records.card(name, recipe, made, task.unit, run.best)
        copies = {name: t.detach().cpu().clone() for name, t in weights.items()}
        return library.assemble(out.name, recipe.kind, config, copies, vocabulary, recipe.start, card)

    def save_best() -> None:
        best = assemble(run.best_weights)
        library.save(out, best.kind, best.model, vocabulary, best.start, best.card)

    def record_epoch(epoch: int) -> None:
        record.curve = [history.Epoch.model_validate(row) for row in run.curve]
        if recipe.snapshots and (epoch in history.EPOCHS or epoch == plan.epochs):
            with run.kept_weights() as (model, _):
                record.snapshots.append(history.snapshot(assemble(model.state_dict()), record.prompt, epoch))
        history.save(out, record)

    record = history.load(out) if run.step else history.begin(recipe.prompts[0], vocabulary.symbols)
    if not run.step:
        record_epoch(0)
    with _Interrupt() as interrupt:
        for progress in _show(fit(run), run):
            if progress.best:
                save_best()
            if progress.validation:
                record_epoch(progress.epoch)
            if interrupt.asked and run.step < run.steps:
                break
    if run.best is None:
        run.validate()
    save_best()
    if run.step < run.steps:
        draft = out / (RESUME + ".draft")
        try:
            torch.save({"recipe": _fingerprint(recipe, vocabulary), **run.record()}, draft)
        except RuntimeError as error:  # torch's error for a full disk
            raise OSError(errno.EIO, "what --resume needs does not fit", str(draft)) from error
        os.replace(draft, out / RESUME)
        tqdm.write(f"Stopped. {out} is a valid checkpoint; the same command with --resume goes on.")
        return True
    (out / RESUME).unlink(missing_ok=True)
    return False


def _fingerprint(recipe: Recipe, vocabulary: Vocabulary) -> str:
    """What must match for a run to be resumed."""
    return repr((recipe.kind, recipe.config, recipe.training, vocabulary.symbols))


def _resume(run: TrainingRun, out: Path, fingerprint: str) -> None:
    """Bring a run to where the record in `out` stopped; BadInput if there is none for this run."""
    path = out / RESUME
    if not path.exists():
        raise BadInput("training.nothing_to_resume", folder=out)
    damaged = BadInput("training.damaged", path=path)
    try:
        # To the CPU, wherever it was written: random states can be nowhere else, and the run moves what it needs.
        record = torch.load(path, map_location="cpu", weights_only=True)
        written = record.get("recipe")
    except Exception:  # noqa: BLE001 (a damaged file can raise anything)
        raise damaged from None
    if written != fingerprint:
        raise BadInput("training.changed", path=path)
    try:
        run.resume(record)
    except (KeyError, TypeError, ValueError, AttributeError, RuntimeError):
        raise damaged from None


def _show(progress: Iterator[Progress], run: TrainingRun) -> Iterator[Progress]:
    """The same progress, shown as a bar, with a line for each epoch."""
    with tqdm(total=run.steps, initial=run.step, unit="batch", dynamic_ncols=True, mininterval=0.5) as bar:
        for p in progress:
            bar.set_description(f"epoch {p.epoch}/{p.epochs}", refresh=False)
            bar.set_postfix_str(f"loss {p.loss:.3f}, {p.speed:,.0f} characters/s, {_clock(p.left)} left", refresh=False)
            bar.update()
            if p.validation:
                v = p.validation
                bar.write(
                    f"epoch {p.epoch}: loss {p.loss:.4f}, validation {v.nats:.4f} nats ({v.bits:.4f} bits), "
                    f"accuracy {v.accuracy:.2%}{', the best so far' if p.best else ''}"
                )
            yield p


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


class _Interrupt:
    """Turns the first Ctrl-C into a request to stop, so that no step or file is left half done; the second one acts as
    usual."""

    def __init__(self) -> None:
        self.asked = False

    def __enter__(self) -> Self:
        self._before = signal.signal(signal.SIGINT, self._ask)
        return self

    def _ask(self, _number: int, _frame: Any) -> None:
        self.asked = True
        signal.signal(signal.SIGINT, self._before)

    def __exit__(self, *_: object) -> None:
        signal.signal(signal.SIGINT, self._before)

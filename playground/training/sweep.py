"""A sweep: chooses a recipe's settings by small proxy models, without using the validation text.

    python -m playground.training.sweep RECIPE --text FILE [--out FOLDER] [--device cpu|cuda]

Trains a small proxy of the recipe, and one of each of its alternatives, on a part of the training text, and evaluates
them on another part of it. The validation text is not used, so the choice does not bias its figure. A proxy is SCALE
times as wide and is trained on SCALE² of the text: each weight has about as many characters to learn from, so it needs
about the same regularisation. Its batches have SCALE times as many rows, so it takes SCALE times as many steps. Its
stopping epoch is chosen on the text that evaluates it, as for the recipe itself.

`sweep.json`, in the checkpoint's folder, stores the results; the card shows them. Existing rows are not computed again,
so the command may be interrupted.
"""

import argparse
import hashlib
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from tqdm import tqdm

from playground.checkpoints import model_card
from playground.errors import BadInput, PlaygroundError
from playground.models import KINDS, Task, build
from playground.training import records
from playground.training.loop import TrainingRun, check_device, fit
from playground.training.masks import Gaps
from playground.training.objective import NextSymbol, Objective
from playground.training.recipes import RECIPES, GradientTraining, Recipe, get_recipe
from playground.training.texts import fit_plan, prepare
from playground.training.train import ELSEWHERE, check_writable

SCALE = 1 / 2
MEASURED_BY = 0.1  # of the training text, its end

# The objective of a proxy, by task: from the plan, and the ids for training and evaluation, (N,).
OBJECTIVES: dict[Task, Callable[[GradientTraining, Tensor, Tensor], Objective]] = {
    "language": NextSymbol, "masked": Gaps,
}  # fmt: skip


def main(arguments: list[str] | None = None) -> int:
    """Run the command; the exit status is 0 when done, 1 if the user must fix something."""
    parser = argparse.ArgumentParser(
        prog="python -m playground.training.sweep", description="Choose a recipe's settings."
    )
    names = sorted(name for name, known in RECIPES.items() if known.alternatives)
    parser.add_argument("recipe", choices=names, metavar="RECIPE", help=", ".join(names))
    parser.add_argument("--text", required=True, type=Path, help="the text to learn from, UTF-8")
    parser.add_argument("--out", type=Path, help="the checkpoint's folder; checkpoints/RECIPE unless given")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    given = parser.parse_args(arguments)
    out = given.out or Path("checkpoints") / given.recipe
    try:
        check_device(given.device)
        choose(get_recipe(given.recipe), given.text, out, given.device)
    except PlaygroundError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    except OSError as error:  # the disk is full, or a file is gone
        sys.stderr.write(f"error: {error.filename or out} cannot be written ({error.strerror or error}): {ELSEWHERE}\n")
        return 1
    return 0


def choose(recipe: Recipe, text_file: Path, out: Path, device: str = "cpu") -> list[dict[str, Any]]:
    """Evaluate the recipe and its alternatives, saving each result at once; returns the rows."""
    vocabulary, ids, _ = prepare(recipe.corpus, text_file)
    text = fingerprint(ids)
    check_writable(out)
    known = {_key(row): row for row in records.load_sweep(out)}
    rows = []
    for changes in ({}, *recipe.alternatives):
        proxy = proxy_of(recipe.changed(changes))
        row = {"changes": dict(changes), "proxy": settings(proxy), "text": text}
        before = known.pop(_key(row), None)
        rows.append({**(before or train_proxy(proxy, len(vocabulary), ids, device)), **row})
        # Existing rows of later proxies must survive an interruption.
        records.save_sweep(out, [*rows, *known.values()])
        tqdm.write(f"{model_card.describe_changes(changes)}: {rows[-1]['nats']:.4f} nats, epoch {rows[-1]['epoch']}")
    records.save_sweep(out, rows)
    return rows


def fingerprint(ids: Tensor) -> str:
    """The fingerprint of a training text (N,): independent of the validation text."""
    return hashlib.sha256(ids.numpy().tobytes()).hexdigest()


def proxy_of(recipe: Recipe) -> Recipe:
    """The recipe's proxy: SCALE times as wide, with SCALE as many rows in a batch. BadInput for an n-gram."""
    if not isinstance(recipe.training, GradientTraining):
        raise BadInput("training.ngram")
    width = "hidden" if "hidden" in recipe.config else "width"
    smaller = {width: round(recipe.config[width] * SCALE), "batch": max(1, round(recipe.training.batch * SCALE))}
    return recipe.changed(smaller)


def train_proxy(proxy: Recipe, vocabulary: int, ids: Tensor, device: str = "cpu") -> dict[str, Any]:
    """Train a proxy on a training text (N,): nats per character, or per gap, of its best epoch, that epoch, and the
    total seconds.

    vocabulary: the number of symbols.
    """
    assert isinstance(proxy.training, GradientTraining)
    learned, measured = ids[: int(len(ids) * SCALE**2)], ids[int(len(ids) * (1 - MEASURED_BY)) :]
    torch.manual_seed(proxy.training.seed)
    plan = fit_plan(proxy.training, len(learned))
    model = build(proxy.kind, {"vocabulary": vocabulary, **proxy.config}).to(device)
    run = TrainingRun(model, plan, OBJECTIVES[KINDS[proxy.kind].task](plan, learned, measured))
    for progress in fit(run):
        if progress.validation:
            tqdm.write(f"  epoch {progress.epoch}: loss {progress.loss:.4f}, {progress.validation.nats:.4f} nats")
    assert run.best
    return {"nats": round(run.best.nats, 5), "epoch": run.best_epoch, "seconds": round(run.seconds, 1)}


def settings(proxy: Recipe) -> dict[str, Any]:
    """All settings of a proxy, by which its row is recognised."""
    return {**proxy.config, **vars(proxy.training)}


def _key(row: Mapping[str, Any]) -> str:
    return json.dumps([row["proxy"], row["text"]], sort_keys=True)


if __name__ == "__main__":
    sys.exit(main())

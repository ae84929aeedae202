"""A sweep: a recipe's settings are chosen by small proxy models, without a look at the validation text.

    python -m playground.training.sweep RECIPE --text FILE [--out FOLDER]

Trains a small proxy of the recipe, and one of each of its alternatives, on a part of the training text, and evaluates
them on another part of it. The validation text is not seen here, so the choice does not make its figure too good. A
proxy is SCALE times as wide and is trained on SCALE² of the text: each weight has about as many characters to learn
from, so it needs about the same regularisation. Its batches have SCALE times as many rows, and so it takes SCALE times
as many steps. Its stopping epoch is chosen by the text that evaluates it, as the recipe's own will be.

`sweep.json`, in the checkpoint's folder, keeps the results; the card shows them. A row that is there is not computed
again, so the command may be stopped.
"""

import argparse
import hashlib
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from tqdm import tqdm

from playground.checkpoints import model_card
from playground.errors import BadInput, PlaygroundError
from playground.models import build
from playground.training import records
from playground.training.loop import Run, fit
from playground.training.objective import NextSymbol
from playground.training.recipes import RECIPES, GradientTraining, Recipe, recipe
from playground.training.texts import fit_plan, prepare
from playground.training.train import ELSEWHERE, check_writable

SCALE = 1 / 2
MEASURED_BY = 0.1  # of the training text, its end


def main(arguments: list[str] | None = None) -> int:
    """Run the command; the exit status is 0 when done, 1 when something must be put right."""
    parser = argparse.ArgumentParser(
        prog="python -m playground.training.sweep", description="Choose a recipe's settings."
    )
    names = sorted(name for name, known in RECIPES.items() if known.alternatives)
    parser.add_argument("recipe", choices=names, metavar="RECIPE", help=", ".join(names))
    parser.add_argument("--text", required=True, type=Path, help="the text to learn from, UTF-8")
    parser.add_argument("--out", type=Path, help="the checkpoint's folder; checkpoints/RECIPE unless given")
    given = parser.parse_args(arguments)
    out = given.out or Path("checkpoints") / given.recipe
    try:
        choose(recipe(given.recipe), given.text, out)
    except PlaygroundError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    except OSError as error:  # the disk is full, or what was there is not any more
        sys.stderr.write(f"error: {error.filename or out} cannot be written ({error.strerror or error}): {ELSEWHERE}\n")
        return 1
    return 0


def choose(chosen: Recipe, text_file: Path, out: Path) -> list[dict[str, Any]]:
    """Evaluate the recipe and its alternatives, and write down each as it comes; gives the rows that were written."""
    vocabulary, ids, _ = prepare(chosen.corpus, text_file)
    text = fingerprint(ids)
    check_writable(out)
    known = {_key(row): row for row in records.load_sweep(out)}
    rows = []
    for changes in ({}, *chosen.alternatives):
        proxy = proxy_of(chosen.changed(changes))
        row = {"changes": dict(changes), "proxy": settings(proxy), "text": text}
        before = known.pop(_key(row), None)
        rows.append({**(before or train_proxy(proxy, len(vocabulary), ids)), **row})
        # The rows of proxies whose turn is still to come must outlive a stop.
        records.save_sweep(out, [*rows, *known.values()])
        tqdm.write(f"{model_card.describe_changes(changes)}: {rows[-1]['nats']:.4f} nats, epoch {rows[-1]['epoch']}")
    records.save_sweep(out, rows)
    return rows


def fingerprint(ids: Tensor) -> str:
    """What a training text (N,) is known by: nothing of what validates goes into it."""
    return hashlib.sha256(ids.numpy().tobytes()).hexdigest()


def proxy_of(chosen: Recipe) -> Recipe:
    """The recipe's proxy: SCALE times as wide, with SCALE as many rows in a batch. BadInput for an n-gram."""
    if not isinstance(chosen.training, GradientTraining):
        raise BadInput("training.ngram")
    width = "hidden" if "hidden" in chosen.config else "width"
    smaller = {width: round(chosen.config[width] * SCALE), "batch": max(1, round(chosen.training.batch * SCALE))}
    return chosen.changed(smaller)


def train_proxy(proxy: Recipe, vocabulary: int, ids: Tensor) -> dict[str, Any]:
    """Train a proxy on a training text (N,): nats per character of its best epoch, which that was, and seconds of all.

    vocabulary: how many symbols there are.
    """
    assert isinstance(proxy.training, GradientTraining)
    learned, measured = ids[: int(len(ids) * SCALE**2)], ids[int(len(ids) * (1 - MEASURED_BY)) :]
    torch.manual_seed(proxy.training.seed)
    plan = fit_plan(proxy.training, len(learned))
    model = build(proxy.kind, {"vocabulary": vocabulary, **proxy.config})
    run = Run(model, plan, NextSymbol(plan, learned, measured))
    for progress in fit(run):
        if progress.validation:
            tqdm.write(f"  epoch {progress.epoch}: loss {progress.loss:.4f}, {progress.validation.nats:.4f} nats")
    assert run.best
    return {"nats": round(run.best.nats, 5), "epoch": run.best_epoch, "seconds": round(run.seconds, 1)}


def settings(proxy: Recipe) -> dict[str, Any]:
    """All of a proxy's settings, by which its row is known again."""
    return {**proxy.config, **vars(proxy.training)}


def _key(row: Mapping[str, Any]) -> str:
    return json.dumps([row["proxy"], row["text"]], sort_keys=True)


if __name__ == "__main__":
    sys.exit(main())

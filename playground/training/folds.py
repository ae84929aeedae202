"""Cross-validation of a classifier's recipe, as a command, for data so small that one split says little:

    python -m playground.training.folds RECIPE --text FILE [--general FILE] [--folds 5] [--help]

Each line of the table is tested once, by a model that learned the lines of the other folds. A line's fold follows from
its hash, as in reviews.py, so the folds are the same for everybody. The recipe starts from random weights; with
--general also from layers pretrained on the lines of that text (pretraining.py), without labels, and then fine-tuned as
in review_recipes.TUNINGS; the other options change that. (Five of the reviews stand among Tatoeba's sentences too, such
as "I liked it.") For comparison it also runs a naive Bayes that counts words (Manning, Raghavan and Schütze, 2008,
chapter 13).
"""

import argparse
import hashlib
import json
import math
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from playground import threads
from playground.errors import PlaygroundError
from playground.models import build
from playground.training import batches
from playground.training.loop import TrainingRun, check_device, fit
from playground.training.pretraining import BothWays, Neighbours, go_on, pretrain, read_texts
from playground.training.recipe import FineTuning, GradientTraining, Recipe
from playground.training.recipes import get_recipe
from playground.training.review_recipes import TUNINGS
from playground.training.reviews import CLASSES, ReviewTask, evaluate

WORD = re.compile(r"[\w']+")


def main(arguments: list[str] | None = None) -> int:
    """Run the command; the exit status is 0 when done, 1 if the user must fix something."""
    given = _parser().parse_args(arguments)
    threads.limit_this_thread()
    try:
        check_device(given.device)
        recipe = get_recipe(given.recipe).changed(dict(given.set))
        lines = [line for line in batches.read(given.text).split("\n") if line]
        number = [fold_of(line, given.folds) for line in lines]
        say("naive Bayes of words", list(bayes(lines, number, given.folds)))
        ways: dict[str, Start | None] = {"from random weights": None}
        if given.general:
            ways["pretrained"] = Start(given.general, finetuning_from_args(given))
        for way, start in ways.items():
            means = []
            for seed in range(1, given.seeds + 1):
                one = recipe.changed({"seed": seed})
                found = list(accuracies(one, given.text, number, given.folds, start, given.device))
                say(f"{given.recipe}, {way}" + (f", seed {seed}" if given.seeds > 1 else ""), found)
                means.append(sum(found) / len(found))
            if given.seeds > 1:
                say(f"{given.recipe}, {way}, all seeds", means, "seeds")
    except PlaygroundError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m playground.training.folds", description="Cross-validate a recipe.")
    parser.add_argument("recipe", metavar="RECIPE")
    parser.add_argument("--text", required=True, type=Path, help="the table of texts, UTF-8")
    parser.add_argument("--general", type=Path, help="a text without labels, to pretrain on")
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--seeds", type=int, default=1, help="so many times; one pretraining is for all of them")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--tuning", choices=sorted(TUNINGS), default="ulmfit", help="how the pretrained ones learn")
    parser.add_argument("--own", type=int, help="epochs of going on with the texts whose labels are learned")
    parser.add_argument("--thaw", type=int, help="epochs after which the next lower layer learns too; 0: all at once")
    parser.add_argument("--divisor", type=float, help="of the rate of each layer below the top one")
    settings: dict[str, Any] = {"action": "extend", "nargs": "+", "default": [], "type": _setting, "metavar": "NAME=V"}
    parser.add_argument("--set", **settings, help="other settings of the recipe, each value as JSON")
    parser.add_argument("--set-general", **settings, help="of pretraining on the general text")
    parser.add_argument("--set-labels", **settings, help="of learning the labels after it")
    return parser


def _setting(said: str) -> tuple[str, Any]:
    name, _, value = said.partition("=")
    return name, json.loads(value)


def finetuning_from_args(given: argparse.Namespace) -> FineTuning:
    """The fine-tuning that the options ask for."""
    tuning = TUNINGS[given.tuning]
    own, layers = TUNINGS["ulmfit"].own, TUNINGS["ulmfit"].layers
    if own and given.own is not None:
        tuning = replace(tuning, own=replace(own, epochs=given.own) if given.own else None)
    changes = {name: value for name in ("thaw", "divisor") if (value := getattr(given, name)) is not None}
    if layers and changes:
        tuning = replace(tuning, layers=replace(tuning.layers or replace(layers, thaw=0, divisor=1.0), **changes))
    general = replace(tuning.general, **dict(given.set_general))
    return replace(tuning, general=general, labels={**tuning.labels, **dict(given.set_labels)})


def say(name: str, each: Sequence[float], of: str = "folds") -> None:
    """Print the mean of the folds' accuracies (or of the seeds' means), and each of them."""
    shown = ", ".join(f"{one:.1%}" for one in each)
    sys.stdout.write(f"{name}: {sum(each) / len(each):.1%} ({of}: {shown})\n")
    sys.stdout.flush()


def fold_of(line: str, folds: int) -> int:
    """The fold in which a line is tested, by its hash."""
    return int(hashlib.sha256(line.encode()).hexdigest(), 16) // 20 % folds


class Start:
    """The initial layers of all folds' classifiers: the part learned from a general text is trained once."""

    def __init__(self, general: Path, tuning: FineTuning) -> None:
        self.general, self.tuning = general, tuning
        self.weights: dict[str, Tensor] = {}

    def begin(self, model: Any, task: ReviewTask, seed: int) -> None:
        """Give a new model these layers, trained further on the task's training texts if the plan says so."""
        tuning = self.tuning
        both = BothWays(model).to(next(model.parameters()).device)
        if not self.weights:
            pretrain(both, Neighbours(tuning.general, *read_texts(task.vocabulary, self.general)))
            self.weights = {name: tensor.clone() for name, tensor in both.state_dict().items()}
        torch.manual_seed(seed)  # the same for every fold
        both.load_state_dict(self.weights)
        if tuning.own:
            go_on(both, replace(tuning.own, seed=seed), task.train.texts)


def accuracies(
    recipe: Recipe,
    text_file: Path,
    number: Sequence[int],
    folds: int,
    start: Start | None = None,
    device: str = "cpu",
) -> Iterator[float]:
    """For each fold the accuracy of a model trained on the others, after its last epoch, as no line is left for early
    stopping.

    start: its initial layers, if not random.
    """
    task = ReviewTask(recipe, text_file)
    for fold in range(folds):
        yield accuracy(recipe, task, [own == fold for own in number], start, device)


def accuracy(
    recipe: Recipe, task: ReviewTask, tested: Sequence[bool], start: Start | None = None, device: str = "cpu"
) -> float:
    """The accuracy on the tested lines of a model trained on the others."""
    changed = recipe.changed(start.tuning.labels) if start else recipe
    plan = changed.training
    assert isinstance(plan, GradientTraining)
    task.divide(tested)
    torch.manual_seed(plan.seed)
    model = build(recipe.kind, {"vocabulary": len(task.vocabulary), **changed.config}).to(device)
    if start:
        start.begin(model, task, plan.seed)
    run = TrainingRun(model, plan, task.objective(plan), start.tuning.layers if start else None)
    for _ in fit(run):
        pass
    with run.kept_weights() as (kept, _):
        return evaluate(kept, task.validation).accuracy


def bayes(lines: Sequence[str], number: Sequence[int], folds: int) -> Iterator[float]:
    """For each fold the accuracy of a multinomial naive Bayes with add-one smoothing."""
    labels = [CLASSES.index(line[0]) for line in lines]
    features = [_features(line.rpartition("\t")[2]) for line in lines]
    for fold in range(folds):
        counts: list[Counter[str]] = [Counter() for _ in CLASSES]
        prior = Counter(label for label, own in zip(labels, number, strict=True) if own != fold)
        for label, words, own in zip(labels, features, number, strict=True):
            if own != fold:
                counts[label].update(words)
        known = set().union(*counts)
        totals = [sum(count.values()) + len(known) for count in counts]
        right = tested = 0
        for label, words, own in zip(labels, features, number, strict=True):
            if own == fold:
                scores = [
                    math.log(prior[at]) + sum(math.log((counts[at][w] + 1) / totals[at]) for w in words & known)
                    for at in range(len(CLASSES))
                ]
                right += scores.index(max(scores)) == label
                tested += 1
        yield right / tested


def _features(text: str) -> set[str]:
    return set(WORD.findall(text.lower()))


if __name__ == "__main__":
    sys.exit(main())

"""Cross-validation of a recipe for a classifier, as a command, for texts so few that one split says little:

    python -m playground.training.folds RECIPE --text FILE [--folds 5]

Each line of the table is tested once, by a model that learned the lines of the other folds. A fold's number is the
line's hash, as in reviews.py, so the folds are the same for everybody. The recipe learns from random weights, and once
more with its layers pretrained (pretraining.py). Beside it stands a naive Bayes that counts words (Manning, Raghavan
and Schütze, 2008, chapter 13).
"""

import argparse
import hashlib
import math
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import torch

from playground import threads
from playground.errors import PlaygroundError
from playground.models import build
from playground.training import batches
from playground.training.loop import Run, fit
from playground.training.pretraining import Neighbours, pretrain
from playground.training.recipe import GradientTraining, Recipe
from playground.training.recipes import recipe
from playground.training.review_recipes import PRETRAINING
from playground.training.reviews import CLASSES, ReviewStudy, evaluate, similar

WORD = re.compile(r"[\w']+")


def main(arguments: list[str] | None = None) -> int:
    """Run the command; the exit status is 0 when done, 1 when something must be put right."""
    parser = argparse.ArgumentParser(prog="python -m playground.training.folds", description="Cross-validate a recipe.")
    parser.add_argument("recipe", metavar="RECIPE")
    parser.add_argument("--text", required=True, type=Path, help="the table of texts, UTF-8")
    parser.add_argument("--folds", type=int, default=5)
    given = parser.parse_args(arguments)
    threads.one_here()
    try:
        chosen = recipe(given.recipe)
        lines = [line for line in batches.read(given.text).split("\n") if line]
        number = [fold_of(line, given.folds) for line in lines]
        say("naive Bayes of words", bayes(lines, number, given.folds))
        for name, first in (("from random weights", None), ("pretrained", PRETRAINING)):
            say(f"{given.recipe}, {name}", accuracies(chosen, given.text, number, given.folds, first))
    except PlaygroundError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    return 0


def say(name: str, found: Iterator[float]) -> None:
    """Write the mean of the folds' accuracies, and each of them."""
    each = list(found)
    shown = ", ".join(f"{one:.1%}" for one in each)
    sys.stdout.write(f"{name}: {sum(each) / len(each):.1%} (folds: {shown})\n")
    sys.stdout.flush()


def fold_of(line: str, folds: int) -> int:
    """The fold in which a line is tested, by its hash."""
    return int(hashlib.sha256(line.encode()).hexdigest(), 16) // 20 % folds


def accuracies(
    chosen: Recipe, text_file: Path, number: Sequence[int], folds: int, first: GradientTraining | None
) -> Iterator[float]:
    """Of each fold, what a model has that learned the others: after its last epoch, as no line is left to choose by.

    first: how its layers learn to predict symbols before, if they do.
    """
    assert isinstance(chosen.training, GradientTraining)
    study = ReviewStudy(chosen, text_file)
    for fold in range(folds):
        study.divide([own == fold for own in number])
        torch.manual_seed(chosen.training.seed)
        model = build(chosen.kind, {"vocabulary": len(study.vocabulary), **chosen.config})
        if first:
            pretrain(model, Neighbours(first, study.train, study.validation, similar))
        run = Run(model, chosen.training, study.objective(chosen.training))
        for _ in fit(run):
            pass
        with run.kept() as (kept, _):
            yield evaluate(kept, study.validation).accuracy


def bayes(lines: Sequence[str], number: Sequence[int], folds: int) -> Iterator[float]:
    """Of each fold, the accuracy of a multinomial naive Bayes with one added to each count."""
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

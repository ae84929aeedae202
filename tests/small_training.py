"""Small recipes, a small text, and runs on it, shared by the tests of training."""

import dataclasses
import random
from typing import Any

import pytest
import torch

from playground.models import build
from playground.training import corpora, history, records
from playground.training.loop import TrainingRun
from playground.training.objective import NextSymbol
from playground.training.recipes import RECIPES, Counting, GradientTraining, Recipe

ANY = dataclasses.replace(corpora.SHAKESPEARE, sha256="")
PLAN = GradientTraining(epochs=2, batches="streams", batch=4, length=16, lr=1e-2, ema_decay=0.9, seed=3)
CONFIGS: dict[str, dict[str, Any]] = {
    "bigram": {"width": 4, "dropout": 0.1},
    "rnn": {"embedding": 4, "hidden": 12, "layers": 2, "dropout": 0.1},
    "gru": {"embedding": 4, "hidden": 12, "layers": 2, "dropout": 0.1},
    "lstm": {"embedding": 4, "hidden": 12, "layers": 2, "dropout": 0.1, "weight_dropout": 0.1},
    "convnet": {"width": 12, "layers": 3, "kernel": 2, "cycle": 3, "dropout": 0.1},
    "transformer": {"width": 16, "layers": 2, "heads": 2, "window": 8, "dropout": 0.1},
}


def sample_text() -> str:
    """2,400 characters of nonsense that has something to learn: words of five letters, spaces and lines."""
    dice = random.Random(4)
    words = ["".join(dice.choice("aeiou" if i % 2 else "bdklmnrst") for i in range(5)) for _ in range(12)]
    return "".join(dice.choice(words) + dice.choice("   \n") for _ in range(400))


def small_recipe(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    plan: Any = PLAN
    if kind == "transformer":
        plan = dataclasses.replace(PLAN, batches="windows")
    if kind == "ngram":
        plan = Counting(order=3)
    config = CONFIGS.get(kind, {})
    recipe = Recipe("Small", ANY, kind, plan, ("a", "de"), config, snapshots=kind == "gru")
    monkeypatch.setitem(RECIPES, "small", recipe)
    monkeypatch.setattr(records, "LENGTH", 20)
    monkeypatch.setattr(history, "LENGTH", 20)


def small_run(kind: str = "gru", plan: GradientTraining = PLAN) -> TrainingRun:
    torch.manual_seed(plan.seed)
    ids = torch.randint(8, (1500,), generator=torch.Generator().manual_seed(1))
    return TrainingRun(build(kind, {"vocabulary": 8, **CONFIGS[kind]}), plan, NextSymbol(plan, ids, ids[:300]))

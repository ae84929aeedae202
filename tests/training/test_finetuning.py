"""ULMFiT's steps: which layers learn in which epoch and at what rate, slanted rates, and the language models' texts."""

import dataclasses
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from playground.models import build
from playground.training import folds, loop, pretraining, sweep
from playground.training.layers import Layers
from playground.training.loop import TrainingRun, fit, lr_at
from playground.training.recipe import FineTuning, Recipe
from playground.training.recipes import RECIPES
from playground.training.review_recipes import TUNINGS
from playground.training.reviews import Labels, Reviews, ReviewTask
from tests.training.test_reviews import ANY, CONFIG, PLAN, table

LAYERS = Layers((("output", "ngrams"), ("forth", "back"), ("embedding",)), divisor=2.5, thaw=1)
TEXTS = Reviews([torch.tensor([1 + row % 3, 2, 4, 1 + row % 2]) for row in range(16)], [row % 2 for row in range(16)])


def run_of(layers: Layers | None, **changes: Any) -> TrainingRun:
    """Two steps per epoch, without weight decay by default."""
    plan = dataclasses.replace(PLAN, **{"lr": 1.0, "schedule": "constant", "weight_decay": 0.0, **changes})
    torch.manual_seed(3)
    model = build("classifier", {"vocabulary": 6, **CONFIG})
    return TrainingRun(model, plan, Labels(plan, TEXTS, TEXTS), layers)


def test_each_layer_has_a_lower_rate_than_the_one_above() -> None:
    run = run_of(LAYERS)
    next(fit(run))
    of = {id(p): group["lr"] for group in run.optimizer.param_groups for p in group["params"]}
    rates = {name: of[id(p)] for name, p in run.model.named_parameters()}
    assert len(of) == len(rates)
    wanted = {"output": 1.0, "ngrams": 1.0, "forth": 0.4, "back": 0.4, "embedding": 0.16}
    assert rates == {name: pytest.approx(wanted[name.split(".")[0]]) for name in rates}


def test_layers_are_unfrozen_from_the_top_one_per_epoch() -> None:
    run = run_of(LAYERS, lr=1e-2)
    before = {name: p.detach().clone() for name, p in run.model.named_parameters()}
    moved: list[set[str]] = []
    for progress in fit(run):
        if progress.validation:
            now = {name: p.detach().clone() for name, p in run.model.named_parameters()}
            moved.append({name.split(".")[0] for name in now if not torch.equal(now[name], before[name])})
            before = now
    top, middle = {"output", "ngrams"}, {"forth", "back"}
    assert moved == [top, top | middle, top | middle | {"embedding"}]


@pytest.mark.parametrize(("thaw", "learning"), [(0, [3, 3, 3, 3, 3]), (1, [1, 2, 3, 3, 3]), (2, [1, 1, 2, 2, 3])])
def test_the_number_of_layers_that_learn_in_each_epoch(thaw: int, learning: list[int]) -> None:
    model = build("classifier", {"vocabulary": 6, **CONFIG})
    layers = dataclasses.replace(LAYERS, thaw=thaw)
    counts = []
    for epoch in range(5):
        layers.freeze(model, epoch)
        counts.append(sum(all(p.requires_grad for p in part) for _, part in layers.parts(model)))
    assert counts == learning


def test_equal_rates_change_nothing() -> None:
    alike = Layers(tuple((name,) for name in ("output", "ngrams", "forth", "back", "embedding")))
    one, other = run_of(None, lr=1e-2, weight_decay=0.1), run_of(alike, lr=1e-2, weight_decay=0.1)
    assert [p.loss for p in fit(one)] == [p.loss for p in fit(other)]
    for (name, tensor), same in zip(one.model.named_parameters(), other.model.parameters(), strict=True):
        assert torch.equal(tensor, same), name


def test_the_slanted_rate_by_hand() -> None:
    plan = dataclasses.replace(PLAN, lr=3.2, schedule="slanted", warmup=0.1)
    rates = [lr_at(step, 100, plan) for step in range(100)]
    assert rates[0] == pytest.approx(0.1)  # 3.2 / 32
    assert rates[5] == pytest.approx(0.1 + 3.1 / 2)
    assert rates[10] == pytest.approx(3.2)
    assert rates[55] == pytest.approx(0.1 + 3.1 / 2)
    assert rates[99] == pytest.approx(0.1 + 3.1 / 90)


def test_tested_texts_are_never_learned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, general = tmp_path / "reviews.tsv", tmp_path / "general.txt"
    file.write_text(table(), "utf-8")
    general.write_text("".join(f"nothing of this: {number}\n" for number in range(300)))
    recipe = Recipe("Small", ANY, "classifier", PLAN, ("lovely",), CONFIG)
    task = ReviewTask(recipe, file)
    read: list[set[tuple[int, ...]]] = []

    class Watched(pretraining.Neighbours):
        def __init__(self, plan: Any, train: list[Tensor], validation: list[Tensor]) -> None:
            read.append({tuple(text.tolist()) for text in [*train, *validation]})
            super().__init__(plan, train, validation)

    for module in (folds, pretraining):
        monkeypatch.setattr(module, "Neighbours", Watched)
    short = dataclasses.replace(PLAN, epochs=1)
    start = folds.Start(general, FineTuning(short, own=short, labels={"epochs": 2}, layers=LAYERS))
    for fold in range(2):
        folds.accuracy(recipe, task, [row % 2 == fold for row in range(200)], start)
    texts = [tuple(text.tolist()) for text in task.everything.texts]
    alone, *own = read
    assert len(alone) == 300
    assert own == [set(texts[1::2]), set(texts[0::2])]
    assert not own[0] & own[1]


def test_the_options_change_the_fine_tuning(tmp_path: Path) -> None:
    def asked(*options: str) -> FineTuning:
        return folds.finetuning_from_args(folds._parser().parse_args(["small", "--text", str(tmp_path), *options]))

    ulmfit, plain = TUNINGS["ulmfit"], TUNINGS["plain"]
    assert asked() == ulmfit
    assert asked("--tuning", "plain") == plain
    assert ulmfit.own
    assert ulmfit.layers
    changed = asked("--own", "2", "--divisor", "4", "--set-general", "epochs=3", "lr=0.5", "--set-labels", "epochs=5")
    assert changed.own == dataclasses.replace(ulmfit.own, epochs=2)
    assert changed.layers == dataclasses.replace(ulmfit.layers, divisor=4.0)
    assert changed.general == dataclasses.replace(ulmfit.general, epochs=3, lr=0.5)
    assert changed.labels == {**ulmfit.labels, "epochs": 5}
    assert asked("--own", "0").own is None
    thawed = asked("--tuning", "plain", "--thaw", "2").layers
    assert thawed == dataclasses.replace(ulmfit.layers, divisor=1.0, thaw=2)


def test_seeds_are_reported_one_by_one_and_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "reviews.tsv"
    file.write_text(table(), "utf-8")
    monkeypatch.setitem(RECIPES, "small", Recipe("Small", ANY, "classifier", PLAN, ("lovely",), CONFIG))
    monkeypatch.setattr(folds, "accuracies", lambda recipe, *_: iter([0.5, 0.7 + recipe.training.seed / 10]))
    assert folds.main(["small", "--text", str(file), "--folds", "2", "--seeds", "2"]) == 0
    assert capsys.readouterr().out.splitlines()[1:] == [
        "small, from random weights, seed 1: 65.0% (folds: 50.0%, 80.0%)",
        "small, from random weights, seed 2: 70.0% (folds: 50.0%, 90.0%)",
        "small, from random weights, all seeds: 67.5% (seeds: 65.0%, 70.0%)",
    ]


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_missing_gpu_is_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = ["--text", str(tmp_path / "none"), "--device", "cuda"]
    assert folds.main(["sentiment-en", *told]) == 1
    assert sweep.main(["shakespeare-masked", *told]) == 1
    assert capsys.readouterr().err.lower().count("cuda") == 2


def test_the_layers_of_the_recipes_cover_every_parameter() -> None:
    layers = TUNINGS["ulmfit"].layers
    assert layers
    model = build("classifier", {"vocabulary": 6, **RECIPES["sentiment-en"].config, "hidden": 4, "embedding": 4})
    named = [p for _, part in layers.parts(model) for p in part]
    assert {id(p) for p in named} == {id(p) for p in model.parameters()}
    assert len(named) == len(list(model.parameters()))
    assert loop.SLANT == 32

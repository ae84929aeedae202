"""Training by gradient descent: figures and schedules by hand, exact resuming, and held-out text."""

import dataclasses
import math
from itertools import islice
from typing import Any

import pytest
import torch

from playground.models import build
from playground.models.ngram import NGram
from playground.training import batches, loop
from playground.training.evaluate import calibrate, evaluate
from playground.training.loop import TrainingRun, fit, lr_at
from playground.training.objective import NextSymbol
from tests.small_training import CONFIGS, PLAN, small_run


def text_of(run: TrainingRun) -> NextSymbol:
    assert isinstance(run.objective, NextSymbol)
    return run.objective


def test_an_evaluation_by_hand() -> None:
    """Bigrams of abab…: every order-2 prediction is known from the model's own probabilities."""
    ids = torch.tensor([0, 1] * 20)
    model = NGram.from_counts(ids, order=2, vocabulary=2)
    got = evaluate(model, ids)
    after_0 = float(model.advance([0])[0][0, -1, 1])
    after_1 = float(model.advance([1])[0][0, -1, 0])
    assert got.nats == pytest.approx(-(20 * after_0 + 19 * after_1) / 39, abs=1e-6)
    assert got.bits == pytest.approx(got.nats / math.log(2))
    assert (got.accuracy, got.characters) == (1.0, 39)


def test_an_evaluation_carries_the_state_over_its_chunks() -> None:
    run = small_run()
    ids = text_of(run).validation
    whole = evaluate(run.model, ids, chunk=1000)
    parts = evaluate(run.model, ids, chunk=7)
    assert parts.nats == pytest.approx(whole.nats, abs=1e-6)
    assert parts.accuracy == whole.accuracy


def test_the_learning_rate_rises_and_falls() -> None:
    plan = dataclasses.replace(PLAN, lr=2.0, warmup=0.1)
    rates = [lr_at(s, 100, plan) for s in range(100)]
    assert rates[0] == pytest.approx(2 / 11)
    assert rates[10] == 2.0 == max(rates)
    assert rates[55] == pytest.approx(1.0)
    assert rates[99] == pytest.approx(1 + math.cos(math.pi * 89 / 90))


@pytest.mark.parametrize("kind", CONFIGS)
@pytest.mark.parametrize(("batches", "held"), [("streams", 0.0), ("windows", 0.0), ("streams", 0.2)])
def test_a_resumed_run_equals_one_that_was_not_stopped(kind: str, batches: Any, held: float) -> None:
    plan = dataclasses.replace(PLAN, batches=batches, calibration_split=held)
    straight = small_run(kind, plan)
    losses = [p.loss for p in fit(straight)]
    first, second = small_run(kind, plan), small_run(kind, plan)
    stop = straight.epoch_steps + 3
    before = [p.loss for p in islice(fit(first), stop)]
    record = first.record()
    torch.manual_seed(99)
    second.resume(record)
    after = [p.loss for p in fit(second)]
    assert before + after == losses
    for name, tensor in straight.best_weights.items():
        assert torch.equal(tensor, second.best_weights[name]), name
    assert (second.best_epoch, second.scale) == (straight.best_epoch, straight.scale)
    for row, other in zip(straight.curve, second.curve, strict=True):
        assert {**row, "seconds": 0} == {**other, "seconds": 0}


def test_bfloat16_support_is_asked_of_the_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    for able, said in [({"avx2": True}, False), ({"avx512_bf16": True}, True), ({"bf16": True, "neon": True}, True)]:
        monkeypatch.setattr(torch.cpu, "get_capabilities", lambda able=able: able)
        assert loop.rounds(torch.device("cpu")) is said


def _run_on_a_pattern(**changes: Any) -> TrainingRun:
    """On a text in which three of four ids are predictable."""
    dice = torch.Generator().manual_seed(2)
    noise = torch.randint(8, (4000,), generator=dice)
    ids = torch.where(torch.rand(4000, generator=dice) < 0.25, noise, torch.arange(4000) * 3 % 8)
    torch.manual_seed(3)
    plan = dataclasses.replace(PLAN, **changes)
    model = build("gru", {"vocabulary": 8, **CONFIGS["gru"]})
    return TrainingRun(model, plan, NextSymbol(plan, ids[:3000], ids[3000:]))


def test_calibration_halves_the_logits_of_an_overconfident_model() -> None:
    run = _run_on_a_pattern()
    list(fit(run))
    model, ids = run.model.eval(), text_of(run).validation
    calibrate(model, ids, rows=2)
    assert calibrate(model, ids, rows=2) == pytest.approx(1, abs=2e-3)
    right = evaluate(model, ids, rows=2)
    with torch.no_grad():
        for parameter in model.output.parameters():
            parameter.mul_(2)
    assert evaluate(model, ids, rows=2).nats > right.nats
    assert calibrate(model, ids, rows=2) == pytest.approx(0.5, rel=2e-3)
    assert evaluate(model, ids, rows=2).nats == pytest.approx(right.nats, abs=1e-5)
    assert evaluate(model, ids, rows=2).accuracy == right.accuracy


def test_the_calibration_split_is_not_learned() -> None:
    run = _run_on_a_pattern(calibration_split=0.25)
    text, whole = text_of(run), text_of(_run_on_a_pattern()).train
    assert torch.equal(torch.cat([text.calibration, text.train]), whole)
    assert len(text.calibration) == len(whole) // 4
    assert run.epoch_steps == (len(text.train) - 1) // (4 * 16)
    list(fit(run))
    trained = run.model.output.weight.clone()
    with run.kept_weights() as (model, scale):
        assert scale == pytest.approx(run.scale)
        torch.testing.assert_close(model.output.weight, run.ema["output.weight"] * scale)
        assert calibrate(model, text.calibration) == pytest.approx(1, abs=2e-3)
    assert torch.equal(run.model.output.weight, trained)


def test_progress_counts_steps_and_measures_each_epoch() -> None:
    run = small_run()
    progress = list(fit(run))
    per_epoch = (1500 - 1) // (4 * 16)
    assert [p.step for p in progress] == list(range(1, 2 * per_epoch + 1))
    assert [p.step for p in progress if p.validation] == [per_epoch, 2 * per_epoch]
    assert [p.epoch for p in progress] == [1] * per_epoch + [2] * per_epoch
    assert progress[-1].left == 0
    assert all(p.speed > 0 for p in progress)
    assert run.best == min((p.validation for p in progress if p.validation), key=lambda m: m.nats)


def test_the_books_recipe_learns_only_the_ends_of_windows() -> None:
    plan = dataclasses.replace(
        PLAN, batches="endings", stride=3, optimizer="rmsprop", schedule="constant", clip=0.0, ema_decay=0.0
    )
    ids = torch.tensor([0, 1, 2, 3] * 375)
    model = build("lstm", {"vocabulary": 8, "embedding": 4, "hidden": 12})
    run = TrainingRun(model, plan, NextSymbol(plan, ids, ids[:300]))
    progress = list(fit(run))
    assert len(progress) == 2 * batches.ending_steps(1500, 4, 16, 3)
    assert lr_at(0, 100, plan) == lr_at(99, 100, plan) == plan.lr
    assert progress[-1].loss < 0.05  # a cycle is learned by heart
    assert progress[-1].loss == run.curve[-1]["loss"]

"""The masked training task: how much is removed, fixed positions in evaluation, and a run from text to card."""

import dataclasses
import math
from pathlib import Path
from typing import Any

import pytest
import torch

from playground import library
from playground.models import build
from playground.training import masks, train
from playground.training.loop import TrainingRun, fit
from playground.training.masks import EVALUATED, MAX_GAP_SHARE, MIN_GAP_SHARE, Gaps, evaluate_gaps, evaluated_places
from playground.training.recipes import RECIPES, Recipe
from tests.small_training import ANY, PLAN, sample_text

WINDOWS = dataclasses.replace(PLAN, batches="windows", batch=8, length=32)
CONFIG = {"width": 16, "layers": 1, "heads": 2, "context": 32}


class FixedModel:
    """A model that gives id 1 the probability p at each position, and records what it reads."""

    training, mask = False, 2

    def __init__(self, p: float, context: int = 10) -> None:
        self.logits = torch.tensor([1 - p, p]).log()
        self.config = dataclasses.make_dataclass("C", ["context"])(context)
        self.read: list[torch.Tensor] = []

    def parameters(self) -> Any:
        return iter([torch.nn.Parameter(torch.zeros(1))])

    def eval(self) -> None: ...

    def train(self, on: bool) -> None: ...

    def __call__(self, ids: torch.Tensor) -> torch.Tensor:
        self.read.append(ids)
        return self.logits.expand(*ids.shape, 2)


def ids(count: int = 4_000, symbols: int = 8) -> torch.Tensor:
    return torch.randint(symbols, (count,), generator=torch.Generator().manual_seed(1))


def test_each_row_has_its_own_share_of_gaps() -> None:
    objective = Gaps(dataclasses.replace(WINDOWS, batch=20, length=100), ids(200_000), ids(200))
    shares = torch.cat([gaps.float().mean(1) for _, gaps in objective.batches(torch.Generator().manual_seed(2))])
    assert len(shares) == 20 * objective.epoch_steps == 1980
    assert float(shares.mean()) == pytest.approx((MIN_GAP_SHARE + MAX_GAP_SHARE) / 2, abs=0.01)
    # A share that is uniform from MIN_GAP_SHARE to MAX_GAP_SHARE, and the spread of 100 draws with it.
    spread = (MAX_GAP_SHARE - MIN_GAP_SHARE) ** 2 / 12 + float((shares * (1 - shares)).mean()) / 100
    assert float(shares.var()) == pytest.approx(spread, rel=0.1)


def test_the_batches_of_an_epoch_are_the_same_for_the_same_generator() -> None:
    objective = Gaps(WINDOWS, ids(), ids(200))
    once, again = (list(objective.batches(torch.Generator().manual_seed(5))) for _ in range(2))
    assert all(torch.equal(a, b) for x, y in zip(once, again, strict=True) for a, b in zip(x, y, strict=True))


def test_only_gaps_are_learned_and_they_show_the_mask_id() -> None:
    class Reads(FixedModel):
        def __call__(self, ids: torch.Tensor) -> torch.Tensor:
            right = torch.tensor([0.9, 0.1]).log()
            logits = super().__call__(ids).clone()
            logits[ids != self.mask] = right  # its other predictions are wrong, or right: they do not matter
            return logits

    model = Reads(0.25)
    rows, gaps = torch.ones(2, 4, dtype=torch.int64), torch.tensor([[True, False, False, True], [False] * 4])
    loss, state = Gaps(WINDOWS, ids(), ids(200)).loss(model, (rows, gaps), None)
    assert float(loss) == pytest.approx(math.log(4))
    assert state is None
    assert model.read[0].tolist() == [[2, 1, 1, 2], [1, 1, 1, 1]]


def test_an_evaluation_uses_the_same_fifteen_per_cent_each_time() -> None:
    places = evaluated_places((871, 128))
    assert torch.equal(places, evaluated_places((871, 128)))
    assert places.sum(1).unique().tolist() == [math.ceil(128 * EVALUATED)] == [20]
    assert places.float().mean(0).std() < 0.02  # of all places of a row alike
    text = torch.tensor([1, 0, 1, 1] * 26)  # 104: ten windows of 10, and 4 that are left over
    first, second = FixedModel(0.8), FixedModel(0.8)
    got = evaluate_gaps(first, text)
    assert got == evaluate_gaps(second, text)
    assert torch.equal(first.read[0], second.read[0])
    hidden = first.read[0] == 2
    ones = int(text[:100].view(10, 10)[hidden].sum())
    assert got.characters == 20
    assert got.accuracy == ones / 20
    assert got.nats == pytest.approx(-(ones * math.log(0.8) + (20 - ones) * math.log(0.2)) / 20)


def test_a_text_shorter_than_the_context_is_one_window() -> None:
    assert evaluate_gaps(FixedModel(0.5, context=128), torch.tensor([0, 1] * 10)).characters == 3


def test_the_model_learns_from_both_sides() -> None:
    """In a text that counts up and down, neither side determines a symbol alone, but both together do."""
    text = torch.tensor([0, 1, 2, 3, 2, 1] * 400)
    plan = dataclasses.replace(WINDOWS, epochs=12, ema_decay=0.0)
    torch.manual_seed(1)
    run = TrainingRun(build("masked", {"vocabulary": 4, **CONFIG}), plan, Gaps(plan, text, text[:320]))
    last = list(fit(run))[-1]
    assert last.validation
    assert last.validation.accuracy > 0.99


def test_a_resumed_run_equals_one_that_was_not_stopped() -> None:
    def fresh() -> TrainingRun:
        torch.manual_seed(1)
        model = build("masked", {"vocabulary": 8, "dropout": 0.1, **CONFIG})
        return TrainingRun(model, WINDOWS, Gaps(WINDOWS, ids(), ids(200)))

    straight = fresh()
    losses = [p.loss for p in fit(straight)]
    stopped = fresh()
    going = fit(stopped)
    first = [next(going).loss for _ in range(7)]
    record = stopped.record()
    resumed = fresh()
    resumed.resume(record)
    assert first + [p.loss for p in fit(resumed)] == losses
    assert resumed.best == straight.best


def test_the_command_makes_a_checkpoint_whose_card_describes_its_evaluation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(RECIPES, "small", Recipe("Small", ANY, "masked", WINDOWS, ("abc", "de"), CONFIG))
    text = tmp_path / "text.txt"
    text.write_text(sample_text(), "utf-8")
    out = tmp_path / "small"
    assert train.main(["small", "--text", str(text), "--out", str(out)]) == 0
    checkpoint = library.load(out)
    assert checkpoint.task == "masked"
    task = masks.MaskTask(RECIPES["small"], text)
    again = evaluate_gaps(checkpoint.model, task.validation_ids)
    v = checkpoint.card.validation
    assert v
    assert (v.nats, v.accuracy, v.characters) == pytest.approx((again.nats, again.accuracy, again.characters))
    readme = (out / "README.md").read_text("utf-8")
    assert "pipeline_tag: fill-mask" in readme
    assert "checkpoint.model.fill(ids, [4, 9])" in readme
    assert "| nats per gap | bits per gap | accuracy | over |" in readme
    assert f"{v.characters} gaps" in readme
    assert "advance" not in readme

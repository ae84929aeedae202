"""Training task of a masked model: predict removed symbols of a text from both sides."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from playground.inference.score import unit_of
from playground.training import batches, records
from playground.training.evaluate import Evaluation
from playground.training.recipes import GradientTraining, Recipe
from playground.training.texts import fit_plan, fit_recipe, prepare

# The share of a row's positions that is removed: in training drawn for each row, from few gaps to many, so that a model
# learns from more positions at once than BERT's 15 %, and from texts with most symbols missing.
MIN_GAP_SHARE, MAX_GAP_SHARE = 0.05, 0.45
EVALUATED = 0.15  # BERT's, always the same positions
SEED = 14
ROWS = 32  # rows processed at once in an evaluation


class MaskTask:
    """See train.TrainingTask, for a text. train_ids, validation_ids: its two parts, (N,)."""

    def __init__(self, recipe: Recipe, text_file: Path) -> None:
        self.recipe = fit_recipe(recipe, text_file)
        self.vocabulary, self.train_ids, self.validation_ids = prepare(self.recipe.corpus, text_file)
        self.unit = unit_of(self.vocabulary)

    def fit_plan(self, plan: GradientTraining) -> GradientTraining:
        """See TrainingTask."""
        return fit_plan(plan, len(self.train_ids))

    def objective(self, plan: GradientTraining) -> "Gaps":
        """See TrainingTask."""
        return Gaps(plan, self.train_ids, self.validation_ids)

    def finish(self, folder: Path, recipe: Recipe) -> None:
        """See TrainingTask."""
        records.finish_masked(folder, lambda model: evaluate_gaps(model, self.validation_ids))


class Gaps:
    """The symbols at gaps in windows of a text. train and validation: ids (N,)."""

    scaled = False

    def __init__(self, plan: GradientTraining, train: Tensor, validation: Tensor) -> None:
        self.plan = plan
        self.train = train
        self.validation = validation
        self.symbols = plan.batch * plan.length
        self.epoch_steps = batches.steps(len(train), plan.batch, plan.length)

    def batches(self, generator: torch.Generator) -> Iterator[tuple[Tensor, Tensor]]:
        """See Objective: ids (batch, length), and which of them are gaps."""
        for ids, _ in batches.windows(self.train, self.plan.batch, self.plan.length, generator):
            share = MIN_GAP_SHARE + (MAX_GAP_SHARE - MIN_GAP_SHARE) * torch.rand(len(ids), 1, generator=generator)
            gaps = torch.rand(ids.shape, generator=generator) < share
            gaps[0, 0] = True  # the mean over no positions is undefined
            yield ids, gaps

    def loss(self, model: Any, batch: tuple[Tensor, Tensor], state: Any) -> tuple[Tensor, Any]:
        """See Objective: the mean cross-entropy at the gaps alone, in nats per symbol."""
        device = next(model.parameters()).device
        ids, gaps = (part.to(device) for part in batch)
        logits = model(ids.masked_fill(gaps, model.mask))
        return F.cross_entropy(logits[gaps].float(), ids[gaps]), None

    def evaluate(self, model: Any) -> Evaluation:
        """See Objective."""
        return evaluate_gaps(model, self.validation)

    def calibrate(self, model: Any) -> float:
        """Nothing is held out for calibration."""
        return 1.0


@torch.inference_mode()
def evaluate_gaps(model: Any, ids: Tensor) -> Evaluation:
    """Evaluate a masked model on a text (N,), in windows as long as its context, or as the text if that is shorter.

    15 % of the positions of each are gaps, the same at each evaluation. A remainder after the last window is skipped.
    """
    was_training = model.training
    model.eval()
    device = next(model.parameters()).device
    length = min(len(ids), model.config.context)
    rows = ids[: len(ids) // length * length].view(-1, length)
    gaps = evaluated_places(rows.shape)
    nats, right = 0.0, 0
    for row, gap in zip(rows.split(ROWS), gaps.split(ROWS), strict=True):
        logits, wanted = model(row.masked_fill(gap, model.mask).to(device))[gap.to(device)].cpu(), row[gap]
        nats += float(F.cross_entropy(logits, wanted, reduction="sum"))
        right += int((logits.argmax(-1) == wanted).sum())
    model.train(was_training)
    count = int(gaps.sum())
    return Evaluation(nats / count, right / count, count)


def evaluated_places(shape: tuple[int, ...]) -> Tensor:
    """Which positions are gaps, bool: 15 % of each row, rounded up, drawn with a fixed seed."""
    order = torch.rand(shape, generator=torch.Generator().manual_seed(SEED)).argsort(-1).argsort(-1)
    return order < math.ceil(shape[-1] * EVALUATED)

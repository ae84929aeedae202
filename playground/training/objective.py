"""Training objectives: batches, their loss, and the evaluation on held-out data.

Each task has its own: the language model's is here, the others with their texts (masks.py, reviews.py, sentences.py).
"""

from collections.abc import Iterator
from typing import Any, Protocol

import torch
from torch import Tensor
from torch.nn import functional as F

from playground.training import batches
from playground.training.evaluate import Evaluation, calibrate, evaluate
from playground.training.recipes import GradientTraining


class Objective(Protocol):
    """The interface that loop.fit uses.

    epoch_steps: batches of an epoch. symbols: of a batch, for the reported speed. scaled: whether `calibrate` has text
    to calibrate on.
    """

    epoch_steps: int
    symbols: int
    scaled: bool

    def batches(self, generator: torch.Generator) -> Iterator[Any]:
        """The batches of one epoch, determined by the state of the generator."""
        ...

    def loss(self, model: Any, batch: Any, state: Any) -> tuple[Tensor, Any]:
        """The mean loss of a batch, to be minimised, and the state with which the next batch begins."""
        ...

    def evaluate(self, model: Any) -> Evaluation:
        """How well the model does on held-out data; evaluated in eval mode, with the previous mode restored."""
        ...

    def calibrate(self, model: Any) -> float:
        """Scale the model's logits on text held out for it; returns the factor."""
        ...


class NextSymbol:
    """Each next symbol of a text. train and validation: ids (N,).

    calibration: the beginning of the training text, held out if the plan says so.
    """

    def __init__(self, plan: GradientTraining, train: Tensor, validation: Tensor) -> None:
        self.plan = plan
        split = int(plan.calibration_split * len(train))
        # The beginning: text next to the validation text is likely the most similar to it, so that part is used for
        # training.
        self.calibration, self.train = train[:split], train[split:]
        self.validation = validation
        self.scaled = split > 0
        self.symbols = plan.batch * plan.length
        if plan.batches == "endings":
            self.epoch_steps = batches.ending_steps(len(self.train), plan.batch, plan.length, plan.stride)
        else:
            self.epoch_steps = batches.steps(len(self.train), plan.batch, plan.length)

    def batches(self, generator: torch.Generator) -> Iterator[tuple[Tensor, Tensor]]:
        """See Objective: pairs x, y of (batch, length)."""
        plan = self.plan
        if plan.batches == "endings":
            return batches.endings(self.train, plan.batch, plan.length, generator, plan.stride)
        cut = batches.streams if plan.batches == "streams" else batches.windows
        return cut(self.train, plan.batch, plan.length, generator)

    def loss(self, model: Any, batch: tuple[Tensor, Tensor], state: Any) -> tuple[Tensor, Any]:
        """See Objective: the mean cross-entropy, in nats per symbol."""
        x, y = batch
        device = next(model.parameters()).device
        logits, after = model.advance(x.to(device), state)
        logits = logits[:, -y.shape[1] :].float()  # for "endings", only the last position
        loss = F.cross_entropy(logits.flatten(0, 1), y.to(device).flatten())
        return loss, after if self.plan.batches == "streams" else None

    def evaluate(self, model: Any) -> Evaluation:
        """See Objective: in up to 32 parts side by side, for speed."""
        return evaluate(model, self.validation, rows=min(32, len(self.validation) // 64 or 1))

    def calibrate(self, model: Any) -> float:
        """See Objective."""
        return calibrate(model, self.calibration)

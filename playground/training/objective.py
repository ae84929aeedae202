"""What a run learns: its batches, their loss, and how well a model does on what it did not learn.

Each task has its own: that of a language model is here, the others beside their texts (masks.py, reviews.py,
sentences.py).
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
    """What loop.fit asks.

    epoch_steps: batches of an epoch. symbols: of a batch, for the speed that is told. scaled: whether `calibrate` has
    text to scale the logits by.
    """

    epoch_steps: int
    symbols: int
    scaled: bool

    def batches(self, generator: torch.Generator) -> Iterator[Any]:
        """The batches of one epoch; the same for the same state of the generator."""
        ...

    def loss(self, model: Any, batch: Any, state: Any) -> tuple[Tensor, Any]:
        """The mean loss of a batch, to be descended, and the state that the next batch begins with."""
        ...

    def evaluate(self, model: Any) -> Evaluation:
        """How well the model does on what it did not learn; in eval mode, and back as it was."""
        ...

    def calibrate(self, model: Any) -> float:
        """Scale the model's logits by text that is held out for it; by what they were multiplied."""
        ...


class NextSymbol:
    """Each next symbol of a text. train and validation: ids (N,).

    calibration: the beginning of the training text, held out if the plan says so.
    """

    def __init__(self, plan: GradientTraining, train: Tensor, validation: Tensor) -> None:
        self.plan = plan
        split = int(plan.calibration_split * len(train))
        # The beginning: text next to the validation text is likely the most similar to it, so that part is trained on.
        self.calibration, self.train = train[:split], train[split:]
        self.validation = validation
        self.scaled = split > 0
        self.symbols = plan.batch * plan.length
        if plan.batches == "endings":
            self.epoch_steps = batches.ending_steps(len(self.train), plan.batch, plan.length, plan.stride)
        else:
            self.epoch_steps = batches.steps(len(self.train), plan.batch, plan.length)

    def batches(self, generator: torch.Generator) -> Iterator[tuple[Tensor, Tensor]]:
        """As every objective's: pairs x, y of (batch, length)."""
        plan = self.plan
        if plan.batches == "endings":
            return batches.endings(self.train, plan.batch, plan.length, generator, plan.stride)
        cut = batches.streams if plan.batches == "streams" else batches.windows
        return cut(self.train, plan.batch, plan.length, generator)

    def loss(self, model: Any, batch: tuple[Tensor, Tensor], state: Any) -> tuple[Tensor, Any]:
        """As every objective's: the mean cross-entropy, in nats per symbol."""
        x, y = batch
        device = next(model.parameters()).device
        logits, after = model.advance(x.to(device), state)
        logits = logits[:, -y.shape[1] :].float()  # of "endings", the end alone
        loss = F.cross_entropy(logits.flatten(0, 1), y.to(device).flatten())
        return loss, after if self.plan.batches == "streams" else None

    def evaluate(self, model: Any) -> Evaluation:
        """As every objective's: in as many as 32 parts side by side, for speed."""
        return evaluate(model, self.validation, rows=min(32, len(self.validation) // 64 or 1))

    def calibrate(self, model: Any) -> float:
        """As every objective's."""
        return calibrate(model, self.calibration)

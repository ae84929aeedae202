"""What a classifier's layers learn first: to predict symbols, as two language models, one a direction.

Howard and Ruder, 2018 (ULMFiT), begin a classifier so: text without labels is cheap, and who can predict a text knows
words. The GRU that reads on predicts the next symbol, that which reads back the one before. Both have a head of their
own, which is dropped in the end. N-grams take no part: one has the symbols before its end, which reading back predicts.

Leaves out: a general corpus before the texts' own, layers that thaw one by one, slanted learning rates.
"""

from collections.abc import Iterator
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from tqdm import tqdm

from playground.training.evaluate import Evaluation
from playground.training.loop import Run, fit
from playground.training.recipe import GradientTraining


class Texts(Protocol):
    """Texts as reviews.Reviews has them."""

    @property
    def texts(self) -> Any: ...

    def batch(self, rows: Any, width: int = 0) -> Any: ...


class BothWays(nn.Module):
    """A classifier with two heads (V,)."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model
        config = model.config
        self.next, self.previous = (nn.Linear(config.hidden, config.vocabulary) for _ in range(2))

    def losses(self, ids: Tensor, lengths: Tensor) -> Tensor:
        """The nats of each predicted symbol of texts (B, T), in both directions."""
        forth, back = self.model.read(self.model.embedding(ids), lengths)  # (B, T, H)
        inside = torch.arange(1, ids.shape[1], device=ids.device) < lengths[:, None]  # pairs of neighbours
        after = F.cross_entropy(self.next(forth[:, :-1][inside]), ids[:, 1:][inside], reduction="none")
        before = F.cross_entropy(self.previous(back[:, 1:][inside]), ids[:, :-1][inside], reduction="none")
        return torch.cat((after, before))


class Neighbours:
    """As objective.Objective says: each symbol of a text, from those before it and from those after it."""

    def __init__(self, plan: GradientTraining, train: Texts, validation: Texts, similar: Any) -> None:
        self.plan, self.train, self.validation, self.similar = plan, train, validation, similar
        self.scaled = False
        self.epoch_steps = -(-len(train.texts) // plan.batch)
        self.symbols = sum(map(len, train.texts)) // self.epoch_steps

    def batches(self, generator: torch.Generator) -> Iterator[Any]:
        """As every objective's."""
        for rows in self.similar(self.train.texts, self.plan.batch, generator):
            yield self.train.batch(rows)

    def loss(self, model: BothWays, batch: Any, state: Any) -> tuple[Tensor, Any]:
        """As every objective's, in nats per symbol."""
        device = next(model.parameters()).device
        return model.losses(batch.ids.to(device), batch.lengths.to(device)).mean(), None

    @torch.inference_mode()
    def evaluate(self, model: BothWays) -> Evaluation:
        """As every objective's; the accuracy is not measured, and 0."""
        model.eval()
        found = [model.losses(*self.validation.batch(rows)[:2]) for rows in self.similar(self.validation.texts, 64)]
        model.train()
        nats = torch.cat(found)
        return Evaluation(float(nats.mean()), 0.0, len(nats))

    def calibrate(self, model: Any) -> float:
        """As every objective's: nothing is held out for it."""
        return 1.0


def pretrain(model: Any, objective: Neighbours) -> float:
    """Have a new classifier learn so, in place. Returns the nats per symbol on the validation texts."""
    run = Run(BothWays(model), objective.plan, objective)
    for progress in fit(run):
        if progress.validation:
            tqdm.write(f"pretraining, epoch {progress.epoch}: {progress.validation.nats:.4f} nats per symbol")
    run.model.load_state_dict(run.best_weights)
    assert run.best
    return run.best.nats

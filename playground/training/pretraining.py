"""Pretraining of a classifier's layers: predicting symbols, as two language models, one per direction.

Howard and Ruder, 2018 (ULMFiT), initialise a classifier this way: text without labels is cheap, and predicting text
requires knowing words. The forward GRU predicts the next symbol, the backward GRU the previous one. Each has its own
head, which is dropped in the end. N-grams are not used: they contain the symbols that the backward GRU predicts. The
texts are the lines of a general text, and then, if the plan says so, the classifier's own, without labels. The settings
are in recipe.FineTuning and layers.py.
"""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from tqdm import tqdm

from playground.errors import BadCorpus
from playground.text.characters import Vocabulary, normalize
from playground.training import batches
from playground.training.evaluate import Evaluation
from playground.training.lengths import pad, similar
from playground.training.loop import TrainingRun, fit
from playground.training.recipe import GradientTraining

SPLIT = 100  # one in so many lines of a general text validates
OWN_SPLIT = 20  # likewise for the classifier's texts


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
    """See objective.Objective: symbols of texts (T,), predicted from those before them and from those after them."""

    def __init__(self, plan: GradientTraining, train: Sequence[Tensor], validation: Sequence[Tensor]) -> None:
        self.plan, self.train, self.validation = plan, train, validation
        self.scaled = False
        self.epoch_steps = -(-len(train) // plan.batch)
        self.symbols = sum(map(len, train)) // self.epoch_steps

    def batches(self, generator: torch.Generator) -> Iterator[tuple[Tensor, Tensor]]:
        """See Objective: ids (B, T) and lengths (B,)."""
        for rows in similar(self.train, self.plan.batch, generator):
            yield pad([self.train[row] for row in rows])

    def loss(self, model: BothWays, batch: tuple[Tensor, Tensor], state: Any) -> tuple[Tensor, Any]:
        """See Objective; in nats per symbol."""
        device = next(model.parameters()).device
        ids, lengths = batch
        return model.losses(ids.to(device), lengths.to(device)).mean(), None

    @torch.inference_mode()
    def evaluate(self, model: BothWays) -> Evaluation:
        """See Objective; accuracy is not measured, and 0."""
        device = next(model.parameters()).device
        model.eval()
        cut = (pad([self.validation[row] for row in rows]) for rows in similar(self.validation, 64))
        nats = torch.cat([model.losses(ids.to(device), lengths.to(device)) for ids, lengths in cut])
        model.train()
        return Evaluation(float(nats.mean()), 0.0, len(nats))

    def calibrate(self, model: Any) -> float:
        """See Objective: nothing is held out for it."""
        return 1.0


def read_texts(vocabulary: Vocabulary, file: Path) -> tuple[list[Tensor], list[Tensor]]:
    """The texts of a general file as ids (T,), for training and for validation, split by hash: the part of each line
    before its first tab, without duplicates. Symbols that the vocabulary lacks are left out. BadCorpus if a part has no
    text."""
    ids = {symbol: id for id, symbol in enumerate(vocabulary.symbols)}
    lines = (line.partition("\t")[0] for line in batches.read(file).split("\n"))
    parts: tuple[list[Tensor], list[Tensor]] = [], []
    for text in sorted({normalize(line, vocabulary.normalizer) for line in lines}):
        known = [ids[symbol] for symbol in text if symbol in ids]
        if known:
            digest = int(hashlib.sha256(text.encode()).hexdigest(), 16)
            parts[digest % SPLIT == 0].append(torch.tensor(known))
    if not all(parts):
        raise BadCorpus("corpus.few_texts", file=file.name)
    return parts


def pretrain(both: BothWays, objective: Neighbours) -> float:
    """Pretrain a new classifier in place. Returns the nats per symbol on the validation texts."""
    run = TrainingRun(both, objective.plan, objective)
    for progress in fit(run):
        if progress.validation:
            tqdm.write(f"pretraining, epoch {progress.epoch}: {progress.validation.nats:.4f} nats per symbol")
    both.load_state_dict(run.best_weights)
    assert run.best
    return run.best.nats


def go_on(both: BothWays, plan: GradientTraining, texts: Sequence[Tensor]) -> float:
    """The same for a pretrained one, with its own texts (T,), one in OWN_SPLIT of which validates."""
    train = [text for row, text in enumerate(texts) if row % OWN_SPLIT]
    return pretrain(both, Neighbours(plan, train, texts[::OWN_SPLIT]))

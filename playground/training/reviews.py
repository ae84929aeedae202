"""Training task of a classifier: predict the labels in a table of texts, one per line, with the label first and the
text last.

Whole texts of similar lengths form a batch, to minimise padding.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from playground import library
from playground.checkpoints.card import Unit
from playground.errors import BadCorpus
from playground.models.verdicts import PADDING
from playground.text.characters import Vocabulary, normalize
from playground.training import batches, records
from playground.training.corpora import Corpus
from playground.training.evaluate import Evaluation
from playground.training.lengths import pad, similar
from playground.training.recipe import GradientTraining, Recipe

CLASSES = ("0", "1")  # bad, good
SPLIT = 20  # one in so many lines validates
END = "\n"  # the symbol with the id PADDING: texts never contain it, as each is one line
WIDEST = 352  # symbols of the padded texts that show what the mask is for


class Batch(NamedTuple):
    """ids (B, T), padded; lengths (B,); labels (B,)."""

    ids: Tensor
    lengths: Tensor
    labels: Tensor


@dataclass(frozen=True)
class Reviews:
    """Texts as ids (T,), and their labels: indices into CLASSES."""

    texts: Sequence[Tensor]
    labels: Sequence[int]

    def batch(self, rows: Sequence[int], width: int = 0) -> Batch:
        """Some of them; padded to `width` if that exceeds the longest."""
        ids, lengths = pad([self.texts[row] for row in rows], width)
        return Batch(ids, lengths, torch.tensor([self.labels[row] for row in rows]))

    def select(self, rows: Sequence[int]) -> "Reviews":
        """Some of them, as separate Reviews."""
        return Reviews([self.texts[row] for row in rows], [self.labels[row] for row in rows])


class Labels:
    """See objective.Objective: the label of each text."""

    def __init__(self, plan: GradientTraining, train: Reviews, validation: Reviews) -> None:
        self.plan, self.train, self.validation = plan, train, validation
        self.scaled = False
        self.epoch_steps = -(-len(train.texts) // plan.batch)
        self.symbols = sum(map(len, train.texts)) // self.epoch_steps

    def batches(self, generator: torch.Generator) -> Iterator[Batch]:
        """See Objective."""
        for rows in similar(self.train.texts, self.plan.batch, generator):
            yield self.train.batch(rows)

    def loss(self, model: Any, batch: Batch, state: Any) -> tuple[Tensor, Any]:
        """See Objective: the mean cross-entropy, in nats per text."""
        device = next(model.parameters()).device
        logits = model.classify(batch.ids.to(device), batch.lengths.to(device))
        return F.cross_entropy(logits.float(), batch.labels.to(device)), None

    def evaluate(self, model: Any) -> Evaluation:
        """See Objective."""
        return evaluate(model, self.validation)

    def calibrate(self, model: Any) -> float:
        """See Objective: nothing is held out for it."""
        return 1.0


class ReviewTask:
    """See train.TrainingTask, for a table of texts. everything: all of them. train, validation: two parts of it."""

    unit: Unit = "review"

    def __init__(self, recipe: Recipe, text_file: Path) -> None:
        text = batches.read(text_file)
        self.recipe = records.name_recipe(recipe, text_file, text)
        self.vocabulary, self.everything, held = prepare(self.recipe.corpus, text, text_file.name)
        self.divide(held)

    def divide(self, held: Sequence[bool]) -> None:
        """Use the held-out texts for validation, and the others for training."""
        self.train, self.validation = (
            self.everything.select([row for row, own in enumerate(held) if own == part]) for part in (False, True)
        )

    def fit_plan(self, plan: GradientTraining) -> GradientTraining:
        """See TrainingTask: a batch has as many texts as there are, at most."""
        return plan if plan.batch <= len(self.train.texts) else replace(plan, batch=len(self.train.texts))

    def objective(self, plan: GradientTraining) -> Labels:
        """See TrainingTask."""
        return Labels(plan, self.train, self.validation)

    def finish(self, folder: Path, recipe: Recipe) -> None:
        """See TrainingTask; with the share of verdicts that change without the mask."""
        checkpoint = library.load(folder)
        result = evaluate(checkpoint.model, self.validation)
        figures = records.figures(result, self.unit)
        share = round(flip_rate(checkpoint.model, self.validation), 4)
        card = checkpoint.card.model_copy(update={"validation": figures.model_copy(update={"flipped": share})})
        library.save(folder, checkpoint.kind, checkpoint.model, checkpoint.vocabulary, checkpoint.start, card)
        records.report(folder, result, self.unit)


def prepare(about: Corpus, text: str, file: str) -> tuple[Vocabulary, Reviews, list[bool]]:
    """The vocabulary of a table's texts, all texts in order, and which of them validate, by their lines' hashes.

    The vocabulary has END, and the symbols that occur at least `about.common` times in the training part. BadCorpus if
    a line has no label of CLASSES or no text, or if either part is empty.
    """
    labels: list[int] = []
    texts: list[str] = []
    held: list[bool] = []
    for number, line in enumerate(text.split("\n"), 1):
        if line:
            label, _, rest = line.partition("\t")
            texts.append(rest.rpartition("\t")[2])
            if label not in CLASSES or not texts[-1].strip():
                raise BadCorpus("corpus.review", file=file, line=number, labels=list(CLASSES))
            labels.append(CLASSES.index(label))
            held.append(validates(line))
    if len(set(held)) < 2:
        raise BadCorpus("corpus.few_reviews", file=file)
    common = common_symbols((said for said, validation in zip(texts, held, strict=True) if not validation), about)
    vocabulary = Vocabulary.from_text(END + common, about.normalizer)
    assert vocabulary.symbols[PADDING] == END
    space = vocabulary.encode(" ").ids
    return vocabulary, Reviews([torch.tensor(vocabulary.encode(said).ids or space) for said in texts], labels), held


def common_symbols(texts: Iterator[str], about: Corpus) -> str:
    """The symbols, normalised as in the corpus, that occur often enough in these texts; a space among them."""
    counts: Counter[str] = Counter()
    for said in texts:
        counts.update(normalize(said, about.normalizer))
    return " " + "".join(symbol for symbol, count in counts.items() if count >= about.common and symbol >= " ")


def validates(line: str) -> bool:
    """Whether a line is used for validation: by its hash, so that the split is the same for everybody."""
    return int(hashlib.sha256(line.encode()).hexdigest(), 16) % SPLIT == 0


@torch.inference_mode()
def evaluate(model: Any, reviews: Reviews) -> Evaluation:
    """How well a model predicts the labels of texts: nats and accuracy per text, and their number."""
    was_training = model.training
    model.eval()
    device = next(model.parameters()).device
    nats, right = 0.0, 0
    for rows in similar(reviews.texts, 256):
        batch = reviews.batch(rows)
        logits = model.classify(batch.ids.to(device), batch.lengths).cpu()
        nats += float(F.cross_entropy(logits, batch.labels, reduction="sum"))
        right += int((logits.argmax(-1) == batch.labels).sum())
    model.train(was_training)
    return Evaluation(nats / len(reviews.texts), right / len(reviews.texts), len(reviews.texts))


@torch.inference_mode()
def flip_rate(model: Any, reviews: Reviews, width: int = WIDEST) -> float:
    """The share of verdicts that change when texts are padded to a width and the mask is dropped."""
    changed = 0
    for rows in similar(reviews.texts, 256):
        batch = reviews.batch(rows, width)
        kept = model.classify(batch.ids, batch.lengths)
        dropped = model.classify(batch.ids, batch.lengths, masked=False)
        changed += int((kept.argmax(-1) != dropped.argmax(-1)).sum())
    return changed / len(reviews.texts)

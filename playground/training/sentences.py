"""A translator's objective: to predict the translations in a table of sentence pairs, one per line, letter by letter.

Each letter is predicted after the correct earlier ones (teacher forcing). The sources of a batch have equal length, so
they need no padding; its targets have similar lengths.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.nn.utils.rnn import pad_sequence

from playground.errors import BadCorpus
from playground.models.pair import END, SEPARATOR
from playground.text.characters import Vocabulary
from playground.training.corpora import Corpus
from playground.training.evaluate import Evaluation
from playground.training.recipes import GradientTraining

SPLIT = 20  # one in so many sources validates
LONGEST = 50  # letters of a source or target, at most
PADDING = -100  # ignored by cross_entropy


class Sentences(NamedTuple):
    """A sentence and its translation, as text."""

    source: str
    target: str


class Pair(NamedTuple):
    """The same as ids, (S,) and (T,)."""

    source: Tensor
    target: Tensor


class Batch(NamedTuple):
    """sources (B, S), all of equal length; before (B, T), the separator and the targets; after (B, T), the targets and
    their ends, then PADDING."""

    sources: Tensor
    before: Tensor
    after: Tensor


class Translations:
    """See objective.Objective: each letter of the translation of a sentence."""

    def __init__(self, plan: GradientTraining, train: Sequence[Pair], validation: Sequence[Pair], symbols: int) -> None:
        self.plan, self.train, self.validation = plan, train, validation
        self.separator = symbols - 1
        self.scaled = False
        lengths = Counter(len(pair.source) for pair in train)
        self.epoch_steps = sum(-(-count // plan.batch) for count in lengths.values())
        self.symbols = sum(len(pair.source) + len(pair.target) + 2 for pair in train) // self.epoch_steps

    def batches(self, generator: torch.Generator) -> Iterator[Batch]:
        """See Objective."""
        for rows in groups(self.train, self.plan.batch, generator):
            yield batch_of([self.train[row] for row in rows], self.separator)

    def loss(self, model: Any, batch: Batch, state: Any) -> tuple[Tensor, Any]:
        """See Objective: the mean cross-entropy, in nats per letter of the targets."""
        device = next(model.parameters()).device
        logits = model.teach(batch.sources.to(device), batch.before.to(device)).float()
        return F.cross_entropy(logits.flatten(0, 1), batch.after.to(device).flatten(), ignore_index=PADDING), None

    def evaluate(self, model: Any) -> Evaluation:
        """See Objective."""
        return evaluate(model, self.validation, self.separator)

    def calibrate(self, model: Any) -> float:
        """See Objective: nothing is held out for it."""
        return 1.0


def prepare(about: Corpus, text: str, file: str) -> tuple[Vocabulary, list[Sentences], list[Sentences]]:
    """The vocabulary of a table, and its pairs for training and for validation, split by the hashes of their sources.

    Left out are pairs longer than LONGEST, and those with a letter that occurs fewer than `about.common` times in the
    training part. BadCorpus if a line is not a pair, if the separator is not the last symbol, or if a part is empty.
    """
    parts: tuple[list[Sentences], list[Sentences]] = [], []
    for number, line in enumerate(text.split("\n"), 1):
        if line:
            source, _, rest = line.partition("\t")
            pair = Sentences(source, rest.partition("\t")[0])
            if not (pair.source.strip() and pair.target.strip()):
                raise BadCorpus("corpus.pair", file=file, line=number)
            if max(map(len, pair)) <= LONGEST:
                parts[validates(source)].append(pair)
    counts = Counter("".join(map("".join, parts[0])))
    common = {letter for letter, count in counts.items() if count >= about.common}
    train, validation = ([pair for pair in part if common.issuperset("".join(pair))] for part in parts)
    if not (train and validation):
        raise BadCorpus("corpus.few_pairs", file=file)
    vocabulary = Vocabulary.from_text("".join(sorted(common)) + END + SEPARATOR)
    if (vocabulary.symbols[0], vocabulary.symbols[-1]) != (END, SEPARATOR):
        raise BadCorpus("corpus.separator", file=file, separator=SEPARATOR)
    return vocabulary, train, validation


def validates(source: str) -> bool:
    """Whether a sentence is used for validation: by its hash, so that all its translations are in the same part."""
    return int(hashlib.sha256(source.encode()).hexdigest(), 16) % SPLIT == 0


def encode(symbols: Sequence[str], pairs: Sequence[Sentences]) -> list[Pair]:
    """Pairs whose letters are all in the vocabulary, as ids."""
    ids = {symbol: id for id, symbol in enumerate(symbols)}
    return [Pair(*(torch.tensor([ids[letter] for letter in side]) for side in pair)) for pair in pairs]


def groups(pairs: Sequence[Pair], batch: int, generator: torch.Generator | None = None) -> list[list[int]]:
    """The rows of each batch of an epoch, sources of equal length and targets of similar ones, in random order. Without
    a generator: by length."""
    count = len(pairs)
    order = range(count) if generator is None else torch.randperm(count, generator=generator).tolist()
    rows = sorted(order, key=lambda row: (len(pairs[row].source), len(pairs[row].target)))
    cut: list[list[int]] = []
    for row in rows:
        if not cut or len(cut[-1]) == batch or len(pairs[cut[-1][0]].source) != len(pairs[row].source):
            cut.append([])
        cut[-1].append(row)
    return cut if generator is None else [cut[at] for at in torch.randperm(len(cut), generator=generator).tolist()]


def batch_of(pairs: Sequence[Pair], separator: int) -> Batch:
    """A batch of pairs whose sources have equal length."""
    mark, end = torch.tensor([separator]), torch.tensor([0])
    before = [torch.cat([mark, pair.target]) for pair in pairs]
    after = [torch.cat([pair.target, end]) for pair in pairs]
    return Batch(
        torch.stack([pair.source for pair in pairs]),
        pad_sequence(before, batch_first=True),
        pad_sequence(after, batch_first=True, padding_value=PADDING),
    )


@torch.inference_mode()
def evaluate(model: Any, pairs: Sequence[Pair], separator: int) -> Evaluation:
    """How well a model predicts the letters of the pairs' translations, and their ends, by teacher forcing."""
    was_training, device = model.training, next(model.parameters()).device
    model.eval()
    nats, right, count = 0.0, 0, 0
    for rows in groups(pairs, 256):
        batch = batch_of([pairs[row] for row in rows], separator)
        logits = model.teach(batch.sources.to(device), batch.before.to(device)).flatten(0, 1).cpu()
        wanted = batch.after.flatten()
        nats += float(F.cross_entropy(logits, wanted, ignore_index=PADDING, reduction="sum"))
        right += int((logits.argmax(-1) == wanted).sum())
        count += int((wanted != PADDING).sum())
    model.train(was_training)
    return Evaluation(nats / count, right / count, count)

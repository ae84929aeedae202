"""Classification queries: the verdict, each symbol's contribution, the verdict on every prefix, and the mask's effect.

All answers are logits, so that the caller can compute probabilities at any temperature. See query.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from playground.checkpoints.folders import Checkpoint, require
from playground.errors import BadCheckpoint, BadInput
from playground.models.verdicts import shares, verdicts

CLASSES = ("bad", "good")  # the classes of the bundled classifiers, in the order of their logits
MAX_SYMBOLS = 352  # symbols of a text: the longest review in the training data
AT_ONCE = 3_000  # symbols read per step, including padding: some 20 ms


@dataclass(frozen=True)
class Verdict:
    """logits: (C,). shares: for each class each symbol's contribution to its logit, relative to the mean of all
    classes."""

    logits: list[float]
    shares: list[list[float]]


@dataclass(frozen=True)
class Judge:
    """A query: the verdict on these ids, in one answer. BadInput if there are none, or more than MAX_SYMBOLS."""

    ids: Sequence[int]

    def __post_init__(self) -> None:
        check_length(len(self.ids))

    def steps(self, checkpoint: Checkpoint) -> Iterator[Verdict]:
        """The answer. BadCheckpoint where the model's numbers are not finite."""
        require(checkpoint, "classifier")
        (logits,) = _finite(checkpoint, verdicts(checkpoint.model, [self.ids]))
        yield Verdict(logits, shares(checkpoint.model, self.ids).tolist())


@dataclass(frozen=True)
class Beginnings:
    """A query: the verdicts on the prefixes of a text, each `ends[i]` ids long, in order; each answer has some of the
    logits (n, C). Each prefix is read from scratch, because the classifier is bidirectional."""

    ids: Sequence[int]
    ends: Sequence[int]

    def __post_init__(self) -> None:
        check_length(len(self.ids))

    def steps(self, checkpoint: Checkpoint) -> Iterator[list[list[float]]]:
        """Yield the logits for the next few ends, (n, classes), until all are done."""
        require(checkpoint, "classifier")
        at = 0
        while at < len(self.ends):
            count = 1
            while at + count < len(self.ends) and (count + 1) * self.ends[at + count] <= AT_ONCE:
                count += 1
            texts = [self.ids[:end] for end in self.ends[at : at + count]]
            yield _finite(checkpoint, verdicts(checkpoint.model, texts))
            at += count


@dataclass(frozen=True)
class Padded:
    """A text in a batch of that width: its logits (C,) with the mask, and without it."""

    width: int
    masked: list[float]
    dropped: list[float]


@dataclass(frozen=True)
class Padding:
    """A query: what padding does to the verdict on these ids at each of these widths: nothing with the mask; without it
    the padding is read as text."""

    ids: Sequence[int]
    widths: Sequence[int]

    def __post_init__(self) -> None:
        check_length(len(self.ids))

    def steps(self, checkpoint: Checkpoint) -> Iterator[Padded | None]:
        """Yield the result for each width, in order, with None between them."""
        require(checkpoint, "classifier")
        for width in self.widths:
            (masked,) = _finite(checkpoint, verdicts(checkpoint.model, [self.ids], width))
            (dropped,) = _finite(checkpoint, verdicts(checkpoint.model, [self.ids], width, masked=False))
            yield Padded(width, masked, dropped)


def widths_of(length: int, count: int = 24) -> list[int]:
    """The batch widths to show for a text: its own length, MAX_SYMBOLS, and evenly spaced ones between."""
    return sorted({round(length + (MAX_SYMBOLS - length) * at / (count - 1)) for at in range(count)})


def names_of(classes: int) -> tuple[str, ...]:
    """The names of the classes: CLASSES for two, otherwise numbers."""
    return CLASSES if classes == len(CLASSES) else tuple(map(str, range(classes)))


def check_length(count: int) -> None:
    """BadInput if a text has no symbols, or more than MAX_SYMBOLS."""
    if count == 0:
        raise BadInput("classify.empty")
    if count > MAX_SYMBOLS:
        raise BadInput("classify.long", count=count, most=MAX_SYMBOLS)


def _finite(checkpoint: Checkpoint, logits: np.ndarray) -> list[list[float]]:
    if not np.isfinite(logits).all():
        raise BadCheckpoint("checkpoint.not_finite")
    found: list[list[float]] = logits.tolist()
    return found

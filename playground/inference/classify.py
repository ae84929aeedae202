"""What a classifier makes of a text: its verdict, which symbols moved it, how it came about, and what its mask is for.

Each question is a walk (walk.py). All answers are logits, so that whoever has them works out the probabilities at any
temperature.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from playground.checkpoints.folders import Checkpoint, require
from playground.errors import BadCheckpoint, BadInput
from playground.models.verdicts import shares, verdicts

CLASSES = ("bad", "good")  # what the bundled classifiers tell apart, in the order of their logits
MOST = 352  # symbols of a text: the longest review that was learned
AT_ONCE = 3_000  # symbols that a step reads, padding among them: some 20 ms


@dataclass(frozen=True)
class Verdict:
    """logits: (C,). shares: of each class, how much each symbol moved its logit against the mean of all."""

    logits: list[float]
    shares: list[list[float]]


@dataclass(frozen=True)
class Judge:
    """The question: the verdict on these ids, in one answer. BadInput where they are none, or more than MOST."""

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
    """The question: the verdicts on the beginnings of a text, each `ends[i]` ids long, in their order: a part of the
    logits (n, C) to an answer. Each beginning is read by itself, as who reads both ways must."""

    ids: Sequence[int]
    ends: Sequence[int]

    def __post_init__(self) -> None:
        check_length(len(self.ids))

    def steps(self, checkpoint: Checkpoint) -> Iterator[list[list[float]]]:
        """Yield the logits after the next few ends, (n, classes), until all are told."""
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
    """A text in a batch that is so wide: its logits (C,) with the mask, and with it dropped."""

    width: int
    masked: list[float]
    dropped: list[float]


@dataclass(frozen=True)
class Padding:
    """The question: what padding does to the verdict on these ids, at each of these widths, one after the other: with
    the mask nothing; without it the padding is read as if it were text."""

    ids: Sequence[int]
    widths: Sequence[int]

    def __post_init__(self) -> None:
        check_length(len(self.ids))

    def steps(self, checkpoint: Checkpoint) -> Iterator[Padded | None]:
        """Yield what is found at each width, in their order, and None between two of them."""
        require(checkpoint, "classifier")
        for width in self.widths:
            (masked,) = _finite(checkpoint, verdicts(checkpoint.model, [self.ids], width))
            (dropped,) = _finite(checkpoint, verdicts(checkpoint.model, [self.ids], width, masked=False))
            yield Padded(width, masked, dropped)


def widths_of(length: int, count: int = 24) -> list[int]:
    """The widths of a text's batch that are looked at: its own length, MOST, and evenly between them."""
    return sorted({round(length + (MOST - length) * at / (count - 1)) for at in range(count)})


def names_of(classes: int) -> tuple[str, ...]:
    """What the classes are called: of two, CLASSES; else their numbers."""
    return CLASSES if classes == len(CLASSES) else tuple(map(str, range(classes)))


def check_length(count: int) -> None:
    """BadInput where a text has no symbol, or more than MOST."""
    if count == 0:
        raise BadInput("classify.empty")
    if count > MOST:
        raise BadInput("classify.long", count=count, most=MOST)


def _finite(checkpoint: Checkpoint, logits: np.ndarray) -> list[list[float]]:
    if not np.isfinite(logits).all():
        raise BadCheckpoint("checkpoint.not_finite")
    found: list[list[float]] = logits.tolist()
    return found

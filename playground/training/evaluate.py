"""How well a model predicts a text, and the calibration of its confidence.

Knows models and ids, but not training, which is in loop.py.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F


@dataclass(frozen=True)
class Evaluation:
    """How well a model predicts a text: nats per symbol, top-1 accuracy, and the number of symbols.

    A symbol is a character or, if the vocabulary decomposes characters, a part of one, such as a jamo.
    """

    nats: float
    accuracy: float
    characters: int

    @property
    def bits(self) -> float:
        """Bits per symbol."""
        return self.nats / math.log(2)


@torch.inference_mode()
def evaluate(model: Any, ids: Tensor, rows: int = 1, chunk: int = 512) -> Evaluation:
    """Evaluate a model on a text (N,): each next id against its prediction, with the state carried along.

    The first id is not predicted. With several rows the text is split into as many parts, forming one batch: faster,
    but each part begins without context, so published figures use one row.
    """
    nats, right, count = 0.0, 0, 0
    for logits, wanted in _predictions(model, ids, rows, chunk):
        nats += float(F.cross_entropy(logits, wanted, reduction="sum"))
        right += int((logits.argmax(-1) == wanted).sum())
        count += len(wanted)
    return Evaluation(nats / count, right / count, count)


def _predictions(model: Any, ids: Tensor, rows: int, chunk: int = 512) -> Iterator[tuple[Tensor, Tensor]]:
    """Logits (n, V) and the ids (n,) that came next, chunk by chunk, for a text split into a batch of rows."""
    was_training = model.training
    model.eval()
    row = (len(ids) - 1) // rows
    x, y = ids[: rows * row].view(rows, row), ids[1 : 1 + rows * row].view(rows, row)
    state = None
    for a, b in zip(x.split(chunk, dim=1), y.split(chunk, dim=1), strict=True):
        logits, state = model.advance(a, state)
        yield logits.flatten(0, 1), b.flatten().to(logits.device)
    model.train(was_training)


@torch.inference_mode()
def calibrate(model: Any, ids: Tensor, rows: int = 32) -> float:
    """Scale the output layer so that the model's confidence matches its accuracy on held-out ids (N,).

    A network after long training is overconfident on new text. Multiplying its logits by the factor with the least
    cross-entropy corrects most of that (temperature scaling: Guo et al., 2017) and changes no rank. Returns that
    number; 1 for fewer than two ids, where there is nothing to predict, and for tied weights, where the scale would
    also change the input.
    """
    if len(ids) < 2 or model.output is None:
        return 1.0
    rows = min(rows, len(ids) - 1)
    parts = list(_predictions(model, ids, rows))
    logits, wanted = (torch.cat(part) for part in zip(*parts, strict=True))
    low, high = 0.05, 20.0
    while high / low > 1.001:  # the loss is convex in the scale
        near, far = low * (high / low) ** (1 / 3), low * (high / low) ** (2 / 3)
        if F.cross_entropy(logits * near, wanted) < F.cross_entropy(logits * far, wanted):
            high = far
        else:
            low = near
    scale = (low * high) ** 0.5
    for parameter in model.output.parameters():
        parameter.mul_(scale)
    return float(scale)

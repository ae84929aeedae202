"""What a classifier is asked besides its logits: verdicts on several texts at once, and each symbol's contribution.

Knows no texts and no particular classifier: only one that exposes its input embeddings (`Embeds`).
"""

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

PADDING = 0  # the id used as padding in a batch


class Embeds(Protocol):
    """A classifier with its embedding and its decision separated.

    embed(ids): ids (B, T) as vectors (B, T, E) to be summed, one for each of `spans`. The vector at a position covers
    the last span symbols up to it. judge(x, lengths): logits (B, C) of the sum.
    """

    @property
    def spans(self) -> Sequence[int]: ...

    def embed(self, ids: Tensor) -> list[Tensor]: ...

    def judge(self, x: Tensor, lengths: Tensor) -> Tensor: ...

    def classify(self, ids: Tensor, lengths: Tensor | None = None, *, masked: bool = True) -> Any: ...


def pad(texts: Sequence[Sequence[int]], width: int = 0) -> tuple[Tensor, Tensor]:
    """Texts as a batch: ids (B, T), padded to the longest, or to `width` if that is larger; and lengths (B,)."""
    longest = max(width, *map(len, texts))
    ids = torch.tensor([[*text, *[PADDING] * (longest - len(text))] for text in texts])
    return ids, torch.tensor([len(text) for text in texts])


@torch.inference_mode()
def verdicts(
    model: Embeds, texts: Sequence[Sequence[int]], width: int = 0, *, masked: bool = True
) -> NDArray[np.float32]:
    """Logits (B, C) of texts in one batch. width and masked: as in `pad` and `classify`."""
    ids, lengths = pad(texts, width)
    logits: NDArray[np.float32] = model.classify(ids, lengths, masked=masked).numpy()
    return logits


def shares(model: Embeds, ids: Sequence[int]) -> NDArray[np.float64]:
    """(C, T): each symbol's contribution to the logit of each class, relative to the mean of all classes.

    Gradient times input (Shrikumar et al., 2016, arXiv 1605.01713, section 2.2): each input vector x times the gradient
    of the logit at x. An n-gram's contribution is divided evenly among its symbols.
    """
    batch, lengths = pad([ids])
    with torch.inference_mode(False), torch.enable_grad():
        parts = [part.detach() for part in model.embed(batch)]
        x = torch.stack(parts).sum(0).requires_grad_()  # (1, T, E)
        logits = model.judge(x, lengths)[0]
        logits = logits - logits.mean()
        gradients = torch.stack([torch.autograd.grad(one, x, retain_graph=True)[0][0] for one in logits])  # (C, T, E)
    found = np.zeros((len(gradients), len(ids)))
    for span, part in zip(model.spans, parts, strict=True):
        own = (gradients * part[0]).sum(-1).double().numpy() / span  # (C, T)
        for back in range(min(span, len(ids))):
            found[:, : len(ids) - back] += own[:, back:]
    return found

"""What is asked of a classifier beside its logits: verdicts of several texts at once, and which symbols moved one.

Knows no texts, and no classifier in particular: one says what its input is (`Embeds`).
"""

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

PADDING = 0  # the id behind the end of a text, in a batch


class Embeds(Protocol):
    """A classifier that says what its ids become first, and judges that.

    embed(ids): ids (B, T) as vectors (B, T, E) that are added up: for each of `spans` one. The vector at a place stands
    for the symbol there and those before it, as many as the span says. judge(x, lengths): logits (B, C) of the sum.
    """

    @property
    def spans(self) -> Sequence[int]: ...

    def embed(self, ids: Tensor) -> list[Tensor]: ...

    def judge(self, x: Tensor, lengths: Tensor) -> Tensor: ...

    def classify(self, ids: Tensor, lengths: Tensor | None = None, *, masked: bool = True) -> Any: ...


def pad(texts: Sequence[Sequence[int]], width: int = 0) -> tuple[Tensor, Tensor]:
    """Texts as a batch, ids (B, T) padded to the longest, or to a width if that is more; and lengths (B,)."""
    longest = max(width, *map(len, texts))
    ids = torch.tensor([[*text, *[PADDING] * (longest - len(text))] for text in texts])
    return ids, torch.tensor([len(text) for text in texts])


@torch.inference_mode()
def verdicts(
    model: Embeds, texts: Sequence[Sequence[int]], width: int = 0, *, masked: bool = True
) -> NDArray[np.float32]:
    """Logits (B, C) of texts in one batch. width and masked: as `pad` and `classify` have them."""
    ids, lengths = pad(texts, width)
    logits: NDArray[np.float32] = model.classify(ids, lengths, masked=masked).numpy()
    return logits


def shares(model: Embeds, ids: Sequence[int]) -> NDArray[np.float64]:
    """(C, T): how much each symbol of a text has moved the logit of each class against the mean of all classes.

    Gradient times input (Shrikumar et al., 2016, arXiv 1605.01713, section 2.2): for a vector x of the input, x times
    the gradient of the logit there, which is what a small stretch of x changes. The share of an n-gram is divided
    evenly among its symbols.
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

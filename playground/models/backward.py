"""How much gradient reaches back: the norm of d loss at one position / d embedding of an earlier symbol.

Knows only models that accept embeddings in place of ids (`TakesEmbeddings`).
"""

from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F


@runtime_checkable
class TakesEmbeddings(Protocol):
    """A model that can run from embeddings x (B, T, E): it returns logits (B, T, V) and the state after the last
    one."""

    embedding: Any

    def forward_embeddings(self, x: Tensor, state: Any = None) -> tuple[Tensor, Any]: ...


def gradient_norms(model: TakesEmbeddings, ids: Sequence[Sequence[int]], came: Sequence[int]) -> NDArray[np.float64]:
    """(B, T): the norm of d loss / d embedding for each of T ids of B texts, where the loss is −ln p, in nats, of the
    id in `came` that followed the last one. Leaves the weights' gradients untouched; each text's numbers are
    independent of the others."""
    with torch.enable_grad():
        x = model.embedding(torch.tensor(ids)).detach().requires_grad_()  # (B, T, E)
        logits, _ = model.forward_embeddings(x)
        loss = F.cross_entropy(logits[:, -1], torch.tensor(came), reduction="sum")
        (gradient,) = torch.autograd.grad(loss, x)
    norms: NDArray[np.float64] = gradient.double().norm(dim=-1).numpy()
    return norms

"""How much of the gradient reaches back: the size of d loss at one place / d embedding of a symbol before it.

Knows the models that take embeddings in place of ids (`Through`).
"""

from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F


@runtime_checkable
class Through(Protocol):
    """A kind that says what follows its embeddings x (B, T, E): logits (B, T, V), and the state after the last."""

    embedding: Any

    def through(self, x: Tensor, state: Any = None) -> tuple[Tensor, Any]: ...


def gradient_norms(model: Through, ids: Sequence[Sequence[int]], came: Sequence[int]) -> NDArray[np.float64]:
    """(B, T): the norm of d loss / d embedding of each of T ids of B texts, the loss being −ln p of what came after the
    last of them, in nats. No weight of the model is touched, and each text's numbers are its own."""
    with torch.enable_grad():
        x = model.embedding(torch.tensor(ids)).detach().requires_grad_()  # (B, T, E)
        logits, _ = model.through(x)
        loss = F.cross_entropy(logits[:, -1], torch.tensor(came), reduction="sum")
        (gradient,) = torch.autograd.grad(loss, x)
    norms: NDArray[np.float64] = gradient.double().norm(dim=-1).numpy()
    return norms

"""Small models of every kind, and different ways to read a text with one."""

from typing import Any

import torch
from torch import Tensor

from playground.models import build
from playground.models.ngram import NGram

V = 11
SMALL: dict[str, dict[str, Any]] = {
    "bigram": {"vocabulary": V, "width": 5},
    "rnn": {"vocabulary": V, "embedding": 5, "hidden": 16, "layers": 3},
    "gru": {"vocabulary": V, "embedding": 5, "hidden": 16, "layers": 3},
    "lstm": {"vocabulary": V, "embedding": 5, "hidden": 16, "layers": 3},
    "convnet": {"vocabulary": V, "width": 24, "layers": 5, "kernel": 3, "cycle": 3},
    "transformer": {"vocabulary": V, "width": 24, "layers": 3, "heads": 2, "window": 7},
    # The same kind with another configuration.
    "lstm/one-hot": {"vocabulary": V, "embedding": 0, "hidden": 16, "layers": 2},
    "gru/one-hot": {"vocabulary": V, "embedding": 0, "hidden": 16, "layers": 2},
    "bigram/tied": {"vocabulary": V, "width": 7, "tied": True},
    "gru/tied": {"vocabulary": V, "embedding": 16, "hidden": 16, "layers": 2, "tied": True},
    "convnet/tied": {"vocabulary": V, "width": 14, "layers": 4, "kernel": 2, "cycle": 4, "tied": True},
    "transformer/learned": {
        "vocabulary": V, "width": 22, "layers": 2, "heads": 2, "window": 8, "positions": "learned",
        "activation": "gelu", "d_ff": 30, "epsilon": 1e-3,
    },
    "transformer/gpt2": {
        "vocabulary": V, "width": 24, "layers": 2, "heads": 3, "window": 7, "positions": "learned",
        "activation": "gelu_tanh", "biases": True, "tied": True,
    },
}  # fmt: skip
TRANSLATORS = {
    "seq2seq": {"attention": "luong"},
    "seq2seq/none": {"attention": "none"},
    "seq2seq/bahdanau": {"attention": "bahdanau"},
}
SMALL |= {
    kind: {"vocabulary": V, "embedding": 5, "encoder": 6, "hidden": 16, "readout": 12, "score": 7, **attention}
    for kind, attention in TRANSLATORS.items()
}
SMALL["seq2seq-transformer"] = {"vocabulary": V, "width": 16, "layers": 2, "heads": 2}
SMALL["seq2seq-transformer/learned"] = {**SMALL["seq2seq-transformer"], "positions": "learned"}
ALL = [*SMALL, "ngram"]


def built(kind: str, **changes: Any) -> Any:
    return build(kind.partition("/")[0], {**SMALL[kind], **changes})


def model_of(kind: str) -> Any:
    """A small random model, with weights large enough that every input matters."""
    torch.manual_seed(3)
    if kind == "ngram":
        return NGram.from_counts(torch.randint(V, (2000,)), order=4, vocabulary=V)
    model = built(kind).eval()
    with torch.no_grad():
        for p in model.parameters():
            p.copy_(torch.randn_like(p) * 0.4)
    return model


def text(length: int, batch: int = 1) -> Tensor:
    return torch.randint(V, (batch, length), generator=torch.Generator().manual_seed(5))


@torch.inference_mode()
def in_chunks(model: Any, ids: Tensor, sizes: list[int]) -> Tensor:
    state, parts = None, []
    for part in ids.split(sizes, dim=1):
        logits, state = model.advance(part, state)
        parts.append(logits)
    return torch.cat(parts, dim=1)


def assert_close(a: Tensor, b: Tensor) -> None:
    torch.testing.assert_close(a, b, rtol=0, atol=1e-4)

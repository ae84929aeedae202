"""The registry: every kind of model by name. A new kind is a new file and a line here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import nn
from torch.overrides import TorchFunctionMode

from playground.errors import BadInput
from playground.models.bigram import Bigram, BigramConfig
from playground.models.classifier import Classifier, ClassifierConfig
from playground.models.config import Config, configure
from playground.models.convnet import Convnet, ConvnetConfig
from playground.models.gru import GRU
from playground.models.lstm import LSTM
from playground.models.masked import MaskedConfig, MaskedLM
from playground.models.ngram import NGram, NGramConfig
from playground.models.recurrent import Recurrent, RecurrentConfig
from playground.models.rnn import RNN
from playground.models.seq2seq import Seq2SeqConfig, Seq2SeqGRU
from playground.models.seq2seq_transformer import Seq2SeqTransformer, Seq2SeqTransformerConfig
from playground.models.tasks import Task
from playground.models.transformer import Transformer, TransformerConfig


@dataclass(frozen=True)
class Kind:
    """A kind's configuration class, its constructor, and the task that its models do (tasks.py)."""

    config: type[Config]
    make: Callable[[Any], nn.Module]
    task: Task = "language"


KINDS: dict[str, Kind] = {
    "bigram": Kind(BigramConfig, Bigram),
    "ngram": Kind(NGramConfig, NGram),
    "rnn": Kind(RecurrentConfig, partial(Recurrent, RNN)),
    "gru": Kind(RecurrentConfig, partial(Recurrent, GRU)),
    "lstm": Kind(RecurrentConfig, partial(Recurrent, LSTM)),
    "convnet": Kind(ConvnetConfig, Convnet),
    "transformer": Kind(TransformerConfig, Transformer),
    "masked": Kind(MaskedConfig, MaskedLM, task="masked"),
    "seq2seq": Kind(Seq2SeqConfig, Seq2SeqGRU, "translation"),
    "seq2seq-transformer": Kind(Seq2SeqTransformerConfig, Seq2SeqTransformer, "translation"),
    "classifier": Kind(ClassifierConfig, Classifier, "classifier"),
}

MAX_NUMBERS = 500_000_000


class _Unfilled(TorchFunctionMode):
    """Disables torch.nn.init: an outline has nothing to fill, and torch would import its compiler for it, in 2 s."""

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        if getattr(func, "__module__", None) == "torch.nn.init":
            return args[0] if args else (kwargs or {})["tensor"]
        return func(*args, **(kwargs or {}))


def outline(kind: str, config: Mapping[str, Any]) -> Any:
    """A model whose tensors have shapes but take no memory (torch's "meta" device).

    BadInput for an unknown kind, for every unknown, missing or out-of-range field of the configuration, and for a model
    of more than 500 million numbers.
    """
    if kind not in KINDS:
        raise BadInput("config.kind", kinds=list(KINDS), value=repr(str(kind)[:40]))
    found = KINDS[kind]
    values = configure(found.config, config)
    with torch.device("meta"), _Unfilled():
        model = found.make(values)
    numbers = sum(t.numel() for t in model.state_dict().values())
    if numbers > MAX_NUMBERS:
        raise BadInput("config.numbers", config=found.config.__name__, count=numbers, most=MAX_NUMBERS)
    return model


def build(kind: str, config: Mapping[str, Any]) -> Any:
    """A new model with random weights from torch's seed; BadInput as in `outline`."""
    return KINDS[kind].make(outline(kind, config).config)

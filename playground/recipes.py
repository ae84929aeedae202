"""Recipes: how each checkpoint was made, as data. A new checkpoint is a new line of the table.

Knows no text files: the text is given on the command line, and `Corpus` says which one it must be.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from playground.errors import BadInput
from playground.vocabulary import Normalizer


@dataclass(frozen=True)
class Corpus:
    """What a text is, and whose; `card_licence` is the Hub's short name for what the weights are under."""

    name: str
    licence: str
    credit: str
    card_licence: str
    language: str
    normalizer: Normalizer = "none"
    validation: float = 0.1


@dataclass(frozen=True)
class Counting:
    """Training of an n-gram: one pass that counts. order: the longest n-gram, in characters."""

    order: int


@dataclass(frozen=True)
class Descent:
    """Training by gradient.

    batches: "streams" carry the state from batch to batch, "windows" are independent. batch: rows.
    length: characters a row. optimizer: "adamw" (Loshchilov and Hutter, 2019), or "muon" (Jordan, 2024) for the
    matrices of the blocks and AdamW for the rest. rate: the highest learning rate, reached after the share
    `warmup` of all steps, then falling to 0 as a cosine (one-cycle: Smith, 2018). clip: the gradient's largest norm.
    average: decay a step of the averaged weights that are validated and kept; 0 is off.
    """

    epochs: int
    batches: Literal["streams", "windows"]
    batch: int
    length: int
    rate: float
    optimizer: Literal["adamw", "muon"] = "adamw"
    warmup: float = 0.03
    weight_decay: float = 0.01
    clip: float = 1.0
    average: float = 0.0
    seed: int = 1


@dataclass(frozen=True)
class Recipe:
    """One checkpoint: its text, its model and its training. config: the model's, less the vocabulary's size."""

    title: str
    corpus: Corpus
    kind: str
    training: Counting | Descent
    prompts: tuple[str, ...]
    config: Mapping[str, Any] = field(default_factory=dict)
    start: str = "\n"


SHAKESPEARE = Corpus(
    name="Tiny Shakespeare",
    licence="public domain text",
    credit="William Shakespeare; excerpt by Andrej Karpathy (char-rnn)",
    card_licence="mit",
    language="en",
)
SHAKESPEARE_PROMPTS = ("To be or not to b", "HAMLET:\n", "O Romeo, Romeo! ", "ROMEO:\nMy love is ")

RECIPES: dict[str, Recipe] = {
    "shakespeare-ngram": Recipe(
        title="Shakespeare · n-gram",
        corpus=SHAKESPEARE,
        kind="ngram",
        training=Counting(order=7),
        prompts=SHAKESPEARE_PROMPTS,
    ),
    "shakespeare-rnn": Recipe(
        title="Shakespeare · RNN",
        corpus=SHAKESPEARE,
        kind="rnn",
        config={"embedding": 64, "hidden": 512, "layers": 2, "dropout": 0.3},
        training=Descent(epochs=12, batches="streams", batch=64, length=64, rate=1.5e-3, average=0.995),
        prompts=SHAKESPEARE_PROMPTS,
    ),
    "shakespeare-gru": Recipe(
        title="Shakespeare · GRU",
        corpus=SHAKESPEARE,
        kind="gru",
        config={"embedding": 64, "hidden": 512, "layers": 2, "dropout": 0.5},
        training=Descent(epochs=4, batches="streams", batch=64, length=64, rate=2e-3, average=0.995),
        prompts=SHAKESPEARE_PROMPTS,
    ),
    "shakespeare-lstm": Recipe(
        title="Shakespeare · LSTM",
        corpus=SHAKESPEARE,
        kind="lstm",
        config={"embedding": 64, "hidden": 512, "layers": 2, "dropout": 0.5},
        training=Descent(epochs=5, batches="streams", batch=64, length=64, rate=3e-3, average=0.995),
        prompts=SHAKESPEARE_PROMPTS,
    ),
    "shakespeare-transformer": Recipe(
        title="Shakespeare · Transformer",
        corpus=SHAKESPEARE,
        kind="transformer",
        config={"width": 192, "layers": 4, "heads": 6, "window": 128, "dropout": 0.2},
        training=Descent(
            epochs=5, batches="windows", batch=16, length=256, rate=2e-3, weight_decay=0.1, average=0.995
        ),
        prompts=SHAKESPEARE_PROMPTS,
    ),
}


def recipe(name: str) -> Recipe:
    """The recipe of that name; BadInput, listing them all, when there is none."""
    if name not in RECIPES:
        raise BadInput(f"There is no recipe {name[:80]!r}: choose one of {', '.join(RECIPES)}.")
    return RECIPES[name]

"""The tasks and the interface of each. Knows no architecture; configurations are in config.py.

    language     advance    the next symbol, from those before: LanguageModel
    translation  advance    the same over "source→target": Seq2Seq, which is a LanguageModel once its source is read
    classifier   classify   one answer about a whole text: Classifier
    masked       fill       the symbols of gaps, from both sides: MaskedLM
"""

from collections.abc import Sequence
from typing import Any, Literal, Protocol, TypeAlias, get_args

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from playground.errors import BadInput

Task = Literal["language", "translation", "classifier", "masked"]
TASKS: tuple[Task, ...] = get_args(Task)
WRITE: tuple[Task, ...] = ("language", "translation")  # tasks whose models continue a text

# Each kind has its own state type; to everyone else it is an opaque value passed back to `advance`.
State: TypeAlias = Any


class LanguageModel(Protocol):
    """A model of the next id, given the ids so far.

    `advance(ids, state)` reads ids, (B, T) int64 or a plain list (a batch of one), and returns logits (B, T, V)
    float32, where `logits[:, t]` predicts the id after `ids[:, t]`, and the state after the last. `state=None` is a
    fresh start. A state is immutable: advancing from an old one again is correct, which is how beams and branches fork.
    At once, id by id or in chunks, the logits agree to 1e-4.
    BadInput when there are no ids (T = 0) or an id of a list is out of range.

    Texts that are written at the same time share their steps. `merge` combines states, each of one or more texts, into
    one state of all B texts, in order. `select` extracts the texts `rows` as a state of its own; a row may be repeated.
    `step(ids, state)` reads one more id (B,) of each text and returns the logits (B, V) float32 after them, and the new
    state. A text's result is independent of the other texts and their number, bit for bit. `advance` takes such states
    too, with ids of B rows. `step` does not check ids, and never gets a state of None: a text starts with `advance`.
    """

    @property
    def config(self) -> Any: ...

    def advance(self, ids: Sequence[int] | Tensor, state: State = None) -> tuple[Tensor, State]: ...

    def step(self, ids: Sequence[int], state: State) -> tuple[NDArray[np.float32], State]: ...

    def merge(self, states: Sequence[State]) -> State: ...

    def select(self, state: State, rows: Sequence[int]) -> State: ...


class Seq2Seq(LanguageModel, Protocol):
    """A model that writes one text for another.

    `encode(source_ids)` reads sources (B, S), or a plain list, and returns the state after them; from there it is a
    LanguageModel of the target. `advance` reads both: a text is the source, the id `separator`, and the target. Within
    a source nothing is predicted: the logits make the separator certain.
    `attention` gives the attention weights over a source (S,) at each letter of a target (T,), whose first id is the
    separator: (T, S), rows sum to 1; None for a model without attention.
    """

    separator: int

    def encode(self, source_ids: Sequence[int] | Tensor) -> State: ...

    def attention(self, source: Sequence[int], target: Sequence[int]) -> NDArray[np.float32] | None: ...


class Classifier(Protocol):
    """A model that assigns a text to one of C classes.

    `classify(ids, lengths)` reads texts (B, T) int64, or a plain list, and returns logits (B, C) float32. lengths (B,):
    how many ids of each row are text; the rest is padding and has no effect. None: all of them.
    """

    @property
    def config(self) -> Any: ...

    def classify(self, ids: Sequence[int] | Tensor, lengths: Tensor | None = None) -> Tensor: ...


class MaskedLM(Protocol):
    """A model that predicts symbols removed from a text, from both sides.

    `fill(ids, positions)` reads a text (T,) int64, or a plain list, with gaps at `positions`, whose ids are ignored. It
    returns logits (len(positions), V) float32. hidden: further gaps, which are not predicted.
    """

    @property
    def config(self) -> Any: ...

    def fill(
        self, ids: Sequence[int] | Tensor, positions: Sequence[int], hidden: Sequence[int] = ()
    ) -> Tensor: ...


def first_answer(task: Task, model: Any, ids: Sequence[int]) -> Tensor:
    """The logits of a first, short query, which any model of the task can answer. ids: at least one."""
    given = list(ids)
    if task in WRITE:
        return model.advance(given)[0]
    return model.classify(given) if task == "classifier" else model.fill(given, [0])


def as_batch(ids: Sequence[int] | Tensor, vocabulary: int, device: torch.device) -> Tensor:
    """Ids as a batch, (B, T) int64 on the device: a list is a batch of one. BadInput as in `advance`."""
    if not isinstance(ids, Tensor):
        wrong = [i for i in ids if not 0 <= i < vocabulary]
        if wrong:
            raise BadInput("input.id", most=vocabulary - 1, value=wrong[0])
        ids = torch.tensor([ids], dtype=torch.int64, device=device)
    if ids.dim() != 2 or ids.shape[1] == 0:
        shape = tuple(ids.shape)
        raise BadInput("input.batch", shape=shape)
    return ids

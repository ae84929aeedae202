"""What every model is: a configuration with bounds, and `advance`.

Knows no architecture. The parts that all of them share stand here: the Protocol, the turning of ids into
a batch, and the checking of configurations, where every problem is reported at once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, field, fields
from typing import Any, Protocol, TypeAlias, TypeVar, get_type_hints

import torch
from torch import Tensor

from playground.errors import BadInput
from playground.words import Message, message

# Each kind has its own state; to everyone else it is a value that goes back into `advance`.
State: TypeAlias = Any

C = TypeVar("C")


class LanguageModel(Protocol):
    """A model of the next id, given the ids so far.

    `advance(ids, state)` reads ids, (B, T) int64 or a plain list (a batch of one), and returns logits
    (B, T, V) float32, where `logits[:, t]` is about the id after `ids[:, t]`, and the state after the last.
    `state=None` is a fresh start. A state is a value: advancing from an old one again is correct, which is
    how beams and branches fork. In one go, id by id or in any chunks, the logits are the same to 1e-4.
    BadInput when there are no ids (T = 0) or an id of a list is out of range.
    """

    @property
    def config(self) -> Any: ...

    def advance(self, ids: Sequence[int] | Tensor, state: State = None) -> tuple[Tensor, State]: ...


def as_batch(ids: Sequence[int] | Tensor, vocabulary: int, device: torch.device) -> Tensor:
    """Ids as a batch, (B, T) int64 on the device: a list is a batch of one. BadInput as `advance` says."""
    if not isinstance(ids, Tensor):
        wrong = [i for i in ids if not 0 <= i < vocabulary]
        if wrong:
            raise BadInput("input.id", most=vocabulary - 1, value=wrong[0])
        ids = torch.tensor([ids], dtype=torch.int64, device=device)
    if ids.dim() != 2 or ids.shape[1] == 0:
        shape = tuple(ids.shape)
        raise BadInput("input.batch", shape=shape)
    return ids


def bounded(low: float, high: float, default: float | None = None, *, tacit: bool = False) -> Any:
    """A dataclass field whose value must be from low to high; required unless it has a default.

    tacit: as `chosen` and `switch` are, it is not recorded while it has its default. So a kind can learn to do
    more, and the records of what it did before stay as they are.
    """
    metadata = {"low": low, "high": high, "tacit": tacit}
    return field(metadata=metadata) if default is None else field(default=default, metadata=metadata)


def chosen(*words: str) -> Any:
    """A dataclass field whose value is one of these words; the first is its default."""
    return field(default=words[0], metadata={"words": words, "tacit": True})


def switch() -> Any:
    """A dataclass field that is true or false; false is its default."""
    return field(default=False, metadata={"switch": True, "tacit": True})


def values_of(config: Any) -> dict[str, Any]:
    """The plain values from which `configure` makes the same configuration again."""
    values = [(f, getattr(config, f.name)) for f in fields(config)]
    return {f.name: value for f, value in values if not (f.metadata.get("tacit") and value == f.default)}


def check(config: Any) -> None:
    """BadInput naming every field of a configuration that is out of its bounds; call it in `__post_init__`."""
    _refuse(type(config), _problems(type(config), vars(config)))


def configure(config_class: type[C], values: Mapping[str, Any]) -> C:
    """A configuration from plain values; BadInput names every unknown, missing or absurd field at once."""
    known = {f.name: f for f in fields(config_class)}  # type: ignore[arg-type]
    problems = [message("config.no_field", field=_shown(name)) for name in values if name not in known]
    for name, f in known.items():
        if name not in values and f.default is MISSING and f.default_factory is MISSING:
            problems.append(message("config.missing", field=name))
    problems += _problems(config_class, values)
    _refuse(config_class, problems)
    return config_class(**values)


def _problems(config_class: type, values: Mapping[str, Any]) -> list[Message]:
    types = get_type_hints(config_class)
    given = [f for f in fields(config_class) if f.name in values]
    problems = [(f.name, _wanted(values[f.name], types[f.name], f.metadata)) for f in given]
    return [
        message("config.field", field=name, wanted=wanted, value=_shown(values[name]))
        for name, wanted in problems
        if wanted
    ]


def _wanted(value: Any, kind: type, bounds: Mapping[str, Any]) -> Message | None:
    """What a field's value must be; None where it is that."""
    if "low" in bounds:
        low, high, whole = bounds["low"], bounds["high"], kind is int
        number = isinstance(value, int if whole else (int, float)) and not isinstance(value, bool)
        fits = number and low <= value <= high
        return None if fits else message("allowed.whole" if whole else "allowed.number", low=low, high=high)
    if "words" in bounds:
        fits = isinstance(value, str) and value in bounds["words"]
        return None if fits else message("allowed.words", words=bounds["words"])
    return message("allowed.switch") if "switch" in bounds and not isinstance(value, bool) else None


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:40] + "…"


def _refuse(config_class: type, problems: list[Message]) -> None:
    if problems:
        raise BadInput("config.of", config=config_class.__name__, problems=problems[:20])

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
            raise BadInput(f"id must be from 0 to {vocabulary - 1}, not {wrong[0]}.")
        ids = torch.tensor([ids], dtype=torch.int64, device=device)
    if ids.dim() != 2 or ids.shape[1] == 0:
        shape = tuple(ids.shape)
        raise BadInput(f"ids must be a batch (B, T) with T at least 1, not {shape}: give at least one character.")
    return ids


def bounded(low: float, high: float, default: float | None = None) -> Any:
    """A dataclass field whose value must be from low to high; required unless it has a default."""
    metadata = {"low": low, "high": high}
    return field(metadata=metadata) if default is None else field(default=default, metadata=metadata)


def check(config: Any) -> None:
    """BadInput naming every field of a configuration that is out of its bounds; call it in `__post_init__`."""
    _refuse(type(config), _problems(type(config), vars(config)))


def configure(config_class: type[C], values: Mapping[str, Any]) -> C:
    """A configuration from plain values; BadInput names every unknown, missing or absurd field at once."""
    known = {f.name: f for f in fields(config_class)}  # type: ignore[arg-type]
    problems = [f"{_shown(name)} is not a field" for name in values if name not in known]
    for name, f in known.items():
        if name not in values and f.default is MISSING and f.default_factory is MISSING:
            problems.append(f"{name} is missing")
    problems += _problems(config_class, values)
    _refuse(config_class, problems)
    return config_class(**values)


def _problems(config_class: type, values: Mapping[str, Any]) -> list[str]:
    types = get_type_hints(config_class)
    problems = []
    for f in fields(config_class):
        if f.name not in values or "low" not in f.metadata:
            continue
        value, low, high = values[f.name], f.metadata["low"], f.metadata["high"]
        whole = types[f.name] is int
        number = isinstance(value, int if whole else (int, float)) and not isinstance(value, bool)
        if not number or not low <= value <= high:
            kind = "a whole number" if whole else "a number"
            problems.append(f"{f.name} must be {kind} from {low} to {high}, not {_shown(value)}")
    return problems


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:40] + "…"


def _refuse(config_class: type, problems: list[str]) -> None:
    if problems:
        raise BadInput(f"{config_class.__name__}: {'; '.join(problems[:20])}.")

"""When a run ends: at its length or, where that was asked for, after a line end or the token that ends a text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from playground.errors import BadInput
from playground.library import Checkpoint

STOPS = ("none", "line", "end")

Reason = Literal["length", "line", "end"]


@dataclass(frozen=True)
class Stop:
    """The end of a run.

    length: how many symbols are written at most, 1 or more.
    ids:    each of these ends the run, and is its last symbol. An id is written whole or not at all, so a token
            that has more after its line end is written with it.
    at:     what these ids are.
    """

    length: int
    ids: frozenset[int] = frozenset()
    at: Literal["line", "end"] = "line"

    def reason(self, id: int, written: int) -> Reason | None:
        """Why a run ends after its `written`-th symbol, which is `id`; None where it goes on."""
        if id in self.ids:
            return self.at
        return "length" if written >= self.length else None


def stops_of(checkpoint: Checkpoint) -> tuple[str, ...]:
    """Those of STOPS that this model's runs can be given."""
    return tuple(stop for stop in STOPS if stop == "none" or _ids(checkpoint, stop))


def stop_of(checkpoint: Checkpoint, stop: str, length: int) -> Stop:
    """Where a run of a model ends; `stop` is one of STOPS. BadInput where the model has no symbol of that kind."""
    if stop == "none":
        return Stop(length)
    at: Literal["line", "end"] = "end" if stop == "end" else "line"
    ids = _ids(checkpoint, at)
    if not ids:
        code = "input.no_end" if at == "end" else "input.no_line"
        raise BadInput(code, stops=stops_of(checkpoint), name=checkpoint.name, value=repr(stop))
    return Stop(length, ids, at)


def _ids(checkpoint: Checkpoint, stop: str) -> frozenset[int]:
    if stop == "end":
        return frozenset(checkpoint.end_ids)
    return frozenset(id for id, symbol in enumerate(checkpoint.vocabulary.symbols) if "\n" in symbol)

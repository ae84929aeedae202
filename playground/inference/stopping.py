"""When a run ends: at its length or, if requested, after a line end or the end-of-text token."""

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

    length: maximum number of symbols, 1 or more.
    ids:    each of these ends the run as its last symbol. Tokens are indivisible, so text after the line end within the
            same token is written too.
    at:     what these ids are.
    """

    length: int
    ids: frozenset[int] = frozenset()
    at: Literal["line", "end"] = "line"

    def reason(self, id: int, written: int) -> Reason | None:
        """Why a run ends after its `written`-th symbol, which is `id`; None if it continues."""
        if id in self.ids:
            return self.at
        return "length" if written >= self.length else None


def stops_of(checkpoint: Checkpoint) -> tuple[str, ...]:
    """Those of STOPS that this model supports."""
    return tuple(stop for stop in STOPS if stop == "none" or _ids(checkpoint, stop))


def stop_of(checkpoint: Checkpoint, stop: str, length: int) -> Stop:
    """The end of a model's run; `stop` is one of STOPS. BadInput if the model has no such symbol."""
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

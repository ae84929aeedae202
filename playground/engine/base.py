"""What an engine is asked and answers: plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from playground.inference.prefill import Logits
from playground.inference.stopping import Reason, Stop
from playground.sampling import Sampling


class Unwanted(Exception):
    """Raised where nobody waits for the answer any more."""


@dataclass(frozen=True)
class Run:
    """A text that is to be written on.

    seed, first: the steps have the numbers from `first` on, and each takes the u of `seed` that has its number.
    picks: ids that a person chose, by the number of their step, from `first` on: nothing is drawn there.
    rows:  whether the logits are wanted too.
    """

    sampling: Sampling
    seed: int
    stop: Stop
    first: int = 0
    picks: Mapping[int, int] = field(default_factory=dict)
    rows: bool = True


@dataclass(frozen=True)
class Chunk:
    """Some steps of a run, at least one.

    ids:     the symbols.
    us:      the numbers in [0, 1) that chose them; None where a person did.
    rows:    (V,) float32 each: what the model gives after each symbol, so that the last one stands before what
             would follow. Empty where they were not wanted.
    stopped: why the run ended with these; None where it goes on.
    """

    ids: list[int]
    us: list[float | None]
    rows: list[Logits]
    stopped: Reason | None

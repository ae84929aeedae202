"""What an engine is asked and answers: names, ids and settings go in, and numbers come out.

All of it is plain data, so an engine may be in this process (local.py) or elsewhere (ray_serve/), and nothing above
knows which it is. Vocabularies, cards and frames are the page's; weights and states are the engine's.
"""

from __future__ import annotations

import threading
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol, TypeVar

from playground import library
from playground.inference.prefill import Logits
from playground.inference.stopping import Reason, Stop
from playground.inference.walk import Walk
from playground.sampling import Sampling

T = TypeVar("T")


class Unwanted(Exception):
    """Raised where nobody waits for the answer any more."""


class Asker(NamedTuple):
    """Who asks, as far as the engine has to know to be fair (fair.py). group: names that count as one beside others."""

    group: str = ""
    name: str = ""


NOBODY = Asker()


@dataclass(frozen=True)
class Text:
    """The ids that stand before what is asked about.

    written: what follows the prompt already. It is read apart from it, so that its rows do not depend on how the prompt
    was cut into pieces. start: whether the model's own start stands before all.
    """

    prompt: Sequence[int]
    written: Sequence[int] = ()
    start: bool = True


@dataclass(frozen=True)
class Run:
    """A text that is to be written on.

    seed, first: the steps have the numbers from `first` on, and each takes the u of `seed` that has its number.
    picks: ids that a person chose, by the number of their step, from `first` on: nothing is drawn there.
    rows:  whether the logits are wanted too.
    whole: whether all of it is told at once, when it is there.
    """

    sampling: Sampling
    seed: int
    stop: Stop
    first: int = 0
    picks: Mapping[int, int] = field(default_factory=dict)
    rows: bool = True
    whole: bool = False


@dataclass(frozen=True)
class Begun:
    """What the model made of the text that is written on.

    rows: (n, V) float32, the prompt's from the first that was wanted on; the last one stands after all of it.
    tip:  (V,) float32, the row after what was written too: the first step is drawn from it.
    """

    rows: Logits
    tip: Logits


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


class Engine(Protocol):
    """Who computes. Models go by their names, as `library.load` takes them of a visitor, and its errors are raised.

    Each answer ends soon, with Unwanted, once `cancelled` is set. Work is shared out fairly among those who ask.
    `open`, `prefill` and `walk` hold the thread that asks; `run` and `given` are asked from any event loop, and from
    several.
    """

    def open(self, model: str, cancelled: threading.Event, *, patience: float = library.SHORT) -> library.Checkpoint:
        """What is known of a model that is going to be asked: vocabulary, card, start. Nobody above the engine may
        ask the `model` in it for more than its sizes: it can be an outline, without numbers. patience: as in
        `library.load`."""
        ...

    def prefill(
        self, model: str, text: Text, first: int, cancelled: threading.Event, *, exact: bool, asker: Asker = NOBODY
    ) -> Logits:
        """The rows of a prompt from `first` (at most N) on, (N + 1 - first, V) float32.

        exact: read in the usual pieces, as for a run; else from wherever a state lies, which is sooner (prefixes.py).
        """
        ...

    def run(
        self,
        model: str,
        text: Text,
        run: Run,
        cancelled: threading.Event,
        *,
        first: int | None = None,
        asker: Asker = NOBODY,
    ) -> AsyncGenerator[Begun | Chunk, None]:
        """Write on: a Begun, and then the steps as they are made, until one of them is the last.

        first: the first row of the prompt that is wanted, as in `prefill`; the last one where that is None.
        """
        ...

    def given(
        self,
        model: str,
        text: Text,
        ids: Sequence[int],
        cancelled: threading.Event,
        *,
        first: int | None = None,
        asker: Asker = NOBODY,
    ) -> AsyncGenerator[Begun | Chunk, None]:
        """The same of ids that follow as they are, at least one: nothing is drawn, and no step has a u."""
        ...

    def walk(
        self, model: str, walk: Walk[T], cancelled: threading.Event, *, asker: Asker = NOBODY
    ) -> Iterator[T]:
        """The answers to a question that is answered in steps (inference/walk.py), as they are found."""
        ...

    def writing(self) -> int:
        """How many texts are being written for those who ask through this object."""
        ...

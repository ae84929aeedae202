"""The engine's interface: names, ids and settings go in, numbers come out.

All of it is plain data, so an engine may be in this process (local.py) or elsewhere (ray_serve/), and nothing above
knows which it is. Vocabularies, cards and stream frames belong to the page; weights and states to the engine.
"""

from __future__ import annotations

import threading
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol, TypeVar

from playground import library
from playground.inference.prefill import Logits
from playground.inference.query import Query
from playground.inference.stopping import Reason, Stop
from playground.sampling import Sampling

T = TypeVar("T")


class RequestAborted(Exception):
    """Raised when nobody waits for the answer any more."""


class Requester(NamedTuple):
    """The requester, as far as fairness needs it (fair.py). group: names that count as one beside others."""

    group: str = ""
    name: str = ""

    @property
    def owner(self) -> str:
        """Whose texts are read again (prefixes.py): visitors without a name of their own have their group's."""
        return self.name or self.group


NOBODY = Requester()


@dataclass(frozen=True)
class Text:
    """The ids that precede what is requested.

    written: ids that already follow the prompt. They are read separately, so that their rows do not depend on how the
    prompt was split into pieces. start: whether the model's own start comes first.
    """

    prompt: Sequence[int]
    written: Sequence[int] = ()
    start: bool = True


@dataclass(frozen=True)
class Run:
    """A text to be continued.

    seed, first: steps are numbered from `first` on, and step t is drawn with the number u that `seed` gives for t.
    picks:       ids chosen by the user, by step number, from `first` on: nothing is drawn there.
    rows:        whether to return the logits too.
    early:       whether to send the first steps at once. Otherwise the text is shown only when it is complete; its
                 parts come at the usual pace from the beginning, so that an aborted run can be charged for what was
                 done.
    """

    sampling: Sampling
    seed: int
    stop: Stop
    first: int = 0
    picks: Mapping[int, int] = field(default_factory=dict)
    rows: bool = True
    early: bool = True


@dataclass(frozen=True)
class RunStart:
    """The model's predictions for the text to be continued.

    rows: (n, V) float32, the prompt's rows from the first requested one on; the last one predicts what follows the
          prompt.
    tip:  (V,) float32, the row after what is already written: the first step is drawn from it.
    """

    rows: Logits
    tip: Logits


@dataclass(frozen=True)
class Chunk:
    """Some steps of a run, at least one.

    ids:     the symbols.
    us:      the numbers in [0, 1) that drew them; None for the user's picks.
    rows:    (V,) float32 each: the logits after each symbol, so the last one predicts what would follow. Empty if not
             requested.
    stopped: why the run ended with these steps; None if it continues.
    """

    ids: list[int]
    us: list[float | None]
    rows: list[Logits]
    stopped: Reason | None


class Engine(Protocol):
    """Models are named as for `library.load`, whose errors are raised here too.

    Each answer ends soon, with RequestAborted, once `cancelled` is set. Work is divided fairly among requesters.
    `open`, `prefill` and `query` block the calling thread; `run` and `replay` may be called from any event loop, and
    from several at once.
    """

    def open(self, model: str, cancelled: threading.Event, *, patience: float = library.SHORT) -> library.Checkpoint:
        """What is known of a model about to be used: vocabulary, card, start. Code above the engine may only use the
        sizes of its `model`: it can be an outline, without numbers. patience: as in `library.load`."""
        ...

    def prefill(
        self,
        model: str,
        text: Text,
        first: int,
        cancelled: threading.Event,
        *,
        exact: bool,
        requester: Requester = NOBODY,
    ) -> Logits:
        """The rows of a prompt from `first` (at most N) on, (N + 1 - first, V) float32.

        exact: read in the standard pieces, as for a run; otherwise from any cached state, which is faster
        (prefixes.py).
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
        requester: Requester = NOBODY,
    ) -> AsyncGenerator[RunStart | Chunk, None]:
        """Continue a text: a RunStart, then chunks of steps as they are computed, until the last.

        first: the first requested row of the prompt, as in `prefill`; None for the last one only.
        """
        ...

    def replay(
        self,
        model: str,
        text: Text,
        ids: Sequence[int],
        cancelled: threading.Event,
        *,
        first: int | None = None,
        requester: Requester = NOBODY,
    ) -> AsyncGenerator[RunStart | Chunk, None]:
        """The same for given ids that follow, at least one: nothing is drawn, and no step has a u."""
        ...

    def query(
        self, model: str, query: Query[T], cancelled: threading.Event, *, requester: Requester = NOBODY
    ) -> Iterator[T]:
        """The answers to a query that is computed in steps (inference/query.py), as they are found."""
        ...

    def writing(self) -> int:
        """How many texts are being written for the users of this object."""
        ...

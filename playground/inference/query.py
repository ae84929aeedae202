"""A query to a model that is answered in short steps, so that an engine can divide its time fairly."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol, TypeVar

from playground.checkpoints.folders import Checkpoint

T_co = TypeVar("T_co", covariant=True)


class Query(Protocol[T_co]):
    """Plain data, as a frozen dataclass: it can be sent to an engine elsewhere, and its answers are plain data too.

    The same query always gives the same answers in the same order: an engine that has to restart skips those already
    given.
    """

    def steps(self, checkpoint: Checkpoint) -> Iterator[T_co | None]:
        """The answers as they are found; None for a step without one. A step takes some 20 ms."""
        ...

"""A question to a model that is answered in short steps, so that an engine can share its time out fairly."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol, TypeVar

from playground.checkpoints.folders import Checkpoint

T_co = TypeVar("T_co", covariant=True)


class Walk(Protocol[T_co]):
    """Plain data, as a frozen dataclass: an engine elsewhere is sent it, and the answers come back as plain data.

    The same question has the same answers each time, in the same order: an engine that had to begin again passes over
    those that were given already.
    """

    def steps(self, checkpoint: Checkpoint) -> Iterator[T_co | None]:
        """The answers as they are found; None for a step that has none yet. A step takes some 20 ms."""
        ...

"""A line: so many places, given out in the order in which they are asked for."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playground.engine.base import Unwanted
from playground.engine.pace import Pace

ASK_SECONDS = 0.05  # how often who waits looks whether a place is free


class Busy(Exception):
    """Raised where as many wait as may. seconds: how long it may take until one more may come."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class Line:
    """places: how many there are. waiting: how many may wait for one; None for any number."""

    def __init__(self, places: int, waiting: int | None = None) -> None:
        self.places = places
        self.most = None if waiting is None else places + waiting
        self.pace = Pace()
        self._line: list[object] = []

    def __len__(self) -> int:
        """How many have a place or wait for one."""
        return len(self._line)

    def waiting(self) -> int:
        """How many wait for a place."""
        return max(0, len(self._line) - self.places)

    @asynccontextmanager
    async def place(self, cancelled: threading.Event) -> AsyncIterator[None]:
        """Wait for a place, and hold it. Busy where too many wait already, Unwanted once `cancelled` is set."""
        if self.most is not None and len(self._line) >= self.most:
            raise Busy(self.pace.seconds(len(self._line) - self.places))
        mine = object()
        self._line.append(mine)
        try:
            while self._line.index(mine) >= self.places:
                if cancelled.is_set():
                    raise Unwanted
                await asyncio.sleep(ASK_SECONDS)
            yield
        finally:
            if self._line.index(mine) < self.places:
                self.pace.note()
            self._line.remove(mine)

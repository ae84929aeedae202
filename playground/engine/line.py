"""A line: so many places, given out in turn to those who ask, and to each in the order of asking."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playground.engine.base import NOBODY, Asker, Unwanted
from playground.engine.fair import Places
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
        self.most = None if waiting is None else places + waiting
        self.pace = Pace()
        self._places: Places[list[bool]] = Places(places)  # of each whether it has its place
        self._lock = threading.Lock()

    def __len__(self) -> int:
        """How many have a place or wait for one."""
        return len(self._places)

    def waiting(self) -> int:
        """How many wait for a place."""
        return self._places.waiting()

    @asynccontextmanager
    async def place(self, cancelled: threading.Event, asker: Asker = NOBODY) -> AsyncIterator[None]:
        """Wait for a place, and hold it. Busy where too many wait already, Unwanted once `cancelled` is set."""
        if self.most is not None and len(self) >= self.most:
            raise Busy(self.pace.seconds(self.waiting()))
        placed: list[bool] = []
        with self._lock:
            number = self._places.put(asker, placed)
        self._give_out()
        try:
            while not placed:
                if cancelled.is_set():
                    raise Unwanted
                await asyncio.sleep(ASK_SECONDS)
            yield
        finally:
            with self._lock:
                if not self._places.drop(number):
                    self._places.leave(asker)
                    self.pace.note()
            self._give_out()

    def _give_out(self) -> None:
        with self._lock:
            while taken := self._places.take():
                taken[1].append(True)

"""Admission queue with a fixed number of slots, granted fairly across requesters and first-come-first-served within
one."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playground.engine.base import NOBODY, RequestAborted, Requester
from playground.engine.fair import FairQueue
from playground.engine.pace import Pace

ASK_SECONDS = 0.05  # how often a waiting request checks whether it has a slot


class Busy(Exception):
    """Raised when the queue is full. seconds: an estimate of when it has room again."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class AdmissionQueue:
    """places: the number of slots. waiting: how many requests may wait for one; None for no limit."""

    def __init__(self, places: int, waiting: int | None = None) -> None:
        self.most = None if waiting is None else places + waiting
        self.pace = Pace()
        self._places: FairQueue[list[bool]] = FairQueue(places)  # for each request whether it has its slot
        self._lock = threading.Lock()

    def __len__(self) -> int:
        """How many requests hold a slot or wait for one."""
        return len(self._places)

    def waiting(self) -> int:
        """How many requests wait for a slot."""
        return self._places.waiting()

    @asynccontextmanager
    async def place(self, cancelled: threading.Event, requester: Requester = NOBODY) -> AsyncIterator[None]:
        """Wait for a slot, and hold it. Busy if too many wait already, RequestAborted once `cancelled` is set."""
        if self.most is not None and len(self) >= self.most:
            raise Busy(self.pace.seconds(self.waiting()))
        placed: list[bool] = []
        with self._lock:
            number = self._places.put(requester, placed)
        self._give_out()
        try:
            while not placed:
                if cancelled.is_set():
                    raise RequestAborted
                await asyncio.sleep(ASK_SECONDS)
            yield
        finally:
            with self._lock:
                if not self._places.drop(number):
                    self._places.leave(requester)
                    self.pace.note()
            self._give_out()

    def _give_out(self) -> None:
        with self._lock:
            while taken := self._places.take():
                taken[1].append(True)

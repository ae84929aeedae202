"""Estimates how long a request without a slot has to wait, from how quickly slots were freed lately."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

LATELY = 60.0  # seconds of history
KEPT = 200  # slot releases remembered, at most
UNKNOWN = 5.0  # seconds, if no slot was freed lately
SHORTEST, LONGEST = 1.0, 120.0  # bounds of the estimate: nobody plans for less, and nobody waits longer


class Pace:
    """When slots were freed. Threads may share it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._freed: deque[float] = deque(maxlen=KEPT)
        self._lock = threading.Lock()

    def note(self) -> None:
        """A slot was freed."""
        with self._lock:
            self._freed.append(self._clock())

    def seconds(self, places: int = 1) -> float:
        """How long until `places` more slots are free, at the recent rate."""
        with self._lock:
            now = self._clock()
            while self._freed and now - self._freed[0] > LATELY:
                self._freed.popleft()
            if not self._freed:
                return UNKNOWN
            # Many releases within an instant say little, so the rate is taken over at least a second.
            each = max(now - self._freed[0], 1.0) / len(self._freed)
        return min(LONGEST, max(SHORTEST, places * each))

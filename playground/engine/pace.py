"""How long who finds no place may have to wait: told by how quickly places became free lately."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

LATELY = 60.0  # seconds that are looked back
KEPT = 200  # places that became free, at most
UNKNOWN = 5.0  # seconds, where none became free lately
SHORTEST, LONGEST = 1.0, 120.0  # of what is told: nobody plans by less, and nobody waits for more


class Pace:
    """When places became free. Threads may share it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._freed: deque[float] = deque(maxlen=KEPT)
        self._lock = threading.Lock()

    def note(self) -> None:
        """A place became free."""
        with self._lock:
            self._freed.append(self._clock())

    def seconds(self, places: int = 1) -> float:
        """How long it will take until so many more are free, if it goes on as it did lately."""
        with self._lock:
            now = self._clock()
            while self._freed and now - self._freed[0] > LATELY:
                self._freed.popleft()
            if not self._freed:
                return UNKNOWN
            # A moment with many ends says little, so at least a second is looked back.
            each = max(now - self._freed[0], 1.0) / len(self._freed)
        return min(LONGEST, max(SHORTEST, places * each))

"""A cache shared by all visitors: of several concurrent requests for a value, one computes it and the others wait."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

from playground.engine.base import RequestAborted

T = TypeVar("T")
Part = TypeVar("Part")

WAIT = 0.2  # seconds


class Cache(Generic[T]):
    """Values by name, at most `most` by LRU, none older than `seconds`."""

    def __init__(self, most: int, seconds: float = float("inf"), now: Callable[[], float] = time.monotonic) -> None:
        self.most, self.seconds, self.now = most, seconds, now
        self._lock = threading.Lock()
        self._values: OrderedDict[str, tuple[float, T]] = OrderedDict()
        self._making: dict[str, float] = {}  # progress of the values being computed, from 0 to 1

    def get(self, name: str) -> T | None:
        """None if there is none."""
        with self._lock:
            return self._get(name)

    def put(self, name: str, value: T) -> None:
        with self._lock:
            self._values[name] = self.now(), value
            self._values.move_to_end(name)
            while len(self._values) > self.most:
                self._values.popitem(last=False)

    def wait(self, name: str, cancelled: threading.Event) -> Iterator[float]:
        """Wait while another thread computes a value, and yield its progress, from 0 to 1, now and then.

        Ends once `get` has the value, or when the caller alone has claimed it: then the caller must compute it, within
        `making`. Raises RequestAborted once `cancelled` is set.
        """
        while (done := self._claim(name)) is not None:
            yield done
            if cancelled.wait(WAIT):
                raise RequestAborted

    @contextmanager
    def making(self, name: str) -> Iterator[Callable[[float], None]]:
        """Compute a value, which must then be `put`. Yields a function that reports progress to those who wait."""

        def tell(done: float) -> None:
            with self._lock:
                self._making[name] = done

        tell(0.0)
        try:
            yield tell
        finally:
            with self._lock:
                self._making.pop(name, None)

    def _claim(self, name: str) -> float | None:
        """The progress of another thread with a value; None if it is there, or if the caller has claimed it."""
        with self._lock:
            if self._get(name) is not None:
                return None
            if name in self._making:
                return self._making[name]
            self._making[name] = 0.0
            return None

    def _get(self, name: str) -> T | None:
        if name not in self._values:
            return None
        at, value = self._values[name]
        if self.now() - at > self.seconds:
            del self._values[name]
            return None
        self._values.move_to_end(name)
        return value


def once(
    cache: Cache[list[Part]], name: str, cancelled: threading.Event, answer: Callable[[], Iterator[Part]]
) -> Iterator[Part]:
    """The parts of an answer: cached, or from `answer()`, cached once it is complete. Of several concurrent requests
    for the same, one runs it. Raises RequestAborted once `cancelled` is set while another runs it."""
    for _ in cache.wait(name, cancelled):
        pass
    if (known := cache.get(name)) is not None:
        yield from known
        return
    found = []
    with cache.making(name):
        for part in answer():
            found.append(part)
            yield part
        cache.put(name, found)

"""What is worked out once for all visitors: it is kept, and of several who ask at the same moment one has it made."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

from playground.engine.base import Unwanted

T = TypeVar("T")
Part = TypeVar("Part")

WAIT = 0.2  # seconds


class Kept(Generic[T]):
    """Values by name, `most` of them at a time, the latest used ones; none is older than `seconds`."""

    def __init__(self, most: int, seconds: float = float("inf"), now: Callable[[], float] = time.monotonic) -> None:
        self.most, self.seconds, self.now = most, seconds, now
        self._lock = threading.Lock()
        self._values: OrderedDict[str, tuple[float, T]] = OrderedDict()
        self._making: dict[str, float] = {}  # how far each is that is being made, from 0 to 1

    def get(self, name: str) -> T | None:
        """None where there is none."""
        with self._lock:
            return self._get(name)

    def put(self, name: str, value: T) -> None:
        with self._lock:
            self._values[name] = self.now(), value
            self._values.move_to_end(name)
            while len(self._values) > self.most:
                self._values.popitem(last=False)

    def wait(self, name: str, cancelled: threading.Event) -> Iterator[float]:
        """Wait while somebody makes it: how far that is, now and then. Ends once it is there, or nobody makes it.
        Unwanted once that is set."""
        while (done := self._made(name)) is not None:
            yield done
            if cancelled.wait(WAIT):
                raise Unwanted

    @contextmanager
    def making(self, name: str) -> Iterator[Callable[[float], None]]:
        """Make one; what it gives takes how far that is."""

        def tell(done: float) -> None:
            with self._lock:
                self._making[name] = done

        tell(0.0)
        try:
            yield tell
        finally:
            with self._lock:
                self._making.pop(name, None)

    def _made(self, name: str) -> float | None:
        with self._lock:
            return None if self._get(name) is not None else self._making.get(name)

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
    kept: Kept[list[Part]], name: str, cancelled: threading.Event, answer: Callable[[], Iterator[Part]]
) -> Iterator[Part]:
    """The parts of an answer: those that are kept, or what `answer()` gives, which is kept once it is whole. Of several
    who ask the same at one moment, one has it worked out. Unwanted once that is set while another has."""
    for _ in kept.wait(name, cancelled):
        pass
    if (known := kept.get(name)) is not None:
        yield from known
        return
    found = []
    with kept.making(name):
        for part in answer():
            found.append(part)
            yield part
        kept.put(name, found)

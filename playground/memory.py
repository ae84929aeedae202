"""What is made once and then shared by all threads, each by its name: all of it for good, or the latest few.

This room does not know what it keeps, nor how it is made.
"""

import threading
from collections import OrderedDict, defaultdict
from collections.abc import Callable
from typing import Generic, TypeVar

Made = TypeVar("Made")


class Once(Generic[Made]):
    """What is small enough to stay."""

    def __init__(self) -> None:
        self.kept: dict[str, Made] = {}
        self._locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        self._guard = threading.Lock()

    def get(self, name: str, make: Callable[[], Made]) -> Made:
        """What has this name; made on first use, however many threads ask."""
        with self._guard:
            lock = self._locks[name]
        with lock:
            if name not in self.kept:
                self.kept[name] = make()
            return self.kept[name]


class Latest(Generic[Made]):
    """What is large: the latest used stay, `count` of them, and `size` bytes in all unless one alone has more."""

    def __init__(self, count: int, size: int, size_of: Callable[[Made], int]) -> None:
        self.count, self.size, self.size_of = count, size, size_of
        self.kept: OrderedDict[str, Made] = OrderedDict()  # the latest used last
        self._guard = threading.Lock()
        self._making = threading.Lock()

    def get(self, name: str) -> Made | None:
        """What has this name, if it is here; it counts as used."""
        with self._guard:
            if name in self.kept:
                self.kept.move_to_end(name)
            return self.kept.get(name)

    def made(self, name: str, size: int, make: Callable[[], Made]) -> Made:
        """What has this name; made unless it is here, once there is room for its `size` bytes.

        One is made at a time, so that no two of them take memory unseen.
        """
        with self._making:
            if (found := self.get(name)) is not None:
                return found
            self._make_room(size)
            new = make()
            with self._guard:
                self.kept[name] = new
            return new

    def _make_room(self, size: int) -> None:
        """Let go of the longest unused, until there is a place and `size` bytes for one more."""
        with self._guard:
            while self.kept and (
                len(self.kept) >= self.count or size + sum(map(self.size_of, self.kept.values())) > self.size
            ):
                self.kept.popitem(last=False)

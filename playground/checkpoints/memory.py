"""Models in memory: each is made once and shared by all threads, and all of them together stay within a bound.

All live models count, whether they are cached here or only referenced by a run that still uses them; one that is being
loaded counts with its peak. When a new one does not fit, the least recently used are dropped; while those in use leave
no memory, a request for a new one waits, and gets MemoryTaken in the end. This module does not know what a model is,
nor how it is made.
"""

import gc
import os
import threading
import time
from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from itertools import count
from pathlib import Path
from typing import Generic, TypeVar
from weakref import WeakValueDictionary, finalize

from playground.errors import BadInput, Cancelled, MemoryTaken
from playground.words import Message, message

BOUND_NAME = "PLAYGROUND_MODELS_MB"
SHARE = 0.5  # of the machine's memory that models may take; the rest is for torch, gradio and what visitors write
UNKNOWN_MACHINE = 8_000_000_000  # bytes, where the system does not say how many it has
TICK = 0.05  # seconds between two looks at whether there is room

Made = TypeVar("Made")


def bound() -> int:
    """The bytes that models may take in all: PLAYGROUND_MODELS_MB, or half of what this machine, or container, has."""
    written = os.environ.get(BOUND_NAME)
    if not written:
        return int(machine() * SHARE)
    try:
        megabytes = float(written)
        if 0 < megabytes < float("inf"):
            return int(megabytes * 1e6)
    except ValueError:
        pass
    raise BadInput("memory.bound", variable=BOUND_NAME, value=repr(written[:40]))


@cache
def machine(groups: Path = Path("/sys/fs/cgroup"), process: Path = Path("/proc/self/cgroup")) -> int:
    """Bytes of memory that this process may have: the machine's, or fewer where its control groups say so (Linux)."""
    try:
        least = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        least = UNKNOWN_MACHINE
    try:
        own = [row.rpartition(":")[2].strip("/") for row in process.read_text("utf-8").splitlines()]
    except OSError:
        own = []
    for path in {groups / name for name in own} | {groups / "memory" / name for name in own} | {groups}:
        for folder in (path, *path.parents):
            for name in ("memory.max", "memory.limit_in_bytes"):  # of the second and the first version
                try:
                    least = min(least, int((folder / name).read_text("ascii")))
                except (OSError, ValueError):  # there is none, or it says "max"
                    continue
    return least


class Models(Generic[Made]):
    """What is made, by name. Those that stay do so for good; of the others the latest used are kept, `most` of them.

    size_of: the bytes that one takes. body_of: the object whose end gives them back. Sizes are in bytes, and times in
    seconds.
    """

    def __init__(self, most: int, size_of: Callable[[Made], int], body_of: Callable[[Made], object]) -> None:
        self.most, self.size_of, self.body_of = most, size_of, body_of
        self.staying: dict[str, Made] = {}
        self.kept: OrderedDict[str, Made] = OrderedDict()  # the latest used last
        self._known: WeakValueDictionary[str, Made] = WeakValueDictionary()  # also those that somebody else holds
        self._alive: dict[int, int] = {}  # bytes
        self._numbers = count()
        # Numbers of what has ended. That may happen anywhere, also while the guard is held: nothing is locked for it.
        self._ended: deque[int] = deque()
        self._coming: dict[str, int] = {}  # bytes that are reserved for what is being made
        self._guard = threading.Lock()
        self._making = threading.Lock()
        self._locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)

    def get(self, name: str) -> Made | None:
        """What has this name, if it is in memory; it counts as used."""
        with self._guard:
            found = self._known.get(name)
            if found is not None and name not in self.staying:
                self.kept[name] = found
                self.kept.move_to_end(name)
                while len(self.kept) > self.most:
                    self.kept.popitem(last=False)
            return found

    def names(self) -> list[str]:
        """The names of all that is in memory."""
        with self._guard:
            return sorted(self._known)

    def taken(self) -> int:
        """The bytes that are taken now, or reserved."""
        with self._guard:
            return self._taken()

    def stay(self, name: str, peak: int, make: Callable[[], Made]) -> Made:
        """What has this name, made on first use, however many threads ask. It is counted, and never refused.

        peak: the bytes that it takes at most while it is made.
        """
        with self._guard:
            lock = self._locks[name]
        with lock:
            if (found := self.get(name)) is not None:
                return found
            while not self._reserved(name, peak) and self._let_go():
                pass
            with self._guard:
                self._coming[name] = peak
            return self._made(name, make, self.staying)

    def made(
        self,
        name: str,
        peak: int,
        make: Callable[[], Made],
        *,
        patience: float,
        cancelled: threading.Event | None = None,
    ) -> Made:
        """The model of this name, loaded if it is not here as soon as there is memory for it. One is loaded at a time.

        patience: seconds to wait for that. BadInput when it can never fit; MemoryTaken when the models in use leave no
        memory for that long; Cancelled once that event is set.
        """
        wait = _Wait(name, patience, cancelled)
        with self._turn(wait):
            if (found := self.get(name)) is not None:
                return found
            self.check(name, peak)
            while not self._reserved(name, peak):
                if not self._let_go():
                    if wait.first:
                        gc.collect()  # what only a cycle holds, such as a failure's traceback
                    wait.tick(self._full())
            return self._made(name, make, self.kept)

    def check(self, name: str, peak: int) -> None:
        """BadInput when so many bytes will never be free, whoever lets go of whatever."""
        limit = bound()
        with self._guard:
            staying = sum(map(self.size_of, self.staying.values()))
        if peak + staying > limit:
            takes, free = (round(size / 1e6) for size in (peak, limit - staying))
            raise BadInput("memory.large", name=name, takes=takes, free=free, variable=BOUND_NAME)

    @contextmanager
    def _turn(self, wait: "_Wait") -> Iterator[None]:
        while not self._making.acquire(timeout=TICK):
            wait.tick(message("memory.opening"))
        try:
            yield
        finally:
            self._making.release()

    def _reserved(self, name: str, peak: int) -> bool:
        """Whether there is room; if so, it is this one's."""
        with self._guard:
            fits = self._taken() + peak <= bound() and len(self.kept) < self.most
            if fits:
                self._coming[name] = peak
            return fits

    def _let_go(self) -> bool:
        """Let go of the longest unused; False where there is none. Its memory is free once nobody else holds it."""
        with self._guard:
            if not self.kept:
                return False
            self.kept.popitem(last=False)
            return True

    def _made(self, name: str, make: Callable[[], Made], into: dict[str, Made]) -> Made:
        try:
            new = make()
            size = self.size_of(new)
            with self._guard:
                number = next(self._numbers)
                self._alive[number] = size
                finalize(self.body_of(new), self._ended.append, number).atexit = False
                self._known[name] = into[name] = new
            return new
        finally:
            with self._guard:
                self._coming.pop(name, None)

    def _taken(self) -> int:
        while self._ended:
            del self._alive[self._ended.popleft()]
        return sum(self._alive.values()) + sum(self._coming.values())

    def _full(self) -> Message:
        return message("memory.full", takes=round(self.taken() / 1e6), bound=round(bound() / 1e6))


class _Wait:
    """Somebody who waits, for so long and until it is cancelled."""

    def __init__(self, name: str, patience: float, cancelled: threading.Event | None) -> None:
        self.name, self.end = name, time.monotonic() + patience
        self.cancelled = cancelled or threading.Event()
        self.first = True

    def tick(self, why: Message) -> None:
        """Wait a little. MemoryTaken when the time is over, Cancelled when the waiting is."""
        self.first = False
        if self.cancelled.wait(TICK):
            raise Cancelled("memory.stopped", name=self.name)
        if time.monotonic() >= self.end:
            raise MemoryTaken("memory.taken", name=self.name, reason=why)

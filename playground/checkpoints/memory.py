"""Models in memory: each is loaded once and shared by all threads, within a total memory limit.

All live models count, whether cached here or only referenced by a run that still uses them; a model being loaded counts
with its peak. When a new one does not fit, the least recently used are evicted; while those in use leave no memory, a
request for a new one waits, and finally gets MemoryFull. This module does not know what a model is, nor how it is
loaded.
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

from playground.errors import BadInput, Cancelled, MemoryFull
from playground.words import Message, message

BOUND_NAME = "PLAYGROUND_MODELS_MB"
SHARE = 0.5  # of the machine's memory that models may take; the rest is for torch, gradio and visitors' texts
UNKNOWN_MACHINE = 8_000_000_000  # bytes, if the system does not report its memory
TICK = 0.05  # seconds between two checks for free memory

ValueT = TypeVar("ValueT")


def bound() -> int:
    """The bytes that all models together may take: PLAYGROUND_MODELS_MB, or half of this machine's or container's
    memory."""
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
    """Bytes of memory available to this process: the machine's, or less if its control groups limit it (Linux)."""
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
            for name in ("memory.max", "memory.limit_in_bytes"):  # cgroup versions 2 and 1
                try:
                    least = min(least, int((folder / name).read_text("ascii")))
                except (OSError, ValueError):  # missing, or "max"
                    continue
    return least


class ModelCache(Generic[ValueT]):
    """A cache of models by name. Pinned ones stay forever; of the others at most `most`, by LRU.

    size_of: the bytes that one takes. body_of: the object whose collection frees them. Sizes are in bytes, times in
    seconds.
    """

    def __init__(self, most: int, size_of: Callable[[ValueT], int], body_of: Callable[[ValueT], object]) -> None:
        self.most, self.size_of, self.body_of = most, size_of, body_of
        self.staying: dict[str, ValueT] = {}
        self.kept: OrderedDict[str, ValueT] = OrderedDict()  # most recently used last
        self._known: WeakValueDictionary[str, ValueT] = WeakValueDictionary()  # including those that only others hold
        self._alive: dict[int, int] = {}  # bytes
        self._numbers = count()
        # Ids of freed models. A finalizer may run anywhere, even while the guard is held, so it takes no lock.
        self._ended: deque[int] = deque()
        self._coming: dict[str, int] = {}  # bytes reserved for models being loaded
        self._guard = threading.Lock()
        self._making = threading.Lock()
        self._locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)

    def get(self, name: str) -> ValueT | None:
        """The model of this name if it is in memory; marks it as used."""
        with self._guard:
            found = self._known.get(name)
            if found is not None and name not in self.staying:
                self.kept[name] = found
                self.kept.move_to_end(name)
                while len(self.kept) > self.most:
                    self.kept.popitem(last=False)
            return found

    def names(self) -> list[str]:
        """The names of all models in memory."""
        with self._guard:
            return sorted(self._known)

    def used_bytes(self) -> int:
        """The bytes in use or reserved."""
        with self._guard:
            return self._used_bytes()

    def get_or_make_pinned(self, name: str, peak: int, make: Callable[[], ValueT]) -> ValueT:
        """The model of this name, loaded on first use, however many threads ask. It counts towards the limit, but is
        never refused.

        peak: its peak in bytes while loading.
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
            return self._make(name, make, self.staying)

    def get_or_make(
        self,
        name: str,
        peak: int,
        make: Callable[[], ValueT],
        *,
        patience: float,
        cancelled: threading.Event | None = None,
    ) -> ValueT:
        """The model of this name; if needed it is loaded as soon as there is memory. Models are loaded one at a time.

        patience: seconds to wait for memory. BadInput when it can never fit; MemoryFull when the models in use leave no
        memory for that long; Cancelled once the event is set.
        """
        wait = _Wait(name, patience, cancelled)
        with self._turn(wait):
            if (found := self.get(name)) is not None:
                return found
            self.check(name, peak)
            while not self._reserved(name, peak):
                if not self._let_go():
                    if wait.first:
                        gc.collect()  # frees models held only by a cycle, such as a failure's traceback
                    wait.tick(self._full())
            return self._make(name, make, self.kept)

    def check(self, name: str, peak: int) -> None:
        """BadInput when so many bytes can never be freed, whatever is unloaded."""
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
        """Reserve memory if there is room; whether there was."""
        with self._guard:
            fits = self._used_bytes() + peak <= bound() and len(self.kept) < self.most
            if fits:
                self._coming[name] = peak
            return fits

    def _let_go(self) -> bool:
        """Evict the least recently used model; False if there is none. Its memory is free once nobody else holds it."""
        with self._guard:
            if not self.kept:
                return False
            self.kept.popitem(last=False)
            return True

    def _make(self, name: str, make: Callable[[], ValueT], into: dict[str, ValueT]) -> ValueT:
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

    def _used_bytes(self) -> int:
        while self._ended:
            del self._alive[self._ended.popleft()]
        return sum(self._alive.values()) + sum(self._coming.values())

    def _full(self) -> Message:
        return message("memory.full", takes=round(self.used_bytes() / 1e6), bound=round(bound() / 1e6))


class _Wait:
    """One request's wait for memory, until its patience ends or it is cancelled."""

    def __init__(self, name: str, patience: float, cancelled: threading.Event | None) -> None:
        self.name, self.end = name, time.monotonic() + patience
        self.cancelled = cancelled or threading.Event()
        self.first = True

    def tick(self, why: Message) -> None:
        """Wait a little. MemoryFull when the patience is over, Cancelled when the request is cancelled."""
        self.first = False
        if self.cancelled.wait(TICK):
            raise Cancelled("memory.stopped", name=self.name)
        if time.monotonic() >= self.end:
            raise MemoryFull("memory.taken", name=self.name, reason=why)

"""The engine in this process: work in fair turns, and texts of a model that are written together."""

from __future__ import annotations

import asyncio
import threading
from collections import defaultdict
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator
from contextlib import asynccontextmanager, suppress
from typing import Any, Generic, TypeVar

from playground.engine.base import Chunk, Run, Unwanted
from playground.engine.batch import Batch, Seat, Told
from playground.engine.line import Line
from playground.engine.turns import Turns
from playground.inference.prefill import Prefill
from playground.library import Checkpoint
from playground.models.footprint import text_size

T = TypeVar("T")
Steps = Generator[None, None, T]  # short steps, and what comes of them

SEATS = 120  # of a batch: more rows make a step no cheaper
WORK = 250_000_000  # rows times parameters of one step of a batch: some 10 ms of a small model, 0.1 s of a large one
MEMORY = 1_000_000_000  # bytes of what a model keeps of all texts that are written at once


class Local:
    """Threads that all models share. Asked from any event loop, and from several."""

    def __init__(self) -> None:
        self.turns = Turns()
        self._lock = threading.Lock()
        self._batches: dict[int, list[Batch]] = {}  # by the model
        self._lines: dict[str, Line] = {}  # of those who write with a model, by its name

    async def work(self, steps: Steps[T], key: str, cancelled: threading.Event) -> T:
        """What steps give in the end, each of them one turn among those of others with other keys. Unwanted once that
        is set."""
        task = _Task(steps, f"reading {key}", cancelled, asyncio.get_running_loop())
        self.turns.add(task)
        try:
            return await task.done
        finally:
            task.dropped = True

    @asynccontextmanager
    async def place(self, checkpoint: Checkpoint, cancelled: threading.Event) -> AsyncIterator[None]:
        """A place among those who write with a model: as many as memory holds the states of, in the order in which they
        came. Unwanted once that is set while one waits."""
        places = max(2, MEMORY // text_size(checkpoint.model))
        line = self._lines.setdefault(checkpoint.name, Line(places))
        try:
            async with line.place(cancelled):
                yield
        finally:
            if not line and self._lines.get(checkpoint.name) is line:
                del self._lines[checkpoint.name]

    async def write(
        self, checkpoint: Checkpoint, begin: Prefill, run: Run, cancelled: threading.Event
    ) -> AsyncGenerator[Chunk, None]:
        """Write on from a prefill, among all who write with this model. Unwanted within a step once that is set."""
        loop, told = asyncio.get_running_loop(), asyncio.Queue[Told]()
        seat = Seat(run, begin, told.put_nowait, loop, cancelled)
        self._seat(checkpoint, seat)
        try:
            while True:
                chunk = await told.get()
                if chunk is None:
                    raise Unwanted
                if isinstance(chunk, Exception):
                    raise chunk
                yield chunk
                if chunk.stopped is not None:
                    return
        finally:
            seat.gone = True

    def writing(self) -> int:
        """How many texts are being written."""
        return sum(batch.taken for batches in list(self._batches.values()) for batch in batches)

    def _seat(self, checkpoint: Checkpoint, seat: Seat) -> None:
        model: Any = checkpoint.model
        with self._lock:
            batches = self._batches.setdefault(id(model), [])
            batch = next((one for one in batches if one.taken < one.seats), None)
            if batch is None:
                key = f"writing {checkpoint.name}"
                batch = Batch(model, key, seats_of(model), self._lock, _deliver, self.writing, self._idle)
                batches.append(batch)
            batch.taken += 1
            batch.coming.append(seat)
            if not batch.awake:
                batch.awake = True
                self.turns.add(batch)

    def _idle(self, batch: Batch) -> None:
        """A batch that is empty is forgotten, and with it its model."""
        batches = self._batches[id(batch.model)]
        batches.remove(batch)
        if not batches:
            del self._batches[id(batch.model)]


def seats_of(model: Any) -> int:
    """How many texts share a step: full tiles of a product's rows where there are many."""
    parameters = sum(p.numel() for p in model.parameters()) if hasattr(model, "parameters") else 0
    most = max(1, min(SEATS, WORK // max(1, parameters)))
    return most if most < SEATS // 2 else most // (SEATS // 2) * (SEATS // 2)


class _Task(Generic[T]):
    """Steps as work for `Turns`; `done` has what comes of them."""

    def __init__(
        self, steps: Steps[T], key: str, cancelled: threading.Event, loop: asyncio.AbstractEventLoop
    ) -> None:
        self.steps, self.key, self.cancelled, self.loop = steps, key, cancelled, loop
        self.dropped = False
        self.done: asyncio.Future[T] = loop.create_future()

    def turn(self) -> bool:
        if self.dropped or self.cancelled.is_set():
            self.steps.close()
            self._tell(lambda: self.done.set_exception(Unwanted()))
            return False
        try:
            next(self.steps)
        except StopIteration as end:
            value = end.value
            self._tell(lambda: self.done.set_result(value))
            return False
        except Exception as error:  # noqa: BLE001  # who waits for it is told
            wrong = error
            self._tell(lambda: self.done.set_exception(wrong))
            return False
        return True

    def _tell(self, tell: Callable[[], None]) -> None:
        def unless_done() -> None:
            if not self.done.done():
                tell()

        with suppress(RuntimeError):  # its loop is closed
            self.loop.call_soon_threadsafe(unless_done)


def _deliver(out: list[tuple[Seat, Told]]) -> None:
    """Hand over what a step gave, all of a loop at once."""
    by_loop: defaultdict[asyncio.AbstractEventLoop, list[tuple[Seat, Told]]] = defaultdict(list)
    for seat, told in out:
        by_loop[seat.loop].append((seat, told))
    for loop, some in by_loop.items():
        with suppress(RuntimeError):  # it is closed
            loop.call_soon_threadsafe(_tell_all, some)


def _tell_all(some: list[tuple[Seat, Told]]) -> None:
    for seat, told in some:
        seat.tell(told)

"""The engine in this process: fair turns, and batches of texts of a model.

A model is loaded at its first request, and stays as long as memory allows (library.py).
"""

from __future__ import annotations

import asyncio
import threading
from collections import Counter, defaultdict
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, asynccontextmanager, suppress
from functools import partial
from typing import Any, TypeVar

from playground import library
from playground.engine.admission import AdmissionQueue
from playground.engine.base import NOBODY, Chunk, RequestAborted, Requester, Run, RunStart, Text
from playground.engine.fair import SeatBudgets
from playground.engine.prefixes import Prefixes, read_uncached
from playground.engine.scheduler import Scheduler
from playground.engine.seats import RunEvent, Seat
from playground.engine.tasks import Steps, Task, next_answer
from playground.engine.turns import Turns
from playground.inference.prefill import Logits, Prefill, piece_length, pieces, require_finite
from playground.inference.query import Query
from playground.inference.stopping import Reason
from playground.library import Checkpoint
from playground.models.footprint import parameters, text_size

T = TypeVar("T")

SEATS = 120  # of a batch: more rows would not make a step cheaper per row
WORK = 400_000_000  # rows times parameters of one batch step: some 10 ms of a small model, 0.1 s of a large one
MEMORY = 1_000_000_000  # bytes of a model's states for all texts that are written at once
OPENERS = 8  # threads: loading a model takes a while
REPLAY_STEPS = 200  # steps of a chunk that are not drawn


class Local:
    """Threads shared by all models. May be called from any event loop, and from several.

    sending: cost of sending part of a text, relative to sending it within one process; larger costs lead to larger
    chunks.
    """

    def __init__(self, sending: float = 1.0) -> None:
        self.sending = sending
        self.turns = Turns()
        self.prefixes = Prefixes()
        self._openers = ThreadPoolExecutor(OPENERS, thread_name_prefix="opening")
        self._lock = threading.Lock()
        self._schedulers: dict[int, Scheduler] = {}  # by model
        self._presence: Counter[str] = Counter()  # at how many of them each group has texts
        self._budgets = SeatBudgets[str]()
        self._lines: dict[str, AdmissionQueue] = {}  # per model name: those who write with it

    def open(self, model: str, cancelled: threading.Event, *, patience: float = library.SHORT) -> Checkpoint:
        """The model, loaded into memory."""
        return library.load(model, visitor=True, patience=patience, cancelled=cancelled)

    def prefill(
        self,
        model: str,
        text: Text,
        first: int,
        cancelled: threading.Event,
        *,
        exact: bool,
        requester: Requester = NOBODY,
    ) -> Logits:
        """In turns of the engine."""
        checkpoint = library.get_loaded(model) or self.open(model, cancelled)
        steps = self.read(checkpoint, text, first, exact=exact, owner=requester.owner)
        return self.wait(steps, reading_key(requester), cancelled, requester.name).logits

    async def run(
        self,
        model: str,
        text: Text,
        run: Run,
        cancelled: threading.Event,
        *,
        first: int | None = None,
        requester: Requester = NOBODY,
    ) -> AsyncGenerator[RunStart | Chunk, None]:
        """The prompt is read in turns of the engine, and the text continued in a batch with all others of this
        model."""
        async with self._start_run(model, text, cancelled, first, requester) as (checkpoint, start, tip):
            yield start
            async with aclosing(self.write(checkpoint, tip, run, cancelled, requester)) as chunks:
                async for chunk in chunks:
                    yield chunk

    async def replay(
        self,
        model: str,
        text: Text,
        ids: Sequence[int],
        cancelled: threading.Event,
        *,
        first: int | None = None,
        requester: Requester = NOBODY,
    ) -> AsyncGenerator[RunStart | Chunk, None]:
        """Everything is read in turns of the engine."""
        async with self._start_run(model, text, cancelled, first, requester) as (checkpoint, start, tip):
            yield start
            chunks = _replay(checkpoint, ids, tip)
            while chunk := await self.work(next_answer(chunks), reading_key(requester), cancelled, requester.name):
                yield chunk

    def query(
        self, model: str, query: Query[T], cancelled: threading.Event, *, requester: Requester = NOBODY
    ) -> Iterator[T]:
        """One step in each turn of the engine."""
        checkpoint = library.get_loaded(model) or self.open(model, cancelled)
        found = query.steps(checkpoint)
        while (answer := self.wait(next_answer(found), reading_key(requester), cancelled, requester.name)) is not None:
            yield answer

    @asynccontextmanager
    async def _start_run(
        self, model: str, text: Text, cancelled: threading.Event, first: int | None, requester: Requester
    ) -> AsyncIterator[tuple[Checkpoint, RunStart, Prefill]]:
        """Wait for a slot, then read the text: its last row and the state there."""
        checkpoint = library.get_loaded(model)
        if checkpoint is None:
            opening = partial(self.open, model, cancelled)
            checkpoint = await asyncio.get_running_loop().run_in_executor(self._openers, opening)
        async with self.place(checkpoint, cancelled, requester):
            steps = self._begin(checkpoint, text, first, requester.owner)
            start, tip = await self.work(steps, reading_key(requester), cancelled, requester.name)
            yield checkpoint, start, tip

    def _begin(
        self, checkpoint: Checkpoint, text: Text, first: int | None, owner: str
    ) -> Steps[tuple[RunStart, Prefill]]:
        last = len(text.prompt)
        read = yield from self.read(checkpoint, text, last if first is None else first, exact=True, owner=owner)
        tip = Prefill(read.logits[-1:], read.state)
        if text.written:
            if text.start:
                tip = yield from self.prefixes.read_on(checkpoint, text.prompt, text.written, tip, owner)
            else:
                length = piece_length(checkpoint, written=True)
                tip = yield from read_uncached(checkpoint, text.written, tip, most=length)
            require_finite(checkpoint, tip.logits)
        return RunStart(read.logits, tip.logits[-1]), tip

    def read(self, checkpoint: Checkpoint, text: Text, first: int, *, exact: bool, owner: str) -> Steps[Prefill]:
        """The rows of a prompt from `first` on, and the state after it."""
        if text.start:
            read = yield from self.prefixes.read(checkpoint, text.prompt, first, exact=exact, owner=owner)
        else:
            read = yield from read_uncached(checkpoint, text.prompt, None, first)
        require_finite(checkpoint, read.logits)
        return read

    async def work(self, steps: Steps[T], key: str, cancelled: threading.Event, name: str = "") -> T:
        """The result of `steps`, each of which takes one turn (turns.py). RequestAborted once `cancelled` is set."""
        task = Task(steps, key, cancelled, name)
        self.turns.add(task)
        try:
            return await asyncio.wrap_future(task.done)
        finally:
            task.dropped = True

    def wait(self, steps: Steps[T], key: str, cancelled: threading.Event, name: str = "") -> T:
        """The same, blocking the calling thread."""
        task = Task(steps, key, cancelled, name)
        self.turns.add(task)
        return task.done.result()

    @asynccontextmanager
    async def place(
        self, checkpoint: Checkpoint, cancelled: threading.Event, requester: Requester = NOBODY
    ) -> AsyncIterator[None]:
        """A slot to write with a model: as many as memory holds states for, granted fairly. RequestAborted once
        `cancelled` is set during the wait."""
        places = max(2, MEMORY // text_size(checkpoint.model))
        line = self._lines.setdefault(checkpoint.name, AdmissionQueue(places))
        try:
            async with line.place(cancelled, requester):
                yield
        finally:
            if not line and self._lines.get(checkpoint.name) is line:
                del self._lines[checkpoint.name]

    async def write(
        self,
        checkpoint: Checkpoint,
        begin: Prefill,
        run: Run,
        cancelled: threading.Event,
        requester: Requester = NOBODY,
    ) -> AsyncGenerator[Chunk, None]:
        """Continue from a prefill, in a batch with all others of this model. RequestAborted within a step once
        `cancelled` is set."""
        loop, events = asyncio.get_running_loop(), asyncio.Queue[RunEvent]()
        seat = Seat(run, begin, events.put_nowait, loop, cancelled, requester)
        scheduler = self._seat(checkpoint, seat)
        try:
            while True:
                chunk = await events.get()
                if chunk is None:
                    raise RequestAborted
                if isinstance(chunk, Exception):
                    raise chunk
                yield chunk
                if seat.take(chunk):
                    self._resume(scheduler, seat)
                if chunk.stopped is not None:
                    return
        finally:
            seat.gone = True
            if seat.full:
                self._resume(scheduler, seat)

    def writing(self) -> int:
        """How many texts are being written."""
        return sum(len(scheduler) for scheduler in list(self._schedulers.values()))

    def _load(self) -> float:
        return self.sending * self.writing()

    def _seat(self, checkpoint: Checkpoint, seat: Seat) -> Scheduler:
        model: Any = checkpoint.model
        with self._lock:
            scheduler = self._schedulers.get(id(model))
            if scheduler is None:
                scheduler = self._schedulers[id(model)] = Scheduler(
                    model,
                    f"writing {checkpoint.name}",
                    seats_of(model),
                    self.turns.most,
                    self._lock,
                    _deliver,
                    self._load,
                    self._presence,
                    self._budgets,
                    self.turns.add,
                    lambda: self._forget(model),
                )
            scheduler.add(seat)
        return scheduler

    def _resume(self, scheduler: Scheduler, seat: Seat) -> None:
        """A slow reader has caught up or left."""
        with self._lock:
            scheduler.resume(seat)

    def _forget(self, model: Any) -> None:
        """Remove the scheduler of a model with no texts left."""
        del self._schedulers[id(model)]


def reading_key(requester: Requester) -> str:
    """The scheduling key for a requester's prefills."""
    return f"reading for {requester.group}"


def seats_of(model: Any) -> int:
    """How many texts share a step: with many, full tiles of the matrix product's rows."""
    most = max(1, min(SEATS, WORK // max(1, parameters(model))))
    return most if most < SEATS // 2 else most // (SEATS // 2) * (SEATS // 2)


def _replay(checkpoint: Checkpoint, ids: Sequence[int], after: Prefill) -> Iterator[Chunk]:
    """Steps that are not drawn."""
    number = 0
    for _, piece in pieces(checkpoint, ids, after, most=REPLAY_STEPS):
        require_finite(checkpoint, piece.logits)
        some = list(ids[number : number + len(piece.logits)])
        number += len(some)
        stopped: Reason | None = "length" if number == len(ids) else None
        yield Chunk(some, [None] * len(some), list(piece.logits), stopped)


def _deliver(out: list[tuple[Seat, RunEvent]]) -> None:
    """Deliver what a step produced, in one call per event loop."""
    by_loop: defaultdict[asyncio.AbstractEventLoop, list[tuple[Seat, RunEvent]]] = defaultdict(list)
    for seat, event in out:
        by_loop[seat.loop].append((seat, event))
    for loop, some in by_loop.items():
        with suppress(RuntimeError):  # the loop is closed
            loop.call_soon_threadsafe(_tell_all, some)


def _tell_all(some: list[tuple[Seat, RunEvent]]) -> None:
    for seat, event in some:
        seat.tell(event)

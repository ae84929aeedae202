"""The engine in this process: work in fair turns, and texts of a model that are written together.

A model is loaded when it is first asked for, and stays as long as memory allows (library.py).
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

import numpy as np

from playground import library
from playground.engine.base import NOBODY, Asker, Begun, Chunk, Run, Text, Unwanted
from playground.engine.desk import Desk
from playground.engine.line import Line
from playground.engine.prefixes import Prefixes
from playground.engine.seats import Seat, Told
from playground.engine.tasks import Steps, Task, following
from playground.engine.turns import Turns
from playground.inference.prefill import Logits, Prefill, pieces, require_finite
from playground.inference.stopping import Reason
from playground.inference.walk import Walk
from playground.library import Checkpoint
from playground.models.footprint import parameters, text_size

T = TypeVar("T")

SEATS = 120  # of a batch: more rows make a step no cheaper
WORK = 250_000_000  # rows times parameters of one step of a batch: some 10 ms of a small model, 0.1 s of a large one
MEMORY = 1_000_000_000  # bytes of what a model keeps of all texts that are written at once
OPENERS = 8  # threads: a model that is not in memory takes a while
GIVEN_STEPS = 200  # steps of a chunk that are not drawn


class Local:
    """Threads that all models share. Asked from any event loop, and from several.

    sending: how long it takes to send a part of a text, in times of what it takes inside of one process; parts are
    larger where that is long.
    """

    def __init__(self, sending: float = 1.0) -> None:
        self.sending = sending
        self.turns = Turns()
        self.prefixes = Prefixes()
        self._openers = ThreadPoolExecutor(OPENERS, thread_name_prefix="opening")
        self._lock = threading.Lock()
        self._desks: dict[int, Desk] = {}  # by the model
        self._presence: Counter[str] = Counter()  # at how many of them each group has texts
        self._lines: dict[str, Line] = {}  # of those who write with a model, by its name

    def open(self, model: str, cancelled: threading.Event, *, patience: float = library.SHORT) -> Checkpoint:
        """The model, in memory."""
        return library.load(model, visitor=True, patience=patience, cancelled=cancelled)

    def prefill(
        self, model: str, text: Text, first: int, cancelled: threading.Event, *, exact: bool, asker: Asker = NOBODY
    ) -> Logits:
        """In turns of the engine's."""
        checkpoint = library.loaded(model) or self.open(model, cancelled)
        steps = self._read(checkpoint, text, first, exact=exact, owner=asker.name)
        return self.wait(steps, _reading(asker), cancelled, asker.name).logits

    async def run(
        self,
        model: str,
        text: Text,
        run: Run,
        cancelled: threading.Event,
        *,
        first: int | None = None,
        asker: Asker = NOBODY,
    ) -> AsyncGenerator[Begun | Chunk, None]:
        """The text is read in turns of the engine's, and written on among all who write with this model."""
        async with self._begun(model, text, cancelled, first, asker) as (checkpoint, begun, tip):
            yield begun
            async with aclosing(self.write(checkpoint, tip, run, cancelled, asker)) as chunks:
                async for chunk in chunks:
                    yield chunk

    async def given(
        self,
        model: str,
        text: Text,
        ids: Sequence[int],
        cancelled: threading.Event,
        *,
        first: int | None = None,
        asker: Asker = NOBODY,
    ) -> AsyncGenerator[Begun | Chunk, None]:
        """All of it is read, in turns of the engine's."""
        async with self._begun(model, text, cancelled, first, asker) as (checkpoint, begun, tip):
            yield begun
            chunks = _given(checkpoint, ids, tip)
            while chunk := await self.work(following(chunks), _reading(asker), cancelled, asker.name):
                yield chunk

    def walk(
        self, model: str, walk: Walk[T], cancelled: threading.Event, *, asker: Asker = NOBODY
    ) -> Iterator[T]:
        """A step in each turn of the engine's."""
        checkpoint = library.loaded(model) or self.open(model, cancelled)
        found = walk.steps(checkpoint)
        while (answer := self.wait(following(found), _reading(asker), cancelled, asker.name)) is not None:
            yield answer

    @asynccontextmanager
    async def _begun(
        self, model: str, text: Text, cancelled: threading.Event, first: int | None, asker: Asker
    ) -> AsyncIterator[tuple[Checkpoint, Begun, Prefill]]:
        """A place among those who write, the text read, and its last row with the state there."""
        checkpoint = library.loaded(model)
        if checkpoint is None:
            opening = partial(self.open, model, cancelled)
            checkpoint = await asyncio.get_running_loop().run_in_executor(self._openers, opening)
        async with self.place(checkpoint, cancelled, asker):
            steps = self._begin(checkpoint, text, first, asker.name)
            begun, tip = await self.work(steps, _reading(asker), cancelled, asker.name)
            yield checkpoint, begun, tip

    def _begin(
        self, checkpoint: Checkpoint, text: Text, first: int | None, owner: str
    ) -> Steps[tuple[Begun, Prefill]]:
        last = len(text.prompt)
        read = yield from self._read(checkpoint, text, last if first is None else first, exact=True, owner=owner)
        tip = Prefill(read.logits[-1:], read.state)
        if text.written:
            if text.start:
                tip = yield from self.prefixes.read_on(checkpoint, text.prompt, text.written, tip, owner)
            else:
                tip = yield from _plainly(checkpoint, text.written, tip)
            require_finite(checkpoint, tip.logits)
        return Begun(read.logits, tip.logits[-1]), tip

    def _read(self, checkpoint: Checkpoint, text: Text, first: int, *, exact: bool, owner: str) -> Steps[Prefill]:
        if text.start:
            read = yield from self.prefixes.read(checkpoint, text.prompt, first, exact=exact, owner=owner)
        else:
            read = yield from _plainly(checkpoint, text.prompt, None, first)
        require_finite(checkpoint, read.logits)
        return read

    async def work(self, steps: Steps[T], key: str, cancelled: threading.Event, name: str = "") -> T:
        """What steps give in the end, each of them one turn among those of others (turns.py). Unwanted once that is
        set."""
        task = Task(steps, key, cancelled, name)
        self.turns.add(task)
        try:
            return await asyncio.wrap_future(task.done)
        finally:
            task.dropped = True

    def wait(self, steps: Steps[T], key: str, cancelled: threading.Event, name: str = "") -> T:
        """The same, in a thread that waits for it."""
        task = Task(steps, key, cancelled, name)
        self.turns.add(task)
        return task.done.result()

    @asynccontextmanager
    async def place(
        self, checkpoint: Checkpoint, cancelled: threading.Event, asker: Asker = NOBODY
    ) -> AsyncIterator[None]:
        """A place among those who write with a model: as many as memory holds the states of, in turn to those who ask.
        Unwanted once that is set while one waits."""
        places = max(2, MEMORY // text_size(checkpoint.model))
        line = self._lines.setdefault(checkpoint.name, Line(places))
        try:
            async with line.place(cancelled, asker):
                yield
        finally:
            if not line and self._lines.get(checkpoint.name) is line:
                del self._lines[checkpoint.name]

    async def write(
        self, checkpoint: Checkpoint, begin: Prefill, run: Run, cancelled: threading.Event, asker: Asker = NOBODY
    ) -> AsyncGenerator[Chunk, None]:
        """Write on from a prefill, among all who write with this model. Unwanted within a step once that is set."""
        loop, told = asyncio.get_running_loop(), asyncio.Queue[Told]()
        seat = Seat(run, begin, told.put_nowait, loop, cancelled, asker)
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
        return sum(len(desk) for desk in list(self._desks.values()))

    def _load(self) -> float:
        return self.sending * self.writing()

    def _seat(self, checkpoint: Checkpoint, seat: Seat) -> None:
        model: Any = checkpoint.model
        with self._lock:
            desk = self._desks.get(id(model))
            if desk is None:
                desk = self._desks[id(model)] = Desk(
                    model,
                    f"writing {checkpoint.name}",
                    seats_of(model),
                    self.turns.most,
                    self._lock,
                    _deliver,
                    self._load,
                    self._presence,
                    self.turns.add,
                    lambda: self._forget(model),
                )
            desk.come(seat)

    def _forget(self, model: Any) -> None:
        """Nothing is written with a model any more."""
        del self._desks[id(model)]


def _reading(asker: Asker) -> str:
    """The key of what is read for somebody."""
    return f"reading for {asker.group}"


def seats_of(model: Any) -> int:
    """How many texts share a step: full tiles of a product's rows where there are many."""
    most = max(1, min(SEATS, WORK // max(1, parameters(model))))
    return most if most < SEATS // 2 else most // (SEATS // 2) * (SEATS // 2)


def _plainly(checkpoint: Checkpoint, ids: Sequence[int], after: Prefill | None, first: int = 0) -> Steps[Prefill]:
    """The rows from `first` on, read without what is known of other texts: nothing is kept of a text without the
    model's start, which few ask for."""
    kept: list[Logits] = []
    for begin, piece in pieces(checkpoint, ids, after, start=False):
        state = piece.state
        kept.append(piece.logits[max(0, first - begin) :].copy())
        yield
    return Prefill(np.concatenate(kept), state)


def _given(checkpoint: Checkpoint, ids: Sequence[int], after: Prefill) -> Iterator[Chunk]:
    """Steps that are not drawn."""
    number = 0
    for _, piece in pieces(checkpoint, ids, after, most=GIVEN_STEPS):
        require_finite(checkpoint, piece.logits)
        some = list(ids[number : number + len(piece.logits)])
        number += len(some)
        stopped: Reason | None = "length" if number == len(ids) else None
        yield Chunk(some, [None] * len(some), list(piece.logits), stopped)


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

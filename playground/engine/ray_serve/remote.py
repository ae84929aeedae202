"""The engine interface for remote replicas. It holds vocabularies and cards, but no weights.

A run whose replica is lost is resumed by another one from its record (record.py). A prefill is simply requested again.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from concurrent.futures import wait
from contextlib import aclosing
from typing import TypeVar

import ray

from playground import library
from playground.engine.base import NOBODY, Chunk, RequestAborted, Requester, Run, RunStart, Text
from playground.engine.ray_serve import calls
from playground.engine.ray_serve.applications import Applications
from playground.engine.ray_serve.handles import Handle
from playground.engine.ray_serve.record import Record
from playground.inference.prefill import Logits
from playground.inference.query import Query

T = TypeVar("T")

logger = logging.getLogger(__name__)

TRIES = 8  # in a row without any result
PAUSE_SECONDS = 0.5  # the second try comes at once, the third after this, each further one after twice as long


class Remote:
    """Calls the replicas of a Ray cluster, to which this process connects at first use. RAY_ADDRESS names it; the
    default is the cluster on this machine."""

    def __init__(self) -> None:
        self.applications = Applications()
        self._running = 0

    def open(self, model: str, cancelled: threading.Event, *, patience: float = library.SHORT) -> library.Checkpoint:
        """The outline, which is read here; a replica loads the weights at the first request."""
        return library.outline(model, visitor=True, cancelled=cancelled)

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
        """The rows of a prompt."""
        tries = Tries(cancelled)
        while True:
            try:
                handle = self.handle(model, cancelled)
                response = handle.call("prefill", model, text, first, exact=exact, requester=requester)
                rows: Logits = calls.whole(response, cancelled)
                return rows
            except calls.LOST as error:
                cancelled.wait(tries.pause(error))

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
        """The run, written by one replica or by several in succession."""
        record = Record()

        def ask(handle: Handle) -> calls.Response:
            again = record.resumed_run(run)
            return handle.call("run", model, text, again, stream=True, first=first, requester=requester)

        async with aclosing(self._recorded(model, ask, record, cancelled)) as parts:
            async for part in parts:
                yield part

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
        """The given continuation."""

        def ask(handle: Handle) -> calls.Response:
            return handle.call("replay", model, text, ids, stream=True, first=first, requester=requester)

        async with aclosing(self._recorded(model, ask, Record(), cancelled)) as parts:
            async for part in parts:
                yield part

    def query(
        self, model: str, query: Query[T], cancelled: threading.Event, *, requester: Requester = NOBODY
    ) -> Iterator[T]:
        """Yield the query's answers. Another replica computes the same ones, so those already received are skipped."""
        tries, came = Tries(cancelled), 0
        while True:
            try:
                handle = self.handle(model, cancelled)
                response = handle.call("query", model, query, stream=True, requester=requester)
                for number, answer in enumerate(calls.pieces(response, cancelled)):
                    if number >= came:
                        yield answer
                        came, tries = came + 1, Tries(cancelled)
                return
            except calls.LOST as error:
                cancelled.wait(tries.pause(error))

    def writing(self) -> int:
        """How many texts are being written for the callers here."""
        return self._running

    def handle(self, model: str, cancelled: threading.Event) -> Handle:
        """The handle to a model's replicas. RequestAborted once `cancelled` is set."""
        found = self.applications.find(model)
        while not wait([found], calls.LOOK_SECONDS).done:
            if cancelled.is_set():
                raise RequestAborted
        return found.result()

    def close(self) -> None:
        """Release the replicas and the cluster, both of which keep running."""
        self.applications.close()
        ray.shutdown()

    async def _recorded(
        self, model: str, ask: Callable[[Handle], calls.Response], record: Record, cancelled: threading.Event
    ) -> AsyncGenerator[RunStart | Chunk, None]:
        """The parts of an answer, each exactly once, however many replicas are lost meanwhile."""
        tries, begun = Tries(cancelled), False
        self._running += 1
        try:
            while True:
                record.rewind()
                try:
                    found = self.applications.find(model)
                    while not found.done():  # without a thread: waits for one model would leave none for others
                        if cancelled.is_set():
                            raise RequestAborted
                        await asyncio.sleep(calls.LOOK_SECONDS)
                    handle = found.result()
                    async with aclosing(calls.parts(ask(handle), cancelled)) as parts:
                        async for part in parts:
                            if isinstance(part, RunStart):
                                if not begun:
                                    begun = True
                                    yield part
                            elif (fresh := record.unsent_part(part)) is not None:
                                tries = Tries(cancelled)  # reset only on progress: a text may crash every replica
                                yield fresh
                    return
                except calls.LOST as error:
                    end = time.monotonic() + tries.pause(error)
                    while time.monotonic() < end and not cancelled.is_set():
                        await asyncio.sleep(calls.LOOK_SECONDS)
        finally:
            self._running -= 1


class Tries:
    """Counts consecutive failures."""

    def __init__(self, cancelled: threading.Event) -> None:
        self.cancelled, self.made = cancelled, 0

    def pause(self, error: Exception) -> float:
        """Seconds until the next try. Raises the error after the last one, and RequestAborted if nobody waits."""
        if self.cancelled.is_set():
            raise RequestAborted from None
        self.made += 1
        if self.made >= TRIES:
            raise error
        logger.warning("A replica was lost (%s): what it did is asked for again.", type(error).__name__)
        return PAUSE_SECONDS * 2 ** (self.made - 2) if self.made > 1 else 0.0

"""The engine as the page asks it where the replicas are elsewhere. It holds vocabularies and cards, and no weights.

A run whose replica is lost is made again by another one from its record (record.py). A prompt is simply asked about
again.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import aclosing
from typing import Any, TypeVar

import ray
from ray import serve

from playground import library
from playground.engine.base import NOBODY, Asker, Begun, Chunk, Run, Text, Unwanted
from playground.engine.ray_serve import calls, plan
from playground.engine.ray_serve.record import Record
from playground.inference.prefill import Logits
from playground.inference.walk import Walk

T = TypeVar("T")

logger = logging.getLogger(__name__)

TRIES = 8  # one after the other, as long as nothing comes
PAUSE_SECONDS = 0.5  # the second comes at once, the third after so long, each further one after twice as long
LOOK_SECONDS = 0.05  # how often it is looked meanwhile whether the answer is still wanted

Handle = Any  # Ray Serve's DeploymentHandle, whose methods are those of the replica


class Remote:
    """Asks the replicas of a Ray cluster, to which this process connects when it first has to. RAY_ADDRESS says where
    that is; without it, the cluster of this machine is meant."""

    def __init__(self) -> None:
        self._handles: dict[str, Handle] = {}
        self._connecting = threading.Lock()
        self._running = 0

    def open(self, model: str, cancelled: threading.Event, *, patience: float = library.SHORT) -> library.Checkpoint:
        """The outline, which is read here; a replica loads the weights when it is asked."""
        return library.outline(model, visitor=True, cancelled=cancelled)

    def prefill(
        self, model: str, text: Text, first: int, cancelled: threading.Event, *, exact: bool, asker: Asker = NOBODY
    ) -> Logits:
        """The rows of a prompt."""
        tries = Tries(cancelled)
        while True:
            response = self.handle(model).prefill.remote(model, text, first, exact=exact, asker=asker)
            try:
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
        asker: Asker = NOBODY,
    ) -> AsyncGenerator[Begun | Chunk, None]:
        """What is written, by one replica or by several one after the other."""
        record = Record()

        def ask(handle: Handle) -> Any:
            return handle.run.remote(model, text, record.rest(run), first=first, asker=asker)

        async with aclosing(self._recorded(model, ask, record, cancelled)) as parts:
            async for part in parts:
                yield part

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
        """What follows as it is."""

        def ask(handle: Handle) -> Any:
            return handle.given.remote(model, text, ids, first=first, asker=asker)

        async with aclosing(self._recorded(model, ask, Record(), cancelled)) as parts:
            async for part in parts:
                yield part

    def walk(
        self, model: str, walk: Walk[T], cancelled: threading.Event, *, asker: Asker = NOBODY
    ) -> Iterator[T]:
        """Yield the walk's answers. Another replica computes the same ones, so those that came already are skipped."""
        tries, came = Tries(cancelled), 0
        while True:
            response = self.handle(model).options(stream=True).walk.remote(model, walk, asker=asker)
            try:
                for number, answer in enumerate(calls.pieces(response, cancelled)):
                    if number >= came:
                        yield answer
                        came, tries = came + 1, Tries(cancelled)
                return
            except calls.LOST as error:
                cancelled.wait(tries.pause(error))

    def writing(self) -> int:
        """How many texts are being written for those who ask here."""
        return self._running

    def handle(self, model: str) -> Handle:
        """How the replicas of a model are asked: those of its own deployment, else of the one that all others share."""
        with self._connecting:
            if (found := self._handles.get(model)) is None:
                if not ray.is_initialized():
                    ray.init(address="auto", log_to_driver=False, configure_logging=False)
                names = [plan.application(one) for one in (model, None)]
                deployed = serve.status().applications
                found = serve.get_app_handle(next((name for name in names if name in deployed), names[0]))
                self._handles[model] = found
            return found

    def close(self) -> None:
        """Let go of the replicas and of the cluster, both of which go on."""
        with self._connecting:
            for handle in self._handles.values():
                handle.shutdown()
            self._handles.clear()
            ray.shutdown()

    async def _recorded(
        self, model: str, ask: Callable[[Handle], Any], record: Record, cancelled: threading.Event
    ) -> AsyncGenerator[Begun | Chunk, None]:
        """The parts of an answer, each of them once, however many replicas are lost meanwhile."""
        handle = (await asyncio.to_thread(self.handle, model)).options(stream=True)
        tries, begun = Tries(cancelled), False
        self._running += 1
        try:
            while True:
                record.again()
                try:
                    async with aclosing(calls.parts(ask(handle), cancelled)) as parts:
                        async for part in parts:
                            if isinstance(part, Begun):
                                if not begun:
                                    begun = True
                                    yield part
                            elif (fresh := record.fresh(part)) is not None:
                                tries = Tries(cancelled)  # only so: a text may be what ends each replica
                                yield fresh
                    return
                except calls.LOST as error:
                    end = time.monotonic() + tries.pause(error)
                    while time.monotonic() < end and not cancelled.is_set():
                        await asyncio.sleep(LOOK_SECONDS)
        finally:
            self._running -= 1


class Tries:
    """How often it was tried in vain."""

    def __init__(self, cancelled: threading.Event) -> None:
        self.cancelled, self.made = cancelled, 0

    def pause(self, error: Exception) -> float:
        """The seconds before the next one; the error after the last one, and Unwanted where nobody waits."""
        if self.cancelled.is_set():
            raise Unwanted from None
        self.made += 1
        if self.made >= TRIES:
            raise error
        logger.warning("A replica was lost (%s): what it did is asked for again.", type(error).__name__)
        return PAUSE_SECONDS * 2 ** (self.made - 2) if self.made > 1 else 0.0

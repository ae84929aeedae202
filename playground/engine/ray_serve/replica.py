"""What runs in a replica: its own engine, called over the network.

Every call is awaited, and none holds a thread while it waits: Ray Serve gives a replica's loop only a few threads,
first come, first served, so that one visitor's calls could fill them and bypass the engine's fair turns.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import TypeVar

import numpy as np
from ray import serve
from ray.serve import Application

from playground import library, logs
from playground.engine.base import NOBODY, Chunk, Requester, Run, RunStart, Text
from playground.engine.local import OPENERS, Local, reading_key
from playground.engine.ray_serve import plan
from playground.engine.tasks import next_answer
from playground.errors import PlaygroundError
from playground.inference.prefill import Logits
from playground.inference.query import Query

T = TypeVar("T")

SENDING = 5.0  # cost of sending part of a text, relative to sending it within one process
HEALTH_SECONDS = 20.0  # a turn comes sooner than this, however many wait, and none takes so long


class Stuck(Exception):
    """Raised if one of the engine's threads has been in the same turn for too long."""


class Replica:
    """One engine. model: the one it serves; None for any.

    An error that the user can fix is an answer, not a failure of the replica. A request ends when its caller
    disconnects.
    """

    def __init__(self, model: str | None = None) -> None:
        logs.keep_values_out()
        self.engine = Local(sending=SENDING)
        self._openers = ThreadPoolExecutor(OPENERS, thread_name_prefix="replica-opening")
        if model is not None:
            self.engine.open(model, threading.Event())

    async def prefill(
        self, model: str, text: Text, first: int, *, exact: bool, requester: Requester = NOBODY
    ) -> Logits | PlaygroundError:
        cancelled = threading.Event()
        try:
            checkpoint = await self._open_model(model, cancelled)
            steps = self.engine.read(checkpoint, text, first, exact=exact, owner=requester.owner)
            return (await self.engine.work(steps, reading_key(requester), cancelled, requester.name)).logits
        except PlaygroundError as error:
            return error
        finally:
            cancelled.set()

    async def run(
        self, model: str, text: Text, run: Run, *, first: int | None = None, requester: Requester = NOBODY
    ) -> AsyncGenerator[RunStart | Chunk | PlaygroundError, None]:
        async for part in _answer(partial(self.engine.run, model, text, run, first=first, requester=requester)):
            yield part

    async def replay(
        self, model: str, text: Text, ids: Sequence[int], *, first: int | None = None, requester: Requester = NOBODY
    ) -> AsyncGenerator[RunStart | Chunk | PlaygroundError, None]:
        async for part in _answer(partial(self.engine.replay, model, text, ids, first=first, requester=requester)):
            yield part

    async def query(
        self, model: str, query: Query[T], *, requester: Requester = NOBODY
    ) -> AsyncGenerator[T | PlaygroundError, None]:
        cancelled = threading.Event()
        whose = reading_key(requester), cancelled, requester.name
        try:
            answers = query.steps(await self._open_model(model, cancelled))
            while (answer := await self.engine.work(next_answer(answers), *whose)) is not None:
                yield answer
        except PlaygroundError as error:
            yield error
        finally:
            cancelled.set()

    async def _open_model(self, model: str, cancelled: threading.Event) -> library.Checkpoint:
        """The loaded model; at once if it is in memory already."""
        if (checkpoint := library.get_loaded(model)) is not None:
            return checkpoint
        opening = partial(self.engine.open, model, cancelled)
        return await asyncio.get_running_loop().run_in_executor(self._openers, opening)

    async def state(self) -> tuple[int, int]:
        """The process id, and how many texts are being written in it."""
        return os.getpid(), self.engine.writing()

    async def check_health(self) -> None:
        """Raises if the engine no longer gives turns, or one of its threads is stuck: Serve then starts another
        replica."""
        if (seconds := self.engine.turns.longest()) > HEALTH_SECONDS:
            raise Stuck(f"{seconds:.0f} s")
        async with asyncio.timeout(HEALTH_SECONDS):
            await self.engine.work(_nothing(), "health", threading.Event())


async def _answer(
    ask: Callable[[threading.Event], AsyncGenerator[RunStart | Chunk, None]],
) -> AsyncGenerator[RunStart | Chunk | PlaygroundError, None]:
    """The engine's answer, until nobody wants it any more."""
    cancelled = threading.Event()
    parts = ask(cancelled)
    try:
        async for part in parts:
            yield _pack(part) if isinstance(part, Chunk) else part
    except PlaygroundError as error:
        yield error
    finally:
        cancelled.set()
        await parts.aclose()


def _pack(chunk: Chunk) -> Chunk:
    """Its rows as one array: many small ones take several times as long to send."""
    return replace(chunk, rows=np.stack(chunk.rows)) if chunk.rows else chunk  # type: ignore[arg-type]


def _nothing() -> Generator[None, None, None]:
    yield


def application(args: dict[str, str]) -> Application:
    """The application of a model, or of all others, for `serve.run` and the config of `serve deploy`."""
    return build(args.get("model"), plan.Size())


def build(model: str | None, size: plan.Size) -> Application:
    """The same with a size."""
    return serve.deployment(Replica, name=plan.DEPLOYMENT).options(**plan.options(model, size)).bind(model)

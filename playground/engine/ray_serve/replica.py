"""What runs in a replica: an engine of its own, asked over the network."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from dataclasses import replace
from functools import partial
from typing import TypeVar

import numpy as np
from ray import serve
from ray.serve import Application

from playground import logs
from playground.engine.base import NOBODY, Asker, Begun, Chunk, Run, Text
from playground.engine.local import Local
from playground.engine.ray_serve import plan
from playground.errors import PlaygroundError
from playground.inference.prefill import Logits
from playground.inference.walk import Walk

T = TypeVar("T")

SENDING = 5.0  # times as long as inside of one process it takes to send a part of a text
HEALTH_SECONDS = 20.0  # a turn comes sooner, however many wait


class Replica:
    """One engine. model: what it serves; None where it serves any.

    An error that a person can put right is an answer, and no failure of the replica. Who goes away ends what was asked.
    """

    def __init__(self, model: str | None = None) -> None:
        logs.keep_values_out()
        self.engine = Local(sending=SENDING)
        if model is not None:
            self.engine.open(model, threading.Event())

    async def prefill(
        self, model: str, text: Text, first: int, *, exact: bool, asker: Asker = NOBODY
    ) -> Logits | PlaygroundError:
        cancelled = threading.Event()
        try:
            asked = (model, text, first, cancelled)
            return await asyncio.to_thread(self.engine.prefill, *asked, exact=exact, asker=asker)
        except PlaygroundError as error:
            return error
        finally:
            cancelled.set()

    async def run(
        self, model: str, text: Text, run: Run, *, first: int | None = None, asker: Asker = NOBODY
    ) -> AsyncGenerator[Begun | Chunk | PlaygroundError, None]:
        async for part in _answer(partial(self.engine.run, model, text, run, first=first, asker=asker)):
            yield part

    async def given(
        self, model: str, text: Text, ids: Sequence[int], *, first: int | None = None, asker: Asker = NOBODY
    ) -> AsyncGenerator[Begun | Chunk | PlaygroundError, None]:
        async for part in _answer(partial(self.engine.given, model, text, ids, first=first, asker=asker)):
            yield part

    async def walk(
        self, model: str, walk: Walk[T], *, asker: Asker = NOBODY
    ) -> AsyncGenerator[T | PlaygroundError, None]:
        cancelled = threading.Event()
        answers = self.engine.walk(model, walk, cancelled, asker=asker)
        try:
            while (answer := await asyncio.to_thread(next, answers, None)) is not None:
                yield answer
        except PlaygroundError as error:
            yield error
        finally:
            cancelled.set()

    async def state(self) -> tuple[int, int]:
        """The number of the process, and how many texts are being written in it."""
        return os.getpid(), self.engine.writing()

    async def check_health(self) -> None:
        """Raises where the engine gives no turn any more: Serve then starts another replica."""
        async with asyncio.timeout(HEALTH_SECONDS):
            await self.engine.work(_nothing(), "health", threading.Event())


async def _answer(
    ask: Callable[[threading.Event], AsyncGenerator[Begun | Chunk, None]],
) -> AsyncGenerator[Begun | Chunk | PlaygroundError, None]:
    """What the engine answers, until nobody wants it any more."""
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
    """The application of a model, or of all others, for `serve.run` and for a config of `serve deploy`."""
    return build(args.get("model"), plan.Size())


def build(model: str | None, size: plan.Size) -> Application:
    """The same with a size."""
    return serve.deployment(Replica, name=plan.DEPLOYMENT).options(**plan.options(model, size)).bind(model)

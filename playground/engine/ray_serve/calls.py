"""One answer of a replica: it ends at once when nobody wants it any more, and what was wrong is raised."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Protocol, TypeVar

import grpc
from ray.exceptions import NodeDiedError, ObjectLostError, RayActorError, TaskCancelledError, WorkerCrashedError
from ray.serve.exceptions import DeploymentUnavailableError, ReplicaUnavailableError

from playground.engine.base import Unwanted
from playground.errors import PlaygroundError


class BrokenOff(Exception):
    """Raised where a replica gave an answer up that is wanted: it was to end, and could not wait any longer."""


# What is raised where a replica, its process or its machine is gone, or has not come yet.
LOST = (
    *(RayActorError, ObjectLostError, WorkerCrashedError, NodeDiedError),
    *(DeploymentUnavailableError, ReplicaUnavailableError, grpc.RpcError, BrokenOff),
)
LOOK_SECONDS = 0.05  # how often it is looked whether somebody has gone

T = TypeVar("T")


class Response(Protocol):
    """What Ray Serve gives for a call: a value, or a stream of them for who iterates. None of them has a type."""

    def result(self) -> Any: ...

    def __iter__(self) -> Iterator[Any]: ...

    def __anext__(self) -> Awaitable[Any]: ...

    def __aiter__(self) -> AsyncIterator[Any]: ...

    def cancel(self) -> None: ...


class Watch:
    """A thread that does something about each answer that nobody wants any more, as soon as that is said."""

    def __init__(self) -> None:
        self._over: dict[object, tuple[threading.Event, Callable[[], object]]] = {}
        self._change = threading.Condition()
        self._thread: threading.Thread | None = None

    @contextmanager
    def over(self, cancelled: threading.Event, end: Callable[[], object]) -> Iterator[None]:
        """Inside, `end` is called once that is set. It is called in another thread."""
        key = object()
        with self._change:
            self._over[key] = cancelled, end
            self._change.notify()
            if self._thread is None:
                self._thread = threading.Thread(target=self._look, name="remote-watch", daemon=True)
                self._thread.start()
        try:
            yield
        finally:
            with self._change:
                self._over.pop(key, None)

    def _look(self) -> None:
        while True:
            with self._change:
                while not self._over:
                    self._change.wait()
                gone = [key for key, (cancelled, _) in self._over.items() if cancelled.is_set()]
                ends = [self._over.pop(key)[1] for key in gone]
            for end in ends:
                end()
            time.sleep(LOOK_SECONDS)


WATCH = Watch()


def whole(response: Response, cancelled: threading.Event) -> Any:
    """All of an answer, in the thread that asks."""
    try:
        with WATCH.over(cancelled, response.cancel):
            return value_of(response.result())
    except TaskCancelledError:
        raise (Unwanted if cancelled.is_set() else BrokenOff) from None


def pieces(response: Response, cancelled: threading.Event) -> Iterator[Any]:
    """The parts of an answer as they come, in the thread that asks."""
    try:
        with WATCH.over(cancelled, response.cancel):
            for part in response:
                yield value_of(part)
    except TaskCancelledError:
        raise (Unwanted if cancelled.is_set() else BrokenOff) from None
    finally:
        response.cancel()


async def parts(response: Response, cancelled: threading.Event) -> AsyncGenerator[Any, None]:
    """The parts of an answer as they come. It does not wait for a replica to hear that they are not wanted."""
    loop, gone = asyncio.get_running_loop(), asyncio.Event()

    def leave() -> None:
        with suppress(RuntimeError):  # its loop is closed
            loop.call_soon_threadsafe(gone.set)

    leaving = asyncio.ensure_future(gone.wait())
    try:
        with WATCH.over(cancelled, leave):
            while True:
                coming = asyncio.ensure_future(_next(response))
                try:
                    await asyncio.wait({coming, leaving}, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    if gone.is_set() or not coming.done():
                        coming.add_done_callback(_forget)
                        coming.cancel()
                if gone.is_set():
                    raise Unwanted
                if coming.cancelled():
                    raise BrokenOff
                if (part := coming.result()) is None:
                    return
                yield value_of(part)
    finally:
        leaving.cancel()
        response.cancel()


async def _next(response: Response) -> Any:
    return await anext(response, None)


def _forget(task: asyncio.Task[Any]) -> None:
    """Take note of how a task ended that nobody waits for, or it would be told as a fault."""
    if not task.cancelled():
        task.exception()


def value_of(answer: T | PlaygroundError) -> T:
    """An answer; raised, where it is an error."""
    if isinstance(answer, PlaygroundError):
        raise answer
    return answer

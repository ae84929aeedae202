"""One answer from a replica: it ends at once when nobody wants it any more, and errors are raised."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from typing import Any, Protocol, TypeVar

import grpc
from ray.exceptions import NodeDiedError, ObjectLostError, RayActorError, TaskCancelledError, WorkerCrashedError
from ray.serve.exceptions import DeploymentUnavailableError, ReplicaUnavailableError

from playground.engine.base import RequestAborted
from playground.errors import PlaygroundError


class BrokenOff(Exception):
    """Raised when a replica dropped an answer that is still wanted, because it was shutting down."""


class NotDeployed(Exception):
    """Raised if no application serves a model, or none yet."""


# Raised when a replica, its process or its machine is gone or not yet there.
LOST = (
    *(RayActorError, ObjectLostError, WorkerCrashedError, NodeDiedError),
    *(DeploymentUnavailableError, ReplicaUnavailableError, grpc.RpcError, BrokenOff, NotDeployed),
)
# Raised when an answer ends early. A replica that shuts down sends Python's own error, not Ray's.
ENDED = (TaskCancelledError, CancelledError)
LOOK_SECONDS = 0.05  # how often it checks whether the caller has gone

T = TypeVar("T")


class Response(Protocol):
    """Ray Serve's response to a call: a value, or a stream to iterate over. Ray gives none of them a type."""

    def result(self) -> Any: ...

    def __iter__(self) -> Iterator[Any]: ...

    def __anext__(self) -> Awaitable[Any]: ...

    def __aiter__(self) -> AsyncIterator[Any]: ...

    def cancel(self) -> None: ...


class Watch:
    """A thread that reacts to each cancelled answer as soon as it is cancelled."""

    def __init__(self) -> None:
        self._over: dict[object, tuple[threading.Event, Callable[[], object]]] = {}
        self._change = threading.Condition()
        self._thread: threading.Thread | None = None

    @contextmanager
    def over(self, cancelled: threading.Event, end: Callable[[], object]) -> Iterator[None]:
        """Within the context, `end` is called, in another thread, once `cancelled` is set."""
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
    """A whole answer, in the calling thread."""
    try:
        with WATCH.over(cancelled, response.cancel):
            return value_of(response.result())
    except ENDED:
        raise (RequestAborted if cancelled.is_set() else BrokenOff) from None


def pieces(response: Response, cancelled: threading.Event) -> Iterator[Any]:
    """The parts of an answer as they arrive, in the calling thread."""
    try:
        with WATCH.over(cancelled, response.cancel):
            for part in response:
                yield value_of(part)
    except ENDED:
        raise (RequestAborted if cancelled.is_set() else BrokenOff) from None
    finally:
        response.cancel()


async def parts(response: Response, cancelled: threading.Event) -> AsyncGenerator[Any, None]:
    """The parts of an answer as they arrive. Does not wait for a replica to learn that they are no longer wanted."""
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
                    raise RequestAborted
                try:
                    part = coming.result()
                except (*ENDED, asyncio.CancelledError):
                    raise BrokenOff from None
                if part is None:
                    return
                yield value_of(part)
    finally:
        leaving.cancel()
        response.cancel()


async def _next(response: Response) -> Any:
    return await anext(response, None)


def _forget(task: asyncio.Task[Any]) -> None:
    """Retrieve the result of an abandoned task, or asyncio would report its exception."""
    if not task.cancelled():
        task.exception()


def value_of(answer: T | PlaygroundError) -> T:
    """The value of an answer; raised if it is an error."""
    if isinstance(answer, PlaygroundError):
        raise answer
    return answer

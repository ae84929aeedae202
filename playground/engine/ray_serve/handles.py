"""Calls replicas from one event loop in a dedicated thread, whatever thread or loop waits for the answer.

By default Ray Serve buffers everything that a replica sends until it is read. When its router runs in the calling loop
(set in `ENVIRONMENT`), it fetches a part only when it is requested. Then gRPC applies back-pressure to the replica,
whose engine pauses a text that is far ahead of its reader (seats.py).
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

from ray import serve

T = TypeVar("T")


class Loop:
    """An event loop in a thread. Ray Serve's handles are used only in it."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="remote-loop", daemon=True)
        self._thread.start()

    def do(self, what: Callable[[], object]) -> None:
        """Call it in the loop, in order of submission, and before later calls to `begin`."""
        self._loop.call_soon_threadsafe(what)

    def begin(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        """Run it in the loop; a future of its value."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def close(self) -> None:
        """Stop the loop and wait for its thread."""
        self.do(self._loop.stop)
        self._thread.join()
        self._loop.close()


class Handle:
    """Calls the replicas of an application's deployment."""

    def __init__(self, application: str, loop: Loop) -> None:
        self._handle, self._loop = serve.get_app_handle(application), loop

    def call(self, method: str, *values: Any, stream: bool = False, **named: Any) -> Answer:
        """The answer of one of the replicas. stream: whether the method yields parts."""

        def ask() -> Any:
            return self._handle.options(method_name=method, stream=stream).remote(*values, **named)

        return Answer(ask, self._loop)

    def close(self) -> None:
        """Release the replicas."""
        self._loop.begin(self._handle.shutdown_async()).result()


class Answer:
    """A `calls.Response` for any thread or loop."""

    def __init__(self, ask: Callable[[], Any], loop: Loop) -> None:
        self._loop = loop
        self._asked: Future[Any] = Future()  # Serve's response, set in the loop before anything that follows
        loop.do(lambda: self._ask(ask))

    def result(self) -> Any:
        """The value."""
        return self._loop.begin(self._whole()).result()

    def __iter__(self) -> Answer:
        return self

    def __aiter__(self) -> Answer:
        return self

    def __next__(self) -> Any:
        part = self._loop.begin(self._next()).result()
        if part is self:
            raise StopIteration
        return part

    async def __anext__(self) -> Any:
        part = await asyncio.wrap_future(self._loop.begin(self._next()))
        if part is self:
            raise StopAsyncIteration
        return part

    def cancel(self) -> None:
        """Give up the answer."""
        self._loop.do(self._cancel)

    # ── In the loop ────────────────────────────────────────────────────────────────────────────────
    def _ask(self, ask: Callable[[], Any]) -> None:
        try:
            self._asked.set_result(ask())
        except Exception as error:  # noqa: BLE001  # who reads the answer is told
            self._asked.set_exception(error)

    async def _whole(self) -> Any:
        return await self._asked.result()

    async def _next(self) -> Any:
        return await anext(self._asked.result(), self)  # the response itself marks the end

    def _cancel(self) -> None:
        if self._asked.exception() is None:
            response = self._asked.result()
            response.cancel()
            # Serve's own cancel misses an answer that a replica has just begun, which would wait for a reader forever.
            begun = response._replica_result_future
            if begun.done() and not begun.cancelled() and begun.exception() is None:
                begun.result().cancel()

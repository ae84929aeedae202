"""Runs a function in its own thread, so that the caller can leave at any moment."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, Self, TypeVar

from playground.errors import Cancelled, Unreachable

TICK = 0.1  # seconds between two checks whether it has ended

Answer = TypeVar("Answer")


class Work(Generic[Answer]):
    """A function that takes a stop signal, run in a thread, so that the caller can leave at any moment."""

    def __init__(
        self,
        run: Callable[[threading.Event], Answer],
        source: object,
        cancelled: threading.Event | None,
        seconds: float,
    ) -> None:
        self.source, self.cancelled, self.seconds = source, cancelled, seconds
        self.end = time.monotonic() + seconds
        self.stop = threading.Event()
        self.thread = ThreadPoolExecutor(1, thread_name_prefix="hub")
        self.future: Future[Answer] = self.thread.submit(run, self.stop)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self.thread.shutdown(wait=False)

    def ticks(self) -> Iterator[None]:
        """Yield until the function has ended. Raises Cancelled, or Unreachable after its timeout."""
        while True:
            if self.cancelled is not None and self.cancelled.is_set():
                raise Cancelled("hub.stopped", source=self.source)
            try:
                self.future.exception(timeout=max(0.0, min(TICK, self.end - time.monotonic())))
            except TimeoutError:
                if time.monotonic() >= self.end:
                    raise Unreachable("hub.slow", source=self.source, seconds=self.seconds) from None
                yield
            else:
                return

    def result(self) -> Answer:
        """The function's result, after the ticks; raises its error."""
        return self.future.result()

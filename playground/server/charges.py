"""What an answer takes of the server's loop, and of other threads of Python: it is charged to who asked (throttle.py).

Who is charged is known in all that runs for a request: it is a variable of its context, which tasks inherit.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Generator
from concurrent.futures import Executor
from contextlib import suppress
from contextvars import ContextVar
from typing import Any, TypeVar

T = TypeVar("T")
Charge = Callable[[float], None]  # seconds


def _nobody(seconds: float) -> None:
    pass


CHARGE: ContextVar[Charge] = ContextVar("charge", default=_nobody)


def charge(seconds: float) -> None:
    """For what was not measured here."""
    CHARGE.get()(seconds)


def charge_later() -> Charge:
    """What threads call to charge who asks now, also where that one has left before they end."""
    loop, charged = asyncio.get_running_loop(), CHARGE.get()

    def tell(seconds: float) -> None:
        with suppress(RuntimeError):  # the server is closing
            loop.call_soon_threadsafe(charged, seconds)

    return tell


class Meter:
    """A coroutine to be awaited, and what each of its steps took. That is by the clock: where the machine is busy and a
    step stands still, everybody waits for its end."""

    def __init__(self, steps: Awaitable[None], charge: Charge) -> None:
        self.steps, self.charge = steps, charge

    def __await__(self) -> Generator[Any, Any, None]:
        steps = self.steps.__await__()
        wrong: BaseException | None = None
        while True:
            begun = time.perf_counter()
            try:
                waits_for = next(steps) if wrong is None else steps.throw(wrong)
            except StopIteration:
                return
            finally:
                self.charge(time.perf_counter() - begun)
            wrong = None
            try:
                yield waits_for
            except BaseException as error:  # noqa: BLE001  # whatever ends the wait is the coroutine's to know
                wrong = error


async def meter(steps: Awaitable[None]) -> None:
    """The same, as a coroutine for a task of its own."""
    await Meter(steps, CHARGE.get())


async def in_thread(threads: Executor, work: Callable[..., T], *given: Any) -> T:
    """What work gives in one of these threads. Charged is the time of the processor: it can wait there for others."""
    tell = charge_later()

    def measured() -> T:
        begun = time.thread_time()
        try:
            return work(*given)
        finally:
            tell(time.thread_time() - begun)

    return await asyncio.get_running_loop().run_in_executor(threads, measured)

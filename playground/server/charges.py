"""Charges requesters for the time that an answer takes of the server's event loop and of other Python threads
(throttle.py).

The requester is known everywhere within a request: it is in a context variable, which tasks inherit.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Generator
from contextlib import suppress
from contextvars import ContextVar
from typing import Any

Charge = Callable[[float], None]  # seconds


def _nobody(seconds: float) -> None:
    pass


CHARGE: ContextVar[Charge] = ContextVar("charge", default=_nobody)


def charge(seconds: float) -> None:
    """Charge these seconds to the current requester: for work that was not measured here."""
    CHARGE.get()(seconds)


def charge_later() -> Charge:
    """A function for threads to call: it charges the current requester, even after a disconnect."""
    loop, charged = asyncio.get_running_loop(), CHARGE.get()

    def tell(seconds: float) -> None:
        with suppress(RuntimeError):  # the server is closing
            loop.call_soon_threadsafe(charged, seconds)

    return tell


class Meter:
    """Awaits a coroutine and measures each of its steps, by wall-clock time: while a step stalls on a busy machine,
    everybody waits for it."""

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
            except BaseException as error:  # noqa: BLE001  # whatever ends the wait is passed to the coroutine
                wrong = error


async def meter(steps: Awaitable[None]) -> None:
    """The same, as a coroutine for a task of its own."""
    await Meter(steps, CHARGE.get())

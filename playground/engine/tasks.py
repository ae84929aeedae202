"""Work in short steps: a generator that returns the result. The caller may leave between two steps."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from typing import Generic, TypeVar

from playground.engine.base import RequestAborted

T = TypeVar("T")
Steps = Generator[None, None, T]  # short steps, and their result


def next_answer(answers: Iterator[T | None]) -> Steps[T | None]:
    """The next of the answers, after as many steps as have none; None after the last."""
    for answer in answers:
        if answer is not None:
            return answer
        yield
    return None


class Task(Generic[T]):
    """Steps as work for `Turns`; `done` receives the result."""

    weight = 1.0

    def __init__(self, steps: Steps[T], key: str, cancelled: threading.Event, name: str = "") -> None:
        self.steps, self.key, self.name, self.cancelled = steps, key, name, cancelled
        self.dropped = False
        self.done: Future[T] = Future()

    def turn(self) -> bool:
        if self.dropped or self.cancelled.is_set():
            self.steps.close()
            self._tell(lambda: self.done.set_exception(RequestAborted()))
            return False
        try:
            next(self.steps)
        except StopIteration as end:
            value = end.value
            self._tell(lambda: self.done.set_result(value))
            return False
        except Exception as error:  # noqa: BLE001  # passed on to the waiting caller
            wrong = error
            self._tell(lambda: self.done.set_exception(wrong))
            return False
        return True

    def _tell(self, tell: Callable[[], None]) -> None:
        with suppress(InvalidStateError):  # the caller has gone
            tell()

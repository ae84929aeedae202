"""Fair turns: all work is cut into short turns, which few threads take one by one.

Work has a key, such as the texts of a model, or what one visitor wants to have read. The next turn goes to the key that
had the least time so far, for its weight, and there to the names in turn. So a model whose turns are long gets as much
time as one whose turns are short, and not more; and what is for ten visitors gets as much as ten. Who comes new, or
comes back, begins beside those that are there: time that was not used is not saved.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict, deque
from typing import Protocol

from playground import threads

logger = logging.getLogger(__name__)

LEAST_WEIGHT = 0.01  # of work for somebody who has something to do everywhere
THREADS = 2  # with more they would wait for each other: Python runs in one at a time, beside the products


class Work(Protocol):
    """Something to do in turns. name: whose it is, of several who share a key. weight: how many the key stands for."""

    key: str
    name: str

    @property
    def weight(self) -> float: ...

    def turn(self) -> bool:
        """Do a little; whether there is more. Called by one thread at a time, and raises nothing."""
        ...


class Turns:
    """Threads, and the work that waits for them. They begin with the first work, and end with the process."""

    def __init__(self, threads: int = THREADS) -> None:
        self.most = threads
        self.threads: list[threading.Thread] = []
        self._waiting: dict[str, OrderedDict[str, deque[Work]]] = {}
        self._used: dict[str, float] = {}  # seconds of each key that has work, or has a turn
        self._at_turn: dict[str, int] = {}
        self._level = 0.0  # where those begin that come
        self._change = threading.Condition()

    def add(self, work: Work) -> None:
        """Give it turns until it has no more to do."""
        with self._change:
            self._put(work)
            self._change.notify()
            if len(self.threads) < self.most:
                name = f"engine-{len(self.threads)}"
                self.threads.append(threading.Thread(target=self._serve, name=name, daemon=True))
                self.threads[-1].start()

    def _put(self, work: Work) -> None:
        self._used.setdefault(work.key, self._level)
        self._waiting.setdefault(work.key, OrderedDict()).setdefault(work.name, deque()).append(work)

    def _next(self) -> Work:
        while not self._waiting:
            self._change.wait()
        key = min(self._waiting, key=self._used.__getitem__)
        lines = self._waiting[key]
        name, line = next(iter(lines.items()))
        work = line.popleft()
        lines.move_to_end(name)
        if not line:
            del lines[name]
        if not lines:
            del self._waiting[key]
        self._at_turn[key] = self._at_turn.get(key, 0) + 1
        self._level = max(self._level, self._used[key])
        return work

    def _serve(self) -> None:
        threads.one_here()
        while True:
            with self._change:
                work = self._next()
            begun, more = time.perf_counter(), False
            try:
                more = work.turn()
            except Exception:
                logger.exception("A turn broke off.")
            with self._change:
                self._used[work.key] += (time.perf_counter() - begun) / max(work.weight, LEAST_WEIGHT)
                self._at_turn[work.key] -= 1
                if more:
                    self._put(work)  # this thread takes the next turn: no other need wake for it
                elif not self._at_turn[work.key] and work.key not in self._waiting:
                    del self._used[work.key], self._at_turn[work.key]
            del work  # a thread that waits keeps nothing alive

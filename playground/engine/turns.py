"""Fair turns: all work is cut into short turns, which a few threads run one by one.

Work has a key, such as the texts of a model, or one visitor's prefills. The next turn goes to the key with the least
time so far relative to its weight, and within it round-robin by name. So a model with long turns gets no more time than
one with short turns; and work for ten visitors gets ten shares. A new or returning key starts level with the others:
unused time does not accumulate.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict, deque
from math import inf
from typing import Protocol

from playground import threads

logger = logging.getLogger(__name__)

LEAST_WEIGHT = 0.01  # for a requester who has work everywhere
THREADS = 2  # with more they would wait for each other: outside matrix products Python runs one at a time


class Work(Protocol):
    """Something to do in turns. name: its owner among those who share a key. weight: how many requesters the key stands
    for."""

    key: str
    name: str

    @property
    def weight(self) -> float: ...

    def turn(self) -> bool:
        """Do a little; whether there is more. Called by one thread at a time, and must not raise."""
        ...


class Turns:
    """Threads, and the work that waits for them. They start with the first work, and end with the process."""

    def __init__(self, threads: int = THREADS) -> None:
        self.most = threads
        self.threads: list[threading.Thread] = []
        self._waiting: dict[str, OrderedDict[str, deque[Work]]] = {}
        self._used: dict[str, float] = {}  # seconds used by each key that has work or is in a turn
        self._at_turn: dict[str, int] = {}
        self._begun: dict[threading.Thread, float] = {}  # when each thread that is in a turn began it
        self._level = 0.0  # where new keys start
        self._change = threading.Condition()

    def add(self, work: Work) -> None:
        """Give it turns until it is done."""
        with self._change:
            self._put(work)
            self._change.notify()
            if len(self.threads) < self.most:
                name = f"engine-{len(self.threads)}"
                self.threads.append(threading.Thread(target=self._serve, name=name, daemon=True))
                self.threads[-1].start()

    def longest(self) -> float:
        """Seconds of the longest turn under way; infinite if a thread is gone."""
        with self._change:
            if not all(thread.is_alive() for thread in self.threads):
                return inf
            return max((time.perf_counter() - begun for begun in self._begun.values()), default=0.0)

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
        threads.limit_this_thread()
        this = threading.current_thread()
        while True:
            with self._change:
                work = self._next()
                begun = self._begun[this] = time.perf_counter()
            more, weight = False, 1.0
            try:
                more = work.turn()
                weight = max(work.weight, LEAST_WEIGHT)
            except Exception:  # the thread must survive any error: nobody would start another
                logger.exception("A turn broke off.")
            with self._change:
                del self._begun[this]
                self._used[work.key] += (time.perf_counter() - begun) / weight
                self._at_turn[work.key] -= 1
                if more:
                    self._put(work)  # this thread takes the next turn, so no other need wake up for it
                elif not self._at_turn[work.key] and work.key not in self._waiting:
                    del self._used[work.key], self._at_turn[work.key]
            del work  # a waiting thread must not keep it alive

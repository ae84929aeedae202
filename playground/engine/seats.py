"""A text that is being written with others: its seat among them, and what of it was not sent yet."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf

import numpy as np
from numpy.typing import NDArray

from playground.engine.base import NOBODY, Asker, Chunk, Run
from playground.inference.prefill import Logits, Prefill
from playground.inference.stopping import Reason

SECOND_SECONDS = 0.03  # the second chunk comes soon, and so do some after it: they are played meanwhile

Told = Chunk | Exception | None  # None: it was cancelled


@dataclass
class Log:
    """What some steps gave all texts: ids and us by step and row; of each step the logits (B, V) after it."""

    ids: list[list[int]] = field(default_factory=list)
    us: list[list[float | None]] = field(default_factory=list)
    rows: list[NDArray[np.float32]] = field(default_factory=list)


@dataclass(eq=False)
class Seat:
    """A run that is being written.

    begin: the row that the next step is drawn from, and the state there, while it has no seat. step: the number of that
    step. tell: takes its chunks, and what ends it, in this loop. cancelled, gone: whether nobody wants it any more.
    due: when its next chunk is sent. seated: since when it has a seat.
    """

    run: Run
    begin: Prefill
    tell: Callable[[Told], None]
    loop: asyncio.AbstractEventLoop
    cancelled: threading.Event
    asker: Asker = NOBODY
    gone: bool = False
    step: int = field(init=False)
    seated: float = 0.0
    due: float = 0.0
    pause: float = SECOND_SECONDS / 2  # until the next chunk, at most
    since: int = 0  # the first step of the current log that is not sent
    parts: list[tuple[Log, int, int, int]] = field(default_factory=list)  # log, row, first step, and the one after them

    def __post_init__(self) -> None:
        self.step = self.run.first
        if self.run.whole:
            self.due = inf

    def wanted(self) -> bool:
        """Whether somebody waits for it still."""
        return not (self.gone or self.cancelled.is_set())

    def lags(self, log: Log) -> bool:
        """Whether there is anything that was not sent, with what its log has."""
        return bool(self.parts) or self.since < len(log.ids)

    def leave_log(self, log: Log, row: int) -> None:
        """Another log begins: keep what is its own of this one."""
        begin, end = self.since, len(log.ids)
        if begin < end and self.run.rows:
            self.parts.append((log, row, begin, end))
        elif begin < end:  # the rows are nobody's any more
            own = Log([[step[row]] for step in log.ids[begin:]], [[step[row]] for step in log.us[begin:]])
            self.parts.append((own, 0, 0, end - begin))
        self.since = 0

    def chunk(self, log: Log, row: int, stopped: Reason | None) -> Chunk:
        """What was not sent yet, with what this log has of it in a row."""
        parts = [*self.parts, (log, row, self.since, len(log.ids))]
        self.parts, self.since = [], len(log.ids)
        ids: list[int] = []
        us: list[float | None] = []
        rows: list[Logits] = []
        for one, n, begin, end in parts:
            ids += [step[n] for step in one.ids[begin:end]]
            us += [step[n] for step in one.us[begin:end]]
            if self.run.rows:
                rows += [step[n] for step in one.rows[begin:end]]
        return Chunk(ids, us, rows, stopped)

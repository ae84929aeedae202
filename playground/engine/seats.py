"""A text being written in a batch: its seat, and what of it was not sent yet."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from playground.engine.base import NOBODY, Chunk, Requester, Run
from playground.inference.prefill import Logits, Prefill
from playground.inference.stopping import Reason

UNSENT_BYTES = 16_000_000  # of rows: how far a reader may be behind before the text waits for it; 80 steps of GPT-2
UNHURRIED_SECONDS = 0.1  # before the first chunk of a text that is shown only when complete
SECOND_SECONDS = 0.03  # the second chunk comes soon, and so do some after it: they are played meanwhile

RunEvent = Chunk | Exception | None  # None: it was cancelled


@dataclass
class Log:
    """The results of some steps for all texts: ids and us by step and row; for each step the logits (B, V) after it."""

    ids: list[list[int]] = field(default_factory=list)
    us: list[list[float | None]] = field(default_factory=list)
    rows: list[NDArray[np.float32]] = field(default_factory=list)


@dataclass(eq=False)
class Seat:
    """A run that is being written.

    begin: the row from which the next step is drawn, and the state there, while it has no seat. step: the number of
    that step. tell: receives its chunks and its end, in this loop. cancelled, gone: whether nobody wants it any more.
    due: when its next chunk is sent. seated: since when it has a seat. since: the first step of the current log that
    was not collected. ids, us, rows: what was collected and not sent. bytes_made, bytes_taken: of rows, produced by the
    engine and taken by the reader; each is counted by one thread.
    """

    run: Run
    begin: Prefill
    tell: Callable[[RunEvent], None]
    loop: asyncio.AbstractEventLoop
    cancelled: threading.Event
    requester: Requester = NOBODY
    gone: bool = False
    step: int = field(init=False)
    seated: float = 0.0
    due: float = 0.0
    pause: float = SECOND_SECONDS / 2  # maximum time until the next chunk
    since: int = 0
    ids: list[int] = field(default_factory=list)
    us: list[float | None] = field(default_factory=list)
    rows: list[Logits] = field(default_factory=list)
    bytes_made: int = 0
    bytes_taken: int = 0

    def __post_init__(self) -> None:
        self.step = self.run.first
        if not self.run.early:
            self.due, self.pause = time.monotonic() + UNHURRIED_SECONDS, inf

    def is_wanted(self) -> bool:
        """Whether somebody still waits for it."""
        return not (self.gone or self.cancelled.is_set())

    @property
    def full(self) -> bool:
        """Whether its reader is so far behind that the text waits."""
        return self.bytes_made - self.bytes_taken > UNSENT_BYTES

    def take(self, chunk: Chunk) -> bool:
        """The reader has taken a chunk; whether the text waited for that."""
        waited = self.full
        self.bytes_taken += _size(chunk)
        return waited and not self.full

    def lags(self, log: Log) -> bool:
        """Whether anything is unsent, collected or in this log."""
        return bool(self.ids) or self.since < len(log.ids)

    def leave_log(self, log: Log, row: int) -> None:
        """Another log begins: collect this text's part of the current one."""
        self._collect(log, row)
        self.since = 0

    def chunk(self, log: Log, row: int, stopped: Reason | None) -> Chunk:
        """What was not sent yet, including this log's part in a row."""
        self._collect(log, row)
        chunk = Chunk(self.ids, self.us, self.rows, stopped)
        self.ids, self.us, self.rows = [], [], []
        self.bytes_made += _size(chunk)
        return chunk

    def _collect(self, log: Log, row: int) -> None:
        of_row = itemgetter(row)
        self.ids += map(of_row, log.ids[self.since :])
        self.us += map(of_row, log.us[self.since :])
        if self.run.rows:
            # Copies: a view would keep the rows of all others in memory.
            self.rows += [step[row].copy() for step in log.rows[self.since :]]
        self.since = len(log.ids)


def _size(chunk: Chunk) -> int:
    """Bytes of its rows."""
    return len(chunk.rows) * chunk.rows[0].nbytes if chunk.rows else 0

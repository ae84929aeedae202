"""Two batches that always step at the same moment."""

import threading
from typing import Any

import pytest

from playground.engine import batch as batches


class Meeting:
    """While there are two batches, each step of one begins together with one of the other: two threads step at
    once, however the scheduler switches them. times: how often that happened."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.times, self._change = 0, threading.Condition()
        self._first: batches.Batch | None = None
        step = batches.Batch._step

        def met(batch: batches.Batch) -> None:
            self._meet(batch)
            step(batch)

        monkeypatch.setattr(batches.Batch, "_step", met)

    def _meet(self, batch: batches.Batch) -> None:
        owner: Any = batch.owner
        with self._change:
            if self._first not in (None, batch):
                self._first, self.times = None, self.times + 1
                self._change.notify_all()
                return
            self._first = batch
            while self._first is batch and len(owner.batches) > 1:
                self._change.wait(0.005)
            if self._first is batch:
                self._first = None

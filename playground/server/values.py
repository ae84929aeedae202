"""How often a program receives the text that is written for it.

Each value of `/generate` holds the whole text so far, and takes gradio some milliseconds to deliver. A lone program
gets a value for every batch of steps. While many texts are written, the next value is sent once a reader has finished
the last one, and not before the pause that so many texts need; the last one is always sent.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from math import inf

BATCH = 25  # steps
FEW = 8  # concurrent texts up to which every value is streamed
SECONDS_EACH = 0.008  # the pause, per text
# Fractions of the pause before the first values, and before all later ones. The first value is one symbol, and of the
# few that come soon after it a reader is done quickly.
FRACTIONS = (0, 1 / 8, 1 / 4, 1 / 2)
READS = 28  # symbols a second: how quickly the page plays a text, at its usual speed


class Values:
    """The values of one run.

    writing: the current number of texts being written. now: seconds.
    """

    def __init__(self, writing: Callable[[], int], now: Callable[[], float] = time.monotonic) -> None:
        self.writing, self.now = writing, now
        self.last_sent, self.last_at = 0, -inf
        self._values, self._begun = 0, -inf

    def counts(self, steps: int, *, ended: bool) -> Sequence[int]:
        """The step numbers at which to stream a value now, for a run that has made `steps` steps.

        The last value of a run that has ended is not among them.
        """
        now, many = self.now(), self.writing() > FEW
        if not many:
            counts: Sequence[int] = range(self.last_sent + BATCH, steps + (not ended), BATCH)
        elif steps > self.last_sent and not ended and now >= self._due():
            counts = [steps]
        else:
            counts = []
        if counts:
            if not self._values:
                self._begun = now
            self.last_sent, self.last_at = counts[-1], now
            self._values += 1
        return counts

    def _due(self) -> float:
        """When the next value may be sent, with as many texts as are being written now."""
        pause = SECONDS_EACH * self.writing() * FRACTIONS[min(self._values, len(FRACTIONS) - 1)]
        return max(self.last_at + pause, self._begun + self.last_sent / READS)

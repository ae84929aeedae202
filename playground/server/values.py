"""How often a program receives the text that is written for it.

Each value of `/generate` holds the whole text so far, and takes gradio some milliseconds to deliver. A lone program
gets a value for every batch of steps. While many texts are written, values come less often; the last one always comes.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from math import inf

BATCH = 25  # steps
FEW = 8  # concurrent texts up to which every value is streamed
SECONDS_EACH = 0.008  # additional interval per text beyond that
# Fractions of that interval before each of the first values, and before all later ones. The first one is sent at once:
# of its character, and of the few that come soon after it, a reader is done long before the interval is over.
FRACTIONS = (0, 1 / 4, 1 / 2, 1)


class Values:
    """The values of one run.

    writing: the current number of texts being written. now: seconds.
    """

    def __init__(self, writing: Callable[[], int], now: Callable[[], float] = time.monotonic) -> None:
        self.writing, self.now = writing, now
        self.last_sent, self.last_at = 0, -inf
        self._values = 0

    def counts(self, steps: int, *, ended: bool) -> Sequence[int]:
        """The step numbers at which to stream a value now, for a run that has made `steps` steps.

        The last value of a run that has ended is not among them.
        """
        now, many = self.now(), self.writing() > FEW
        if not many:
            counts: Sequence[int] = range(self.last_sent + BATCH, steps + (not ended), BATCH)
        elif steps > self.last_sent and not ended and now - self.last_at >= self._pause():
            counts = [steps]
        else:
            counts = []
        if counts:
            self.last_sent, self.last_at = counts[-1], now
            self._values += 1
        return counts

    def _pause(self) -> float:
        """Seconds between the last value and the next one, with as many texts as are being written now."""
        return SECONDS_EACH * self.writing() * FRACTIONS[min(self._values, len(FRACTIONS) - 1)]

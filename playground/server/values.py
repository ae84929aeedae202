"""How often a program receives the text that is written for it.

Each value of `/generate` holds the whole text so far, and takes gradio 4 ms to deliver. A lone program gets a value for
every batch of steps. While many texts are written, values come less often; the last one always comes.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

BATCH = 25  # steps
FEW = 8  # concurrent texts up to which every value is streamed
SECONDS_EACH = 0.008  # additional interval per text beyond that
FIRST_PAUSE = 1 / 4  # fraction of the usual interval after the first value, which may be a single character


class Values:
    """The values of one run.

    writing: the current number of texts being written. now: seconds.
    """

    def __init__(self, writing: Callable[[], int], now: Callable[[], float] = time.monotonic) -> None:
        self.writing, self.now = writing, now
        self.last_sent, self.due = 0, 0.0

    def counts(self, steps: int, *, ended: bool) -> Sequence[int]:
        """The step numbers at which to stream a value now, for a run that has made `steps` steps.

        The last value of a run that has ended is not among them.
        """
        counts: Sequence[int] = range(self.last_sent + BATCH, steps + (not ended), BATCH)
        writing, now = self.writing(), self.now()
        if writing > FEW:
            begins = [steps] if steps and not self.last_sent else []
            counts = (counts[-1:] or begins) if now >= self.due and not ended else []
        if counts:
            pause = SECONDS_EACH * writing
            self.due = now + (pause if self.last_sent else pause * FIRST_PAUSE)
            self.last_sent = counts[-1]
        return counts

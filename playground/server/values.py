"""How often a program is told of the text that is written for it.

Each value of `/generate` holds the whole text so far, and takes gradio 4 ms to hand over. One program gets a value for
every batch of steps. While many texts are written, a value comes when there is time for it, and the last one as ever.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

BATCH = 25  # steps
FEW = 8  # texts that are written at once for which every value is streamed
SECONDS_EACH = 0.008  # between two values of a text, for each text of more
FIRST_PAUSE = 1 / 4  # of the usual pause: how soon the first value, which may be one character, is followed by another


class Values:
    """The values of one run.

    writing: how many texts are written now. now: seconds.
    """

    def __init__(self, writing: Callable[[], int], now: Callable[[], float] = time.monotonic) -> None:
        self.writing, self.now = writing, now
        self.told, self.due = 0, 0.0

    def counts(self, steps: int, *, ended: bool) -> Sequence[int]:
        """Of a run that has so many steps by now: how many steps each value has that is streamed.

        The last value of a run that has ended is not among them.
        """
        counts: Sequence[int] = range(self.told + BATCH, steps + (not ended), BATCH)
        writing, now = self.writing(), self.now()
        if writing > FEW:
            begins = [steps] if steps and not self.told else []
            counts = (counts[-1:] or begins) if now >= self.due and not ended else []
        if counts:
            pause = SECONDS_EACH * writing
            self.due = now + (pause if self.told else pause * FIRST_PAUSE)
            self.told = counts[-1]
        return counts

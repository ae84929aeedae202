"""What models are compared by besides their distributions: the time per symbol."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from time import perf_counter, thread_time

from playground.checkpoints.folders import Checkpoint
from playground.inference.prefill import advance

# CPU time, which hardly depends on other load; Windows counts it in steps of 16 ms, which is too coarse.
clock = perf_counter if sys.platform == "win32" else thread_time
ROUNDS = 12  # the fastest counts, as others share the machine's caches
ROUND = 0.004  # seconds: a step is repeated as often as fits, at least once
MOST_STEPS = 64  # per round


@dataclass(frozen=True)
class Speed:
    """A query: the time for one more symbol of one text; one answer, in seconds of one core.

    The text is the model's start, or its first symbol if it has none, and then one symbol repeated, because the work
    does not depend on the symbol. For a model with attention, whose cost grows with the text, this is a short text.
    """

    def steps(self, checkpoint: Checkpoint) -> Iterator[float | None]:
        """Seconds per symbol, of the fastest round."""
        model = checkpoint.model
        _, state = advance(checkpoint, [list(checkpoint.start_ids) or [0]], None)
        state = model.merge([state])
        model.step([0], state)  # one-time work at the first step is not counted
        yield None
        found: list[float] = []
        for _ in range(ROUNDS):
            begun, steps, now = clock(), 0, state
            while not steps or (steps < MOST_STEPS and clock() - begun < ROUND):
                _, now = model.step([0], now)
                steps += 1
            found.append((clock() - begun) / steps)
            yield None
        yield min(found)

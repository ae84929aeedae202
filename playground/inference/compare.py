"""What models are compared by, beside their distributions: the time of a symbol, and the yardstick of letters alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playground.checkpoints.folders import Checkpoint
from playground.inference.prefill import advance
from playground.models.ngram import NGram

ROUNDS = 12  # of which the quickest counts, as others share the machine
ROUND = 0.004  # seconds: a step is timed as often as fits in them, once at least
MOST_STEPS = 64  # of a round


@dataclass(frozen=True)
class Speed:
    """How long a model takes for one more symbol of one text, as a walk: one answer, in seconds.

    The text is the model's start, or its first symbol where it has none, and then one symbol over and over: what the
    symbol is does not change the work. Of a model that attends to all that it has read, that is a short text.
    """

    def steps(self, checkpoint: Checkpoint) -> Iterator[float | None]:
        """Seconds a symbol, those of the quickest round."""
        model = checkpoint.model
        _, state = advance(checkpoint, [list(checkpoint.start_ids) or [0]], None)
        state = model.merge([state])
        model.step([0], state)  # what is worked out at the first step is not counted
        yield None
        found: list[float] = []
        for _ in range(ROUNDS):
            begun, steps, now = perf_counter(), 0, state
            while not steps or (steps < MOST_STEPS and perf_counter() - begun < ROUND):
                _, now = model.step([0], now)
                steps += 1
            found.append((perf_counter() - begun) / steps)
            yield None
        yield min(found)


@dataclass(frozen=True)
class Letters:
    """How often each symbol stood in the text that an n-gram counted, as a walk: one answer, (V,) float64 that sums to
    1; empty where the model has no counts. It is the best that can be said without looking at what stands before."""

    def steps(self, checkpoint: Checkpoint) -> Iterator[NDArray[np.float64]]:
        """Yield the frequencies, once."""
        model: Any = checkpoint.model
        yield frequencies(model) if isinstance(model, NGram) else np.zeros(0)


def frequencies(model: NGram) -> NDArray[np.float64]:
    """The share of each symbol among the last symbols of all longest n-grams, (V,): all of the text but its first
    order − 1 symbols."""
    longest = model.config.sizes[-1]
    symbols = model.symbols[-longest:].cpu().numpy()
    counts = np.bincount(symbols, model.counts.cpu().numpy(), model.config.vocabulary)  # (V,)
    share: NDArray[np.float64] = counts / counts.sum()
    return share

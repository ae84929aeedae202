"""What reading costs: the time of n symbols and of the one after them, and the memory of it.

The time is that of this thread's processor, so others on the machine count little. All kinds read the text in pieces
of the same size: a piece is one call, whose products hold all its symbols where the kind has no step that waits for the
one before. A step is what a text that is being written costs. Memory is counted (models/tensor_memory.py): what is kept
of a text, what there is at most while it is read, and what a pass over all of it keeps until it has learned.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from time import thread_time
from typing import Any

import numpy as np

from playground.checkpoints.folders import Checkpoint
from playground.inference.prefill import advance
from playground.models import outline
from playground.models.cache import TransformerState
from playground.models.config import values_of
from playground.models.tensor_memory import gradient_memory, peak_memory

PIECE = 64  # symbols that are read at once
STEPS = 24  # of which the quickest counts
COUNTED = 1_024  # symbols: up to there is counted what learning keeps, and there what there is at most while reading


@dataclass(frozen=True)
class Cost:
    """What a model takes for a text of `symbols` symbols.

    read:  seconds, for all of them.
    step:  seconds, for the next one by itself.
    state: bytes, of what it has to keep of them.
    peak:  bytes of its numbers but the weights, at the fullest moment while it reads; None but for COUNTED symbols.
    learn: bytes that a pass over all of them in training keeps until the gradient is there; None of more than COUNTED.
    """

    symbols: int
    read: float
    step: float
    state: int
    peak: int | None = None
    learn: int | None = None


@dataclass(frozen=True)
class Costs:
    """What the first `most` symbols of a text cost, as a walk: a Cost at every doubling from a piece on, and None for
    the steps between. What the symbols are does not change the work.

    whole:   whether attention is to reach all of the text, whatever window the model was trained with.
    seconds: it ends at the next doubling once it took so long, so that nobody waits for a slow machine.
    """

    most: int
    whole: bool = False
    seconds: float = 2.0

    def steps(self, checkpoint: Checkpoint, clock: Callable[[], float] = thread_time) -> Iterator[Cost | None]:
        """Yield a Cost for each length, and None after each piece of work in between."""
        read_by = without_window(checkpoint, self.most) if self.whole else checkpoint
        ids = np.random.default_rng(1).integers(0, len(checkpoint.vocabulary), self.most).tolist()
        _, warm = advance(read_by, [ids[:PIECE]], None)  # what is worked out at the first step is not counted
        advance(read_by, [ids[:1]], warm)
        yield None
        read, due, state = 0.0, PIECE, None
        for begin in range(0, self.most, PIECE):
            begun = clock()
            _, state = advance(read_by, [ids[begin : begin + PIECE]], state)
            read += clock() - begun
            if begin + PIECE < due:
                yield None
                continue
            cost = Cost(due, read, _quickest_step(read_by, state, clock), state_bytes(state))
            if due <= COUNTED:
                yield None
                cost = replace(cost, learn=learning_bytes(read_by, ids[:due]))
            if due == COUNTED:
                yield None
                cost = replace(cost, peak=peak_bytes(read_by, ids[:due]))
            yield cost
            due *= 2
            if read > self.seconds:
                return


def _quickest_step(checkpoint: Checkpoint, state: Any, clock: Callable[[], float]) -> float:
    found = []
    for _ in range(STEPS):
        begun = clock()
        _, state = advance(checkpoint, [[0]], state)
        found.append(clock() - begun)
    return min(found)


def peak_bytes(checkpoint: Checkpoint, ids: Sequence[int]) -> int:
    """Bytes of the numbers that there are at most while a text is read in pieces: its state, and all in between."""

    def read() -> None:
        state = None
        for begin in range(0, len(ids), PIECE):
            _, state = advance(checkpoint, [ids[begin : begin + PIECE]], state)

    return peak_memory(read)


def learning_bytes(checkpoint: Checkpoint, ids: Sequence[int]) -> int:
    """Bytes that a pass over a text keeps for its gradient. The weights are the checkpoint's; nothing is learned."""
    model = outline(checkpoint.kind, values_of(checkpoint.config))
    model.load_state_dict(checkpoint.model.state_dict(), assign=True)
    return gradient_memory(model.train().requires_grad_(True), ids)


def without_window(checkpoint: Checkpoint, most: int) -> Checkpoint:
    """The same checkpoint, attending to all of the last `most` symbols: it shares the weights. Only where positions are
    no parameters."""
    model = outline(checkpoint.kind, {**values_of(checkpoint.config), "window": most})
    model.load_state_dict(checkpoint.model.state_dict(), assign=True)
    return replace(checkpoint, config=model.config, model=model.eval().requires_grad_(False))


def state_bytes(state: Any) -> int:
    """Bytes of the numbers in a model's state of a text. Of a cache, only the slots that hold something are counted."""
    if isinstance(state, TransformerState):
        return int(state.cache.buffer.nbytes * state.end // state.cache.slots)
    if isinstance(state, tuple):
        return sum(map(state_bytes, state))
    return int(state.nbytes)

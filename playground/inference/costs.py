"""The cost of a text: the time to read n symbols, the time of the next one, and the memory.

Time is this thread's CPU time, so other load matters little. All kinds read the text in pieces of the same size: a
piece is one call, parallel over its symbols unless the kind is sequential. A step is the cost of generating one symbol.
Memory is counted in bytes of tensors (models/tensor_memory.py): the state, the peak while reading, and what a training
pass keeps for its gradient.
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

PIECE = 64  # symbols read at once
# For single steps the fastest counts, of at least this many, and of more until they took this long in total. Beside
# other load even CPU time doubles for milliseconds on end, which may cover a few short steps entirely.
STEPS, MOST_STEPS = 24, 96
ENOUGH = 0.03  # seconds
COUNTED = 1_024  # symbols: training memory is counted up to this length, and peak memory at it


@dataclass(frozen=True)
class Cost:
    """The cost of a text of `symbols` symbols.

    read:  seconds, for all of them.
    step:  seconds, for the next one by itself.
    state: bytes, of the state.
    peak:  bytes of tensors without the weights, at the peak while reading; only for COUNTED symbols, otherwise None.
    learn: bytes that a training pass keeps for its gradient; None beyond COUNTED.
    """

    symbols: int
    read: float
    step: float
    state: int
    peak: int | None = None
    learn: int | None = None


@dataclass(frozen=True)
class Costs:
    """A query: the cost of up to `most` symbols; a Cost at every doubling from one piece on, and None for the steps
    between. The cost does not depend on which symbols they are.

    whole:   whether attention reaches the whole text, whatever window the model was trained with.
    seconds: it ends at the next doubling after this time, so that nobody waits for a slow machine.
    """

    most: int
    whole: bool = False
    seconds: float = 2.0

    def steps(self, checkpoint: Checkpoint, clock: Callable[[], float] = thread_time) -> Iterator[Cost | None]:
        """Yield a Cost for each length, and None after each piece of work in between."""
        read_by = without_window(checkpoint, self.most) if self.whole else checkpoint
        ids = np.random.default_rng(1).integers(0, len(checkpoint.vocabulary), self.most).tolist()
        _, warm = advance(read_by, [ids[:PIECE]], None)  # one-time work at the first step is not counted
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
    found: list[float] = []
    while len(found) < STEPS or (len(found) < MOST_STEPS and sum(found) < ENOUGH):
        begun = clock()
        _, state = advance(checkpoint, [[0]], state)
        found.append(clock() - begun)
    return min(found)


def peak_bytes(checkpoint: Checkpoint, ids: Sequence[int]) -> int:
    """Peak bytes of tensors while a text is read in pieces: its state, and everything intermediate."""

    def read() -> None:
        state = None
        for begin in range(0, len(ids), PIECE):
            _, state = advance(checkpoint, [ids[begin : begin + PIECE]], state)

    return peak_memory(read)


def learning_bytes(checkpoint: Checkpoint, ids: Sequence[int]) -> int:
    """Bytes that a training pass over a text keeps for its gradient. The weights are the checkpoint's; nothing is
    updated."""
    model = outline(checkpoint.kind, values_of(checkpoint.config))
    model.load_state_dict(checkpoint.model.state_dict(), assign=True)
    return gradient_memory(model.train().requires_grad_(True), ids)


def without_window(checkpoint: Checkpoint, most: int) -> Checkpoint:
    """The same checkpoint with attention to all of the last `most` symbols, sharing the weights. Only if positions are
    not parameters."""
    model = outline(checkpoint.kind, {**values_of(checkpoint.config), "window": most})
    model.load_state_dict(checkpoint.model.state_dict(), assign=True)
    return replace(checkpoint, config=model.config, model=model.eval().requires_grad_(False))


def state_bytes(state: Any) -> int:
    """Bytes of the numbers in a text's state. In a cache only the used slots count."""
    if isinstance(state, TransformerState):
        return int(state.cache.buffer.nbytes * state.end // state.cache.slots)
    if isinstance(state, tuple):
        return sum(map(state_bytes, state))
    return int(state.nbytes)

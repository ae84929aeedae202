"""Writing: a prompt's ids become a stream of steps.

    read      a prompt, in one pass: the logits before each of its symbols, and after the last
    generate  the steps that follow, one at a time

A step keeps the id, the raw logits it was chosen from, and u. The distribution under any settings
is derived from that, here or in the browser. This file knows no text: `vocabulary.py` does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from playground.checkpoints import Checkpoint
from playground.sampling import Sampling, choose, dice

Logits = NDArray[np.float32]


@dataclass(frozen=True)
class Step:
    """One symbol of a run.

    id:     the symbol.
    logits: (V,) float32, what the model gave before it.
    u:      the number in [0, 1) that chose it; None where a person did.
    """

    id: int
    logits: Logits
    u: float | None


@dataclass(frozen=True)
class Reading:
    """What a model makes of given ids.

    logits: (N + 1, V) float32; row i stands before symbol i, the last row after all of them.
    state:  the model's state after the last symbol.
    """

    logits: Logits
    state: Any


@torch.inference_mode()
def read(checkpoint: Checkpoint, ids: Sequence[int]) -> Reading:
    """Prefill: advance over the checkpoint's start and N ids in one pass.

    The start stands before every text, so that an empty one has a distribution too.
    """
    start = checkpoint.start_ids
    logits, state = checkpoint.model.advance(torch.tensor([[*start, *ids]]), None)
    return Reading(logits[0, len(start) - 1 :].numpy(), state)


def generate(
    checkpoint: Checkpoint, reading: Reading, sampling: Sampling, *, seed: int, first: int = 0
) -> Iterator[Step]:
    """Write on from a reading, without end: take as many steps as are wanted.

    first: the number of the first step, which fixes its u. A run that goes back to step t and writes on
    from there throws the same dice again.
    """
    advance, quiet = checkpoint.model.advance, torch.inference_mode()
    logits, state, step = reading.logits[-1], reading.state, first
    while True:
        u = dice(seed, step)
        chosen = choose(logits, sampling, u)
        yield Step(chosen, logits, u)
        with quiet:
            output, state = advance([chosen], state)
        logits = output.numpy()[0, -1]
        step += 1

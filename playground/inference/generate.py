"""Writing: the steps that follow a prefill, one at a time.

A step records the id, the raw logits it was chosen from, and u. The distribution under any settings is derived from
that, here or in the browser. This file knows no text: `playground.text` does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from playground.checkpoints.folders import Checkpoint
from playground.inference.prefill import Logits, Prefill
from playground.sampling import Sampling, choose, dice


@dataclass(frozen=True)
class Step:
    """One symbol of a run.

    id:     the symbol.
    logits: (V,) float32, the prediction before it.
    u:      the number in [0, 1) that drew it; None if the user picked it.
    """

    id: int
    logits: Logits
    u: float | None


def generate(
    checkpoint: Checkpoint,
    begin: Prefill,
    sampling: Sampling,
    *,
    seed: int,
    first: int = 0,
    picks: Mapping[int, int] | None = None,
) -> Iterator[Step]:
    """Continue from a prefill, without end: the caller takes as many steps as it wants.

    first: the number of the first step, which fixes its u. A run that resumes from step t uses the same numbers again.
    picks: ids chosen by the user, by step number: nothing is drawn there. The other steps keep their u.
    """
    model = checkpoint.model
    logits, state, step = begin.logits[-1], model.merge([begin.state]), first
    while True:
        u: float | None = None
        chosen = picks.get(step, -1) if picks else -1
        if chosen < 0:
            u = dice(seed, step)
            chosen = choose(logits, sampling, u)
        yield Step(chosen, logits, u)
        rows, state = model.step([chosen], state)
        logits = rows[0]
        step += 1

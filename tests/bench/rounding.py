"""How rarely a text differs where sums are rounded differently, as on another kind of machine.

Each text is written twice with the same dice: once by the products whose rows do not depend on their number, as the
page writes it, and once by the plain products of a single text (`advance`), which add the same numbers in another
order. A text differs where one of its symbols does; from there on it is another text.
"""

from collections.abc import Iterator
from itertools import count, islice
from typing import Any

import numpy as np
import torch

from playground import threads
from playground.inference.generate import generate
from playground.inference.prefill import Prefill, prefill
from playground.library import Checkpoint, load
from playground.sampling import Sampling, choose, dice
from tests.bench.clients import prompt_of
from tests.bench.common import table

STEPS = 400
TEXTS = {"names-gru": 600, "shakespeare-lstm": 120}
SAMPLING = Sampling(0.8)


def measure(quick: bool) -> dict[str, Any]:
    """Of each model: texts, how many differ, and by how much at most a logit did before a text parted."""
    threads.limit_this_thread()
    steps, texts = (20, dict.fromkeys(TEXTS, 3)) if quick else (STEPS, TEXTS)
    return {"steps": steps, "models": {name: _differing(load(name), count, steps) for name, count in texts.items()}}


def _differing(checkpoint: Checkpoint, texts: int, steps: int) -> dict[str, float]:
    begin = prefill(checkpoint, checkpoint.vocabulary.encode(prompt_of(checkpoint.name)).ids)
    differ, most = 0, 0.0
    for seed in range(texts):
        ours = generate(checkpoint, begin, SAMPLING, seed=seed)
        for step, (id, logits) in islice(zip(ours, _plainly(checkpoint, begin, seed), strict=True), steps):
            most = max(most, float(np.abs(step.logits - logits).max()))
            if step.id != id:
                differ += 1
                break
    return {"texts": texts, "differ": differ, "logits": most}


def _plainly(checkpoint: Checkpoint, begin: Prefill, seed: int) -> Iterator[tuple[int, Any]]:
    """Ids, each with the logits (V,) that it was drawn from."""
    logits, state = begin.logits[-1], begin.state
    for number in count():
        id = choose(logits, SAMPLING, dice(seed, number))
        yield id, logits
        with torch.inference_mode():
            output, state = checkpoint.model.advance([id], state)
        logits = output.numpy()[0, -1]


def report(result: dict[str, Any]) -> str:
    rows = [
        [f"`{name}`", of["texts"], of["differ"], f"{of['logits']:.1g}"] for name, of in result["models"].items()
    ]
    return table(["", "texts", "that differ", "largest difference of a logit"], rows) + (
        f"\n\n{result['steps']} characters each at T = {SAMPLING.temperature}, written in two ways to round with the"
        "\nsame dice; what comes after a difference is not compared."
    )

"""A translation: what a model writes for a source, with the attention at each letter.

The letters are those of a run after "source→" with the same settings, seed and picks (generate.py). With a given target
nothing is drawn: each letter is scored after the target's earlier ones (teacher forcing).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

import numpy as np

from playground.checkpoints.folders import Checkpoint, require
from playground.inference.generate import generate
from playground.inference.prefill import pieces, require_finite
from playground.sampling import Sampling, log_softmax

FEW = 16  # letters of a step, about 20 ms


@dataclass(frozen=True)
class Translation:
    """A target letter by letter.

    ids: (T,) its letters, and its end if it has one. rows: (T, V) the logits before each. attention: (T, S) the
    attention weights at each, over the letters of the source; None if the model has none. log_probabilities: ln p of
    each letter, nats, at temperature 1.
    """

    ids: list[int]
    rows: list[list[float]]
    attention: list[list[float]] | None
    log_probabilities: list[float]


@dataclass(frozen=True)
class Translate:
    """A query: the translation of a source (S,), S ≥ 1, into at most `length` letters.

    forced: a target, with its end, to be scored; None to generate one. picks: ids chosen by the user, by step number:
    nothing is drawn there.
    """

    source: Sequence[int]
    sampling: Sampling
    seed: int
    length: int
    forced: Sequence[int] | None = None
    picks: Mapping[int, int] = field(default_factory=dict)

    def steps(self, checkpoint: Checkpoint) -> Iterator[Translation | None]:
        """The translation; None for a step before it. BadInput if the model does not translate."""
        require(checkpoint, "translation")
        model, end = checkpoint.model, checkpoint.end_ids[0]
        asked = [*self.source, model.separator]
        if self.forced is not None:
            ids = [*self.forced, end]
            parts = [part.logits for _, part in pieces(checkpoint, [*asked, *self.forced])]
            rows = np.concatenate(parts)[-len(ids) :]
            yield None
        else:
            for _, part in pieces(checkpoint, asked):  # noqa: B007  # the last one is used
                yield None
            ids, kept = [], []
            written = generate(checkpoint, part, self.sampling, seed=self.seed, picks=self.picks)
            for step in islice(written, self.length):
                ids.append(step.id)
                kept.append(step.logits)
                if step.id == end:
                    break
                if len(ids) % FEW == 0:
                    yield None
            rows = np.stack(kept)
        require_finite(checkpoint, rows)
        looked = model.attention(self.source, [model.separator, *ids[:-1]])
        logps = log_softmax(rows)[np.arange(len(ids)), ids]
        yield Translation(ids, rows.tolist(), None if looked is None else looked.tolist(), logps.tolist())

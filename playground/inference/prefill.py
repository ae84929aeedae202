"""A prompt's ids become logits and a state: `prefill` all at once, `pieces` incrementally."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from playground.checkpoints.folders import Checkpoint, require
from playground.errors import BadCheckpoint, BadInput
from playground.models import WRITE
from playground.models.footprint import parameters
from playground.text.by_characters import TokenCharacters

Logits = NDArray[np.float32]

PIECE = 8_000_000  # logits in memory at once during a prefill: 32 MB
WORK = 1_000_000_000  # ids times parameters of one piece: about a tenth of a second of one core
WRITTEN_WORK = 200_000_000  # and of generated text: to step on or go back reads part of a piece again
SHORTEST = 32  # ids of a piece: for large models, fewer would take nearly as long


@dataclass(frozen=True)
class Prefill:
    """A model's predictions for given ids.

    logits: (N + 1, V) float32; row i predicts symbol i, the last row the symbol after all of them. Fewer if fewer were
            requested, and without row 0 if nothing precedes symbol 0 (`start=False`).
    state:  the model's state after the last symbol.
    """

    logits: Logits
    state: Any


def prefill(
    checkpoint: Checkpoint,
    ids: Sequence[int],
    rows: int | None = None,
    after: Prefill | None = None,
    start: bool = True,
) -> Prefill:
    """Advance over the checkpoint's start and N ids, or continue another prefill with the ids.

    The start precedes every text, so that an empty one has a distribution too; start=False leaves it out. rows: how
    many of the last rows of logits to return; None for all. With 50,000 tokens each takes 200 kB. BadInput when it is
    under 1, or if there is neither a start nor an id to predict from.
    """
    if rows is not None and rows < 1:
        raise BadInput("input.rows", rows=rows)
    first = 0 if rows is None else max(0, len(ids) + 1 - rows)
    kept: list[Logits] = []
    known = [] if after is None else [(0, Prefill(after.logits[-1:], after.state))]
    for begin, piece in chain(known, pieces(checkpoint, ids, after, start)):
        state, wanted = piece.state, piece.logits[max(0, first - begin) :]
        # Without a copy, a few rows would keep the whole piece in memory.
        kept.append(wanted if len(wanted) == len(piece.logits) else wanted.copy())
    return Prefill(kept[0] if len(kept) == 1 else np.concatenate(kept), state)


def pieces(
    checkpoint: Checkpoint,
    ids: Sequence[int],
    after: Prefill | None = None,
    start: bool = True,
    most: int | None = None,
) -> Iterator[tuple[int, Prefill]]:
    """What `prefill` gives, in parts of `piece_length` ids, each with the index of its first row.

    The first row is row 0, or row 1 if nothing precedes symbol 0. A part's state is the one after its last row. The
    caller may stop after each. most: maximum number of ids in a part.
    """
    require(checkpoint, *WRITE)
    first, state = (checkpoint.start_ids if start else (), None) if after is None else ((), after.state)
    given = [*first, *ids]
    if not given and after is None:
        raise BadInput("input.nothing_to_predict")
    size = piece_length(checkpoint) if most is None else min(piece_length(checkpoint), most)
    for begin in range(0, len(given), size):
        logits, state = advance(checkpoint, [given[begin : begin + size]], state)
        before = len(first) - 1 - begin  # rows about the start itself, which nobody needs
        yield max(0, -before), Prefill(logits[0, max(0, before) :], state)


def advance(checkpoint: Checkpoint, ids: Sequence[Sequence[int]], state: Any) -> tuple[Logits, Any]:
    """The model's `advance` on B texts of T ids each, with a merged state: logits (B, T, V) and the next state."""
    with torch.inference_mode():
        logits, state = checkpoint.model.advance(torch.tensor(ids), state)
    return logits.numpy(), state


def fill_logits(
    checkpoint: Checkpoint, ids: Sequence[int], positions: Sequence[int], hidden: Sequence[int] = ()
) -> Logits:
    """A masked model's `fill` on a text: logits (len(positions), V) of its gaps."""
    with torch.inference_mode():
        return checkpoint.model.fill(ids, positions, hidden).numpy()


def piece_length(checkpoint: Checkpoint, *, written: bool = False) -> int:
    """How many ids are read at once: the same for every text, because the last bits of the logits depend on it.
    written: of generated text, not of a prompt."""
    # A model used by characters reads ids one at a time, so that large pieces are no cheaper.
    least = 1 if isinstance(checkpoint.vocabulary, TokenCharacters) else SHORTEST
    work = min(WORK, WRITTEN_WORK) if written else WORK
    by_work = max(least, work // max(1, parameters(checkpoint.model)))
    return max(1, min(PIECE // len(checkpoint.vocabulary), by_work))


def require_finite(checkpoint: Checkpoint, logits: NDArray[np.floating[Any]]) -> None:
    """BadCheckpoint unless each row (…, V) leaves a choice: no NaN or plus infinity, and a finite number."""
    # Comparisons with NaN are false too.
    if not ((logits < np.inf).all() and (logits > -np.inf).any(axis=-1).all()):
        raise BadCheckpoint("checkpoint.no_distribution", name=checkpoint.name)

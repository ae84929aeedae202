"""A prompt's ids become logits and a state: `prefill` for all of them, `pieces` for who does not need them at once."""

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

PIECE = 8_000_000  # logits that are in memory at once while a prompt is read: 32 MB
WORK = 1_000_000_000  # ids times parameters of one piece: about a tenth of a second of one core
SHORTEST = 32  # ids of a piece: of large models, fewer would take nearly as long


@dataclass(frozen=True)
class Prefill:
    """What a model makes of given ids.

    logits: (N + 1, V) float32; row i stands before symbol i, the last row after all of them. Fewer where fewer
            were asked for, and without the first where nothing stands before symbol 0 (`start=False`).
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
    """Advance over the checkpoint's start and N ids, or go on with the ids after another prefill.

    The start stands before every text, so that an empty one has a distribution too; start=False leaves it out.
    rows: how many rows of logits are wanted, the last ones; None for all. With 50,000 tokens each takes 200 kB.
    BadInput when it is under 1, or where neither a start nor an id is there to predict from.
    """
    if rows is not None and rows < 1:
        raise BadInput("input.rows", rows=rows)
    first = 0 if rows is None else max(0, len(ids) + 1 - rows)
    kept: list[Logits] = []
    known = [] if after is None else [(0, Prefill(after.logits[-1:], after.state))]
    for begin, piece in chain(known, pieces(checkpoint, ids, after, start)):
        state, wanted = piece.state, piece.logits[max(0, first - begin) :]
        # A few rows of a piece would keep all of it in memory, but for a copy.
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

    The first row of all is row 0, or row 1 where nothing stands before symbol 0. A part's state is the one after its
    last row. After each the caller may stop. most: at most so many ids in a part.
    """
    require(checkpoint, *WRITE)
    first, state = (checkpoint.start_ids if start else (), None) if after is None else ((), after.state)
    given = [*first, *ids]
    if not given and after is None:
        raise BadInput("input.nothing_to_predict")
    size = piece_length(checkpoint) if most is None else min(piece_length(checkpoint), most)
    for begin in range(0, len(given), size):
        logits, state = advance(checkpoint, [given[begin : begin + size]], state)
        before = len(first) - 1 - begin  # rows about the start itself, which nobody asks for
        yield max(0, -before), Prefill(logits[0, max(0, before) :], state)


def advance(checkpoint: Checkpoint, ids: Sequence[Sequence[int]], state: Any) -> tuple[Logits, Any]:
    """The model's `advance` on B texts of T ids each, whose states are merged: logits (B, T, V) and the state after."""
    with torch.inference_mode():
        logits, state = checkpoint.model.advance(torch.tensor(ids), state)
    return logits.numpy(), state


def fill_logits(
    checkpoint: Checkpoint, ids: Sequence[int], positions: Sequence[int], hidden: Sequence[int] = ()
) -> Logits:
    """A masked model's `fill` on a text: logits (len(positions), V) of its gaps."""
    with torch.inference_mode():
        return checkpoint.model.fill(ids, positions, hidden).numpy()


def piece_length(checkpoint: Checkpoint) -> int:
    """How many ids are read at once: the same for every text, as the last bits of the logits depend on it."""
    # A model that is asked by characters reads one after the other, so that large pieces are no cheaper.
    least = 1 if isinstance(checkpoint.vocabulary, TokenCharacters) else SHORTEST
    by_work = max(least, WORK // max(1, parameters(checkpoint.model)))
    return max(1, min(PIECE // len(checkpoint.vocabulary), by_work))


def require_finite(checkpoint: Checkpoint, logits: NDArray[np.floating[Any]]) -> None:
    """BadCheckpoint unless each row (…, V) has something to choose: no NaN or plus infinity, and a finite number."""
    # NaN is not under infinity either.
    if not ((logits < np.inf).all() and (logits > -np.inf).any(axis=-1).all()):
        raise BadCheckpoint("checkpoint.no_distribution", name=checkpoint.name)

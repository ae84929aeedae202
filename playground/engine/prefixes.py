"""Prefix cache: the states of recent texts, so that a text with a common prefix continues from there.

A state is immutable, so a cached one can be advanced many times. Logits depend slightly (1e-6) on how many ids go
through the model at once, and a text must not depend on how its prompt was typed: so a prompt to be continued is always
read in the same pieces (`exact`), and one that is only inspected from any cached state. What was written after a prompt
is read in pieces that begin at the prompt's end, however it was reached.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playground.inference.prefill import Logits, Prefill, piece_length, pieces
from playground.library import Checkpoint

MOST_BYTES = 128_000_000  # of all cached states and their rows
MOST_OF_ONE = 16_000_000  # of the states at the ends of one text's whole pieces: 8 of the Transformer
MOST_TEXTS = 400
LATEST = 8  # cached states of one text besides those at the ends of whole pieces

Ids = NDArray[np.int32]
Family = tuple[str, int | None]


@dataclass(frozen=True)
class Mark:
    """A state after the first `count` ids of a prompt, and the logits row there, (1, V).

    exact: whether it equals the result of reading in the standard pieces. ends_piece: whether such a piece ends there.
    """

    count: int
    prefill: Prefill
    exact: bool
    ends_piece: bool


@dataclass(frozen=True)
class CachedText:
    """A text that was read. family: its model, and the number of its ids that are the prompt whose continuation the
    others are; None if all of it is a prompt. Marks are in ascending order of count. owner: who requested it."""

    family: Family
    owner: str
    ids: Ids
    marks: tuple[Mark, ...]
    size: int


class Prefixes:
    """The most recent texts of all visitors. Threads may share it.

    From other visitors' texts only states are used that a fresh read would give too, bit for bit: so an answer reveals
    what others have read only by how soon it comes.
    """

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self.most_bytes = most_bytes
        self.kept: OrderedDict[int, CachedText] = OrderedDict()  # most recent last
        self._bytes = 0  # of everything cached
        self._names = count()
        self._lock = threading.Lock()

    def read(
        self, checkpoint: Checkpoint, ids: Sequence[int], first: int = 0, *, exact: bool, owner: str = ""
    ) -> Generator[None, None, Prefill]:
        """The rows from `first` (at most N) on and the state after N ids; only what is new is computed, in short steps
        between which the caller may stop."""
        family = checkpoint.name, None
        known, usable = self._nearest(family, np.asarray(ids, np.int32), owner)
        marks = [m for m in usable if m.count <= first and (not exact or _continues(m, len(ids)))]
        begin = marks[-1] if marks else None
        rows: list[Logits] = [] if begin is None or begin.count < first else [begin.prefill.logits]
        state = None if begin is None else begin.prefill.state
        at, chain = (0, True) if begin is None else (begin.count, _continues(begin, len(ids)))
        found = []
        if begin is None or begin.count < len(ids):
            length = piece_length(checkpoint)
            after = None if begin is None else begin.prefill
            for number, piece in pieces(checkpoint, ids[at:], after):
                row = at + number
                state, end = piece.state, row + len(piece.logits) - 1
                rows.append(piece.logits[max(0, first - row) :])
                ends_piece = chain and (end + len(checkpoint.start_ids)) % length == 0
                found.append(Mark(end, Prefill(piece.logits[-1:].copy(), state), chain, ends_piece))
                yield
        self._keep(family, np.asarray(ids, np.int32), [*usable, *found], known, owner)
        return Prefill(rows[0] if len(rows) == 1 else np.concatenate(rows), state)

    def read_on(
        self,
        checkpoint: Checkpoint,
        prompt: Sequence[int],
        written: Sequence[int],
        after: Prefill,
        owner: str = "",
    ) -> Generator[None, None, Prefill]:
        """The last row and the state after M ids that continue a prompt, in short steps. after: the last row and the
        state of the prompt."""
        begins, length = len(prompt), piece_length(checkpoint, written=True)
        family, ids = (checkpoint.name, begins), [*prompt, *written]
        known, usable = self._nearest(family, np.asarray(ids, np.int32), owner)
        usable = [mark for mark in usable if mark.count > begins]
        marks = [mark for mark in usable if _continues(mark, len(ids))]
        tip, at = (marks[-1].prefill, marks[-1].count) if marks else (after, begins)
        found = []
        for _, piece in pieces(checkpoint, ids[at:], tip, most=length) if at < len(ids) else ():
            at += len(piece.logits)
            tip = Prefill(piece.logits[-1:].copy(), piece.state)
            found.append(Mark(at, tip, True, (at - begins) % length == 0))
            yield
        self._keep(family, np.asarray(ids, np.int32), [*usable, *found], known, owner)
        return tip

    def _nearest(self, family: Family, ids: Ids, owner: str) -> tuple[int | None, list[Mark]]:
        """The cached text that covers most of these ids: its name, unless it is another visitor's, and its usable
        marks."""
        with self._lock:
            latest_first = [(name, kept) for name, kept in reversed(self.kept.items()) if kept.family == family]
        best: tuple[tuple[int, int], int | None, list[Mark]] = ((-1, -1), None, [])
        for name, kept in latest_first:
            same, own = _common(kept.ids, ids), kept.owner == owner
            if same < best[0][0]:
                continue
            marks = [m for m in kept.marks if m.count <= same and (own or _continues(m, len(ids)))]
            reached = marks[-1].count if marks else 0
            if (reached, same) > best[0]:
                best = (reached, same), name if own else None, marks
            if reached == len(ids):  # a class that opens one page sends one prompt: the first hit is as good as any
                break
        return best[1:]

    def _keep(self, family: Family, ids: Ids, marks: list[Mark], known: int | None, owner: str) -> None:
        by_count: dict[int, Mark] = {}
        for mark in marks:
            if mark.exact or not (mark.count in by_count and by_count[mark.count].exact):
                by_count[mark.count] = mark
        latest = sorted(count for count, mark in by_count.items() if not mark.ends_piece)[-LATEST:]
        ends = _some_of([by_count[count] for count in sorted(by_count) if by_count[count].ends_piece])
        chosen = sorted({*latest, *(mark.count for mark in ends)})
        kept = tuple(by_count[count] for count in chosen)
        prompt = CachedText(family, owner, ids, kept, _size([ids, *kept], set()))
        with self._lock:
            before = self.kept.get(known) if known is not None else None
            if known is not None and before is not None and _common(before.ids, ids) == len(before.ids):
                self._bytes -= self.kept.pop(known).size  # the text was extended
            self.kept[next(self._names)] = prompt
            self._bytes += prompt.size
            while len(self.kept) > MOST_TEXTS or self._bytes > self.most_bytes:
                self._bytes -= self.kept.popitem(last=False)[1].size


def read_uncached(
    checkpoint: Checkpoint, ids: Sequence[int], after: Prefill | None, first: int = 0, most: int | None = None
) -> Generator[None, None, Prefill]:
    """The rows from `first` on, without the prefix cache: texts without the model's start are rare and not cached."""
    kept: list[Logits] = []
    for begin, piece in pieces(checkpoint, ids, after, start=False, most=most):
        state = piece.state
        kept.append(piece.logits[max(0, first - begin) :].copy())
        yield
    return Prefill(np.concatenate(kept), state)


def _some_of(marks: list[Mark]) -> list[Mark]:
    """All marks, or every second, every fourth, … of them including the last, if all take more than MOST_OF_ONE."""
    while len(marks) > 1 and sum(_size(mark, set()) for mark in marks) > MOST_OF_ONE:
        marks = marks[::-2][::-1]
    return marks


def _continues(mark: Mark, ids: int) -> bool:
    """Whether an exact read of that many ids can start there."""
    return mark.exact and (mark.ends_piece or mark.count == ids)


def _common(one: Ids, other: Ids) -> int:
    """The length of the common prefix."""
    length = min(len(one), len(other))
    if not length or one[0] != other[0]:  # most texts differ at once
        return 0
    differ = np.flatnonzero(one[:length] != other[:length])
    return int(differ[0]) if len(differ) else length


def _size(value: Any, seen: set[int]) -> int:
    """Bytes of the arrays and tensors in a value; memory shared by several states counts once."""
    if id(value) in seen:
        return 0
    seen.add(id(value))
    if hasattr(value, "nbytes"):
        return int(value.nbytes)
    if isinstance(value, (list, tuple)):
        return sum(_size(part, seen) for part in value)
    return sum(_size(part, seen) for part in vars(value).values()) if hasattr(value, "__dict__") else 0

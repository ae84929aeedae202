"""The texts of one model: which of them are written now, and in which batch.

All of them are, as long as nobody has many more than the others. Who has gets seats for some of them, and they take
turns: a text that had its time leaves its seat with all it needs to go on, and another sits down. A text is the same
however often it stood up (models/fast/rows.py), and its visitor sees it come more slowly.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from playground.engine.base import Asker
from playground.engine.batch import Batch
from playground.engine.fair import caps
from playground.engine.seats import Seat, Told
from playground.models.footprint import parameters

# Rows times parameters of a step that is so short that another batch beside it would slow both down: Python runs in one
# thread at a time, and what they hand each other takes longer than what they gain.
SHORT = 100_000_000
FEW = 60  # texts of a batch are not many for any model
SEATED_SECONDS = 0.05  # after which a text makes room for another of the same visitor


class Desk:
    """lock: guards it, and its batches. load: how many texts are written in all, as for `Batch`. presence: at how many
    desks each group has texts. begin: gives a batch turns. idle: called, with the lock held, when the last text has
    gone."""

    def __init__(
        self,
        model: Any,
        key: str,
        seats: int,
        batches: int,
        lock: threading.Lock,
        deliver: Callable[[list[tuple[Seat, Told]]], None],
        load: Callable[[], float],
        presence: Counter[str],
        begin: Callable[[Batch], None],
        idle: Callable[[], None],
    ) -> None:
        self.model, self.key, self.seats, self.most_batches, self.lock = model, key, seats, batches, lock
        self.deliver, self.load, self.presence, self.begin, self.idle = deliver, load, presence, begin, idle
        self.batches: list[Batch] = []
        self.few = max(1, min(FEW, SHORT // max(1, parameters(model))))  # texts that are written in one batch
        self._waiting: dict[Seat, None] = {}  # texts without a seat, the first first
        self._wanted: tuple[Counter[str], Counter[Asker]] = Counter(), Counter()  # texts, by group and by name
        self._seated: tuple[Counter[str], Counter[Asker]] = Counter(), Counter()
        self._caps: tuple[dict[str, int], dict[Asker, int]] | None = None  # None: to be worked out

    def __len__(self) -> int:
        """How many texts there are."""
        return self._wanted[0].total()

    @property
    def weight(self) -> float:
        """For how many it writes, where who has texts at several desks counts a part at each."""
        return sum(1 / self.presence[group] for group in tuple(self._wanted[0]))

    # ── Asked with the lock held ─────────────────────────────────────────────────────────────────
    def come(self, seat: Seat) -> None:
        """A text that is to be written."""
        if not self._wanted[0][seat.asker.group]:
            self.presence[seat.asker.group] += 1
        _count(self._wanted, seat.asker, 1)
        self._caps = None
        self._waiting[seat] = None
        self._fill()

    def settle(self, left: Sequence[Seat], stood_up: Sequence[Seat]) -> None:
        """After a turn: texts that have left for good, and those that made room for others."""
        for seat in left:
            _count(self._seated, seat.asker, -1)
            self._go(seat)
        for seat in stood_up:
            _count(self._seated, seat.asker, -1)
            self._waiting[seat] = None
        if left or stood_up or self._waiting:
            self._fill()

    def unwanted(self) -> list[Seat]:
        """Texts without a seat that nobody waits for; they leave."""
        going = [seat for seat in self._waiting if not seat.wanted()]
        for seat in going:
            del self._waiting[seat]
            self._go(seat)
        return going

    def leave(self, batch: Batch) -> None:
        """A batch that is empty is forgotten."""
        self.batches.remove(batch)
        if not self.batches:
            self.idle()

    def to_stand_up(self, here: Sequence[Seat]) -> list[int]:
        """Which of a batch make room: of who has too many, and of who has others that wait for long enough."""
        if not self._waiting and not self._bounded():
            return []
        by_group, by_name = self._bounds()
        groups, names = Counter(self._seated[0]), Counter(self._seated[1])
        waits = Counter(seat.asker for seat in self._waiting)
        fewest: dict[str, int] = {}
        for asker in waits:
            fewest[asker.group] = min(fewest.get(asker.group, names[asker]), names[asker])
        due = time.monotonic() - SEATED_SECONDS
        going = []
        for n in sorted(range(len(here)), key=lambda n: here[n].seated):
            seat = here[n]
            group, asker = seat.asker.group, seat.asker
            too_many = groups[group] > by_group[group] or names[asker] > by_name[asker]
            turn_over = seat.seated < due and (waits[asker] > 0 or fewest.get(group, names[asker]) < names[asker])
            if too_many or turn_over:
                going.append(n)
                groups[group] -= 1
                names[asker] -= 1
                waits[asker] -= 1
        return going

    # ── Inside ───────────────────────────────────────────────────────────────────────────────────
    def _go(self, seat: Seat) -> None:
        group = seat.asker.group
        _count(self._wanted, seat.asker, -1)
        self._caps = None
        if not self._wanted[0][group]:
            self.presence[group] -= 1
            if not self.presence[group]:
                del self.presence[group]

    def _bounds(self) -> tuple[dict[str, int], dict[Asker, int]]:
        if self._caps is None:
            groups: dict[str, dict[Asker, int]] = {}
            for asker, count in self._wanted[1].items():
                groups.setdefault(asker.group, {})[asker] = count
            by_name = {asker: most for names in groups.values() for asker, most in caps(names).items()}
            self._caps = caps(self._wanted[0]), by_name
        return self._caps

    def _bounded(self) -> bool:
        by_group, by_name = self._bounds()
        return by_group != self._wanted[0] or by_name != self._wanted[1]

    def _fill(self) -> None:
        """Give seats to those who wait, to who has the fewest first."""
        by_group, by_name = self._bounds()
        groups, names = self._seated
        for seat in sorted(self._waiting, key=lambda seat: names[seat.asker]) if self._bounded() else [*self._waiting]:
            asker = seat.asker
            if groups[asker.group] < by_group[asker.group] and names[asker] < by_name[asker]:
                del self._waiting[seat]
                _count(self._seated, asker, 1)
                self._sit(seat)

    def _sit(self, seat: Seat) -> None:
        # One of few texts is filled up first: 30 of the LSTM, 60 of a small model. So batches that were many come to be
        # one again, when texts become few.
        few = [one for one in self.batches if one.taken < min(self.few, one.seats)]
        batch = max(few, key=lambda one: one.taken, default=None)
        if batch is None and len(self.batches) >= self.most_batches:
            batch = min(self.batches, key=lambda one: one.taken / one.seats)
        if batch is None or batch.taken >= batch.seats:
            batch = Batch(self, self.seats)
            self.batches.append(batch)
        seat.seated = time.monotonic()
        batch.taken += 1
        batch.coming.append(seat)
        if not batch.awake:
            batch.awake = True
            self.begin(batch)


def _count(counters: tuple[Counter[str], Counter[Asker]], asker: Asker, more: int) -> None:
    """Count for a group and for a name; what comes to nothing is forgotten."""
    groups, names = counters
    groups[asker.group] += more
    names[asker] += more
    if not names[asker]:
        del names[asker]
    if not groups[asker.group]:
        del groups[asker.group]

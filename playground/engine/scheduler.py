"""Schedules the texts of one model: which are written now, and in which batch.

All of them, as long as no visitor has many more than the others. A visitor with too many gets seats for only some of
them, in turns: when a text's time is up it is preempted, keeps its state, and another takes the seat. While few
visitors write, one who has written for long makes room for others (fair.SeatBudgets). Preemption does not change a text
(models/fast/rows.py); it only comes more slowly.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from playground.engine.base import Requester
from playground.engine.batch import Batch
from playground.engine.fair import SeatBudgets, caps, refills
from playground.engine.seats import RunEvent, Seat
from playground.models.footprint import parameters

# Rows times parameters of a step so short that another batch beside it would slow both down: Python runs one thread at
# a time, and the hand-over takes longer than the parallel work saves.
SHORT = 100_000_000
FEW = 60  # small batches have at most this many texts, for any model
SEATED_SECONDS = 0.05  # after which a text makes room for another of the same visitor


class Scheduler:
    """lock: guards it, and its batches. load: how many texts are written in total, as in `Batch`. presence: the number
    of schedulers in which each group has texts. budgets: each group's, at all of them. begin: schedules a batch for
    turns. idle: called, with the lock held, when the last text has left."""

    def __init__(
        self,
        model: Any,
        key: str,
        seats: int,
        batches: int,
        lock: threading.Lock,
        deliver: Callable[[list[tuple[Seat, RunEvent]]], None],
        load: Callable[[], float],
        presence: Counter[str],
        budgets: SeatBudgets[str],
        begin: Callable[[Batch], None],
        idle: Callable[[], None],
    ) -> None:
        self.model, self.key, self.seats, self.most_batches, self.lock = model, key, seats, batches, lock
        self.deliver, self.load, self.presence, self.budgets = deliver, load, presence, budgets
        self.begin, self.idle = begin, idle
        self.batches: list[Batch] = []
        self.few = max(1, min(FEW, SHORT // max(1, parameters(model))))  # texts written in one batch
        self._waiting: dict[Seat, None] = {}  # texts without a seat, in queue order
        self._resting: dict[Seat, None] = {}  # those that wait for their readers (Seat.full)
        self._wanted: tuple[Counter[str], Counter[Requester]] = Counter(), Counter()  # texts, by group and by name
        self._seated: tuple[Counter[str], Counter[Requester]] = Counter(), Counter()
        self._refills: dict[str, float] = {}  # by group, as of the last caps
        self._charged = time.monotonic()
        self._caps: tuple[dict[str, int], dict[Requester, int]] | None = None  # None: to be recomputed

    def __len__(self) -> int:
        """The number of texts."""
        return self._wanted[0].total()

    @property
    def weight(self) -> float:
        """The number of requesters it writes for; one with texts in several schedulers counts as a fraction in each."""
        # Read without the lock: a group may have left `presence` since its name was read.
        return sum(1 / max(1, self.presence[group]) for group in tuple(self._wanted[0]))

    # ── Call with the lock held ────────────────────────────────────────────────────────────────────
    def add(self, seat: Seat) -> None:
        """Add a text to be written."""
        if not self._wanted[0][seat.requester.group]:
            self.presence[seat.requester.group] += 1
        _count(self._wanted, seat.requester, 1)
        self._caps = None
        self._waiting[seat] = None
        self._fill()

    def settle(self, left: Sequence[Seat], preempted: Sequence[Seat]) -> None:
        """After a turn: `left` texts are gone for good, `preempted` ones made room for others."""
        self._charge()
        for seat in left:
            _count(self._seated, seat.requester, -1)
            self._go(seat)
        for seat in preempted:
            _count(self._seated, seat.requester, -1)
            (self._resting if seat.full else self._waiting)[seat] = None
        if left or preempted or self._waiting:
            self._fill()

    def drop_abandoned(self) -> list[Seat]:
        """Texts without a seat that nobody waits for; they are removed."""
        going = [seat for seat in (*self._waiting, *self._resting) if not seat.is_wanted()]
        for seat in going:
            self._waiting.pop(seat, None)
            self._resting.pop(seat, None)
            self._go(seat)
        return going

    def resume(self, seat: Seat) -> None:
        """Its reader has caught up, or has left."""
        if seat not in self._resting:
            return
        del self._resting[seat]
        if seat.is_wanted():
            self._waiting[seat] = None
            self._fill()
        else:
            self._go(seat)
            self._end_if_empty()

    def remove_batch(self, batch: Batch) -> None:
        """Remove an empty batch."""
        self.batches.remove(batch)
        self._end_if_empty()

    def to_preempt(self, here: Sequence[Seat]) -> list[int]:
        """Which texts of a batch make room: those of requesters with too many, or with others that have waited long
        enough."""
        spent = self._spent()
        if not (self._waiting or spent or self._bounded()):
            return []
        by_group, by_name = self._bounds()
        groups, names = Counter(self._seated[0]), Counter(self._seated[1])
        waits = Counter(seat.requester for seat in self._waiting)
        fewest: dict[str, int] = {}
        for requester in waits:
            fewest[requester.group] = min(fewest.get(requester.group, names[requester]), names[requester])
        due = time.monotonic() - SEATED_SECONDS
        going = []
        for n in sorted(range(len(here)), key=lambda n: here[n].seated):
            seat = here[n]
            group, requester = seat.requester.group, seat.requester
            too_many = groups[group] > by_group[group] or names[requester] > by_name[requester]
            fewer = fewest.get(group, names[requester]) < names[requester]
            turn_over = seat.seated < due and (waits[requester] > 0 or fewer or group in spent)
            if too_many or turn_over:
                going.append(n)
                groups[group] -= 1
                names[requester] -= 1
                waits[requester] -= 1
        return going

    # ── Internal ───────────────────────────────────────────────────────────────────────────────────
    def _end_if_empty(self) -> None:
        if not self.batches and not len(self):
            self.idle()

    def _go(self, seat: Seat) -> None:
        group = seat.requester.group
        _count(self._wanted, seat.requester, -1)
        self._caps = None
        if not self._wanted[0][group]:
            self.presence[group] -= 1
            if not self.presence[group]:
                del self.presence[group]

    def _bounds(self) -> tuple[dict[str, int], dict[Requester, int]]:
        if self._caps is None:
            groups: dict[str, dict[Requester, int]] = {}
            for requester, count in self._wanted[1].items():
                groups.setdefault(requester.group, {})[requester] = count
            by_name = {requester: most for names in groups.values() for requester, most in caps(names).items()}
            by_group = caps(self._wanted[0])
            self._charge()  # at the rates until now
            self._caps, self._refills = (by_group, by_name), refills(self._wanted[0], by_group)
        return self._caps

    def _charge(self) -> None:
        """Charge the seats held since the last call."""
        now = time.monotonic()
        self.budgets.charge(now - self._charged, self._seated[0], self._refills)
        self._charged = now

    def _spent(self) -> set[str]:
        """The groups whose budget is spent, while that of another group with seats is not."""
        self._charge()
        return self.budgets.spent(self._seated[0], self._refills)

    def _bounded(self) -> bool:
        by_group, by_name = self._bounds()
        return by_group != self._wanted[0] or by_name != self._wanted[1]

    def _fill(self) -> None:
        """Give seats to waiting texts, requesters with the fewest first."""
        by_group, by_name = self._bounds()
        spent = self._spent()
        groups, names = self._seated
        waiting = [seat for seat in self._waiting if seat.requester.group not in spent]
        if self._bounded():
            waiting.sort(key=lambda seat: names[seat.requester])
        for seat in waiting:
            requester = seat.requester
            if groups[requester.group] < by_group[requester.group] and names[requester] < by_name[requester]:
                del self._waiting[seat]
                _count(self._seated, requester, 1)
                self._sit(seat)

    def _sit(self, seat: Seat) -> None:
        # A batch of few texts is filled up first: 30 of the LSTM, 60 of a small model. So batches merge into one again
        # when texts become few.
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


def _count(counters: tuple[Counter[str], Counter[Requester]], requester: Requester, more: int) -> None:
    """Count for a group and for a name; entries that reach zero are removed."""
    groups, names = counters
    groups[requester.group] += more
    names[requester] += more
    if not names[requester]:
        del names[requester]
    if not groups[requester.group]:
        del groups[requester.group]

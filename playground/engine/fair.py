"""Fairness among requesters: nobody gets less because somebody else asks for more.

A requester has a name and belongs to a group (base.py). Resources are divided among groups first, and a group's share
among its names in the same way. So a script with a hundred requests at once, or under a hundred names, leaves everybody
else as much as a single ordinary requester would.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Hashable, Mapping
from itertools import count
from typing import Generic, TypeVar

from playground.engine.base import Requester

LEAST = 2  # texts that anybody may have in a batch
PART = 4  # the cap is what all others together want, divided by this, unless most of them want as much
REFILL = 8  # a seat budget is refilled by what all others together want, divided by this
BURST_SECONDS = 3.0  # a seat budget: several texts; a visitor who reads what was written never uses it up
DEBT_SECONDS = 1.0  # what a budget may be overdrawn by, and has to be refilled first
MOST_OF_A_GROUP = 0.75  # share of the slots that one group may hold, if there are several: so others find one soon

T = TypeVar("T")
K = TypeVar("K", bound=Hashable)


def caps(wanted: Mapping[K, int]) -> dict[K, int]:
    """How many units of a shared resource each may have: all it wants, up to a cap.

    The cap is a quarter of what all others together want, or their (lower) median if that is more; at least LEAST.
    """
    ordered, total = sorted(wanted.values()), sum(wanted.values())
    if len(ordered) < 2:
        return dict(wanted)
    middle = (len(ordered) - 2) // 2  # of the others, which are one fewer
    found = {}
    for one, own in wanted.items():
        median = ordered[middle] if own > ordered[middle] else ordered[middle + 1]
        found[one] = min(own, max(LEAST, median, (total - own) // PART))
    return found


def refills(wanted: Mapping[K, int], allowed: Mapping[K, int]) -> dict[K, float]:
    """Average seats of those whose seats are limited in time: an eighth of what the others want.

    Only those who may not have more than LEAST seats, and one who is alone. Beside few others a single seat is costly,
    as the steps of two texts take twice as long as those of one. allowed: everybody's cap.
    """
    total, alone = sum(wanted.values()), len(wanted) == 1
    found = {one: (total - own) / REFILL for one, own in wanted.items() if alone or allowed[one] <= LEAST}
    return {one: rate for one, rate in found.items() if rate < allowed[one]}


class SeatBudgets(Generic[K]):
    """Time in a batch: those who have written for long make room for those who have not.

    Everybody with a refill rate (`refills`) may have seats for BURST_SECONDS seat-seconds, and then for as much of the
    time as the refill pays for, until the others' budgets are spent as well.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._at = clock, clock()
        self._used: dict[K, float] = {}  # seat-seconds

    def charge(self, seconds: float, seated: Mapping[K, int], rates: Mapping[K, float]) -> None:
        """seated: the seats of one model that were held for so long. rates: the refill rates in that time; who has none
        is not charged, and gets back an eighth of the time."""
        for one, rate in rates.items():
            # The rate replaces what is given back to everybody below.
            spending = seated.get(one, 0) - rate + 1 / REFILL
            self._used[one] = self._used.get(one, 0.0) + spending * seconds
        now = self._clock()
        given, self._at = (now - self._at) / REFILL, now
        most = BURST_SECONDS + DEBT_SECONDS
        self._used = {one: min(used - given, most) for one, used in self._used.items() if used > given}

    def spent(self, seated: Mapping[K, int], rates: Mapping[K, float]) -> set[K]:
        """Those with a refill rate who have nothing left, while others who have a seat do."""
        found = {one for one in rates if self._used.get(one, 0.0) >= BURST_SECONDS}
        return found if any(one not in found for one in seated) else set()


class FairQueue(Generic[T]):
    """Slots and a queue for them. Next comes the group with the fewest slots, within it the name with the fewest, and
    of that name's requests the smallest, then the earliest."""

    def __init__(self, places: int) -> None:
        self.places = places
        self.most_of_a_group = places if places < 1 / (1 - MOST_OF_A_GROUP) else int(places * MOST_OF_A_GROUP)
        self.held: Counter[str] = Counter()  # by group
        self._named: Counter[Requester] = Counter()
        self._waiting: dict[int, tuple[Requester, float, T]] = {}
        self._numbers = count()

    def __len__(self) -> int:
        """How many hold a slot or wait for one."""
        return self.held.total() + len(self._waiting)

    def waiting(self) -> int:
        """How many wait for a slot."""
        return len(self._waiting)

    def put(self, requester: Requester, thing: T, size: float = 0) -> int:
        """Add it to the queue; returns its number."""
        number = next(self._numbers)
        self._waiting[number] = requester, size, thing
        return number

    def drop(self, number: int) -> bool:
        """Remove it from the queue; whether it was there."""
        return self._waiting.pop(number, None) is not None

    def take(self) -> tuple[Requester, T] | None:
        """The next one to get a slot, which it holds until `leave`. None if no slot is free for anything in the
        queue."""
        if self.held.total() >= self.places:
            return None
        best = min(
            (
                (self.held[requester.group], self._named[requester], size, number)
                for number, (requester, size, _) in self._waiting.items()
                if self.held[requester.group] < self.most_of_a_group
            ),
            default=None,
        )
        if best is None:
            return None
        requester, _, thing = self._waiting.pop(best[-1])
        self.held[requester.group] += 1
        self._named[requester] += 1
        return requester, thing

    def leave(self, requester: Requester) -> None:
        """Free one of the requester's slots."""
        _take_away(self.held, requester.group)
        _take_away(self._named, requester)


def _take_away(counts: Counter[K], key: K) -> None:
    """Subtract one; entries that reach zero are removed."""
    counts[key] -= 1
    if counts[key] <= 0:
        del counts[key]

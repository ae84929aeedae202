"""Fairness among those who ask: nobody has less because somebody else asks for more.

Who asks has a name and stands in a group (base.py). Groups come first: what a group is given is then shared out among
its names in the same way. So a script that asks a hundred things at once, or under a hundred names, leaves to all the
others what they would have among as many fair ones.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping
from itertools import count
from typing import Generic, TypeVar

from playground.engine.base import Asker

LEAST = 2  # texts of a batch that anybody has: so few cost no more than one does
PART = 4  # nobody has more than this part of what all others together want, unless most of them want as much
MOST_OF_A_GROUP = 0.75  # of places, where there are a few: the others find one soon

T = TypeVar("T")
K = TypeVar("K", bound=Hashable)


def caps(wanted: Mapping[K, int]) -> dict[K, int]:
    """How many each may have of what costs the others some of theirs; all that it wants, where that is not too much.

    Not more than a quarter of what all others together want, or than the lower half of them do.
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


class Places(Generic[T]):
    """So many places, and what waits for one: the next is of who has the fewest, there the smallest, and the first."""

    def __init__(self, places: int) -> None:
        self.places = places
        self.most_of_a_group = places if places < 1 / (1 - MOST_OF_A_GROUP) else int(places * MOST_OF_A_GROUP)
        self.held: Counter[str] = Counter()  # by group
        self._named: Counter[Asker] = Counter()
        self._waiting: dict[int, tuple[Asker, float, T]] = {}
        self._numbers = count()

    def __len__(self) -> int:
        """How many have a place or wait for one."""
        return self.held.total() + len(self._waiting)

    def waiting(self) -> int:
        """How many wait for a place."""
        return len(self._waiting)

    def put(self, asker: Asker, thing: T, size: float = 0) -> int:
        """Let it wait; its number."""
        number = next(self._numbers)
        self._waiting[number] = asker, size, thing
        return number

    def drop(self, number: int) -> bool:
        """Let it wait no more; whether it did."""
        return self._waiting.pop(number, None) is not None

    def take(self) -> tuple[Asker, T] | None:
        """What has a place now, until it leaves. None where no place is free for anything that waits."""
        if self.held.total() >= self.places:
            return None
        best = min(
            (
                (self.held[asker.group], self._named[asker], size, number)
                for number, (asker, size, _) in self._waiting.items()
                if self.held[asker.group] < self.most_of_a_group
            ),
            default=None,
        )
        if best is None:
            return None
        asker, _, thing = self._waiting.pop(best[-1])
        self.held[asker.group] += 1
        self._named[asker] += 1
        return asker, thing

    def leave(self, asker: Asker) -> None:
        """A place of who asks is free again."""
        _take_away(self.held, asker.group)
        _take_away(self._named, asker)


def _take_away(counts: Counter[K], key: K) -> None:
    """One less; what comes to nothing is forgotten."""
    counts[key] -= 1
    if counts[key] <= 0:
        del counts[key]

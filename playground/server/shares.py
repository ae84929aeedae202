"""Rate limits: how much one visitor may use at once, and in the long run.

A visitor is a page's session at an address (visitors.py). A school may have one address for all its classes, so an
address may have many sessions, each with its own share. But anybody can invent sessions. So the rate of new sessions
per address is limited; requests under further names count together as one more visitor ("the others"), and so do
requests without a session. An address has a share too, enough for two hundred pages at once.

The limits and their reasons:

* running, concurrent requests. A page has up to a dozen: a text, three scores, what it restores from its memory.
* requests, a token bucket. A page that rewrites a text during a drag sends the next request as soon as the last answer
  is there, some fifty times a second with the smallest models.
* work, ids read or written, times the model's parameters. One core does 25 billion a second. The largest request is 1.5
  · 10¹², and one is always allowed; dragging the slider takes 6 · 10⁹ a second with the largest bundled model. It is
  reserved before a request begins, for its maximum length, and the unused part is returned.
* memory, bytes of the states and rows of a visitor's requests. One is always allowed; an address has no limit of its
  own, as few requests hold memory at the same time, and the others wait for it (engine, jobs.py).

A visitor over the share gets the number of seconds until the same request is allowed. Accounts are removed half an hour
after the last request, or earlier if there are too many. Fairness among visitors within their shares is the engine's
task (engine/fair.py): it treats a session as a separate visitor once it is ten seconds old, and until then as part of
its address.
"""

from __future__ import annotations

import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import nan
from typing import Any

from playground.engine.admission import Busy
from playground.engine.base import NOBODY, RequestAborted, Requester
from playground.engine.pace import Pace
from playground.errors import BadInput
from playground.server.bucket import Bucket
from playground.server.visitors import Visitor

CORE = 25e9  # work of one core in a second
CORES = os.cpu_count() or 1


@dataclass(frozen=True)
class Limits:
    """The limits of an account. For requests and work: a burst, and a rate per second. memory: bytes."""

    running: int
    requests: tuple[float, float]
    work: tuple[float, float]
    memory: float

    def times(self, factor: float) -> Limits:
        """All limits multiplied, with at least one request."""
        (requests, a_second), (work, work_a_second) = self.requests, self.work
        rates = (max(1, requests * factor), a_second * factor), (work * factor, work_a_second * factor)
        return Limits(int(min(10**9, max(1, self.running * factor))), *rates, self.memory * factor)


SESSION = Limits(16, (600, 50), (1.5e12, CORE / 3), 400e6)
OTHERS = Limits(300, (1_500, 100), (3e12, CORE), 1e9)
ADDRESS = Limits(600, (10_000, 600), (15e12, CORE * max(2, CORES)), float("inf"))
SESSIONS = (300, 1.0)  # sessions that an address may begin: burst, and per second
MOST_SESSIONS = 1_000  # sessions of an address that are tracked by name
MOST_ADDRESSES = 5_000
FACTOR_NAME = "PLAYGROUND_SHARE"
SETTLED = 10.0  # seconds after which a session counts separately from its address
IDLE = 1_800.0  # seconds after which an idle account is removed; by then all buckets are full


class RateLimited(Busy):
    """Raised when a visitor exceeds the share."""


class Account:
    """The current and recent use of a visitor or an address."""

    def __init__(self, limits: Limits, now: float, clock: Callable[[], float]) -> None:
        self.limits = limits
        self.running, self.memory = 0, 0.0
        self.begun = self.latest = now
        self.requests, self.work = Bucket(limits.requests, now), Bucket(limits.work, now)
        self.ends = Pace(clock)

    def full_for(self, now: float, *, counted: bool) -> float:
        """Seconds until one more request may begin. counted: as in `Shares.admit`."""
        self.latest = now
        wait = 0 if counted else self.requests.seconds(1, now)
        return wait if self.running < self.limits.running else max(wait, self.ends.seconds())

    def short_for(self, work: float, memory: float, now: float) -> float:
        """Seconds until this much may be reserved."""
        wait = self.work.seconds(work, now)
        fits = not memory or not self.memory or self.memory + memory <= self.limits.memory
        return wait if fits else max(wait, self.ends.seconds())

    def idle(self, now: float) -> bool:
        """Whether it was idle for so long that it may be removed. It owes nothing any more then."""
        return not self.running and now - self.latest > IDLE


class AddressAccount:
    """The accounts of an address, of its sessions, and of requests without a session."""

    def __init__(self, shares: Shares, now: float) -> None:
        self.own = shares.account(shares.address, now)
        self.others = shares.account(shares.others, now)  # for programs without a session
        self.opening = shares.account(shares.others, now)  # for pages that open: a program refuses nobody the page
        self.begins = Bucket(SESSIONS, now)
        self.sessions: OrderedDict[str, Account] = OrderedDict()

    @property
    def running(self) -> int:
        return self.own.running

    def idle(self, now: float) -> bool:
        return self.own.idle(now)


class Share:
    """What one request holds of its visitor's shares, until it is closed. requester: as for the engine."""

    def __init__(self, shares: Shares, accounts: Sequence[Account], requester: Requester) -> None:
        self.requester = requester
        self._shares, self._accounts = shares, accounts
        self._work = self._memory = 0.0
        self._open = True

    def reserve(self, work: float, memory: float = 0) -> None:
        """Reserve before work begins. RateLimited if an account has too little left. RequestAborted once the request is
        over: a thread may notice that late, and a reservation made then would never be returned."""
        with self._shares.lock:
            if not self._open:
                raise RequestAborted
            now = self._shares.clock()
            if wait := max((one.short_for(work, memory, now) for one in self._accounts), default=0):
                raise RateLimited(wait)
            for one in self._accounts:
                one.work.take(work)
                one.memory += memory
            self._work += work
            self._memory += memory

    def done(self, work: float) -> None:
        """This much of the reserved work was done, and is not returned."""
        with self._shares.lock:  # several threads may work for one request
            self._work = max(0.0, self._work - work)

    def spend(self, work: float, memory: float = 0) -> None:
        """Reserve work that is done at once."""
        self.reserve(work, memory)
        self.done(work)

    def close(self) -> None:
        """The request is over: the unused work is returned."""
        with self._shares.lock:
            if not self._open:
                return
            self._open = not self._accounts  # a share without accounts is never closed
            for one in self._accounts:
                one.running -= 1
                one.memory -= self._memory
                one.work.give_back(self._work)
                one.ends.note()

    def __enter__(self) -> Share:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Shares:
    """The accounts of all visitors. Threads may share it."""

    def __init__(
        self,
        session: Limits = SESSION,
        others: Limits = OTHERS,
        address: Limits = ADDRESS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.session, self.others, self.address, self.clock = session, others, address, clock
        self.factor = 1.0  # applied to all shares of new visitors
        self.lock = threading.Lock()
        self._addresses: OrderedDict[str, AddressAccount] = OrderedDict()

    def __len__(self) -> int:
        """The number of accounts."""
        return sum(3 + len(one.sessions) for one in self._addresses.values())

    def admit(self, visitor: Visitor, *, counted: bool = False, opening: bool = False) -> Share:
        """The share of a request that begins, which must be closed. RateLimited if the visitor has too many.

        counted: whether it was counted already, on arrival (`check`). opening: whether it opens a page.
        """
        with self.lock:
            now = self.clock()
            address, own, requester = self._known(visitor, now, opening=opening)
            accounts = (own, address.own)
            self._count(accounts, now, counted=counted)
            for one in accounts:
                one.running += 1
        return Share(self, accounts, requester)

    def check(self, visitor: Visitor, *, opening: bool = False) -> None:
        """Count a request that arrives now and begins later. RateLimited if the visitor has too many, or owes work.
        opening: whether it opens a page, for which no work is done."""
        with self.lock:
            now = self.clock()
            address, own, _ = self._known(visitor, now, opening=opening)
            accounts = (own, address.own)
            if not opening and (wait := max(one.work.seconds(1, now) for one in accounts)):
                raise RateLimited(wait)
            self._count(accounts, now, counted=False)

    def pages(self, address: str) -> int:
        """The number of an address's pages that have sent requests over some time."""
        with self.lock:
            sessions = known.sessions.values() if (known := self._addresses.get(address)) else ()
            return sum(one.latest - one.begun > SETTLED for one in sessions)

    def account(self, limits: Limits, now: float) -> Account:
        return Account(limits.times(self.factor), now, self.clock)

    def _count(self, accounts: Sequence[Account], now: float, *, counted: bool) -> None:
        if wait := max(one.full_for(now, counted=counted) for one in accounts):
            raise RateLimited(wait)
        if not counted:
            for one in accounts:
                one.requests.take(1)

    def _known(self, visitor: Visitor, now: float, *, opening: bool) -> tuple[AddressAccount, Account, Requester]:
        _forget(self._addresses, now)
        address = self._addresses.get(visitor.address)
        if address is None:
            _make_room(self._addresses, MOST_ADDRESSES)
            address = self._addresses[visitor.address] = AddressAccount(self, now)
        _forget(address.sessions, now)
        own = address.sessions.get(visitor.session)
        if own is None:
            if not visitor.session or address.begins.seconds(1, now):
                return address, address.opening if opening else address.others, Requester(visitor.address)
            address.begins.take(1)
            _make_room(address.sessions, MOST_SESSIONS)
            own = address.sessions[visitor.session] = self.account(self.session, now)
        name = f"{visitor.address} {visitor.session}"
        return address, own, Requester(name if now - own.begun > SETTLED else visitor.address, name)


def _forget(known: OrderedDict[str, Any], now: float) -> None:
    """Look at the two entries checked longest ago, and remove them if idle."""
    for _ in range(min(2, len(known))):
        name, one = next(iter(known.items()))
        if one.idle(now):
            del known[name]
        else:
            known.move_to_end(name)


def _make_room(known: OrderedDict[str, Any], most: int) -> None:
    """Remove an entry with nothing under way, if there are too many."""
    if len(known) >= most:
        known.pop(next((name for name, one in known.items() if not one.running), ""), None)


def factor_from_environment() -> float:
    """PLAYGROUND_SHARE: a factor for all shares set by the server's owner; infinity removes the limits. BadInput for an
    invalid number."""
    written = os.environ.get(FACTOR_NAME, "1")
    try:
        factor = float(written)
    except ValueError:
        factor = nan
    if not factor > 0:
        raise BadInput("server.share", variable=FACTOR_NAME, value=repr(written[:80]))
    return min(factor, 1e12)


SHARES = Shares()  # shared by the page and the endpoints
UNBOUNDED = Share(SHARES, (), NOBODY)  # for work without a visitor

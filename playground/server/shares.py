"""A visitor's share: how much one visitor may ask for at once, and how much in the long run.

A visitor is a page's session at an address (visitors.py). A school may have one address for all its classes, so an
address may have many sessions, and each has a share of its own. But anybody can invent sessions. So an address may
begin only so many in a time; what comes under further names is counted together, as one more visitor ("the others"),
and so is whatever has no session. And an address has a share too, wide enough for two hundred pages at once.

What is bounded, and why so:

* running, requests at once. A page has up to a dozen: a text, three scores, what its memory brings back.
* requests, a bucket that fills again. A page that rewrites a text under the hand asks as soon as the last answer is
  there, some fifty times a second with the smallest models.
* work, ids read or written, times the numbers of the model. One core does 25 billion a second. The largest request
  is 1.5 · 10¹², and one may always be asked; a hand on the slider takes 6 · 10⁹ a second of the largest bundled model.
  It is reserved before a request begins, for all that it may write, and what was not written is given back.
* memory, bytes of what a model keeps of the texts and rows of one's requests. One is always allowed; an address has no
  bound of its own, as few requests have memory at the same moment, and the others wait for that (engine, jobs.py).

Whoever is over a share is told how many seconds it takes until the same is allowed. Accounts are forgotten half an hour
after the last request, and sooner where too many are known. How fairly the machine is shared among those who
are within their shares is the engine's business (engine/fair.py): to it a session is somebody once it has been here for
ten seconds, and until then one of its address.
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

from playground.engine.base import NOBODY, Asker, Unwanted
from playground.engine.line import Busy
from playground.engine.pace import Pace
from playground.errors import BadInput
from playground.server.bucket import Bucket
from playground.server.visitors import Visitor

CORE = 25e9  # work of one core in a second
CORES = os.cpu_count() or 1


@dataclass(frozen=True)
class Limits:
    """What an account may have. Of requests and work: so much at once, and so much a second. memory: bytes."""

    running: int
    requests: tuple[float, float]
    work: tuple[float, float]
    memory: float

    def times(self, factor: float) -> Limits:
        """So many times all of it, and at least one request."""
        (requests, a_second), (work, work_a_second) = self.requests, self.work
        rates = (max(1, requests * factor), a_second * factor), (work * factor, work_a_second * factor)
        return Limits(int(min(10**9, max(1, self.running * factor))), *rates, self.memory * factor)


SESSION = Limits(16, (600, 50), (1.5e12, CORE / 3), 400e6)
OTHERS = Limits(300, (1_500, 100), (3e12, CORE), 1e9)
ADDRESS = Limits(600, (10_000, 600), (15e12, CORE * max(2, CORES)), float("inf"))
SESSIONS = (300, 1.0)  # sessions that an address may begin at once, and a second
MOST_SESSIONS = 1_000  # of an address that are known by name at the same time
MOST_ADDRESSES = 5_000
FACTOR_NAME = "PLAYGROUND_SHARE"
SETTLED = 10.0  # seconds after which a session is one by itself beside those of other addresses
IDLE = 1_800.0  # seconds after which who asks nothing is forgotten; by then all buckets are full


class Over(Busy):
    """Raised where a visitor asks for more than the share."""


class Account:
    """What a visitor, or an address, has under way, and what it had lately."""

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
        """Seconds until so much may be reserved."""
        wait = self.work.seconds(work, now)
        fits = not memory or not self.memory or self.memory + memory <= self.limits.memory
        return wait if fits else max(wait, self.ends.seconds())

    def idle(self, now: float) -> bool:
        """Whether nobody came for so long that it may be forgotten. It owes nothing any more then."""
        return not self.running and now - self.latest > IDLE


class Address:
    """The account of an address, of its sessions, and of what has no session of its own."""

    def __init__(self, shares: Shares, now: float) -> None:
        self.own = shares.account(shares.address, now)
        self.others = shares.account(shares.others, now)
        self.begins = Bucket(SESSIONS, now)
        self.sessions: OrderedDict[str, Account] = OrderedDict()

    @property
    def running(self) -> int:
        return self.own.running

    def idle(self, now: float) -> bool:
        return self.own.idle(now)


class Share:
    """What one request holds of the shares of its visitor, until it is closed. asker: whose it is, for the engine."""

    def __init__(self, shares: Shares, accounts: Sequence[Account], asker: Asker) -> None:
        self.asker = asker
        self._shares, self._accounts = shares, accounts
        self._work = self._memory = 0.0
        self._open = True

    def reserve(self, work: float, memory: float = 0) -> None:
        """Before work begins. Over where one of the accounts has not so much. Unwanted once the request is over: a
        thread may hear of that later, and what it reserved then nobody would give back."""
        with self._shares.lock:
            if not self._open:
                raise Unwanted
            now = self._shares.clock()
            if wait := max((one.short_for(work, memory, now) for one in self._accounts), default=0):
                raise Over(wait)
            for one in self._accounts:
                one.work.take(work)
                one.memory += memory
            self._work += work
            self._memory += memory

    def done(self, work: float) -> None:
        """So much of what was reserved was done, and is not given back."""
        with self._shares.lock:  # several threads may work for one request
            self._work = max(0.0, self._work - work)

    def spend(self, work: float, memory: float = 0) -> None:
        """Reserve what is done at once."""
        self.reserve(work, memory)
        self.done(work)

    def close(self) -> None:
        """The request is over: what was not done is given back."""
        with self._shares.lock:
            if not self._open:
                return
            self._open = not self._accounts  # what is nobody's is never over
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
        self.factor = 1.0  # of all shares of who comes from now on
        self.lock = threading.Lock()
        self._addresses: OrderedDict[str, Address] = OrderedDict()

    def __len__(self) -> int:
        """How many accounts are known."""
        return sum(2 + len(one.sessions) for one in self._addresses.values())

    def admit(self, visitor: Visitor, *, counted: bool = False) -> Share:
        """The share of a request that begins, which has to be closed. Over where the visitor has too many.

        counted: whether it was counted already, when it came (`check`).
        """
        with self.lock:
            now = self.clock()
            address, own, asker = self._known(visitor, now)
            accounts = (own, address.own)
            self._count(accounts, now, counted=counted)
            for one in accounts:
                one.running += 1
        return Share(self, accounts, asker)

    def check(self, visitor: Visitor) -> None:
        """Count a request that comes now and begins later. Over where the visitor has too many, or owes work."""
        with self.lock:
            now = self.clock()
            address, own, _ = self._known(visitor, now)
            accounts = (own, address.own)
            if wait := max(one.work.seconds(1, now) for one in accounts):
                raise Over(wait)
            self._count(accounts, now, counted=False)

    def pages(self, address: str) -> int:
        """How many pages of an address have asked again after a while."""
        with self.lock:
            sessions = known.sessions.values() if (known := self._addresses.get(address)) else ()
            return sum(one.latest - one.begun > SETTLED for one in sessions)

    def account(self, limits: Limits, now: float) -> Account:
        return Account(limits.times(self.factor), now, self.clock)

    def _count(self, accounts: Sequence[Account], now: float, *, counted: bool) -> None:
        if wait := max(one.full_for(now, counted=counted) for one in accounts):
            raise Over(wait)
        if not counted:
            for one in accounts:
                one.requests.take(1)

    def _known(self, visitor: Visitor, now: float) -> tuple[Address, Account, Asker]:
        _forget(self._addresses, now)
        address = self._addresses.get(visitor.address)
        if address is None:
            _make_room(self._addresses, MOST_ADDRESSES)
            address = self._addresses[visitor.address] = Address(self, now)
        _forget(address.sessions, now)
        own = address.sessions.get(visitor.session)
        if own is None:
            if not visitor.session or address.begins.seconds(1, now):
                return address, address.others, Asker(visitor.address)
            address.begins.take(1)
            _make_room(address.sessions, MOST_SESSIONS)
            own = address.sessions[visitor.session] = self.account(self.session, now)
        name = f"{visitor.address} {visitor.session}"
        return address, own, Asker(name if now - own.begun > SETTLED else visitor.address, name)


def _forget(known: OrderedDict[str, Any], now: float) -> None:
    """Look at the two that were looked at longest ago, and forget those that are idle."""
    for _ in range(min(2, len(known))):
        name, one = next(iter(known.items()))
        if one.idle(now):
            del known[name]
        else:
            known.move_to_end(name)


def _make_room(known: OrderedDict[str, Any], most: int) -> None:
    """Forget one that has nothing under way, where so many are known."""
    if len(known) >= most:
        known.pop(next((name for name, one in known.items() if not one.running), ""), None)


def factor_from_environment() -> float:
    """PLAYGROUND_SHARE: how many times the share the owner of the server gives; infinity bounds nobody. BadInput
    where it is no such number."""
    written = os.environ.get(FACTOR_NAME, "1")
    try:
        factor = float(written)
    except ValueError:
        factor = nan
    if not factor > 0:
        raise BadInput("server.share", variable=FACTOR_NAME, value=repr(written[:80]))
    return min(factor, 1e12)


SHARES = Shares()  # of the page and of the endpoints together
UNBOUNDED = Share(SHARES, (), NOBODY)  # of whoever is no visitor

"""A throttle before everything else: an address that keeps the server's event loop busy waits while others are present.

All answers go through one event loop in one thread of Python, and the steps of all texts compete for Python too. So a
script that sends requests at full speed, even if refused at once, slows everybody down. Here each address is charged
the time that its requests take of the loop and of other threads (charges.py). If that exceeds its part while somebody
else is present, its next request waits before its body is read: the connection just stalls.

A lone address may use the whole loop. A school may have one address for all its classes: it gets the first seconds as a
burst, because a class opens its pages together, and more for every page that has been here for a while (shares.py).
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict, deque
from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from playground.server.charges import CHARGE, Meter
from playground.server.refusals import Refusal
from playground.server.shares import MOST_ADDRESSES, SHARES, RateLimited, Shares
from playground.server.visitors import visitor_of

AT_ONCE = 3.0  # seconds of the loop that an address may take as a burst
PART = 0.15  # share of the loop for an address while others are present
PART_OF_A_PAGE = 0.05  # additional share for every page that has been here for a while
EACH = 0.001  # seconds of the loop per request besides what is measured: headers, the socket, the log
PRESENT = 3.0  # seconds after a request for which its address counts as present
LOOK_SECONDS = 0.2  # how often a waiting address checks whether others are still present, and how many pages it has
MOST_WAITING = 2_000  # requests of an address; two hundred pages open with six connections each
QUIET = "/heartbeat/"  # part of the path of the stream that an open page keeps open, whether anybody looks at it or not


class AddressLoad:
    """What an address owes, in seconds of the loop, and its waiting requests."""

    def __init__(self, name: str, now: float) -> None:
        self.name = name
        self.owes = 0.0
        self.part = PART
        self.at = self.latest = self.looked = now
        self.under_way = 0  # requests
        self.waiting: deque[asyncio.Future[None]] = deque()
        self.timer: asyncio.TimerHandle | None = None

    def charge(self, seconds: float) -> None:
        self.owes += seconds


class Throttle:
    """ASGI middleware, the outermost one. shares: know how many pages an address has."""

    def __init__(self, app: ASGIApp, shares: Shares = SHARES, clock: Callable[[], float] = time.monotonic) -> None:
        self.app, self.shares, self.clock = app, shares, clock
        self._known: OrderedDict[str, AddressLoad] = OrderedDict()  # most recent last
        self._under_way = 0  # requests of all addresses

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        address = self._address(visitor_of(scope.get("client")).address)
        if len(address.waiting) >= MOST_WAITING:
            await Refusal(RateLimited(MOST_WAITING * EACH / address.part))(scope, receive, send)
            return
        if address.waiting or not self._free(address):
            await self._wait(address)
        address.charge(EACH)
        counts = QUIET not in scope["path"]
        address.under_way += counts
        self._under_way += counts
        CHARGE.set(address.charge)
        try:
            await Meter(self.app(scope, receive, _while_open(send)), address.charge)
        finally:
            address.under_way -= counts
            self._under_way -= counts

    def _address(self, name: str) -> AddressLoad:
        now = self.clock()
        address = self._known.get(name)
        if address is None:
            if len(self._known) >= MOST_ADDRESSES:
                idle = (one.name for one in self._known.values() if not (one.under_way or one.waiting))
                self._known.pop(next(idle, ""), None)
            address = self._known[name] = AddressLoad(name, now)
        address.latest = now
        self._known.move_to_end(name)
        return address

    def _free(self, address: AddressLoad) -> bool:
        """Whether a request of it may come in now."""
        now = self.clock()
        if now - address.looked > LOOK_SECONDS:
            address.looked = now
            address.part = (PART + PART_OF_A_PAGE * self.shares.pages(address.name)) * self.shares.factor
        address.owes = max(0.0, address.owes - address.part * (now - address.at))
        address.at = now
        if self._alone(address, now):
            address.owes = min(address.owes, AT_ONCE)  # nobody else was slowed down by it
        return address.owes <= AT_ONCE

    def _alone(self, address: AddressLoad, now: float) -> bool:
        """Whether nobody else is present."""
        if self._under_way > address.under_way:
            return False
        other = next((one for one in reversed(self._known.values()) if one is not address), None)
        return other is None or now - other.latest > PRESENT

    async def _wait(self, address: AddressLoad) -> None:
        """Wait for one's turn among the requests of the same address."""
        turn = asyncio.get_running_loop().create_future()
        address.waiting.append(turn)
        self._look_later(address)
        await turn

    def _look_later(self, address: AddressLoad) -> None:
        if address.timer is None:
            seconds = min(LOOK_SECONDS, max(EACH, (address.owes - AT_ONCE) / address.part))
            address.timer = asyncio.get_running_loop().call_later(seconds, self._let_in, address)

    def _let_in(self, address: AddressLoad) -> None:
        """Let one in, if allowed: its cost is known only afterwards."""
        address.timer = None
        while address.waiting and address.waiting[0].done():  # it was cancelled
            address.waiting.popleft()
        if address.waiting and self._free(address):
            address.waiting.popleft().set_result(None)
        if address.waiting:
            self._look_later(address)


def _while_open(send: Send) -> Send:
    """A `send` that drops what can no longer reach anybody. For pipelined requests on a connection that is then closed,
    uvicorn tracks only the last one, so uvloop raises."""

    async def hand_on(message: Message) -> None:
        try:
            await send(message)
        except RuntimeError as error:
            if "closed" not in str(error):
                raise

    return hand_on

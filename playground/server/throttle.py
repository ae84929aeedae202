"""A throttle before everything else: who keeps the server's loop busy waits outside, while others are there.

All answers go through one loop, in one thread of Python, and beside it the steps of all texts wait for Python too. So a
script that asks for anything at full speed, be it refused at once, takes from everybody. Here each address is charged
the time that its requests take of the loop, and of the threads beside it (charges.py). Where that is more than its
part, and somebody else is there, its next request waits before its body is read: the connection stands still, and that
is all it is told.

Alone, an address has all of the loop. A school may have one address for all its classes: it may take the first seconds
at once, as a class opens its pages together, and has more for every page that has been here for a while (shares.py).
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict, deque
from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from playground.server.charges import CHARGE, Meter
from playground.server.refusals import Refusal
from playground.server.shares import MOST_ADDRESSES, SHARES, Over, Shares
from playground.server.visitors import visitor_of

AT_ONCE = 3.0  # seconds of the loop that an address may take at once
PART = 0.15  # of the loop, that an address has while others are there
PART_OF_A_PAGE = 0.05  # what it has more for every page that has been here for a while
EACH = 0.001  # seconds that a request takes of the loop beside what is measured: its head, the socket, the log
PRESENT = 3.0  # seconds for which who has asked for something is there
LOOK_SECONDS = 0.2  # how often who waits looks whether others are there still, and it whether pages have come
MOST_WAITING = 2_000  # requests of an address; two hundred pages open with six connections each
QUIET = "/heartbeat/"  # in the path of what an open page keeps open, whether anybody looks at it or not


class Address:
    """What an address owes, in seconds of the loop, and who waits until it is less."""

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
        self._known: OrderedDict[str, Address] = OrderedDict()  # who asked latest stands last
        self._under_way = 0  # requests of all

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        address = self._address(visitor_of(scope.get("client")).address)
        if len(address.waiting) >= MOST_WAITING:
            await Refusal(Over(MOST_WAITING * EACH / address.part))(scope, receive, send)
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

    def _address(self, name: str) -> Address:
        now = self.clock()
        address = self._known.get(name)
        if address is None:
            if len(self._known) >= MOST_ADDRESSES:
                idle = (one.name for one in self._known.values() if not (one.under_way or one.waiting))
                self._known.pop(next(idle, ""), None)
            address = self._known[name] = Address(name, now)
        address.latest = now
        self._known.move_to_end(name)
        return address

    def _free(self, address: Address) -> bool:
        """Whether a request of it may come in now."""
        now = self.clock()
        if now - address.looked > LOOK_SECONDS:
            address.looked = now
            address.part = (PART + PART_OF_A_PAGE * self.shares.pages(address.name)) * self.shares.factor
        address.owes = max(0.0, address.owes - address.part * (now - address.at))
        address.at = now
        if self._alone(address, now):
            address.owes = min(address.owes, AT_ONCE)  # it took that from nobody
        return address.owes <= AT_ONCE

    def _alone(self, address: Address, now: float) -> bool:
        """Whether nobody else is there."""
        if self._under_way > address.under_way:
            return False
        other = next((one for one in reversed(self._known.values()) if one is not address), None)
        return other is None or now - other.latest > PRESENT

    async def _wait(self, address: Address) -> None:
        """Until it is one's turn among those of the same address."""
        turn = asyncio.get_running_loop().create_future()
        address.waiting.append(turn)
        self._look_later(address)
        await turn

    def _look_later(self, address: Address) -> None:
        if address.timer is None:
            seconds = min(LOOK_SECONDS, max(EACH, (address.owes - AT_ONCE) / address.part))
            address.timer = asyncio.get_running_loop().call_later(seconds, self._let_in, address)

    def _let_in(self, address: Address) -> None:
        """One, if it may: what it takes is known only afterwards."""
        address.timer = None
        while address.waiting and address.waiting[0].done():  # it was broken off
            address.waiting.popleft()
        if address.waiting and self._free(address):
            address.waiting.popleft().set_result(None)
        if address.waiting:
            self._look_later(address)


def _while_open(send: Send) -> Send:
    """A `send` that drops what can reach nobody. Where requests came one after another without a wait for the answers,
    and then the connection was closed, uvicorn knows of the last of them alone, and uvloop raises."""

    async def hand_on(message: Message) -> None:
        try:
            await send(message)
        except RuntimeError as error:
            if "closed" not in str(error):
                raise

    return hand_on

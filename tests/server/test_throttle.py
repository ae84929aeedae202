"""The throttle: an address that exceeds its part of the loop waits while others are present, and they do not."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import pytest

from playground.server import shares as sharing
from playground.server.charges import charge
from playground.server.shares import Shares
from playground.server.throttle import AT_ONCE, EACH, MOST_WAITING, PART, PART_OF_A_PAGE, PRESENT, Throttle
from playground.server.visitors import Visitor

HEAVY, LIGHT = "192.0.2.1", "192.0.2.2"
COST = 0.75  # seconds of the loop that a request is charged here
MANY = 50

T = TypeVar("T")


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


class Door:
    """A throttle before an app that answers at once. came: the addresses of the admitted requests, in order."""

    def __init__(self, cost: float = COST) -> None:
        self.clock = Clock()
        self.came: list[tuple[str, str]] = []
        self.shares = Shares(clock=self.clock)
        self.cost = cost
        self.throttle = Throttle(self.app, self.shares, self.clock)

    async def app(self, scope: Any, receive: Any, send: Any) -> None:
        self.came.append((scope["client"][0], scope["path"]))
        charge(self.cost)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    def ask(self, address: str, path: str = "/") -> "asyncio.Task[int]":
        async def go() -> int:
            sent: list[Any] = []

            async def send(message: Any) -> None:
                sent.append(message)

            async def receive() -> Any:
                return await asyncio.Future()

            scope = {"type": "http", "method": "GET", "path": path, "headers": [], "client": (address, 1)}
            await self.throttle(scope, receive, send)
            status: int = sent[0]["status"]
            return status

        return asyncio.create_task(go())

    async def spend(self) -> float:
        """Use more than the burst; returns the excess, in seconds of the loop."""
        while (known := self.throttle._known.get(HEAVY)) is None or known.owes <= AT_ONCE:
            await self.ask(HEAVY)
        return known.owes - AT_ONCE


def run(go: Callable[[], Coroutine[Any, Any, T]]) -> T:
    return asyncio.run(asyncio.wait_for(go(), 20))


async def settle() -> None:
    """Let all waiting requests check once."""
    await asyncio.sleep(0.3)


def test_a_single_address_never_waits() -> None:
    async def go() -> None:
        door = Door()
        await asyncio.gather(*(door.ask(HEAVY) for _ in range(MANY)))
        assert len(door.came) == MANY

    run(go)


def test_a_heavy_address_waits_while_others_are_present() -> None:
    async def go() -> None:
        door = Door()
        await door.ask(LIGHT)
        more = await door.spend()
        waits = door.ask(HEAVY)
        await settle()
        assert not waits.done()
        assert await asyncio.wait_for(door.ask(LIGHT), 1) == 200
        door.clock.now += more / PART - 0.1  # so long it owes too much
        await door.ask(LIGHT)
        await settle()
        assert not waits.done()
        door.clock.now += 0.2
        assert await asyncio.wait_for(waits, 1) == 200

    run(go)


def test_in_the_long_run_an_address_gets_its_part() -> None:
    async def go() -> int:
        door = Door(0.05)
        await door.ask(LIGHT)
        await door.spend()
        before = len(door.came)
        asked = [door.ask(HEAVY) for _ in range(200)]
        for _ in range(60):
            await door.ask(LIGHT)
            door.clock.now += 0.5
            await asyncio.sleep(0.01)
        for task in asked:
            task.cancel()
        return sum(address == HEAVY for address, _ in door.came[before:])

    # It checks every 0.2 s of another clock here, so there can be fewer, but never more.
    assert 0 < run(go) <= 30 * PART / (0.05 + EACH) + 1


def test_once_the_others_are_gone_nobody_waits() -> None:
    async def go() -> None:
        door = Door()
        await door.ask(LIGHT)
        await door.spend()
        waits = [door.ask(HEAVY) for _ in range(3)]
        await settle()
        assert not any(task.done() for task in waits)
        door.clock.now += PRESENT + 0.1
        for task in waits:
            assert await asyncio.wait_for(task, 1) == 200

    run(go)


def test_an_idle_page_makes_nobody_wait() -> None:
    async def go() -> None:
        door = Door()
        held = asyncio.Event()

        async def app(scope: Any, receive: Any, send: Any) -> None:
            if "/heartbeat/" in scope["path"]:
                await held.wait()
            await door.app(scope, receive, send)

        door.throttle.app = app
        open_page = door.ask(LIGHT, "/gradio_api/heartbeat/abc")
        await asyncio.sleep(0)
        door.clock.now += PRESENT + 0.1
        await asyncio.gather(*(door.ask(HEAVY) for _ in range(MANY)))
        held.set()
        await open_page

    run(go)


def test_an_address_gets_more_for_each_established_page() -> None:
    async def go() -> None:
        door = Door()
        pages = 9
        for _ in range(2):
            for n in range(pages):
                door.shares.admit(Visitor(HEAVY, f"page {n}")).close()
            door.clock.now += sharing.SETTLED + 1
        assert door.shares.pages(HEAVY) == pages
        assert door.shares.pages(LIGHT) == 0
        await door.ask(LIGHT)
        more = await door.spend()
        waits = door.ask(HEAVY)
        await settle()
        assert not waits.done()
        door.clock.now += more / (PART + pages * PART_OF_A_PAGE) + 0.05
        await door.ask(LIGHT)
        assert await asyncio.wait_for(waits, 1) == 200

    run(go)


async def door_with_waiting(count: int) -> tuple[Door, list[asyncio.Task[int]]]:
    """A door with that many waiting requests, each for its own path."""
    door = Door()
    await door.ask(LIGHT)
    await door.spend()
    waits = [door.ask(HEAVY, f"/{n}") for n in range(count)]
    await asyncio.sleep(0)
    return door, waits


def test_waiting_requests_are_admitted_in_order_and_closed_ones_skipped() -> None:
    async def go() -> None:
        door, waits = await door_with_waiting(4)
        waits[1].cancel()
        door.came.clear()
        door.clock.now += 1_000
        await asyncio.gather(waits[0], waits[2], waits[3])
        assert [path for _, path in door.came] == ["/0", "/2", "/3"]

    run(go)


def test_beyond_the_waiting_limit_a_request_gets_a_retry_time() -> None:
    async def go() -> None:
        door, waits = await door_with_waiting(MOST_WAITING)
        assert await asyncio.wait_for(door.ask(HEAVY), 5) == 429
        for task in waits:
            task.cancel()

    run(go)


@pytest.mark.parametrize("factor", [float("inf"), 100.0])
def test_the_owner_can_raise_the_limit(factor: float) -> None:
    async def go() -> None:
        door = Door()
        door.shares.factor = factor
        await door.ask(LIGHT)
        for _ in range(12):
            door.clock.now += 0.25
            await asyncio.wait_for(door.ask(HEAVY), 1)

    run(go)


def test_sending_to_a_closed_connection_is_silent_but_other_errors_are_not() -> None:
    async def go(fault: RuntimeError) -> None:
        async def send(message: Any) -> None:
            raise fault

        scope = {"type": "http", "method": "GET", "path": "/", "headers": [], "client": (HEAVY, 1)}
        await Door().throttle(scope, None, send)  # type: ignore[arg-type]

    asyncio.run(go(RuntimeError("unable to perform operation on <TCP>; the handler is closed")))
    with pytest.raises(RuntimeError, match="another"):
        asyncio.run(go(RuntimeError("another")))

"""What a request is charged: the event loop's time, including its tasks, and that of its threads."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import pytest

from playground.server.charges import CHARGE, Meter, charge, meter
from playground.server.jobs import CancelToken, Job, Lane
from playground.server.shares import UNBOUNDED


def spin(seconds: float) -> float:
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass
    return seconds


async def in_itself() -> None:
    await asyncio.sleep(0.01)
    spin(0.1)


async def in_a_task() -> None:
    await asyncio.create_task(meter(in_itself()))


async def in_a_thread() -> None:
    assert await Lane("test", 1, 1).call(spin, 0.1) == 0.1


async def in_a_lane() -> None:
    def made(cancel: CancelToken) -> Any:
        spin(0.1)
        yield b"1"

    async for frame in Lane("test", 1, 1).frames(made, CancelToken()):
        assert frame == b"1"


async def in_a_job() -> None:
    async def frames() -> AsyncIterator[bytes]:
        spin(0.1)
        yield b"1"

    async def send(message: Any) -> None:
        pass

    async def receive() -> Any:
        return await asyncio.Future()

    await Job(frames(), CancelToken(), UNBOUNDED)({}, receive, send)


@pytest.mark.parametrize("answer", [in_itself, in_a_task, in_a_thread, in_a_lane, in_a_job])
@pytest.mark.timed
def test_the_time_of_a_request_is_charged_in_its_tasks_and_threads_too(answer: Callable[[], Awaitable[None]]) -> None:
    async def whole() -> None:
        await answer()
        await asyncio.sleep(0.3)  # waiting costs nothing

    async def go() -> float:
        spent: list[float] = []
        CHARGE.set(spent.append)
        await Meter(whole(), spent.append)
        return sum(spent)

    begun = time.perf_counter()
    charged = asyncio.run(go())
    # On a busy machine the loop is also delayed while a thread works, and both are charged.
    assert 0.1 <= charged < time.perf_counter() - begun - 0.1


@pytest.mark.parametrize("leave", ["lane", "thread"])
def test_a_client_that_leaves_is_charged_for_its_running_thread(leave: str) -> None:
    begins = threading.Event()

    def work() -> None:
        begins.set()
        spin(0.1)

    def frames_of(cancel: CancelToken) -> Iterator[bytes]:
        work()
        yield b"1"

    async def ask() -> None:
        if leave == "lane":
            async for _ in Lane("test", 1, 1).frames(frames_of, CancelToken()):
                pass
        else:
            await Lane("test", 1, 1).call(work)

    async def go() -> float:
        spent: list[float] = []
        CHARGE.set(spent.append)
        asking = asyncio.create_task(ask())
        await asyncio.to_thread(begins.wait)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        assert not spent
        for _ in range(100):
            await asyncio.sleep(0.1)
            if spent:
                break
        return sum(spent)

    assert asyncio.run(go()) >= 0.05


def test_errors_and_results_pass_through() -> None:
    async def fail() -> None:
        await asyncio.sleep(0)
        raise KeyError("own")

    async def caught() -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            spin(0.01)
            raise

    async def go() -> float:
        spent: list[float] = []
        CHARGE.set(spent.append)
        with pytest.raises(KeyError, match="own"):
            await meter(fail())
        task = asyncio.create_task(meter(caught()))
        await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return sum(spent)

    assert asyncio.run(go()) >= 0.01


def test_threads_outside_a_request_charge_nobody() -> None:
    thread = threading.Thread(target=charge, args=(1.0,))
    thread.start()
    thread.join()

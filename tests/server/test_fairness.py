"""One script at full speed, and others at a running app: pages open, and texts come sooner than among fair visitors."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from typing import NamedTuple
from urllib.parse import urlsplit

import pytest

from tests.bench.clients import Seen, page_load, stream
from tests.conftest import running_app

MODEL = "shakespeare-lstm"
OTHERS, CONNECTIONS = 6, 32
SECONDS = 4.0
TRIES = 4  # the machine has others to serve too, and a measure is of a few seconds
MORE_THAN_FAIR = 1.2  # times the pace among as many fair visitors: a script counts as one, whatever it asks for
LOADED_SECONDS = 1.0

Client = Callable[[str, int], Awaitable[None]]
numbers = itertools.count(1_000)


class Found(NamedTuple):
    """Characters a second of each of the others, and the seconds that a page took to load, at most."""

    pace: float
    load: float


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An app that no other test asks."""
    with running_app(tmp_path_factory.mktemp("app") / "app.log") as address:
        yield address


async def fair(host: str, port: int) -> None:
    """A visitor with one text."""
    number = next(numbers)
    await stream(host, port, MODEL, 400, number, Seen(), address=f"203.0.{number // 250 % 250}.{number % 250}")


async def invented(host: str, port: int) -> None:
    """A script that calls itself something else each time, and asks for as much as there is."""
    await stream(host, port, MODEL, 2_000, next(numbers), Seen(), address="198.51.100.1")


async def stubborn(host: str, port: int) -> None:
    """A script with one name, that asks again at once where it is refused."""
    await stream(host, port, MODEL, 2_000, 1, Seen(), address="198.51.100.2")


async def beside(host: str, port: int, client: Client) -> Found:
    """What the others see beside so many of a client."""

    async def again_and_again(one: Callable[[], Awaitable[object]]) -> None:
        while True:
            with suppress(OSError, ValueError, asyncio.IncompleteReadError):
                await one()

    seen: list[Seen] = []
    loads: list[float] = []

    async def other(number: int) -> None:
        seen.append(Seen())
        await stream(host, port, MODEL, 2_000, number, seen[-1], address=f"192.0.2.{number}")

    async def open_page() -> None:
        loads.append(await page_load(host, port, "192.0.2.200"))
        await asyncio.sleep(0.3)

    tasks = [asyncio.create_task(again_and_again(lambda: client(host, port))) for _ in range(CONNECTIONS)]
    await asyncio.sleep(1.0)
    tasks += [asyncio.create_task(again_and_again(lambda n=n: other(n))) for n in range(1, OTHERS + 1)]  # type: ignore[misc]
    tasks.append(asyncio.create_task(again_and_again(open_page)))
    await asyncio.sleep(SECONDS)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.sleep(0.3)  # the server notices who has gone
    return Found(sum(one.count for one in seen) / SECONDS / OTHERS, max(loads, default=float("inf")))


@pytest.mark.parametrize("script", [invented, stubborn])
def test_beside_a_script_at_full_speed_pages_open_and_the_others_write_at_their_pace(
    alone: str, script: Client
) -> None:
    host, port = urlsplit(alone).hostname or "", urlsplit(alone).port or 80

    async def go() -> tuple[Found, Found]:
        return await beside(host, port, fair), await beside(host, port, script)

    asyncio.run(fair(host, port))  # the model is loaded
    tried = []
    for _ in range(TRIES):
        among_fair, beside_script = asyncio.run(go())
        tried.append((among_fair, beside_script))
        assert among_fair.pace > 0
        if beside_script.pace >= MORE_THAN_FAIR * among_fair.pace and beside_script.load < LOADED_SECONDS:
            return
    pytest.fail(f"among fair visitors, and beside the script: {tried}")

"""What one visitor has while a script asks at full speed: how quickly a text is written, and how soon a page loads.

What the script's own process takes of the machine is not the server's to share out. So the text's speed is held against
that beside a process which asks nothing, and keeps a core busy; the two are measured in turn.
"""

import asyncio
import itertools
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from tests import apps
from tests.bench.clients import Seen, page_load, stream
from tests.bench.common import application, figure, median, table
from tests.server import full_speed as scripts
from tests.server.full_speed import BEGUN, BURN, MODEL, SCRIPTS

ROUNDS = 5
SECONDS = 2.0
# A script may begin at once with what a class that opens its pages asks for (throttle.py), and has some of it back
# after a pause: it is measured after that.
BEGINS, AGAIN = 4.0, 2.0
QUICK = ("texts", "pages")
START_SECONDS = 60
VISITORS = itertools.count()
ASKS = {
    "texts": "as many texts at once as one visitor may have, and more",
    "names": "the same, under another name each time",
    "again": "a text, and another one before it has come",
    "pages": "the page",
    "calls": "`/generate`",
    "beams": "`/beam`, without waiting for answers",
    "anything": "what is not there, on connections that stay open",
}


class Found(NamedTuple):
    """Characters a second of the visitor, and the seconds that a page took to load, at most."""

    pace: float
    load: float


def measure(quick: bool, app: str | None = None) -> dict[str, Any]:
    """By script: characters a second beside a busy core and beside the script, their ratio, seconds of a page."""
    names, seconds, rounds = (QUICK, 0.5, 1) if quick else (tuple(SCRIPTS), SECONDS, ROUNDS)
    with application(app) as address, tempfile.TemporaryDirectory() as folder:
        host, port = urlsplit(address).hostname or "", urlsplit(address).port or 80
        load_model(host, port)
        found = {}
        for name in names:
            tried = [
                _pair(host, port, name, seconds, AGAIN if quick or number else BEGINS, Path(folder) / "log")
                for number in range(rounds)
            ]
            found[name] = {
                "busy": median(busy.pace for busy, _ in tried),
                "beside": median(beside.pace for _, beside in tried),
                "ratio": median(beside.pace / busy.pace for busy, beside in tried),
                "page": max(beside.load for _, beside in tried),
            }
    return {"rounds": rounds, "scripts": found}


def _pair(host: str, port: int, name: str, seconds: float, begins: float, log: Path) -> tuple[Found, Found]:
    """What the visitor has beside a busy core, and then beside the script."""
    with full_speed(BURN, host, port, log):
        busy = asyncio.run(seen_by_another(host, port, seconds))
    with full_speed(name, host, port, log):
        asyncio.run(seen_by_another(host, port, begins))
        return busy, asyncio.run(seen_by_another(host, port, seconds))


def load_model(host: str, port: int) -> None:
    """Have the model in memory."""
    asyncio.run(stream(host, port, MODEL, 100, 1, Seen(), address="192.0.2.1"))


@contextmanager
def full_speed(name: str, host: str, port: int, log: Path) -> Iterator[None]:
    """A script of full_speed.py, in a process of its own, from when it has begun."""
    log.write_text("")
    script = apps.start(log, "-m", scripts.__name__, SCRIPT=name, HOST=host, PORT=str(port))
    try:
        until = time.monotonic() + START_SECONDS
        while BEGUN not in log.read_text("utf-8") and script.is_alive() and time.monotonic() < until:
            time.sleep(0.02)
        assert BEGUN in log.read_text("utf-8"), log.read_text("utf-8")
        yield
        assert script.is_alive(), log.read_text("utf-8")
    finally:
        apps.kill(script)


async def seen_by_another(host: str, port: int, seconds: float) -> Found:
    """What one visitor sees who has just come and writes, and one who opens the page."""
    seen, loads, address = Seen(), [], f"203.0.113.{next(VISITORS) % 250}"

    async def write() -> None:
        await stream(host, port, MODEL, 2_000, 1, seen, address=address)

    async def open_page() -> None:
        loads.append(await page_load(host, port, "192.0.2.200"))
        await asyncio.sleep(0.3)

    async def again_and_again(one: Callable[[], Awaitable[object]]) -> None:
        while True:
            with suppress(OSError, ValueError, asyncio.IncompleteReadError):
                await one()

    tasks = [asyncio.create_task(again_and_again(one)) for one in (write, open_page)]
    await asyncio.sleep(seconds)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return Found(seen.count / seconds, max(loads, default=float("inf")))


def report(result: dict[str, Any]) -> str:
    """The table."""
    head = ["the script asks for", "beside a busy core, characters/s", "beside the script", "ratio", "a page, longest"]
    rows = [
        [ASKS[name], *(figure(one[part]) for part in ("busy", "beside", "ratio")), f"{figure(one['page'])} s"]
        for name, one in result["scripts"].items()
    ]
    return table(head, rows) + (
        f"\n\nMedians of {result['rounds']}, but for the page. Texts of `{MODEL}`, of a visitor who has just come,"
        "\nand a page that is opened again and again, while a script asks without a pause. The busy core belongs to"
        "\na process that asks nothing. A second text, from anyone, halves the speed of a lone one."
    )

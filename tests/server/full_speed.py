"""Scripts that send requests at full speed until they are killed: `python -m tests.server.full_speed`, with SCRIPT,
HOST and PORT in its environment.

BURN sends no requests, and keeps a core busy: the loss beside it is due to the machine, not to the server's sharing.
"""

import asyncio
import itertools
import os
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress

from tests.bench.clients import Seen, page_load, post, program, stream

MODEL = "shakespeare-lstm"
CONNECTIONS = 32
BURN = "burn"
BEGUN = "begun"  # printed at the start
# No name is known from an earlier run: an address whose pages come back is a school.
numbers = itertools.count(int(time.time()) * 1_000)


async def texts(host: str, port: int) -> None:
    """As many texts of one page as allowed, and more, each of maximum length."""
    await stream(host, port, MODEL, 2_000, 1, Seen(), address="198.51.100.2", way=f"{next(numbers) % CONNECTIONS}")


async def names(host: str, port: int) -> None:
    """The same, with a new page name each time."""
    await stream(host, port, MODEL, 2_000, next(numbers), Seen(), address="198.51.100.1")


async def again(host: str, port: int) -> None:
    """A page that sends new requests all the time, each of which ends the one before."""
    await stream(host, port, MODEL, 2_000, 1, Seen(), address="198.51.100.2")


async def pages(host: str, port: int) -> None:
    await page_load(host, port, "198.51.100.3")


async def calls(host: str, port: int) -> None:
    """/generate, over and over."""
    await program(host, port, MODEL, 2_000, next(numbers), Seen(), address="198.51.100.4")


async def beams(host: str, port: int) -> None:
    """/beam, the widest and longest there is, without waiting for an answer."""
    await post(host, port, "beam", [MODEL, "To be", 10, 100], address="198.51.100.6")


async def anything(host: str, port: int) -> None:
    """Requests for missing paths, on connections that stay open."""
    reader, writer = await asyncio.open_connection(host, port)
    head = f"GET /nothing HTTP/1.1\r\nHost: {host}\r\nX-Forwarded-For: 198.51.100.5\r\n\r\n".encode()
    with suppress(asyncio.CancelledError):
        while True:
            writer.write(head)
            if not await reader.read(65_536):
                break
    writer.close()


SCRIPTS: dict[str, Callable[[str, int], Awaitable[None]]] = {
    one.__name__: one for one in (texts, names, again, pages, calls, beams, anything)
}


async def _repeat(one: Callable[[str, int], Awaitable[None]], host: str, port: int) -> None:
    while True:
        with suppress(OSError, ValueError, asyncio.IncompleteReadError):
            await one(host, port)


async def _run_all(name: str, host: str, port: int) -> None:
    await asyncio.gather(*(_repeat(SCRIPTS[name], host, port) for _ in range(CONNECTIONS)))


if __name__ == "__main__":
    sys.stdout.write(f"{BEGUN}\n")
    sys.stdout.flush()
    while os.environ["SCRIPT"] == BURN:
        pass
    asyncio.run(_run_all(os.environ["SCRIPT"], os.environ["HOST"], int(os.environ["PORT"])))

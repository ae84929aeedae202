"""Scripts that ask at full speed, until they are ended: `python -m tests.server.full_speed`, with SCRIPT, HOST and PORT
in its environment.

BURN asks nothing, and keeps a core busy: what is lost beside it is the machine's, and not the server's to share out.
FAIR is one other visitor, who writes one text: what is lost beside it is what two who write lose to each other.
"""

import asyncio
import itertools
import os
from collections.abc import Awaitable, Callable
from contextlib import suppress

from tests.bench.clients import Seen, page_load, program, stream

MODEL = "shakespeare-lstm"
CONNECTIONS = 32
BURN, FAIR = "burn", "fair"
WRITE = ("texts", "names", "again", "calls")  # those that have texts written
numbers = itertools.count(1_000)


async def texts(host: str, port: int) -> None:
    """As many texts of one page as it may have, and more, each as long as there is."""
    await stream(host, port, MODEL, 2_000, 1, Seen(), address="198.51.100.2", way=f"{next(numbers) % CONNECTIONS}")


async def names(host: str, port: int) -> None:
    """The same, under another name each time."""
    await stream(host, port, MODEL, 2_000, next(numbers), Seen(), address="198.51.100.1")


async def again(host: str, port: int) -> None:
    """A page that asks for something else all the time, and ends by that what it asked before."""
    await stream(host, port, MODEL, 2_000, 1, Seen(), address="198.51.100.2")


async def pages(host: str, port: int) -> None:
    await page_load(host, port, "198.51.100.3")


async def calls(host: str, port: int) -> None:
    """/generate, over and over."""
    await program(host, port, MODEL, 2_000, next(numbers), Seen(), address="198.51.100.4")


async def anything(host: str, port: int) -> None:
    """What is not there, on connections that stay open."""
    reader, writer = await asyncio.open_connection(host, port)
    head = f"GET /nothing HTTP/1.1\r\nHost: {host}\r\nX-Forwarded-For: 198.51.100.5\r\n\r\n".encode()
    with suppress(asyncio.CancelledError):
        while True:
            writer.write(head)
            if not await reader.read(65_536):
                break
    writer.close()


SCRIPTS: dict[str, Callable[[str, int], Awaitable[None]]] = {
    one.__name__: one for one in (texts, names, again, pages, calls, anything)
}


async def fair(host: str, port: int) -> None:
    await stream(host, port, MODEL, 2_000, 1, Seen(), address="198.51.100.9")


async def _for_ever(one: Callable[[str, int], Awaitable[None]], host: str, port: int) -> None:
    while True:
        with suppress(OSError, ValueError, asyncio.IncompleteReadError):
            await one(host, port)


async def _all(name: str, host: str, port: int) -> None:
    if name == FAIR:
        await _for_ever(fair, host, port)
    await asyncio.gather(*(_for_ever(SCRIPTS[name], host, port) for _ in range(CONNECTIONS)))


if __name__ == "__main__":
    while os.environ["SCRIPT"] == BURN:
        pass
    asyncio.run(_all(os.environ["SCRIPT"], os.environ["HOST"], int(os.environ["PORT"])))

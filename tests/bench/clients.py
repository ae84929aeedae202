"""Clients that write: they speak HTTP over plain sockets: little is taken from the server beside them."""

import asyncio
import json
import struct
import time
from dataclasses import dataclass
from typing import Any

from playground.library import load
from playground.server import wire
from playground.server.settings import Settings
from tests.bench.common import median

PLAYS = 28  # characters a second: how quickly the page plays a text, at its usual speed


@dataclass
class Seen:
    """What one client saw: seconds since its request, and the characters that came."""

    first: float = float("nan")
    last: float = float("nan")
    count: int = 0
    failed: bool = False
    stood: float = 0.0  # seconds for which a player of PLAYS characters a second would have had none to play
    due: float = 0.0  # when it has played what came


def _note(seen: Seen, begun: float, count: int) -> None:
    now = time.perf_counter() - begun
    if count and not seen.count:
        seen.first = seen.due = now
    if count:
        seen.stood += max(0.0, now - seen.due)
        seen.due = max(seen.due, now) + count / PLAYS
    seen.count += count
    seen.last = now


async def stream(
    host: str,
    port: int,
    model: str,
    steps: int,
    number: int,
    seen: Seen,
    temperature: float = 1,
    light: bool = False,
    address: str = "",
    way: str = "",
) -> None:
    """POST stream/write, as a page does; light: without rows, as while a hand is on the slider. address: from where, as
    a proxy tells. way: which of the page's answers a later one ends."""
    prompt = prompt_of(model)
    settings = wire.plain(Settings(model=model, prompt=prompt, temperature=temperature, seed=number, length=steps))
    had = {"head": len(prompt), "tail": 0, "between": "", "skipped": 0}  # the page shows its prompt's bars already
    asked = {"page": f"p{number}", "turn": 1, "token": "t", "knows": model, "had": had, "settings": settings}
    asked |= {"written": [], "pick": None, "light": light, "way": way}
    begun = time.perf_counter()
    reader, writer = await asyncio.open_connection(host, port)
    try:
        status, body = await _asked(reader, writer, host, "POST", "/stream/write", asked, address)
        if status != 200:
            raise ValueError(status)
        left = b""
        async for part in body:
            left += part
            while len(left) >= 8:
                head, size = struct.unpack_from("<II", left)
                if len(left) < 8 + head + size:
                    break
                told, left = json.loads(left[8 : 8 + head]), left[8 + head + size :]
                _note(seen, begun, told.get("n", 0))
    finally:
        writer.close()


async def program(
    host: str, port: int, model: str, steps: int, number: int, seen: Seen, address: str = ""
) -> None:
    """/generate over plain HTTP: a request that gives a number, and the events of that."""
    data = {"data": [model, prompt_of(model), 1, 0, 1, 0, number, steps]}
    begun = time.perf_counter()
    reader, writer = await asyncio.open_connection(host, port)
    try:
        _, body = await _asked(reader, writer, host, "POST", "/gradio_api/call/generate", data, address)
        event = json.loads(b"".join([part async for part in body]))["event_id"]
        writer.close()
        reader, writer = await asyncio.open_connection(host, port)
        _, body = await _asked(reader, writer, host, "GET", f"/gradio_api/call/generate/{event}", address=address)
        left = b""
        async for part in body:
            left += part
            *whole, left = left.split(b"\n\n")
            for one in whole:
                if one.startswith((b"event: generating", b"event: complete")):
                    _note(seen, begun, len(json.loads(one.split(b"data: ", 1)[1])[0]["ids"]) - seen.count)
    finally:
        writer.close()


async def post(host: str, port: int, endpoint: str, data: list[Any], address: str = "") -> int:
    """The status of a request for an endpoint, whose answer nobody fetches."""
    reader, writer = await asyncio.open_connection(host, port)
    try:
        path = f"/gradio_api/call/{endpoint}"
        status, body = await _asked(reader, writer, host, "POST", path, {"data": data}, address)
        _ = [part async for part in body]
    finally:
        writer.close()
    return status


async def empty(host: str, port: int, times: int) -> float:
    """Seconds of a request that is answered at once, with nothing."""
    took = []
    for _ in range(times):
        begun = time.perf_counter()
        reader, writer = await asyncio.open_connection(host, port)
        _, body = await _asked(reader, writer, host, "POST", "/stream/write", {})
        _ = [part async for part in body]
        writer.close()
        took.append(time.perf_counter() - begun)
    return median(took)


async def page_load(host: str, port: int, address: str = "") -> float:
    """Seconds until a page is there and open: its document, and what its address describes."""
    begun = time.perf_counter()
    for path in ("/", "/stream/open"):
        reader, writer = await asyncio.open_connection(host, port)
        try:
            status, body = await _asked(reader, writer, host, "GET", path, address=address)
            _ = [part async for part in body]
        finally:
            writer.close()
        if status != 200:
            raise ValueError(status)
    return time.perf_counter() - begun


async def _asked(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    host: str,
    method: str,
    path: str,
    data: Any = None,
    address: str = "",
) -> tuple[int, Any]:
    """Ask; the status, and the parts of the body as they come."""
    content = b"" if data is None else json.dumps(data).encode()
    head = f"{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Type: application/json\r\n"
    if address:
        head += f"X-Forwarded-For: {address}\r\n"
    writer.write(f"{head}Content-Length: {len(content)}\r\n\r\n".encode() + content)
    lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower().split("\r\n")

    async def body() -> Any:
        if "transfer-encoding: chunked" not in lines:
            yield await reader.read(-1)
            return
        while size := int(await reader.readline(), 16):
            yield (await reader.readexactly(size + 2))[:-2]

    return int(lines[0].split()[1]), body()


def prompt_of(model: str) -> str:
    return (*load(model).card.prompts, "")[0]

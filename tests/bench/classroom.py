"""A class: many clients that write at once, through the stream and through /generate, beside the least it can cost.

Each client is a page's request to write: the prompt that the model offers first, a seed of its own, 400 characters. The
clients are one asyncio process of plain sockets, so that they take little from the server, with which they share the
machine. What is measured: the first character and the last one, at the median and for the slowest 5 %; the slowest
client's characters a second from its first to its last; and the characters of all together from the first request on.

The floor is the same steps' batched products alone, of this machine's products whose rows are the same in any company,
on one thread and on as many as there are cores. `empty` is a request to a route that answers nothing: what the server's
way costs.
"""

import asyncio
import json
import os
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import numpy as np

from playground.library import load
from playground.server import wire
from playground.server.settings import Settings
from tests.bench.common import application, figure, median, p95, table

STEPS = 400
MODELS = ("shakespeare-lstm", "names-gru")
COUNTS = (1, 30, 100, 200)
SPREAD = 10.0  # seconds over which clients come who do not come at once
PATIENCE = 120.0
PLAYS = 28  # characters a second: how quickly the page plays a text, at its usual speed


@dataclass
class Seen:
    """What one client saw: seconds since its request, and the characters that came."""

    first: float = float("nan")
    last: float = float("nan")
    count: int = 0
    failed: bool = False
    slow: float = float("inf")  # the slowest it ever was, from its first character on: characters a second
    ids: list[int] = field(default_factory=list)


def measure(quick: bool, app: str | None = None) -> dict[str, Any]:
    """Seconds and characters a second, by model, way, and number of clients."""
    counts, steps = ((1, 4), 40) if quick else (COUNTS, STEPS)
    found: dict[str, Any] = {"steps": steps, "floor": {}, "models": {}}
    for model in MODELS:
        found["floor"][model] = {str(count): floor(model, count, 0.2 if quick else 1.0) for count in counts}
    with application(app) as address:
        host, port = urlsplit(address).hostname or "", urlsplit(address).port or 80
        for model in MODELS:
            asyncio.run(_class(stream, host, port, model, 1, 5, 0.0))  # the model is loaded
            ways = found["models"][model] = {}
            for name, way, spread in (("stream", stream, 0.0), ("spread", stream, SPREAD), ("generate", generate, 0.0)):
                if (quick and spread) or (model != MODELS[0] and name != "stream"):
                    continue
                ways[name] = {
                    str(count): asyncio.run(_class(way, host, port, model, count, steps, spread)) for count in counts
                }
        found["empty_ms"] = 1000 * asyncio.run(_empty(host, port, 5 if quick else 50))
    return found


async def _class(
    way: Callable[..., Any], host: str, port: int, model: str, count: int, steps: int, spread: float
) -> dict[str, float]:
    async def one(number: int) -> Seen:
        await asyncio.sleep(spread * number / count)
        seen = Seen()
        try:
            async with asyncio.timeout(PATIENCE):
                await way(host, port, model, steps, number, seen)
        except (OSError, TimeoutError, ValueError, asyncio.IncompleteReadError):
            seen.failed = True
        seen.failed |= seen.count != steps
        return seen

    begun = time.perf_counter()
    all_seen = await asyncio.gather(*(one(number) for number in range(count)))
    took = time.perf_counter() - begun
    well = [seen for seen in all_seen if not seen.failed]
    if not well:
        nothing = dict.fromkeys(("first", "first_95", "last", "last_95", "slowest", "all"), float("nan"))
        return {"failed": count, **nothing}
    return {
        "failed": count - len(well),
        "first": median(seen.first for seen in well),
        "first_95": p95(seen.first for seen in well),
        "last": median(seen.last for seen in well),
        "last_95": p95(seen.last for seen in well),
        "slowest": min(seen.slow for seen in well),
        "all": sum(seen.count for seen in well) / took,
    }


def _note(seen: Seen, begun: float, count: int) -> None:
    now = time.perf_counter() - begun
    if not seen.count and count:
        seen.first = now
    elif count and now > seen.first:
        seen.slow = min(seen.slow, seen.count / (now - seen.first))  # what could have been played before these came
    seen.count += count
    seen.last = now


async def stream(host: str, port: int, model: str, steps: int, number: int, seen: Seen) -> None:
    """POST stream/write, as a page does."""
    prompt = _prompt(model)
    settings = wire.plain(Settings(model=model, prompt=prompt, seed=number, length=steps))
    had = {"head": len(prompt), "tail": 0, "between": "", "skipped": 0}  # the page shows its prompt's bars already
    asked = {"page": f"p{number}", "turn": 1, "token": "t", "knows": model, "had": had, "settings": settings}
    asked |= {"written": [], "pick": None}
    begun = time.perf_counter()
    reader, writer = await asyncio.open_connection(host, port)
    try:
        status, body = await _asked(reader, writer, host, "POST", "/stream/write", asked)
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


async def generate(host: str, port: int, model: str, steps: int, number: int, seen: Seen) -> None:
    """/generate over plain HTTP: a request that gives a number, and the events of that."""
    data = {"data": [model, _prompt(model), 1, 0, 1, 0, number, steps]}
    begun = time.perf_counter()
    reader, writer = await asyncio.open_connection(host, port)
    try:
        _, body = await _asked(reader, writer, host, "POST", "/gradio_api/call/generate", data)
        event = json.loads(b"".join([part async for part in body]))["event_id"]
        writer.close()
        reader, writer = await asyncio.open_connection(host, port)
        _, body = await _asked(reader, writer, host, "GET", f"/gradio_api/call/generate/{event}")
        left = b""
        async for part in body:
            left += part
            *whole, left = left.split(b"\n\n")
            for one in whole:
                if one.startswith((b"event: generating", b"event: complete")):
                    _note(seen, begun, len(json.loads(one.split(b"data: ", 1)[1])[0]["ids"]) - seen.count)
    finally:
        writer.close()


async def _empty(host: str, port: int, times: int) -> float:
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


async def _asked(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str, method: str, path: str, data: Any = None
) -> tuple[int, Any]:
    """Ask; the status, and the parts of the body as they come."""
    content = b"" if data is None else json.dumps(data).encode()
    head = f"{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Type: application/json\r\n"
    writer.write(f"{head}Content-Length: {len(content)}\r\n\r\n".encode() + content)
    lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower().split("\r\n")

    async def body() -> Any:
        if "transfer-encoding: chunked" not in lines:
            yield await reader.read(-1)
            return
        while size := int(await reader.readline(), 16):
            yield (await reader.readexactly(size + 2))[:-2]

    return int(lines[0].split()[1]), body()


def _prompt(model: str) -> str:
    return (*load(model).card.prompts, "")[0]


def floor(model: str, count: int, seconds: float) -> dict[str, float]:
    """Characters a second of the batched products of `count` texts' steps alone, on one thread and on all cores."""
    cores = os.cpu_count() or 1
    return {"one": _products(model, count, 1, seconds), "cores": _products(model, count, min(cores, count), seconds)}


def _products(model: str, count: int, threads: int, seconds: float) -> float:
    """The texts are shared out to the threads."""
    import torch

    own: Any = load(model).model
    views = own.rows.now()
    layers = views.layers
    work = [layers[0].w_hh, *(w for layer in layers[1:] for w in (layer.w_ih, layer.w_hh)), views.output]
    dice = np.random.default_rng(0)
    made = [0] * threads
    end = time.perf_counter() + seconds

    def run(thread: int) -> None:
        torch.set_num_threads(1)
        rows = len(range(thread, count, threads))
        x = dice.random((rows, own.config.hidden), np.float32)
        with torch.inference_mode():
            while time.perf_counter() < end:
                for product in work:
                    product(x)
                made[thread] += rows

    begun = time.perf_counter()
    running = [threading.Thread(target=run, args=(thread,)) for thread in range(threads)]
    for one in running:
        one.start()
    for one in running:
        one.join()
    return sum(made) / (time.perf_counter() - begun)


def report(result: dict[str, Any]) -> str:
    """The table, and what its columns are."""
    rows = []
    for model, ways in result["models"].items():
        for way, counts in ways.items():
            for count, seen in counts.items():
                least = result["floor"][model][count]
                rows.append([
                    f"`{model}`, {WAYS[way]}", count, int(seen["failed"]),
                    figure(seen["first"]), figure(seen["first_95"]), figure(seen["last"]), figure(seen["last_95"]),
                    figure(seen["slowest"]) if seen["slowest"] < float("inf") else "",
                    f"{seen['all']:,.0f}", f"{least['one']:,.0f}", f"{least['cores']:,.0f}",
                ])  # fmt: skip
    head = [
        "", "clients", "failed", "first character, s", "95 %", "last, s", "95 %", "slowest client, characters/s",
        "all, characters/s", "floor, one thread", "floor, all cores",
    ]  # fmt: skip
    return (
        table(head, rows)
        + f"\n\n{result['steps']} characters each; the clients run on the same machine. The slowest client's figure is"
        + f"\nthe least that any could have played at by then: the page plays {PLAYS} a second. The floor is the"
        + "\nbatched products of the steps alone. A request that is answered at once takes "
        + f"{figure(result['empty_ms'])} ms."
    )


WAYS = {"stream": "the stream, at once", "spread": "the stream, over 10 s", "generate": "/generate, at once"}

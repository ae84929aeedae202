"""A class: many clients that write at once, through the stream and through /generate, beside the least it can cost.

Each client is a page's request to write: the prompt that the model offers first, a seed of its own, 400 characters. The
clients are one asyncio process of plain sockets, so that they take little from the server, with which they share the
machine. What is measured: the first character and the last one, at the median and for the slowest 5 %; how long a
player would have stood still; the slowest client's characters a second; and those of all together.

The floor is the same steps' batched products alone, of this machine's products whose rows are the same in any company,
on one thread and on as many as there are cores. `empty` is a request to a route that answers nothing: what the server's
way costs.
"""

import asyncio
import itertools
import os
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import numpy as np

from playground.inference.generate import generate
from playground.inference.prefill import prefill
from playground.library import available, load
from playground.sampling import Sampling, choose, dice
from playground.threads import limit_this_thread
from tests.bench.clients import PLAYS, Seen, empty, program, prompt_of, stream
from tests.bench.common import application, figure, median, p95, table

STEPS = 400
MODELS = ("shakespeare-lstm", "names-gru")
COUNTS = (1, 30, 100, 200)
SPREAD = 10.0  # seconds over which clients come who do not come at once
PATIENCE = 120.0
WAYS: dict[str, tuple[str, Callable[..., Any], float]] = {
    "stream": ("the stream, at once", stream, 0.0),
    "spread": ("the stream, over 10 s", stream, SPREAD),
    "generate": ("/generate, at once", program, 0.0),
    "generate_spread": ("/generate, over 10 s", program, SPREAD),
}


def measure(quick: bool, app: str | None = None) -> dict[str, Any]:
    """Seconds and characters a second, by model, way, and number of clients."""
    counts, steps = ((1, 4), 40) if quick else (COUNTS, STEPS)
    found: dict[str, Any] = {"steps": steps, "floor": {}, "models": {}}
    found["lone"] = {model: lone(model, 3 if quick else 30) for model in (MODELS if quick else available())}
    for model in MODELS:
        found["floor"][model] = {str(count): floor(model, count, 0.2 if quick else 1.0) for count in counts}
    with application(app) as address:
        host, port = urlsplit(address).hostname or "", urlsplit(address).port or 80
        for model in MODELS:
            asyncio.run(clients_at_once(stream, host, port, model, 1, 5, 0.0))  # the model is loaded
            ways = found["models"][model] = {}
            for name, (_, way, spread) in WAYS.items():
                if quick and (spread or (model, name) == (MODELS[1], "generate")):
                    continue
                ways[name] = {
                    str(count): asyncio.run(clients_at_once(way, host, port, model, count, steps, spread))
                    for count in counts
                }
        found["empty_ms"] = 1000 * asyncio.run(empty(host, port, 5 if quick else 50))
    return found


async def clients_at_once(
    way: Callable[..., Any], host: str, port: int, model: str, count: int, steps: int, spread: float
) -> dict[str, float]:
    """What so many clients saw, that come at once or spread over some seconds."""

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
        nothing = dict.fromkeys(("first", "first_95", "last", "last_95", "stood_95", "slowest", "all"), float("nan"))
        return {"failed": count, **nothing}
    return {
        "failed": count - len(well),
        "first": median(seen.first for seen in well),
        "first_95": p95(seen.first for seen in well),
        "last": median(seen.last for seen in well),
        "last_95": p95(seen.last for seen in well),
        "stood_95": p95(seen.stood for seen in well),
        "slowest": min(seen.count / seen.last for seen in well),
        "all": sum(seen.count for seen in well) / took,
    }


def lone(model: str, turns: int) -> dict[str, float]:
    """µs of a step of a lone text, in turns: by the step that is a single text's (`advance`), as texts were written
    before they shared their steps, and by the one whose numbers are the same in company. Both draw alike."""
    import torch

    checkpoint = load(model)
    sampling = Sampling(0.8)
    begin = prefill(checkpoint, checkpoint.vocabulary.encode(prompt_of(model)).ids)

    def alone() -> Iterator[int]:
        logits, state = begin.logits[-1], begin.state
        for step in itertools.count():
            id = choose(logits, sampling, dice(1, step))
            yield id
            with torch.inference_mode():
                output, state = checkpoint.model.advance([id], state)
            logits = output.numpy()[0, -1]

    ways: dict[str, Iterator[Any]] = {"alone": alone(), "shared": generate(checkpoint, begin, sampling, seed=1)}
    took: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(turns + 1):
        for name, steps in ways.items():
            begun = time.thread_time()
            for _ in itertools.islice(steps, 40):
                pass
            took[name].append(1e6 * (time.thread_time() - begun) / 40)
    return {name: median(times[1:]) for name, times in took.items()}


def floor(model: str, clients: int, seconds: float) -> dict[str, float]:
    """Characters a second of the batched products of `clients` texts' steps alone, on one thread and on all cores."""
    cores = os.cpu_count() or 1
    return {
        "one": _products(model, clients, 1, seconds),
        "cores": _products(model, clients, min(cores, clients), seconds),
    }


def _products(model: str, count: int, threads: int, seconds: float) -> float:
    """The texts are shared out to the threads."""
    import torch

    own: Any = load(model).model
    views = own.rows.current()
    layers = views.layers
    work = [layers[0].w_hh, *(w for layer in layers[1:] for w in (layer.w_ih, layer.w_hh)), views.output]
    random = np.random.default_rng(0)
    made = [0] * threads
    end = time.perf_counter() + seconds

    def run(thread: int) -> None:
        limit_this_thread()
        rows = len(range(thread, count, threads))
        x = random.random((rows, own.config.hidden), np.float32)
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
                    f"`{model}`, {WAYS[way][0]}", count, int(seen["failed"]),
                    figure(seen["first"]), figure(seen["first_95"]), figure(seen["last"]), figure(seen["last_95"]),
                    figure(seen["stood_95"]), figure(seen["slowest"]),
                    f"{seen['all']:,.0f}", f"{least['one']:,.0f}", f"{least['cores']:,.0f}",
                ])  # fmt: skip
    head = [
        "", "clients", "failed", "first character, s", "95 %", "last, s", "95 %", "stood still, s, 95 %",
        "slowest client, characters/s", "all, characters/s", "floor, one thread", "floor, all cores",
    ]  # fmt: skip
    alone = [
        [f"`{model}`", figure(took["alone"]), figure(took["shared"]), f"{took['shared'] / took['alone']:.2f}"]
        for model, took in result["lone"].items()
    ]
    return (
        table(head, rows)
        + f"\n\n{result['steps']} characters each; the clients run on the same machine. The slowest client's figure is"
        + "\nall its characters by the time from its request to its last one. It stood still for as long as a reader"
        + f"\nof {PLAYS} characters per second, who begins at the first one, would have had to wait. The floor is"
        + "\nthe batched products of the steps alone. A request that is answered at once takes "
        + f"{figure(result['empty_ms'])} ms.\n\n"
        + table(["a lone text", "µs a step, alone", "µs a step, as in company", "ratio"], alone)
    )

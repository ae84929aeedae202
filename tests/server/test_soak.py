"""Many short runs over the stream, with several models, half of them abandoned, mixed with the other tabs' requests:
memory, threads, queues and lanes return to their initial state.

PLAYGROUND_LONG=1 runs 10,000; otherwise some hundreds.
"""

import asyncio
import gc
import random
import threading
import tracemalloc
from collections import Counter
from collections.abc import Iterator
from itertools import count, islice
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from playground.engine import ENGINE, turns
from playground.engine.local import OPENERS, Local
from playground.server import health, routes, writing
from playground.server.endpoints import common
from playground.server.shares import Shares
from tests import stream
from tests.conftest import LONG
from tests.server.test_routes import AppCall

RUNS = 10_000 if LONG else 300
WARM = 3_000 if LONG else 150  # runs after which every code path has run once, and most of the memory is allocated
WARM_TIMES, WARM_GROWTH = 4, 0.01  # they are repeated until the memory is nearly constant: the process may be new
AT_ONCE = 40
GROWTH = 0.05
# Memory of Python and NumPy, the same for all machines: 5 % of the process would let 100 kB a run pass in the short
# form. Each part of the runs is looked at by itself, and the least of them counts: what leaks grows in all of them, and
# a cache that fills once does not.
PARTS, BYTES_A_RUN = 3, 10_000  # entries renewed in caches that were already full: some 3,000
MODELS = ("names-gru", "nietzsche-lstm", "shakespeare-ngram", "korean-lstm", "lua-lstm", "shakespeare-gru-geron")
PROMPTS = ("", "To be", "한", "int ", "An", "the world ", "x" * 200)
OTHERS = 8  # after this many runs another tab sends a request
DRAWN = {"model": "names-gru", "temperature": 1, "seed": 5}
COLUMNS = {"settings": stream.settings(**DRAWN, prompt="an", length=8), "temperatures": [0.2, 1], "written": []}
SEARCHED = {"settings": {**DRAWN, "prompt": "an", "stop": "none"}, "width": 2, "length": 4, "penalty": 0, "human": ""}
TRANSLATED = {"settings": {"model": "translate-gru", "temperature": 0, "seed": 5}, "text": "Hi.", "reference": ""}
# Their requests: the route, and the content besides the envelope.
QUESTIONS: list[tuple[str, dict[str, Any]]] = [
    ("score", {"model": "nietzsche-lstm", "text": "the world and the will"}),
    ("search", SEARCHED),
    ("temperatures", COLUMNS),
    *((route, {"model": "shakespeare-ngram", "prompt": "To be"}) for route in ("compare", "reach", "evidence")),
    ("embeddings", {"model": "shakespeare-bigram", "prompt": ""}),
    ("first", {"settings": DRAWN, "one": "", "other": "chris", "share": 0.5}),
    ("gaps", {"text": "To be, or not to be", "gaps": [3]}),
    ("stretch", {"settings": DRAWN, "prompt": "To be", "length": 4}),
    ("pairs", {"model": "shakespeare-ngram", "text": "the cat and the other cat", "source": "text"}),
    ("translate", TRANSLATED | {"width": 2}),
    ("classify", {"model": "sentiment-en", "text": "good"}),
    ("kept_costs", {"model": "names-gru", "prompt": ""}),
]
PREPARING = writing.OPENERS.threads._max_workers + common.OPENERS.threads._max_workers  # pages' and programs'
# Threads of the engine and of the lanes, by name; they start on demand.
MOST = {**routes.THREADS, "engine-": turns.THREADS, "opening": OPENERS + routes.OPENERS, "preparing": PREPARING}


def memory() -> int:
    """Bytes of this process that are in memory."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * 4096


def traced_memory() -> int:
    """Bytes that Python and NumPy hold, beside the states that are kept on purpose."""
    assert isinstance(ENGINE, Local)
    gc.collect()
    return tracemalloc.get_traced_memory()[0] - sum(one.size for one in ENGINE.prefixes.kept.values())


def threads() -> Counter[str]:
    names = (one.name.rstrip("0123456789_") for one in threading.enumerate())
    return Counter(name for name in names if not name.startswith(("MainThread", "asyncio", "Thread")))


def request(dice: random.Random, page: str, turn: int) -> dict[str, Any]:
    settings = stream.settings(
        model=dice.choice(MODELS), prompt=dice.choice(PROMPTS), length=dice.randint(1, 60), seed=dice.randint(0, 9),
        temperature=dice.choice([0, 0.8, 2.0]),
    )  # fmt: skip
    return stream.asked(page=page, turn=turn, settings=settings, written=[], light=dice.random() < 0.5)


async def run(app: Starlette, dice: random.Random, page: str, turn: int) -> str:
    """One text: written to its end, abandoned midway, or ended by a later request of the page."""
    asking = AppCall(app, "write", request(dice, page, turn))
    way = dice.choice(["end", "end", "leave", "later"])
    if way != "end":
        heard = asyncio.create_task(asking.heard.wait())
        await asyncio.wait({heard, asking.task}, return_when=asyncio.FIRST_COMPLETED)
        heard.cancel()
    if way == "leave":
        await asking.leave()
    if way == "later":
        await AppCall(app, "look", stream.asked(page=page, turn=turn + 1, model="names-gru", prompt="An")).task
    await asking.task
    assert asking.status == 200
    frames = [head for head, _ in stream.frames(asking.body)]
    assert not [head for head in frames if "problem" in head or head.get("code") == "broken"]
    return "done" if frames and frames[-1].get("done") else "ended"


async def ask(app: Starlette, dice: random.Random, page: str, turn: int) -> str:
    """Another tab's request, besides the page's texts; half of them are abandoned."""
    route, data = dice.choice(QUESTIONS)
    asking = AppCall(app, route, stream.asked(page=page, way=route, turn=turn, **data))
    if dice.random() < 0.5:
        await asyncio.sleep(dice.random() / 50)
        await asking.leave()
        return "left"
    await asking.task
    frames = [head for head, _ in stream.frames(asking.body)]
    assert asking.status == 200
    assert frames, route
    assert not [head for head in frames if "problem" in head or head.get("code") == "broken"], (route, frames)
    return "answered"


async def runs(app: Starlette, dice: random.Random, left: Iterator[int]) -> Counter[str]:
    ways = Counter[str]()

    async def visitor(number: int) -> None:
        for turn in left:
            of_page = dice, f"page {number} {turn % 5}", 2 * turn
            if turn % OTHERS == 0:
                ways[await ask(app, *of_page)] += 1
            ways[await run(app, *of_page)] += 1

    await asyncio.gather(*(visitor(number) for number in range(AT_ONCE)))
    return ways


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # left open by earlier tests
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="only Linux tells how much memory a process takes")
def test_memory_and_threads_return_to_their_initial_state(
    monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    lanes: list[Any] = []
    made = health.route

    def note(*given: Any) -> Route:
        lanes.extend(given)
        return made(*given)

    monkeypatch.setattr(health, "route", note)
    shares = Shares()
    shares.factor = 1e12  # nobody is refused
    began = threads()
    app, dice = Starlette(routes=routes.routes(shares)), random.Random(0)
    numbers = count()
    for _ in range(WARM_TIMES):
        before = memory()
        asyncio.run(asyncio.wait_for(runs(app, dice, islice(numbers, WARM)), 600))
        if memory() < before * (1 + WARM_GROWTH):
            break
    kept, ways, growths = memory(), Counter[str](), list[float]()
    tracemalloc.start()
    request.addfinalizer(tracemalloc.stop)
    asyncio.run(asyncio.wait_for(runs(app, dice, islice(numbers, AT_ONCE)), 900))
    for _ in range(PARTS):
        held = traced_memory()
        ways += asyncio.run(asyncio.wait_for(runs(app, dice, islice(numbers, RUNS // PARTS)), 900))
        growths.append((traced_memory() - held) / (RUNS // PARTS))
    tracemalloc.stop()
    assert ways["done"] + ways["ended"] == RUNS // PARTS * PARTS
    assert ways["answered"] > RUNS / 8 / OTHERS
    assert ways["done"] > RUNS / 4
    assert ways["ended"] > RUNS / 20
    assert min(growths) < BYTES_A_RUN, growths
    assert memory() < kept * (1 + GROWTH)
    new = threads() - began
    assert new <= Counter(MOST), new
    told = health.report(*lanes)["queue"]
    assert (told["writing"], told["waiting"]) == (0, 0)
    assert not [lane for lane in told["lanes"].values() if lane["working"] or lane["waiting"]]
    assert ENGINE.writing() == 0
    assert isinstance(ENGINE, Local)
    prefixes = ENGINE.prefixes
    assert sum(one.size for one in prefixes.kept.values()) <= prefixes.most_bytes

"""Many short runs over the stream, of several models, half of which nobody waits for to the end: the memory stays what
it was, and so do the threads, the lines and the lanes.

PLAYGROUND_LONG=1 writes 10,000; otherwise it is some hundreds.
"""

import asyncio
import gc
import random
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from playground.engine import ENGINE, turns
from playground.engine.local import OPENERS, Local
from playground.server import health, routes
from playground.server.shares import Shares
from tests import stream
from tests.conftest import LONG
from tests.server.test_routes import Asking

RUNS = 10_000 if LONG else 450
WARM = RUNS // 3  # runs after which everything has been done at least once
AT_ONCE = 40
GROWTH = 0.05
MODELS = ("names-gru", "nietzsche-lstm", "shakespeare-ngram", "korean-lstm", "lua-lstm", "shakespeare-gru-geron")
PROMPTS = ("", "To be", "한", "int ", "An", "the world ", "x" * 200)
# Threads of the engine and of the lanes, by name; they begin as they are needed.
MOST = {"engine-": turns.THREADS, "opening": OPENERS + routes.OPENERS, "reading": routes.THREADS["reading"]}


def memory() -> int:
    """Bytes of this process that are in memory."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * 4096


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
    """One text: written to its end, left in the middle, or ended by a later request of the page."""
    asking = Asking(app, "write", request(dice, page, turn))
    way = dice.choice(["end", "end", "leave", "later"])
    if way != "end":
        heard = asyncio.create_task(asking.heard.wait())
        await asyncio.wait({heard, asking.task}, return_when=asyncio.FIRST_COMPLETED)
        heard.cancel()
    if way == "leave":
        await asking.leave()
    if way == "later":
        await Asking(app, "look", stream.asked(page=page, turn=turn + 1, model="names-gru", prompt="An")).task
    await asking.task
    assert asking.status == 200
    frames = [head for head, _ in stream.frames(asking.body)]
    assert not [head for head in frames if "problem" in head or head.get("code") == "broken"]
    return "done" if frames and frames[-1].get("done") else "ended"


async def runs(app: Starlette, dice: random.Random, numbers: range) -> Counter[str]:
    left, ways = iter(numbers), Counter[str]()

    async def visitor(number: int) -> None:
        for turn in left:
            ways[await run(app, dice, f"page {number} {turn % 5}", 2 * turn)] += 1

    await asyncio.gather(*(visitor(number) for number in range(AT_ONCE)))
    return ways


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # what earlier tests have left open
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="only Linux tells how much memory a process takes")
def test_after_many_runs_memory_and_threads_are_what_they_were(monkeypatch: pytest.MonkeyPatch) -> None:
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
    asyncio.run(asyncio.wait_for(runs(app, dice, range(WARM)), 600))
    kept = memory()
    ways = asyncio.run(asyncio.wait_for(runs(app, dice, range(WARM, RUNS)), 900))
    assert sum(ways.values()) == RUNS - WARM
    assert ways["done"] > RUNS / 4
    assert ways["ended"] > RUNS / 20
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

"""A replica in this process: a heavy requester delays nobody, and it reports when its engine is unhealthy."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from playground.engine import turns
from playground.engine.base import Requester, Text
from playground.engine.local import Local
from playground.engine.tasks import Steps
from playground.inference.score import LogProbabilities
from tests.conftest import missing

MODEL, SMALL, NEVER = "shakespeare-lstm", "names-gru", threading.Event()
SERVES_THREADS = 5  # of a replica's loop: as many as Ray Serve gives it for one processor
SCORES = 24

pytestmark = pytest.mark.filterwarnings("ignore")  # Ray's own warnings, which are not ours to fix


@pytest.fixture
def module() -> Any:
    try:
        from playground.engine.ray_serve import replica
    except ImportError:
        missing("needs Ray Serve: .venv/bin/pip install -r playground/engine/ray_serve/requirements.txt")
    return replica


def test_many_scores_of_one_visitor_do_not_delay_anothers_prompt(module: Any) -> None:
    own, text, came = module.Replica(MODEL), Text((1, 2, 3)), 0
    walk = LogProbabilities([n % 27 for n in range(100_000)])

    async def score(n: int) -> None:
        nonlocal came
        async for _ in own.query(MODEL, walk, requester=Requester("script", f"s{n}")):
            came += 1

    async def go() -> tuple[int, Any]:
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(SERVES_THREADS))
        scores = [asyncio.create_task(score(n)) for n in range(SCORES)]
        while came < SCORES:
            await asyncio.sleep(0.005)
        before = came
        rows = await own.prefill(MODEL, text, 0, exact=True, requester=Requester("other"))
        meanwhile = came - before
        for one in scores:
            one.cancel()
        await asyncio.gather(*scores, return_exceptions=True)
        while own.engine.turns._used:  # abandoned work ends at its next turn
            await asyncio.sleep(0.005)
        return meanwhile, rows

    meanwhile, rows = asyncio.run(asyncio.wait_for(go(), 120))
    assert meanwhile < SCORES / 2, "the prompt waited until most of the scores had their next step"
    np.testing.assert_array_equal(rows, Local().prefill(MODEL, text, 0, NEVER, exact=True))


# ── Health ───────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("threads", range(1, turns.THREADS + 1))
def test_a_replica_is_unhealthy_while_any_engine_thread_is_stuck(
    threads: int, module: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, held = module.Replica(SMALL), threading.Event()

    def stuck() -> Steps[None]:
        held.wait(120)
        yield

    async def go() -> None:
        await own.check_health()
        monkeypatch.setattr(module, "HEALTH_SECONDS", 0.2)
        work = [asyncio.create_task(own.engine.work(stuck(), f"{n}", NEVER)) for n in range(threads)]
        while own.engine.turns.longest() <= module.HEALTH_SECONDS:
            await asyncio.sleep(0.01)
        with pytest.raises(module.Stuck):
            await own.check_health()
        held.set()
        await asyncio.gather(*work)
        monkeypatch.undo()
        await own.check_health()

    asyncio.run(asyncio.wait_for(go(), 60))


def test_a_replica_whose_engine_gives_no_turns_is_unhealthy(module: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    own = module.Replica(SMALL)
    monkeypatch.setattr(own.engine.turns, "add", lambda work: None)
    monkeypatch.setattr(module, "HEALTH_SECONDS", 0.2)
    with pytest.raises(TimeoutError):
        asyncio.run(own.check_health())


def test_an_ended_thread_is_noticed() -> None:
    ending = turns.Turns(1)

    class End:
        key, name, weight = "end", "", 1.0

        def turn(self) -> bool:
            raise SystemExit

    assert ending.longest() == 0
    ending.add(End())
    ending.threads[0].join(30)
    assert ending.longest() == float("inf")

"""The engine in replicas, for real: one command starts Ray, two replicas and the page; one of them is killed.

It needs Ray Serve, which is installed by itself: `pip install -r playground/engine/ray_serve/requirements.txt`.
"""

import asyncio
import importlib.util
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from playground import library
from playground.checkpoints.by_characters import by_characters
from playground.engine import turns
from playground.engine.base import Begun, Chunk, Engine, Run, Text, Unwanted
from playground.engine.local import Local
from playground.engine.tasks import Steps
from playground.errors import BadInput, UnknownModel
from playground.hub.client import TOKEN_NAME
from playground.inference.beam import Beam
from playground.inference.generate import generate
from playground.inference.next_character import NextCharacter
from playground.inference.prefill import prefill
from playground.inference.reach import Reach
from playground.inference.samples import Samples
from playground.inference.score import LogProbabilities
from playground.inference.stopping import Stop
from playground.inference.walk import Walk
from playground.sampling import Sampling
from tests import small_gpt2, stream
from tests.conftest import missing
from tests.engine.starting import started, until

MODEL = "names-gru"
HEAL_SECONDS = 90
SOON = 0.2  # seconds in which a run must end that nobody wants
NEVER = threading.Event()
SETTINGS = [Sampling(0.8), Sampling(1.3, top_k=9), Sampling(0), Sampling(1, top_p=0.9, bias={3: 2.0})]


# Ray's own warnings are not ours to mend.
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def of_hub(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a model of tokens, as it lies below a cache of the Hub."""
    folder = tmp_path_factory.mktemp("hub") / "hub" / "models--someone--cuts" / "snapshots" / ("8" * 40)
    small_gpt2.write(folder, 800, sure=3)
    return folder


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory, of_hub: Path) -> Iterator[str]:
    """The address of a page that one command started, with two replicas of a model; the environment says where."""
    if importlib.util.find_spec("ray") is None:
        missing("needs Ray Serve: .venv/bin/pip install -r playground/engine/ray_serve/requirements.txt")
    log = tmp_path_factory.mktemp("ray") / "log"
    cache = {"HF_HOME": str(of_hub.parents[3]), "HF_HUB_CACHE": "", "HF_HUB_OFFLINE": "1", TOKEN_NAME: "visitors"}
    command = started(log, "--models", MODEL, "--replicas", "2", **cache)
    with command as (address, environment), pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        yield address


@pytest.fixture(scope="module")
def remote(page: str) -> Iterator[Any]:
    """An engine that asks those replicas."""
    from playground.engine.ray_serve.remote import Remote

    engine = Remote()
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def local() -> Local:
    return Local()


def some_runs(count: int, length: int) -> list[tuple[Text, Run]]:
    """Runs that differ in all that a run can."""
    texts = [Text(()), Text((1, 5, 9)), Text((3,), written=(4, 5)), Text((2, 2), start=False)]
    return [
        (texts[n % 4], Run(SETTINGS[n % len(SETTINGS)], n, Stop(length), first=n % 3, picks={5: 4} if n % 5 else {}))
        for n in range(count)
    ]


async def whole(engine: Engine, text: Text, run: Run, progress: list[int] | None = None) -> list[Begun | Chunk]:
    found: list[Begun | Chunk] = []
    async for part in engine.run(MODEL, text, run, NEVER, first=0 if text.start else None):
        found.append(part)
        if progress is not None and isinstance(part, Chunk):
            progress[run.seed] += len(part.ids)
    return found


async def all_of(engine: Engine, runs: list[tuple[Text, Run]]) -> list[list[Begun | Chunk]]:
    return await asyncio.gather(*(whole(engine, text, run) for text, run in runs))


def same(one: list[Begun | Chunk], other: list[Begun | Chunk]) -> None:
    """Each was begun once, and has the same ids, us and rows, to the last bit."""
    for parts in (one, other):
        assert [isinstance(part, Begun) for part in parts] == [True] + [False] * (len(parts) - 1)
        chunks = [part for part in parts if isinstance(part, Chunk)]
        assert [chunk.stopped is not None for chunk in chunks] == [False] * (len(chunks) - 1) + [True]
    first, second = one[0], other[0]
    assert isinstance(first, Begun) and isinstance(second, Begun)
    np.testing.assert_array_equal(first.rows, second.rows)
    np.testing.assert_array_equal(first.tip, second.tip)
    for name in ("ids", "us"):
        told = [[x for part in parts if isinstance(part, Chunk) for x in getattr(part, name)] for parts in (one, other)]
        assert told[0] == told[1]
    rows = [[row for part in parts if isinstance(part, Chunk) for row in part.rows] for parts in (one, other)]
    np.testing.assert_array_equal(rows[0], rows[1])


def states(remote: Any) -> dict[int, int]:
    """How many texts are being written in each replica, by the numbers of their processes."""
    return dict(remote.handle(MODEL).state.remote().result() for _ in range(30))


def test_runs_are_those_of_the_engine_in_this_process(remote: Any, local: Local) -> None:
    runs = some_runs(24, 90)
    for far, near in zip(asyncio.run(all_of(remote, runs)), asyncio.run(all_of(local, runs)), strict=True):
        same(far, near)
    assert remote.writing() == 0


@pytest.mark.parametrize(
    "walk",
    [
        LogProbabilities(list(range(27)) * 60),
        Beam([1, 2, 3], 4, Stop(9, frozenset({0})), penalty=0.7),
        Samples([1, 2, 3], [Sampling(0), Sampling(1.5)], [1, 2], 9),
        Reach(list(range(27)), [9, 20, 27], [1, 2, 4]),
        NextCharacter((1, 2, 3)),
    ],
    ids=lambda walk: type(walk).__name__,
)
def test_every_walk_gives_what_it_gives_here(walk: Walk[Any], remote: Any, local: Local) -> None:
    far, near = (list(engine.walk(MODEL, walk, NEVER)) for engine in (remote, local))
    assert near
    assert repr(far) == repr(near)  # of arrays too


def test_prompts_and_given_ids_are_too(remote: Any, local: Local) -> None:
    ids = list(range(27)) * 60
    for text, first in ((Text(ids), 0), (Text(ids), 1_600), (Text(ids[:3], start=False), 2)):
        far, near = (engine.prefill(MODEL, text, first, NEVER, exact=True) for engine in (remote, local))
        np.testing.assert_array_equal(far, near)
    far, near = (engine.prefill(MODEL, Text(ids[::2]), 0, NEVER, exact=False) for engine in (remote, local))
    np.testing.assert_allclose(far, near, atol=1e-4)  # from wherever a state lies

    async def given(engine: Engine) -> list[Begun | Chunk]:
        return [part async for part in engine.given(MODEL, Text((1, 2), (3,)), ids[:450], NEVER, first=0)]

    same(asyncio.run(given(remote)), asyncio.run(given(local)))


def test_what_a_person_can_put_right_is_told_as_it_is_here(remote: Any, local: Local) -> None:
    banned = Run(Sampling(bias={id: float("-inf") for id in range(27)}), 1, Stop(9))
    told = []
    for engine in (remote, local):
        with pytest.raises(BadInput) as raised:
            asyncio.run(whole(engine, Text(()), banned))
        told.append(str(raised.value))
    assert told[0] == told[1]
    with pytest.raises(UnknownModel):
        remote.open("nobody", NEVER)


def test_a_run_that_nobody_wants_ends_here_and_there(remote: Any) -> None:
    gone = threading.Event()
    since = 0.0

    async def go() -> None:
        nonlocal since
        async with aclosing(remote.run(MODEL, Text(()), Run(Sampling(), 1, Stop(10_000_000)), gone)) as parts:
            async for part in parts:
                if isinstance(part, Chunk) and not gone.is_set():
                    gone.set()
                    since = time.perf_counter()

    with pytest.raises(Unwanted):
        asyncio.run(go())
    assert time.perf_counter() - since < SOON
    until(lambda: not any(states(remote).values()), 10, "it is still being written")


def test_the_page_holds_no_weights_and_answers_as_it_does_without_replicas(page: str, remote: Any) -> None:
    checkpoint = remote.open(MODEL, NEVER)
    model: Any = checkpoint.model
    assert {tensor.device.type for tensor in model.state_dict().values()} == {"meta"}
    assert checkpoint.vocabulary.symbols == library.load(MODEL).vocabulary.symbols
    settings = stream.settings(model=MODEL, prompt="ann", length=200, seed=3)
    asked = stream.asked(settings=settings, written=[], pick=None)
    far = stream.answer(httpx.post(f"{page}/stream/write", json=asked, timeout=60).content)
    near = stream.write(settings=settings)
    assert (far.ids, far.us) == (near.ids, near.us)
    np.testing.assert_array_equal(np.stack(far.tips), np.stack(near.tips))
    told = httpx.get(f"{page}/healthz", timeout=30).json()
    assert told["models"]["in_memory"] == []


@pytest.mark.parametrize("suffix", ["", library.SUFFIX])
def test_a_model_of_the_hub_is_written_by_the_replica_that_others_share(page: str, of_hub: Path, suffix: str) -> None:
    """By its tokens, and by characters: as in one process."""
    checkpoint = library.load(of_hub)
    settings = stream.settings(model=f"someone/cuts@{of_hub.name}{suffix}", prompt="to be or not to b", length=30)
    asked = stream.asked(settings=settings, written=[], pick=None)
    told = stream.answer(httpx.post(f"{page}/stream/write", json=asked, timeout=120).content)
    model = by_characters(checkpoint) if suffix else checkpoint
    made = generate(model, prefill(model, model.vocabulary.encode("to be or not to b").ids), Sampling(), seed=42)
    expected = [next(made) for _ in range(31)]
    assert (told.ids, told.us) == ([step.id for step in expected[:30]], [step.u for step in expected[:30]])
    np.testing.assert_array_equal(np.stack(told.tips), np.stack([step.logits for step in expected]))
    assert httpx.get(f"{page}/healthz", timeout=30).json()["models"]["in_memory"] == []


def test_a_replica_that_is_killed_loses_nothing(
    page: str, remote: Any, local: Local, caplog: pytest.LogCaptureFixture
) -> None:
    """Both replicas write; one is killed in the middle of many runs. Each comes out as it would have."""
    runs = some_runs(40, 1_500)
    progress = [0] * len(runs)
    settings = stream.settings(model=MODEL, prompt="ann", length=2_000, seed=3)
    asked = stream.asked(settings=settings, written=[], pick=None, page="killed")
    through_page: list[bytes] = []

    async def go() -> tuple[int, list[list[Begun | Chunk]]]:
        writing = asyncio.gather(*(whole(remote, text, run, progress) for text, run in runs))
        visit = asyncio.to_thread(httpx.post, f"{page}/stream/write", json=asked, timeout=120)
        visiting = asyncio.create_task(visit)
        while sum(count > 0 for count in progress) < len(runs) // 2:
            await asyncio.sleep(0.005)
        victim = max((await asyncio.to_thread(states, remote)).items(), key=lambda state: state[1])[0]
        os.kill(victim, signal.SIGKILL)
        at_death = list(progress)
        found = await writing
        through_page.append((await visiting).content)
        assert any(0 < count < 1_500 for count in at_death), "all runs had ended before the replica was killed"
        return victim, found

    victim, found = asyncio.run(go())
    assert "A replica was lost" in caplog.text
    for far, near in zip(found, asyncio.run(all_of(local, runs)), strict=True):
        same(far, near)
    answer, alone = stream.answer(through_page[0]), stream.write(settings=settings)
    assert (answer.ids, answer.us) == (alone.ids, alone.us)

    def healed() -> bool:
        now = states(remote)
        return len(now) == 2 and victim not in now

    until(healed, HEAL_SECONDS, "no replica took its place")


def test_a_replica_whose_engine_gives_no_turns_is_not_well(remote: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from playground.engine.ray_serve import replica

    held, own = threading.Event(), replica.Replica(MODEL)

    def stuck() -> Steps[None]:
        held.wait(30)
        yield

    async def go() -> None:
        await own.check_health()
        monkeypatch.setattr(replica, "HEALTH_SECONDS", 0.2)
        work = [asyncio.create_task(own.engine.work(stuck(), f"{n}", NEVER)) for n in range(turns.THREADS)]
        await asyncio.sleep(0)
        with pytest.raises(TimeoutError):
            await own.check_health()
        held.set()
        await asyncio.gather(*work)

    asyncio.run(go())

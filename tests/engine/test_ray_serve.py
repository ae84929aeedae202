"""The engine in real replicas: one command starts Ray, a replica and two pages; a second replica starts under load.

It needs Ray Serve, which is installed separately: `pip install -r playground/engine/ray_serve/requirements.txt`.
"""

import asyncio
import importlib.util
import threading
import time
from collections.abc import Iterator
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from playground import library
from playground.checkpoints.by_characters import by_characters
from playground.engine.base import Chunk, Engine, RequestAborted, Run, Text
from playground.engine.local import Local
from playground.engine.ray_serve import plan
from playground.errors import BadInput, UnknownModel
from playground.hub.client import TOKEN_NAME
from playground.inference.generate import generate
from playground.inference.prefill import prefill
from playground.inference.query import Query
from playground.inference.stopping import Stop
from playground.sampling import Sampling
from tests import stream
from tests.conftest import missing
from tests.engine import replicas, troubles
from tests.engine.replicas import MODEL, NEVER, WALKS, Parts, assert_same, is_idle, loads, run_all, run_whole, some_runs
from tests.engine.starting import start_cluster, wait_until

WAIT_SECONDS = 180  # limit for starting another replica and for anything else that takes long on busy processors
LENGTH = 800  # symbols of the texts during which a replica is killed
STEPS = 1_100  # 70 MB of rows of the small model with many tokens: four times what a reader may be behind
SOON = 0.2  # seconds in which an abandoned run must end

pytestmark = pytest.mark.filterwarnings("ignore")  # Ray's own warnings


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The output of the command and the pages."""
    return tmp_path_factory.mktemp("ray") / "log"


@pytest.fixture(scope="module")
def pages(log: Path, of_hub: Path) -> Iterator[list[str]]:
    """The addresses of two pages started by one command, with a replica of one model; the environment has the
    address."""
    if importlib.util.find_spec("ray") is None:
        missing("needs Ray Serve: .venv/bin/pip install -r playground/engine/ray_serve/requirements.txt")
    cache = {"HF_HOME": str(of_hub.parents[3]), "HF_HUB_CACHE": "", "HF_HUB_OFFLINE": "1", TOKEN_NAME: "visitors"}
    command = start_cluster(log, 2, "--models", MODEL, "--most", "2", **cache)
    with command as (addresses, environment), pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        yield addresses


@pytest.fixture(scope="module")
def page(pages: list[str]) -> str:
    return pages[0]


@pytest.fixture(scope="module")
def remote(pages: list[str]) -> Iterator[Any]:
    """An engine connected to those replicas."""
    from playground.engine.ray_serve.remote import Remote

    engine = Remote()
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def local() -> Local:
    return Local()


@pytest.fixture(scope="module")
def second_replica(remote: Any, local: Local) -> list[int]:
    """Starts a second replica by load; returns how many runs were written meanwhile."""
    return replicas.grow(remote, local, WAIT_SECONDS)


def test_a_second_replica_starts_under_load_and_runs_equal_the_local_engines(
    second_replica: list[int], remote: Any
) -> None:
    assert second_replica[0] >= 2 * 24
    assert remote.writing() == 0


@pytest.mark.parametrize("walk", WALKS, ids=lambda walk: type(walk).__name__)
def test_every_query_gives_the_same_as_the_local_engine(walk: Query[Any], remote: Any, local: Local) -> None:
    far, near = (list(engine.query(MODEL, walk, NEVER)) for engine in (remote, local))
    assert near
    assert repr(far) == repr(near)  # of arrays too


def test_prompts_and_given_ids_give_the_same_as_the_local_engine(remote: Any, local: Local) -> None:
    ids = list(range(27)) * 60
    for text, first in ((Text(ids), 0), (Text(ids), 1_600), (Text(ids[:3], start=False), 2)):
        far, near = (engine.prefill(MODEL, text, first, NEVER, exact=True) for engine in (remote, local))
        np.testing.assert_array_equal(far, near)
    far, near = (engine.prefill(MODEL, Text(ids[::2]), 0, NEVER, exact=False) for engine in (remote, local))
    np.testing.assert_allclose(far, near, atol=1e-4)  # from any cached state

    async def given(engine: Engine) -> Parts:
        return [part async for part in engine.replay(MODEL, Text((1, 2), (3,)), ids[:450], NEVER, first=0)]

    assert_same(asyncio.run(given(remote)), asyncio.run(given(local)))


def test_bad_input_raises_the_same_error_as_the_local_engine(remote: Any, local: Local) -> None:
    banned = Run(Sampling(bias={id: float("-inf") for id in range(27)}), 1, Stop(9))
    told = []
    for engine in (remote, local):
        with pytest.raises(BadInput) as raised:
            asyncio.run(run_whole(engine, Text(()), banned))
        told.append(str(raised.value))
    assert told[0] == told[1]
    with pytest.raises(UnknownModel):
        remote.open("nobody", NEVER)


@pytest.mark.timed
def test_an_abandoned_run_ends_in_the_page_and_in_the_replica(remote: Any) -> None:
    gone = threading.Event()
    since = 0.0

    async def go() -> None:
        nonlocal since
        async with aclosing(remote.run(MODEL, Text(()), Run(Sampling(), 1, Stop(10_000_000)), gone)) as parts:
            async for part in parts:
                if isinstance(part, Chunk) and not gone.is_set():
                    gone.set()
                    since = time.perf_counter()

    with pytest.raises(RequestAborted):
        asyncio.run(go())
    assert time.perf_counter() - since < SOON
    wait_until(lambda: not any(loads(remote).values()), 10, "it is still being written")


def test_the_page_holds_no_weights_and_answers_as_without_replicas(page: str, remote: Any) -> None:
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
def test_a_hub_model_is_written_by_the_shared_replica(page: str, of_hub: Path, suffix: str) -> None:
    """By tokens and by characters, as in one process."""
    checkpoint = library.load(of_hub)
    settings = stream.settings(model=f"someone/cuts@{of_hub.name}{suffix}", prompt="to be or not to b", length=30)
    asked = stream.asked(settings=settings, written=[], pick=None)
    told = stream.answer(httpx.post(f"{page}/stream/write", json=asked, timeout=120).content)
    model = by_characters(checkpoint) if suffix else checkpoint
    made = generate(model, prefill(model, model.vocabulary.encode("to be or not to b").ids), Sampling(), seed=42)
    expected = [next(made) for _ in range(30)]
    assert (told.ids, told.us) == ([step.id for step in expected], [step.u for step in expected])
    assert httpx.get(f"{page}/healthz", timeout=30).json()["models"]["in_memory"] == []


def test_a_slow_reader_pauses_its_run_in_the_replica(remote: Any, of_hub: Path) -> None:
    """Of two runs hardly anything is read, and both pause. Then one is read further, and equals the local one; the
    other is abandoned."""
    model, run = f"someone/cuts@{of_hub.name}", Run(Sampling(), 1, Stop(STEPS))
    unread = replace(run, stop=Stop(10_000_000))

    async def go() -> list[int]:
        async with (
            aclosing(remote.run(model, Text(()), run, NEVER)) as parts,
            aclosing(remote.run(model, Text(()), unread, NEVER)) as others,
        ):
            told = [await anext(some) for some in (parts, others) for _ in range(2)]
            [(replica, _)] = (await asyncio.to_thread(loads, remote, model)).items()
            await asyncio.to_thread(wait_until, lambda: is_idle(replica), WAIT_SECONDS, "it does not wait", pause=0.0)
            assert await asyncio.to_thread(loads, remote, model) == {replica: 2}, "neither is at its end"
            chunks = [told[1], *[part async for part in parts]]
        return [id for chunk in chunks if isinstance(chunk, Chunk) for id in chunk.ids]

    far = asyncio.run(go())
    checkpoint = library.load(of_hub)
    made = generate(checkpoint, prefill(checkpoint, []), Sampling(), seed=1)
    assert far == [next(made).id for _ in range(STEPS)]
    wait_until(lambda: not any(loads(remote, model).values()), WAIT_SECONDS, "the abandoned one goes on")


def test_no_log_quotes_a_text_that_failed(page: str, remote: Any, of_hub: Path, log: Path) -> None:
    """In no file that Ray and Serve write, nor in the pages' output: neither as characters nor as ids."""
    text, model = "zyzzyva was here", f"someone/cuts@{of_hub.name}"
    ids = library.load(of_hub).vocabulary.encode(text).ids
    with pytest.raises(KeyError):
        list(remote.query(model, troubles.Fails(text, tuple(ids)), NEVER))
    settings = stream.settings(model=model, prompt=text, length=9)
    written: dict[str, Any] = {"settings": settings, "written": [], "pick": None}
    for route, request in (("look", {"model": model, "prompt": text}), ("write", written)):
        told = httpx.post(f"{page}/stream/{route}", json=stream.asked(page="log", **request), timeout=60).content
        assert [head for head, _ in stream.frames(told)][-1]["code"] == "broken"
    said = troubles.log_files() | {log: log.read_text("utf-8", "replace")}
    assert [path for path, lines in said.items() if text in lines or str([*ids])[1:-1] in lines] == []
    assert "KeyError" in said[log]
    assert [path for path, lines in said.items() if "KeyError" in lines and "replica" in path.name]


def test_every_page_gives_the_same_text_for_a_link(pages: list[str]) -> None:
    assert len(pages) == 2
    assert {httpx.get(f"{page}/healthz", timeout=60).json()["models"]["in_memory"] == [] for page in pages} == {True}
    asked = stream.asked(settings=stream.settings(model=MODEL, prompt="ann", length=200, seed=3), written=[], pick=None)
    told = [stream.answer(httpx.post(f"{page}/stream/write", json=asked, timeout=60).content) for page in pages]
    assert told[0].ids == told[1].ids != []
    assert told[0].us == told[1].us
    np.testing.assert_array_equal(np.stack(told[0].tips), np.stack(told[1].tips))


def test_a_killed_replica_loses_nothing(
    page: str, remote: Any, local: Local, second_replica: list[int], caplog: pytest.LogCaptureFixture
) -> None:
    """Both replicas write; one is killed during many runs. Each run comes out unchanged."""
    runs, settings = some_runs(24, LENGTH), stream.settings(model=MODEL, prompt="ann", length=LENGTH, seed=3)
    asked = stream.asked(settings=settings, written=[], pick=None, page="killed")
    killed, *_ = loads(remote)

    def visit() -> bytes:
        return httpx.post(f"{page}/stream/write", json=asked, timeout=WAIT_SECONDS).content

    found, through_page = asyncio.run(troubles.texts_while_killed(remote, killed, runs, LENGTH, visit))
    assert "A replica was lost" in caplog.text
    for far, near in zip(found, asyncio.run(run_all(local, runs)), strict=True):
        assert_same(far, near)
    answer, alone = stream.answer(through_page), stream.write(settings=settings)
    assert (answer.ids, answer.us) == (alone.ids, alone.us)

    def healed() -> bool:
        now = loads(remote)
        return len(now) == 2 and killed not in now

    wait_until(healed, WAIT_SECONDS, "no replica took its place")


def test_a_replica_with_a_stuck_thread_is_replaced_and_its_texts_continue(
    remote: Any, local: Local, second_replica: list[int], tmp_path: Path
) -> None:
    runs, file, gone = some_runs(8, 90), tmp_path / "stuck", threading.Event()
    late = threading.Timer(WAIT_SECONDS, gone.set)
    late.start()

    async def go() -> tuple[list[int], list[Parts]]:
        stuck = asyncio.to_thread(lambda: list(remote.query(MODEL, troubles.StuckOnce(str(file)), gone)))
        return await asyncio.gather(stuck, run_all(remote, runs))

    answers, found = asyncio.run(go())
    late.cancel()
    assert len(answers) == 1
    assert answers != [int(file.read_text("ascii"))]
    for far, near in zip(found, asyncio.run(run_all(local, runs)), strict=True):
        assert_same(far, near)
    wait_until(lambda: len(loads(remote)) == 2, WAIT_SECONDS, "no replica took its place")


def test_replicas_that_are_replaced_finish_their_texts_first(
    remote: Any, local: Local, caplog: pytest.LogCaptureFixture
) -> None:
    """The application is deployed anew while texts are written: the old replicas end by themselves, and lose none."""
    from ray import serve

    from playground.engine.ray_serve.replica import build

    runs, old = some_runs(24, 8 * LENGTH), set(loads(remote))  # of some seconds
    expected = asyncio.run(run_all(local, runs))
    anew = {"name": plan.application(MODEL), "route_prefix": None}
    deploying = threading.Thread(target=serve.run, args=(build(MODEL, plan.Size(most=2)),), kwargs=anew)
    caplog.clear()

    def ask() -> bool:
        for far, near in zip(asyncio.run(run_all(remote, runs)), expected, strict=True):
            assert_same(far, near)
        return not old & loads(remote).keys()

    deploying.start()
    wait_until(ask, WAIT_SECONDS, "the old replicas still run", pause=0.0)
    deploying.join()
    assert "A replica was lost" not in caplog.text

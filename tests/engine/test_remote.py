"""Interrupted answers, repeatedly: nothing is repeated, nothing is lost, and finally it gives up."""

import asyncio
import itertools
import threading
import time
from collections.abc import Iterator
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from typing import Any

import pytest

from playground.engine.base import Chunk, RequestAborted, Run, RunStart, Text
from playground.engine.local import Local
from playground.errors import BadInput
from playground.inference.score import LogProbabilities
from playground.inference.stopping import Stop
from playground.sampling import Sampling
from tests.conftest import missing

MODEL, TEXT, NEVER = "names-gru", Text((1, 2)), threading.Event()
RUN = Run(Sampling(), 5, Stop(100))

pytestmark = pytest.mark.filterwarnings("ignore")  # Ray's own warnings, which are not ours to fix


class Response:
    """A replica's answer: these parts and then, if it is lost, an error."""

    def __init__(self, parts: list[Any], lost: BaseException | None) -> None:
        self.parts, self.lost = iter(parts), lost

    def __iter__(self) -> "Response":
        return self

    def __aiter__(self) -> "Response":
        return self

    def __next__(self) -> Any:
        for part in self.parts:
            return part
        raise self.lost or StopIteration

    async def __anext__(self) -> Any:
        await asyncio.sleep(0)
        try:
            return next(self)
        except StopIteration:
            raise StopAsyncIteration from None

    def result(self) -> Any:
        return next(self)

    def cancel(self) -> None:
        pass


class Replicas:
    """Stands in for a deployment: requests are computed here, and answered until the replica is lost. parts: how
    many parts each replica sends, one after the other; None for all. asked: the number of calls. lost: the error
    raised then."""

    def __init__(self, *parts: int | None, lost: BaseException | None = None) -> None:
        from ray.exceptions import ActorDiedError

        self.told, self.asked = iter(parts), 0
        self.lost = lost or ActorDiedError()

    def call(self, method: str, model: str, text: Any, *more: Any, stream: bool = False, **named: Any) -> Response:
        self.asked += 1
        most = next(self.told)
        if isinstance(text, LogProbabilities):
            answer: list[Any] = list(Local().query(model, text, NEVER, **named))
        elif isinstance(more[0], Run):
            answer = list(in_single_steps(text, more[0]))
        else:
            answer = [Local().prefill(model, text, more[0], NEVER, **named)]
        return Response(answer[:most], None if most is None else self.lost)


def in_single_steps(text: Text, run: Run) -> Iterator[RunStart | Chunk]:
    for part in run_to_end(Local(), text, run):
        if isinstance(part, RunStart):
            yield part
            continue
        for n, (id, u, row) in enumerate(zip(part.ids, part.us, part.rows, strict=True)):
            yield Chunk([id], [u], [row], part.stopped if n == len(part.ids) - 1 else None)


def run_to_end(engine: Any, text: Text, run: Run, cancelled: threading.Event = NEVER) -> list[RunStart | Chunk]:
    async def go() -> list[RunStart | Chunk]:
        return [part async for part in engine.run(MODEL, text, run, cancelled)]

    with ThreadPoolExecutor(1) as thread:  # one event loop may already run in this thread
        return thread.submit(asyncio.run, go()).result()


@pytest.fixture
def remote(monkeypatch: pytest.MonkeyPatch) -> Any:
    """An engine that calls the replicas in `remote.replicas`, without pauses."""
    try:
        from playground.engine.ray_serve import remote as module
    except ImportError:
        missing("needs Ray Serve: .venv/bin/pip install -r playground/engine/ray_serve/requirements.txt")
    monkeypatch.setattr(module, "PAUSE_SECONDS", 0.0)

    class Asking(module.Remote):
        replicas: Any

        def __init__(self) -> None:
            super().__init__()
            self.applications: Any = self

        def find(self, model: str) -> Future[Any]:
            found: Future[Any] = Future()
            found.set_result(self.replicas)
            return found

    return Asking()


def ids_of(parts: list[RunStart | Chunk]) -> list[tuple[int, float | None, bytes]]:
    chunks = [part for part in parts if isinstance(part, Chunk)]
    return [step for c in chunks for step in zip(c.ids, c.us, [row.tobytes() for row in c.rows], strict=True)]


@pytest.mark.parametrize("told", [(None,), (0, None), (1, None), (2, None), (31, 0, 60, 100, None)])
def test_a_run_continues_however_often_replicas_are_lost(told: tuple[int | None, ...], remote: Any) -> None:
    remote.replicas = Replicas(*told)
    parts = run_to_end(remote, TEXT, RUN)
    assert ids_of(parts) == ids_of(run_to_end(Local(), TEXT, RUN))
    assert [isinstance(part, RunStart) for part in parts] == [True] + [False] * 100
    assert remote.replicas.asked == len(told)


@pytest.mark.parametrize("ended", ["as Ray tells it", "as Python does"])
def test_work_broken_off_by_a_shutdown_goes_to_another_replica(ended: str, remote: Any) -> None:
    """A text being written, a prompt, and a score: a replica that is scaled down has no time left for them."""
    from ray.exceptions import TaskCancelledError

    def lost(python: BaseException) -> BaseException:
        return TaskCancelledError() if ended == "as Ray tells it" else python

    remote.replicas = Replicas(31, 0, None, lost=lost(asyncio.CancelledError()))
    assert ids_of(run_to_end(remote, TEXT, RUN)) == ids_of(run_to_end(Local(), TEXT, RUN))
    remote.replicas = Replicas(0, None, lost=lost(CancelledError()))
    rows = remote.prefill(MODEL, TEXT, 0, NEVER, exact=True)
    assert rows.tobytes() == Local().prefill(MODEL, TEXT, 0, NEVER, exact=True).tobytes()
    walk = LogProbabilities([n % 27 for n in range(2_000)])
    remote.replicas = Replicas(2, None, lost=lost(CancelledError()))
    assert list(remote.query(MODEL, walk, NEVER)) == list(Local().query(MODEL, walk, NEVER))


@pytest.mark.parametrize("ended", ["as Ray tells it", "as Python does"])
def test_abandoned_work_is_not_retried(ended: str, remote: Any) -> None:
    from ray.exceptions import TaskCancelledError

    error = TaskCancelledError() if ended == "as Ray tells it" else CancelledError()
    remote.replicas, gone = Replicas(0, 0, lost=error), threading.Event()
    gone.set()
    for ask in (
        lambda: remote.prefill(MODEL, TEXT, 0, gone, exact=True),
        lambda: list(remote.query(MODEL, LogProbabilities([1, 2, 3]), gone)),
    ):
        with pytest.raises(RequestAborted):
            ask()
    assert remote.replicas.asked == 2


def test_a_text_that_kills_every_replica_is_given_up(remote: Any) -> None:
    from ray.exceptions import ActorDiedError

    from playground.engine.ray_serve.remote import TRIES

    remote.replicas = Replicas(*itertools.repeat(11, 100))
    with pytest.raises(ActorDiedError):
        run_to_end(remote, TEXT, RUN)
    assert remote.replicas.asked == TRIES
    assert remote.writing() == 0


def test_a_prompt_and_a_score_are_retried(remote: Any) -> None:
    remote.replicas = Replicas(0, 0, None)
    rows = remote.prefill(MODEL, TEXT, 0, NEVER, exact=True)
    assert rows.tobytes() == Local().prefill(MODEL, TEXT, 0, NEVER, exact=True).tobytes()
    walk = LogProbabilities([n % 27 for n in range(2_000)])
    remote.replicas = Replicas(2, 0, 3, None)
    assert list(remote.query(MODEL, walk, NEVER)) == list(Local().query(MODEL, walk, NEVER))


def test_a_reported_error_is_raised_without_a_retry(remote: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    remote.replicas = Replicas(None)
    told = BadInput("input.rows", rows=0)
    monkeypatch.setattr(remote.replicas, "call", lambda *_, **__: Response([told], None))
    for ask in (lambda: run_to_end(remote, TEXT, RUN), lambda: remote.prefill(MODEL, TEXT, 0, NEVER, exact=True)):
        with pytest.raises(BadInput) as raised:
            ask()
        assert raised.value is told


def test_a_caller_that_leaves_does_not_wait_for_a_missing_replica(remote: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from playground.engine.ray_serve import remote as module

    monkeypatch.setattr(module, "PAUSE_SECONDS", 60.0)
    remote.replicas = Replicas(*itertools.repeat(0, 100))
    for ask in (
        lambda gone: run_to_end(remote, TEXT, RUN, gone),
        lambda gone: remote.prefill(MODEL, TEXT, 0, gone, exact=True),
    ):
        gone = threading.Event()
        threading.Timer(0.3, gone.set).start()
        begun = time.monotonic()
        with pytest.raises(RequestAborted):
            ask(gone)
        assert time.monotonic() - begun < 10

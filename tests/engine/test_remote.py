"""Answers that break off, again and again: nothing is told twice, nothing is lost, and in the end it is given up."""

import asyncio
import itertools
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from playground.engine.base import Begun, Chunk, Run, Text, Unwanted
from playground.engine.local import Local
from playground.errors import BadInput
from playground.inference.score import LogProbabilities
from playground.inference.stopping import Stop
from playground.sampling import Sampling
from tests.conftest import missing

MODEL, TEXT, NEVER = "names-gru", Text((1, 2)), threading.Event()
RUN = Run(Sampling(), 5, Stop(100))

pytestmark = pytest.mark.filterwarnings("ignore")  # Ray's own warnings are not ours to mend


class Response:
    """What a replica answers: these parts, and then, where it is lost, that it was."""

    def __init__(self, parts: list[Any], lost: bool) -> None:
        self.parts, self.lost = iter(parts), lost

    def __iter__(self) -> "Response":
        return self

    def __aiter__(self) -> "Response":
        return self

    def __next__(self) -> Any:
        from ray.exceptions import ActorDiedError

        for part in self.parts:
            return part
        if self.lost:
            raise ActorDiedError
        raise StopIteration

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
    """In place of a deployment: what is asked is computed here, and told until the replica is lost.

    parts: how many parts each replica tells, one after the other; None for all. asked: how often one was.
    """

    def __init__(self, *parts: int | None) -> None:
        self.told, self.asked = iter(parts), 0
        self.run = self.prefill = self.walk = self

    def options(self, *, stream: bool) -> "Replicas":
        return self

    def remote(self, model: str, text: Any, *more: Any, **named: Any) -> Response:
        self.asked += 1
        most = next(self.told)
        if isinstance(text, LogProbabilities):
            answer: list[Any] = list(Local().walk(model, text, NEVER, **named))
        elif isinstance(more[0], Run):
            answer = list(in_single_steps(text, more[0]))
        else:
            answer = [Local().prefill(model, text, more[0], NEVER, **named)]
        return Response(answer[:most], most is not None)


def in_single_steps(text: Text, run: Run) -> Iterator[Begun | Chunk]:
    for part in whole(Local(), text, run):
        if isinstance(part, Begun):
            yield part
            continue
        for n, (id, u, row) in enumerate(zip(part.ids, part.us, part.rows, strict=True)):
            yield Chunk([id], [u], [row], part.stopped if n == len(part.ids) - 1 else None)


def whole(engine: Any, text: Text, run: Run, cancelled: threading.Event = NEVER) -> list[Begun | Chunk]:
    async def go() -> list[Begun | Chunk]:
        return [part async for part in engine.run(MODEL, text, run, cancelled)]

    with ThreadPoolExecutor(1) as thread:  # a loop may run in this one
        return thread.submit(asyncio.run, go()).result()


@pytest.fixture
def remote(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Asks the replicas that `remote.replicas` are, without a pause."""
    try:
        from playground.engine.ray_serve import remote as module
    except ImportError:
        missing("needs Ray Serve: .venv/bin/pip install -r playground/engine/ray_serve/requirements.txt")
    monkeypatch.setattr(module, "PAUSE_SECONDS", 0.0)

    class Asking(module.Remote):
        replicas: Any

        def handle(self, model: str) -> Any:
            return self.replicas

    return Asking()


def drawn(parts: list[Begun | Chunk]) -> list[tuple[int, float | None, bytes]]:
    chunks = [part for part in parts if isinstance(part, Chunk)]
    return [step for c in chunks for step in zip(c.ids, c.us, [row.tobytes() for row in c.rows], strict=True)]


@pytest.mark.parametrize("told", [(None,), (0, None), (1, None), (2, None), (31, 0, 60, 100, None)])
def test_a_run_goes_on_as_often_as_replicas_are_lost(told: tuple[int | None, ...], remote: Any) -> None:
    remote.replicas = Replicas(*told)
    parts = whole(remote, TEXT, RUN)
    assert drawn(parts) == drawn(whole(Local(), TEXT, RUN))
    assert [isinstance(part, Begun) for part in parts] == [True] + [False] * 100
    assert remote.replicas.asked == len(told)


def test_a_text_that_ends_each_replica_is_given_up(remote: Any) -> None:
    from ray.exceptions import ActorDiedError

    from playground.engine.ray_serve.remote import TRIES

    remote.replicas = Replicas(*itertools.repeat(11, 100))
    with pytest.raises(ActorDiedError):
        whole(remote, TEXT, RUN)
    assert remote.replicas.asked == TRIES
    assert remote.writing() == 0


def test_a_prompt_and_a_score_are_asked_for_again(remote: Any) -> None:
    remote.replicas = Replicas(0, 0, None)
    rows = remote.prefill(MODEL, TEXT, 0, NEVER, exact=True)
    assert rows.tobytes() == Local().prefill(MODEL, TEXT, 0, NEVER, exact=True).tobytes()
    walk = LogProbabilities([n % 27 for n in range(2_000)])
    remote.replicas = Replicas(2, 0, 3, None)
    assert list(remote.walk(MODEL, walk, NEVER)) == list(Local().walk(MODEL, walk, NEVER))


def test_an_error_that_is_told_is_raised_and_nobody_is_asked_again(
    remote: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    remote.replicas = Replicas(None)
    told = BadInput("input.rows", rows=0)
    monkeypatch.setattr(remote.replicas, "remote", lambda *_, **__: Response([told], lost=False))
    for ask in (lambda: whole(remote, TEXT, RUN), lambda: remote.prefill(MODEL, TEXT, 0, NEVER, exact=True)):
        with pytest.raises(BadInput) as raised:
            ask()
        assert raised.value is told


def test_who_goes_while_a_replica_is_missing_does_not_wait_for_one(
    remote: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from playground.engine.ray_serve import remote as module

    monkeypatch.setattr(module, "PAUSE_SECONDS", 60.0)
    remote.replicas = Replicas(*itertools.repeat(0, 100))
    for ask in (
        lambda gone: whole(remote, TEXT, RUN, gone),
        lambda gone: remote.prefill(MODEL, TEXT, 0, gone, exact=True),
    ):
        gone = threading.Event()
        threading.Timer(0.3, gone.set).start()
        begun = time.monotonic()
        with pytest.raises(Unwanted):
            ask(gone)
        assert time.monotonic() - begun < 10

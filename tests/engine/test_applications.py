"""Which application is called for a model, when Ray Serve's controller knows more, less, or does not answer."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from types import SimpleNamespace
from typing import Any

import pytest

from playground.engine.base import RequestAborted, Run, Text
from playground.errors import BadInput
from playground.inference.stopping import Stop
from playground.sampling import Sampling
from tests.conftest import missing

NEVER, SECONDS = threading.Event(), 60
OWN, OTHERS = "playground-names-gru", "playground-others"

pytestmark = pytest.mark.filterwarnings("ignore")  # Ray's own warnings, which are not ours to fix


class Controller:
    """Stands in for Ray Serve's controller. deployed: the applications, with their states. answers: calls wait
    until it is set. asked: the number of calls."""

    def __init__(self) -> None:
        self.deployed: dict[str, str] = {}
        self.answers, self.asked = threading.Event(), 0
        self.answers.set()

    def status(self) -> Any:
        self.asked += 1
        assert self.answers.wait(SECONDS)
        return SimpleNamespace(
            applications={name: SimpleNamespace(status=status) for name, status in self.deployed.items()}
        )

    def handle(self, name: str, loop: Any) -> Any:
        from ray.serve.exceptions import RayServeException

        if self.deployed[name] == "on its way":
            raise RayServeException(name)
        return SimpleNamespace(name=name, close=lambda: None)


@pytest.fixture
def controller(monkeypatch: pytest.MonkeyPatch) -> Controller:
    try:
        from playground.engine.ray_serve import applications as module
    except ImportError:
        missing("needs Ray Serve: .venv/bin/pip install -r playground/engine/ray_serve/requirements.txt")
    controller = Controller()
    monkeypatch.setattr("ray.is_initialized", lambda: True)
    monkeypatch.setattr("ray.serve.status", controller.status)
    monkeypatch.setattr(module, "Handle", controller.handle)
    return controller


@pytest.fixture
def remote(controller: Controller) -> Iterator[Any]:
    from playground.engine.ray_serve.remote import Remote

    made = Remote()
    yield made
    controller.answers.set()
    made.applications.close()


def name(remote: Any, model: str = "names-gru") -> str:
    found: Future[Any] = remote.applications.find(model)
    return str(found.result(SECONDS).name)


def wait_until(so: Callable[[], bool]) -> None:
    async def look() -> None:
        while not so():
            await asyncio.sleep(0.01)

    asyncio.run(asyncio.wait_for(look(), SECONDS))


def test_a_known_model_is_called_while_the_controller_hangs(remote: Any, controller: Controller) -> None:
    controller.deployed = {OWN: "RUNNING", OTHERS: "RUNNING"}
    assert name(remote) == OWN
    controller.answers.clear()
    new = remote.applications.find("shakespeare-lstm")
    assert remote.applications.find("names-gru").done()
    assert remote.handle("names-gru", NEVER).name == OWN
    assert not new.done()
    gone = threading.Event()
    gone.set()
    with pytest.raises(RequestAborted):  # and a caller of a new one may leave
        remote.handle("shakespeare-lstm", gone)
    controller.answers.set()
    assert new.result(SECONDS).name == OTHERS


def test_texts_of_a_known_model_are_written_while_many_wait_for_a_new_one(
    remote: Any, controller: Controller
) -> None:
    """More of them than asyncio has threads."""
    controller.deployed = {OWN: "RUNNING", OTHERS: "RUNNING"}
    assert name(remote) == OWN
    controller.answers.clear()
    asked: list[str] = []

    def call(*_: Any, **__: Any) -> Any:
        asked.append("names-gru")
        raise BadInput("input.nothing_to_predict")

    remote.handle("names-gru", NEVER).call = call
    gone = threading.Event()

    async def write(model: str) -> None:
        async for _ in remote.run(model, Text(()), Run(Sampling(), 1, Stop(9)), gone):
            pass

    async def go() -> None:
        waiting = [asyncio.create_task(write("shakespeare-lstm")) for _ in range(40)]
        await asyncio.sleep(0)
        with pytest.raises(BadInput):
            await write("names-gru")
        assert not any(one.done() for one in waiting)
        gone.set()
        told = await asyncio.gather(*waiting, return_exceptions=True)
        assert {type(one) for one in told} == {RequestAborted}

    asyncio.run(asyncio.wait_for(go(), SECONDS))
    assert asked == ["names-gru"]
    assert controller.asked == 2


def test_a_new_application_is_found_and_a_removed_one_is_dropped(
    remote: Any, controller: Controller, monkeypatch: pytest.MonkeyPatch
) -> None:
    from playground.engine.ray_serve import applications
    from playground.engine.ray_serve.calls import LOST, NotDeployed

    with pytest.raises(NotDeployed):
        name(remote)
    assert NotDeployed in LOST  # so it is looked up again a little later
    controller.deployed = {OWN: "on its way", OTHERS: "RUNNING"}
    assert name(remote) == OTHERS
    controller.deployed[OWN] = "RUNNING"
    assert name(remote) == OTHERS  # for a while
    monkeypatch.setattr(applications, "AGAIN_SECONDS", 0.0)
    remote.applications._known["names-gru"].due = 0.0
    wait_until(lambda: name(remote) == OWN)
    controller.deployed[OWN] = "DELETING"
    wait_until(lambda: name(remote) == OTHERS)
    controller.deployed = {}
    asked = controller.asked
    wait_until(lambda: name(remote) == OTHERS and controller.asked > asked + 1)  # the one that was there before


def test_closing_waits_for_the_answers_on_their_way(remote: Any, controller: Controller) -> None:
    """A thread that asked Ray later would start a Ray of its own, in this process."""
    controller.deployed = {OWN: "RUNNING", OTHERS: "RUNNING"}
    controller.answers.clear()
    asked = [remote.applications.find(model) for model in ("names-gru", "shakespeare-lstm")]
    threading.Timer(0.2, controller.answers.set).start()
    remote.applications.close()
    assert [one.result(0).name for one in asked] == [OWN, OTHERS]
    assert "remote-controller" not in {thread.name for thread in threading.enumerate()}

"""The queue of programs: one address neither fills it nor stands before all others."""

import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from playground.engine.fair import MOST_OF_A_GROUP
from playground.server.program_queue import next_of
from tests.conftest import running_app

FEW = 20  # calls that wait at most
LONG = ["shakespeare-lstm", "To be", 10, 100]  # a beam search of more than a second
SHORT = ["names-gru", "", 1, 1]


def call(host: str | None, session: str = "") -> Any:
    client = None if host is None else SimpleNamespace(host=host)
    return SimpleNamespace(request=SimpleNamespace(client=client), session_hash=session)


def test_next_is_the_address_with_fewest_turns_then_the_longest_wait() -> None:
    one, other = "192.0.2.1", "192.0.2.2"
    waiting = [call(one), call(one), call(other)]
    assert next_of(waiting, [], {}) == 0
    assert next_of(waiting, [call(one)], {}) == 2
    assert next_of(waiting, [call(one), call(other)], {}) == 0
    assert next_of(waiting, [], {one: 1}) == 2
    assert next_of(waiting, [], {one: 1, other: 2}) == 0
    assert next_of(waiting, [call(one)], {other: 2}) == 2
    assert next_of([call(one, "a"), call(one, "b")], [call(one, "a")], {one: 7}) == 1
    assert next_of([call(one, "new"), call(other, "a")], [call(one, "b"), call(other, "a"), call(other, "c")], {}) == 0
    assert next_of([call(None), call(one)], [call(None)], {}) == 1


@pytest.fixture(scope="module")
def small_queue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An app that answers one call of an endpoint at a time."""
    program = (
        "from playground.server import api; from playground.ui import page; "
        f"api.ENDPOINTS.update(dict.fromkeys(api.ENDPOINTS, 1)); page.QUEUE = {FEW}; page.serve(page.build())"
    )
    with running_app(tmp_path_factory.mktemp("app") / "app.log", "-c", program) as address:
        yield address


def test_a_constantly_asking_address_leaves_places_and_turns_to_others(small_queue: str) -> None:
    def ask(data: list[Any], number: int) -> httpx.Response:
        headers = {"x-forwarded-for": f"198.51.100.{number}"}  # as a proxy on this machine reports a visitor
        return client.post("/gradio_api/call/beam", json={"data": data}, headers=headers)

    with httpx.Client(base_url=small_queue, timeout=60) as client:
        asked = [ask(LONG, 1) for _ in range(4 * FEW)]
        accepted = [answer.json()["event_id"] for answer in asked if answer.status_code == 200]
        refused = [answer for answer in asked if answer.status_code != 200]
        assert len(accepted) >= MOST_OF_A_GROUP * FEW
        assert {(answer.status_code, answer.json()["code"]) for answer in refused} == {(429, "share")}
        assert all(answer.headers["retry-after"] for answer in refused)

        other = ask(SHORT, 2)
        assert other.status_code == 200
        found = client.get(f"/gradio_api/call/beam/{other.json()['event_id']}").text
        assert "event: complete" in found
        again = [ask(LONG, 1).status_code for _ in range(FEW // 2)]
        assert 429 in again, "the others wait still: an empty queue would take so many"


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="needs Linux, which counts how often a thread wakes")
def test_an_idle_server_rarely_wakes(server: str, server_pid: int) -> None:
    def waked() -> int:
        """How often the threads of the server have slept and woken."""
        total = 0
        for path in Path(f"/proc/{server_pid}/task").glob("*/status"):
            with suppress(OSError):  # a thread that has just ended
                total += int(path.read_text().split("\nvoluntary_ctxt_switches:")[1].split()[0])
        return total

    def in_a_second() -> int:
        before = waked()
        time.sleep(1)
        return waked() - before

    httpx.get(server, timeout=60).raise_for_status()
    assert min(in_a_second() for _ in range(5)) < 300  # over 1,000 while gradio looked for calls in each millisecond

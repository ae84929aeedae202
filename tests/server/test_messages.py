"""Answers that programs have not fetched: an address that leaves many loses its own, and nobody else's."""

from collections.abc import Iterator, Sequence

import httpx
import pytest

from playground.server.messages import ADDRESS, Messages
from tests.conftest import running_app

FEW = 20  # sessions that the app of this test keeps


def store(messages: Messages, address: str, sessions: Sequence[str]) -> None:
    token = ADDRESS.set(address)
    for session in sessions:
        messages[session] = f"of {session}"
    ADDRESS.reset(token)


def test_the_address_with_the_most_messages_loses_its_oldest() -> None:
    messages = Messages(5)
    store(messages, "other", ["o1"])
    store(messages, "script", [f"s{n}" for n in range(100)])
    assert list(messages) == ["o1", "s96", "s97", "s98", "s99"]
    store(messages, "other", ["o2", "o3"])
    assert list(messages) == ["o1", "s98", "s99", "o2", "o3"]
    store(messages, "script", ["s100"])
    assert list(messages) == ["s98", "s99", "o2", "o3", "s100"]  # now the other has the most


def test_a_fetched_or_repeated_session_is_counted_once() -> None:
    messages = Messages(3)
    store(messages, "a", ["1", "2", "1"])
    del messages["2"]
    store(messages, "b", ["3"])
    store(messages, "a", ["4"])
    assert set(messages) == {"1", "3", "4"}
    store(messages, "b", ["3", "5"])
    assert set(messages) == {"3", "4", "5"}  # "1" was the oldest of a
    for session in list(messages):
        del messages[session]
    assert not messages._sessions
    assert not messages._addresses
    with pytest.raises(KeyError):
        messages["1"]


@pytest.fixture(scope="module")
def forgetful(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An app that keeps the messages of few sessions."""
    log = tmp_path_factory.mktemp("app") / "app.log"
    program = (
        f"from playground.server import messages; messages.MAX_SESSIONS = {FEW}; "
        "from playground.ui.page import build, serve; serve(build())"
    )
    with running_app(log, "-c", program) as address:
        yield address


def send_request(address: str, number: int) -> str:
    """Send a request from one of several addresses without fetching the answer; returns its number."""
    headers = {"x-forwarded-for": f"198.51.100.{number}"}
    answer = httpx.post(f"{address}/gradio_api/call/models", json={"data": []}, headers=headers, timeout=60)
    return str(answer.json()["event_id"])


def test_a_script_that_fetches_nothing_displaces_nobodys_answer(forgetful: str) -> None:
    others = send_request(forgetful, 1)
    its = [send_request(forgetful, 2) for _ in range(FEW + 5)]
    fetched = httpx.get(f"{forgetful}/gradio_api/call/models/{others}", timeout=60)
    assert "event: complete" in fetched.text
    lost = httpx.get(f"{forgetful}/gradio_api/call/models/{its[0]}", timeout=60)
    assert "event: complete" not in lost.text

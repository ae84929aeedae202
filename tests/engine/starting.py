"""The command that starts Ray, the replicas and the page: until it answers, and until all that it started has ended."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

from tests.conftest import REPOSITORY

START_SECONDS, END_SECONDS = 300, 60


class Started(NamedTuple):
    """A process: its number, which another one can get later, and when it began."""

    pid: int
    since: int


@contextmanager
def started(log: Path, *arguments: str, **environment: str) -> Iterator[tuple[str, dict[str, str]]]:
    """The page's address, and what else has to stand in the environment of who asks the replicas. environment: of the
    command, beside this process's own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "playground.engine.ray_serve", *arguments]
    own = {"GRADIO_SERVER_NAME": "127.0.0.1", "GRADIO_SERVER_PORT": str(port), "GRADIO_ANALYTICS_ENABLED": "0"}
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=REPOSITORY, env={**os.environ, **own, **environment}, stdout=output, stderr=subprocess.STDOUT
        )
    address, begun = f"http://127.0.0.1:{port}", set[Started]()
    try:
        _wait_for(process, address, log)
        begun = descendants(process.pid)
        [told] = [line for line in log.read_text("utf-8").splitlines() if line.startswith("RAY_ADDRESS=")]
        yield address, dict(pair.split("=") for pair in told.split())
    finally:
        begun |= descendants(process.pid)
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(END_SECONDS)
        finally:
            process.kill()
            process.wait()
    assert process.returncode == 0, f"it did not end well:\n{log.read_text('utf-8', 'replace')[-4_000:]}"
    until(lambda: not begun & running().keys(), END_SECONDS, "something that it started still runs")


def _wait_for(process: "subprocess.Popen[bytes]", address: str, log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        with suppress(httpx.HTTPError):
            httpx.get(f"{address}/healthz", timeout=10)
            return
        if process.poll() is not None:
            break
        time.sleep(0.2)
    pytest.fail(f"it did not start:\n{log.read_text('utf-8', 'replace')[-4_000:]}", pytrace=False)


def running() -> dict[Started, int]:
    """The processes of this machine, and the numbers of those that started them; none where the system does not say
    (Linux does). Who has ended and waits for its parent to take note of that is not one of them."""
    found = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has ended
            state, parent, *more = stat.read_text("ascii", "replace").rpartition(")")[2].split()
            if state not in "ZX":
                found[Started(int(stat.parent.name), int(more[17]))] = int(parent)
    return found


def descendants(pid: int) -> set[Started]:
    """The processes that one has started, and those that they have."""
    parents, found = running(), set[Started]()
    while more := {one for one, parent in parents.items() if parent in {pid, *(one.pid for one in found)}} - found:
        found |= more
    return found


def until(so: Callable[[], bool], seconds: float, otherwise: str) -> None:
    """Wait until it is so."""
    end = time.monotonic() + seconds
    while not so():
        assert time.monotonic() < end, otherwise
        time.sleep(0.3)

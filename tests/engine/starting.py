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

import httpx
import pytest

from tests.conftest import REPOSITORY

START_SECONDS, END_SECONDS = 180, 60


@contextmanager
def started(log: Path, *arguments: str) -> Iterator[tuple[str, dict[str, str]]]:
    """The page's address, and what else has to stand in the environment of who asks the replicas."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "playground.engine.ray_serve", *arguments]
    own = {"GRADIO_SERVER_NAME": "127.0.0.1", "GRADIO_SERVER_PORT": str(port), "GRADIO_ANALYTICS_ENABLED": "0"}
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=REPOSITORY, env={**os.environ, **own}, stdout=output, stderr=subprocess.STDOUT
        )
    address, begun = f"http://127.0.0.1:{port}", set[int]()
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
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in begun), END_SECONDS, "something still runs")


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


def descendants(pid: int) -> set[int]:
    """The processes that one has started, and those that they have; none where the system does not say (Linux does)."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has ended
            parents[int(stat.parent.name)] = int(stat.read_text("ascii", "replace").rpartition(")")[2].split()[1])
    found = {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {pid}


def until(so: Callable[[], bool], seconds: float, otherwise: str) -> None:
    """Wait until it is so."""
    end = time.monotonic() + seconds
    while not so():
        assert time.monotonic() < end, otherwise
        time.sleep(0.3)

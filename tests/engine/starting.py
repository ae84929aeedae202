"""Starts the command that runs Ray, the replicas and the page: waits until it answers, and until everything it started
has ended."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.conftest import REPOSITORY

START_SECONDS, END_SECONDS = 300, 120


class ProcessKey(NamedTuple):
    """A process: its id, which can be reused later, and its start time."""

    pid: int
    since: int


@contextmanager
def start_cluster(
    log: Path, pages: int, *arguments: str, **environment: str
) -> Iterator[tuple[list[str], dict[str, str]]]:
    """The pages' addresses, and the environment that callers of the replicas need. environment: of the command, added
    to this process's own."""
    port = free_ports(pages)
    command = [sys.executable, "-m", "tests.engine.eager", "--pages", str(pages), *arguments]
    own = {"GRADIO_SERVER_NAME": "127.0.0.1", "GRADIO_SERVER_PORT": str(port), "GRADIO_ANALYTICS_ENABLED": "0"}
    # Serve's controller looks at twenty deployments ten times a second, which takes a tenth of a core; and no replica
    # takes the process that Ray starts in advance, as none has its environment.
    own |= {"RAY_SERVE_CONTROL_LOOP_INTERVAL_S": "0.5", "RAY_prestart_worker_first_driver": "0"}
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=REPOSITORY, env={**os.environ, **own, **environment}, stdout=output, stderr=subprocess.STDOUT
        )
    addresses, begun = [f"http://127.0.0.1:{port + number}" for number in range(pages)], set[ProcessKey]()
    try:
        for address in addresses:
            _wait_for(process, address, log)
        begun = descendants(process.pid)
        [told] = [line for line in log.read_text("utf-8").splitlines() if line.startswith("RAY_ADDRESS=")]
        yield addresses, dict(pair.split("=") for pair in told.split())
    finally:
        begun |= descendants(process.pid)
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(END_SECONDS)
        finally:
            process.kill()
            process.wait()
    assert process.returncode == 0, f"it did not end well:\n{log.read_text('utf-8', 'replace')[-4_000:]}"
    wait_until(lambda: not begun & running().keys(), END_SECONDS, "something that it started still runs")


def free_ports(count: int) -> int:
    """The first of that many consecutive free ports."""
    while True:
        with ExitStack() as held, suppress(OSError, OverflowError):
            first = held.enter_context(socket.create_server(("127.0.0.1", 0))).getsockname()[1]
            for port in range(first + 1, first + count):
                held.enter_context(socket.create_server(("127.0.0.1", port)))
            return int(first)


def _wait_for(process: "subprocess.Popen[bytes]", address: str, log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        # Not by httpx: it loads all certificates for each call, which takes as long as all of a page's imports.
        with suppress(OSError), urllib.request.urlopen(f"{address}/healthz", timeout=10):
            return
        if process.poll() is not None:
            break
        time.sleep(0.2)
    pytest.fail(f"it did not start:\n{log.read_text('utf-8', 'replace')[-4_000:]}", pytrace=False)


def running() -> dict[ProcessKey, int]:
    """The processes of this machine, and their parents' ids; empty if the system does not report them (Linux does).
    Zombies are left out."""
    found = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has ended
            state, parent, *more = stat.read_text("ascii", "replace").rpartition(")")[2].split()
            if state not in "ZX":
                found[ProcessKey(int(stat.parent.name), int(more[17]))] = int(parent)
    return found


def descendants(pid: int) -> set[ProcessKey]:
    """A process's children, recursively."""
    parents, found = running(), set[ProcessKey]()
    while more := {one for one, parent in parents.items() if parent in {pid, *(one.pid for one in found)}} - found:
        found |= more
    return found


def wait_until(so: Callable[[], bool], seconds: float, otherwise: str, pause: float = 0.3) -> None:
    """Wait until a condition holds. pause: seconds between two checks."""
    end = time.monotonic() + seconds
    while not so():
        assert time.monotonic() < end, otherwise
        time.sleep(pause)

"""What the measurements share: servers and a browser of their own, medians, and Markdown tables."""

import http.client
import json
import os
import shutil
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from playwright.sync_api import Browser, sync_playwright

from playground import threads

REPOSITORY = Path(__file__).resolve().parents[2]
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
CHROMIUM_ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
START_SECONDS = 180
END_SECONDS = 30  # a program may have others to end
WAIT_MILLISECONDS = 60_000
ASKED = count(1)  # requests of the stream


def find_chromium() -> str | None:
    """The path of the system's Chromium, or else of Playwright's own; None where there is neither."""
    found = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    if found is None:
        with sync_playwright() as playwright:
            own = playwright.chromium.executable_path
        found = own if Path(own).is_file() else None
    return found


@contextmanager
def chromium() -> Iterator[Browser]:
    """Chromium, headless."""
    found = find_chromium()
    if found is None:
        raise SystemExit("Needs a browser: install Debian's package `chromium`, or run `playwright install chromium`.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=CHROMIUM_ARGUMENTS)
        yield browser
        browser.close()


def environment(port: int | None = None) -> dict[str, str]:
    """The environment of a program that is measured."""
    own = {name: value for name, value in os.environ.items() if name not in threads.ONE}
    own |= {"GRADIO_ANALYTICS_ENABLED": "0", "HF_HUB_OFFLINE": "1"}
    if port is not None:
        own |= {"GRADIO_SERVER_NAME": "127.0.0.1", "GRADIO_SERVER_PORT": str(port)}
    return own


class Program(Protocol):
    """A process, as `subprocess.Popen` is one."""

    def poll(self) -> int | None: ...
    def terminate(self) -> None: ...
    def kill(self) -> None: ...
    def wait(self, timeout: float | None = None) -> object: ...


def begin(arguments: Sequence[str], environment: dict[str, str], log: Path) -> Program:
    """Run `python ARGUMENTS`; what it prints goes to the log."""
    with log.open("wb") as printed:
        return subprocess.Popen(
            [sys.executable, *arguments], cwd=REPOSITORY, env=environment, stdout=printed, stderr=printed
        )


@contextmanager
def server(*arguments: str, **more: str) -> Iterator[tuple[str, float]]:
    """Run `python ARGUMENTS` on a free port, `more` in its environment. Its address, and seconds until it answered."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}/"
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        begun = time.perf_counter()
        process = begin(arguments, environment(port) | more, log)
        try:
            while not _answers(address):
                if process.poll() is not None or time.perf_counter() - begun > START_SECONDS:
                    said = log.read_text("utf-8", "replace")[-2000:]
                    raise SystemExit(f"python {' '.join(arguments)} does not answer:\n{said}")
                time.sleep(0.02)
            yield address, time.perf_counter() - begun
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(END_SECONDS)
            process.kill()
            process.wait()


@contextmanager
def application(running: str | None) -> Iterator[str]:
    """The address of our page: of one that runs already, or of one of our own."""
    if running is not None:
        yield running
    else:
        with server("app.py") as (address, _):
            yield address


def messages(address: str, kind: str, asked: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The heads of the frames that a route of the stream answers, as they come. asked: what its request holds beside
    what all have; a number of its own makes each a new one."""
    parts = urlsplit(address)
    data = {"page": "bench", "way": f"{kind}-{next(ASKED)}", "turn": 1, "token": "bench", **asked}
    with closing(http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=600)) as connection:
        connection.request("POST", f"/stream/{kind}", json.dumps(data), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        while lengths := answer.read(8):
            head, body = struct.unpack("<II", lengths)
            message: dict[str, Any] = json.loads(answer.read(head))
            answer.read(body)
            yield message


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=30) as answer:
            answer.read()
            return True
    except OSError:
        return False


def median(values: Iterable[float]) -> float:
    return statistics.median(values)


def p95(values: Iterable[float]) -> float:
    """The value that 95 % of the values do not exceed."""
    ordered = sorted(values)
    return ordered[-(-95 * len(ordered) // 100) - 1]


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table: the first column to the left, the others to the right."""
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def figure(value: float) -> str:
    """A number with about three digits, and commas: 0.123, 4.57, 89.1, 1,234."""
    digits = 0 if value >= 100 else 1 if value >= 10 else 2 if value >= 1 else 3
    return f"{value:,.{digits}f}"

"""An app that goes away and comes back at its address, for the tests of outages."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import suppress
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY, START_SECONDS


class Server:
    """An app on a port of its own that can be stopped, and started there again."""

    def __init__(self, folder: Path, *command: str, **environment: str) -> None:
        self.log = folder / "app.log"
        self.command, self.environment = command, environment
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        own = {"GRADIO_SERVER_PORT": str(self.port), "GRADIO_ANALYTICS_ENABLED": "0", "HF_HUB_OFFLINE": "1"}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, *self.command],
                cwd=REPOSITORY, env={**os.environ, **own, **self.environment}, stdout=log, stderr=log,
            )  # fmt: skip
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            with suppress(OSError), urllib.request.urlopen(self.address, timeout=10):
                return
            time.sleep(0.1)
        pytest.fail("the app did not answer")

    def stop(self) -> None:
        """At once, as a machine that fails."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.process = None

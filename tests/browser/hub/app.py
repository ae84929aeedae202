"""`app.py` for tests with a misbehaving Hub: `python -m tests.browser.hub.app` has shorter timeouts than the app.

Its disk counts as full while a file `full` exists in HF_HOME. STEP_SECONDS makes each step take that much longer,
so that a text is still being written when others arrive.
"""

import os
import runpy
import shutil
import time
from pathlib import Path
from typing import Any

from playground import library
from playground.engine import batch
from playground.hub import client, offers
from playground.server import hub_panel

PATIENCE = 1.5  # seconds that the Hub may be silent
FETCH_SECONDS = 5.0
MEMORY_SECONDS = 2.0  # seconds that a model waits for memory


def main() -> None:
    """Patch the app's constants, and run it."""
    client.BACKOFF = (0.05, 0.05)  # type: ignore[assignment]
    client.PATIENCE = PATIENCE
    offers.FETCH_SECONDS = FETCH_SECONDS
    library.PATIENCE = MEMORY_SECONDS
    hub_panel.TICK = 0.05
    really = shutil.disk_usage

    def usage(path: Any) -> Any:
        full = (Path(os.environ["HF_HOME"]) / "full").exists()
        return really(path)._replace(free=10) if full else really(path)

    shutil.disk_usage = usage
    step, pause = batch.Batch._step, float(os.environ.get("STEP_SECONDS", "0"))

    def slow(self: batch.Batch) -> None:
        time.sleep(pause)
        step(self)

    if pause:
        batch.Batch._step = slow  # type: ignore[method-assign]
    runpy.run_path("app.py", run_name="__main__")


if __name__ == "__main__":
    main()

"""`app.py` with a server in trouble: `python -m tests.browser.troubled`. It writes slowly, and lets few visitors
read, write and wait.

Files in the folder TROUBLES cause trouble while they exist: with `hold` no prompt is read and no text continues,
with `broken` the page cannot be opened, with `damaged` no prompt can be read. The file `writers` there logs when
texts began and ended, and after how many steps.
"""

import os
import runpy
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from playground.engine.base import Chunk
from playground.engine.batch import Batch
from playground.engine.local import Local
from playground.errors import BadCheckpoint
from playground.server import opening, reading, routes

STEP_SECONDS = 0.01


def main() -> None:
    """Patch the app, and run it."""
    folder = Path(os.environ["TROUBLES"])
    open_link, prepare, look = opening.open_link, reading.prepare, reading.look

    def note(word: str) -> None:
        with (folder / "writers").open("a") as file:
            file.write(f"{word}\n")

    write, step = Local.write, Batch._step

    async def noted(*given: Any) -> AsyncIterator[Chunk]:
        note("began")
        made = 0
        try:
            async for chunk in write(*given):
                made += len(chunk.ids)
                yield chunk
        finally:
            note(f"ended {made}")

    def slowly(batch: Batch) -> None:
        time.sleep(STEP_SECONDS)
        if not (folder / "hold").exists():
            step(batch)

    def wait() -> None:
        while (folder / "hold").exists():
            time.sleep(STEP_SECONDS)

    def looked(*given: Any) -> Any:
        wait()
        return look(*given)

    def opened(*given: Any) -> Any:
        if (folder / "broken").exists():
            raise RuntimeError("The test wants this page not to open.")
        return open_link(*given)

    def whole(*given: Any, **more: Any) -> Any:
        if (folder / "damaged").exists():
            raise BadCheckpoint("checkpoint.no_distribution", name="The test")
        return prepare(*given, **more)

    vars(reading).update(prepare=whole, look=looked)
    vars(opening).update(open_link=opened)
    Local.write = noted  # type: ignore[assignment,method-assign]
    Batch._step = slowly  # type: ignore[assignment,method-assign]
    routes.THREADS["reading"] = int(os.environ.get("READERS", "4"))
    vars(routes).update(
        WRITERS=int(os.environ.get("WRITERS", "2")),
        WAITING=int(os.environ.get("QUEUE", "200")),
    )
    runpy.run_path("app.py", run_name="__main__")


if __name__ == "__main__":
    main()

"""`app.py` with a server in trouble: `python -m tests.browser.troubled`.

It writes slowly, and lets few write and wait. Files in the folder TROUBLES make trouble while they lie there: with
`hold` nobody's text goes on, with `broken` the page cannot be opened, with `damaged` no prompt can be read. The file
`writers` there says when texts began and ended, and after how many steps.
"""

import os
import runpy
import time
from collections.abc import Iterator
from functools import wraps
from pathlib import Path
from typing import Any

from playground.errors import BadCheckpoint
from playground.inference.generate import generate
from playground.inference.prefill import prefill
from playground.ui import page
from playground.ui.tabs import play

STEP_SECONDS = 0.01


def main() -> None:
    """Change the app, and run it."""
    folder = Path(os.environ["TROUBLES"])
    open_link = play.open_link

    def note(word: str) -> None:
        with (folder / "writers").open("a") as file:
            file.write(f"{word}\n")

    def slowly(*given: Any, **more: Any) -> Iterator[Any]:
        note("began")
        made = 0
        try:
            for step in generate(*given, **more):
                time.sleep(STEP_SECONDS)
                while (folder / "hold").exists():
                    time.sleep(STEP_SECONDS)
                made += 1
                yield step
        finally:
            note(f"ended {made}")

    @wraps(open_link)  # gradio reads from its signature that it wants the request
    def opened(*given: Any) -> Any:
        if (folder / "broken").exists():
            raise RuntimeError("The test wants this page not to open.")
        return open_link(*given)

    def whole(*given: Any, **more: Any) -> Any:
        if (folder / "damaged").exists():
            raise BadCheckpoint("checkpoint.no_distribution", name="The test")
        return prefill(*given, **more)

    writers = int(os.environ.get("WRITERS", "2"))
    vars(play).update(prefill=whole, generate=slowly, open_link=opened, WRITERS=writers)
    page.QUEUE = int(os.environ.get("QUEUE", "200"))
    runpy.run_path("app.py", run_name="__main__")


if __name__ == "__main__":
    main()

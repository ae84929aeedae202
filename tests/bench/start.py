"""Cold start: `python app.py` until its port answers with the page, beside `import torch, gradio`."""

import subprocess
import sys
import time
from typing import Any

from tests.bench.common import REPOSITORY, environment, figure, median, server, table


def measure(quick: bool) -> dict[str, Any]:
    """Seconds, in turn, each in a process of its own."""
    imports, starts = [], []
    for _ in range(1 if quick else 5):
        begun = time.perf_counter()
        subprocess.run(
            [sys.executable, "-c", "import torch, gradio"], cwd=REPOSITORY, env=environment(), check=True
        )
        imports.append(time.perf_counter() - begun)
        with server("app.py") as (_, seconds):
            starts.append(seconds)
    return {"repeats": len(starts), "import_s": median(imports), "app_s": median(starts)}


def report(result: dict[str, Any]) -> str:
    rows = [
        ["`import torch, gradio`", f"{figure(result['import_s'])} s", "1"],
        [
            "`python app.py` until the page answers",
            f"{figure(result['app_s'])} s",
            f"{result['app_s'] / result['import_s']:.2f}",
        ],
    ]
    return table(["", "median", "ratio"], rows) + f"\n\n{result['repeats']} times each, in turn."

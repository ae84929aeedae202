"""`python -m tests.bench [SECTION …] [--json FILE] [--check]`: measure, print Markdown.

The sections are drag, speed, start, page, bend, stream, score, models, search, temperatures, tabs, class, share,
characters, rounding and replicas.
Without one, it measures all but `class`, `share` and `replicas`, which keep the machine busy for minutes.
"""

import os

from playground import threads

os.environ.update(threads.ONE)

import argparse
import importlib
import json
import platform
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

SECTIONS = {
    "drag": "A move of the slider → painted",
    "speed": "Characters a second",
    "start": "Cold start",
    "page": "Page weight, and time until the bars are drawn",
    "bend": "The text under the slider",
    "stream": "A keystroke, a run, and its end",
    "class": "A class that writes at once",
    "share": "Beside a script at full speed",
    "score": "A text of 20,000 characters in the Score tab",
    "models": "The Models tab",
    "search": "The Search tab",
    "temperatures": "The Temperatures tab",
    "tabs": "A tab is opened",
    "characters": "The true next character of a model of GPT-2's size",
    "rounding": "Texts that another rounding changes",
    "replicas": "The engine in replicas",
}
LONG = {"class", "share", "replicas"}
WITHOUT_PAGE = {"speed", "start", "characters", "rounding", "replicas"}
MODULES = {"class": "classroom"}  # where it is not called as its section is


def machine() -> dict[str, Any]:
    """The machine in words; nothing that names it."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    packages = {name: version(name) for name in ("torch", "numpy", "gradio", "plotly")}
    return {
        "cores": cores,
        "load": round(os.getloadavg()[0], 1),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        **packages,
    }


def _say(text: str) -> None:
    sys.stdout.write(text + "\n\n")
    sys.stdout.flush()


def main(given: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Measure, and print Markdown.")
    parser.add_argument("sections", nargs="*", help=f"some of {' '.join(SECTIONS)}")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    parser.add_argument("--quick", action="store_true", help="few repeats: shows that it runs, and little more")
    parser.add_argument("--check", action="store_true", help="also print which aims were reached; fail if any was not")
    own = "all but speed, start, characters, rounding and replicas: a page that runs already"
    parser.add_argument("--app", metavar="ADDRESS", help=own)
    arguments = parser.parse_args(given)
    wanted = arguments.sections or [*SECTIONS.keys() - LONG]
    if unknown := set(wanted) - set(SECTIONS):
        parser.error(f"{', '.join(sorted(unknown))} is none of {', '.join(SECTIONS)}")
    if arguments.check and arguments.quick:
        parser.error("--check needs the whole measurement, not --quick")

    results: dict[str, Any] = {"machine": machine()}
    about = results["machine"]
    _say(
        f"{about['cores']} processor cores ({about['system']}), load {about['load']} before the run; "
        f"Python {about['python']}, torch {about['torch']}, NumPy {about['numpy']}, gradio {about['gradio']}, "
        f"plotly {about['plotly']}."
    )
    for name, title in SECTIONS.items():
        if name not in wanted:
            continue
        section = importlib.import_module(f"tests.bench.{MODULES.get(name, name)}")
        measure: Callable[..., dict[str, Any]] = section.measure
        report: Callable[[dict[str, Any]], str] = section.report
        running = {} if name in WITHOUT_PAGE else {"app": arguments.app}
        results[name] = measure(arguments.quick, **running)
        _say(f"### {title}\n\n{report(results[name])}")
        if arguments.json:
            arguments.json.write_text(json.dumps(results, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    if arguments.check:
        from tests.bench.aims import check

        aims, reached = check(results)
        _say(f"### Aims, for two quiet cores\n\n{aims}")
        if not reached:
            raise SystemExit(1)


if __name__ == "__main__":
    main()

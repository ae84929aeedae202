"""The benchmark still runs: its one command, as small as it goes, gives every figure it promises."""

import json
import math
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.bench import replicas
from tests.bench.common import find_chromium
from tests.conftest import REPOSITORY, missing


def _run(tmp_path: Path, *arguments: str) -> tuple[str, dict[str, Any]]:
    file = tmp_path / "figures.json"
    command = [sys.executable, "-m", "tests.bench", "--quick", "--json", str(file), *arguments]
    ran = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=600, check=False)
    assert ran.returncode == 0, ran.stderr[-3000:]
    return ran.stdout, json.loads(file.read_text("utf-8"))


def _leaves(figures: dict[str, Any]) -> Iterator[tuple[str, float]]:
    for name, value in figures.items():
        if isinstance(value, dict):
            yield from _leaves(value)
        else:
            yield name, value


def test_speed_and_start(tmp_path: Path) -> None:
    from playground.library import available

    printed, figures = _run(tmp_path, "speed", "start")
    assert set(figures["speed"]["models"]) <= set(available())  # one may have been added meanwhile
    for took in figures["speed"]["models"].values():
        took["products"] = int(took["products"]) + 1
        assert set(took) == {"step_us", "floor_us", "added_us", "written_us", "textbook_us", "products"}
    for name, value in _leaves({"speed": figures["speed"], "start": figures["start"]}):
        assert math.isfinite(value), name
        # A difference of two times, of which a busy machine may make either the longer one.
        assert value > 0 or name == "added_us", name
    assert all(f"| `{name}` |" in printed for name in figures["speed"]["models"])
    assert f"torch {figures['machine']['torch']}" in printed


def test_the_true_next_character(tmp_path: Path) -> None:
    printed, figures = _run(tmp_path, "characters")
    for prompt, found in figures["characters"]["prompts"].items():
        assert 0 < found["first"] <= found["better"] <= found["last"]
        assert 0 < found["step"] <= found["last"]
        assert f"| `{prompt}` |" in printed


def test_a_class(tmp_path: Path) -> None:
    printed, figures = _run(tmp_path, "class")
    ways = figures["class"]["models"]["shakespeare-lstm"]
    assert set(ways) == {"stream", "generate"}
    for seen in (seen for counts in ways.values() for seen in counts.values()):
        assert seen.pop("failed") == 0
        assert seen.pop("stood_95") >= 0
        assert all(value > 0 for value in seen.values())
    for way in ways.values():
        assert set(way) == {"1", "4"}
    for name, value in _leaves({"floor": figures["class"]["floor"], "empty": {"ms": figures["class"]["empty_ms"]}}):
        assert math.isfinite(value), name
        assert value > 0, name
    assert "| `names-gru`, the stream, at once |" in printed


def test_what_ten_thousand_visitors_need_is_computed_from_what_a_core_gave() -> None:
    """The measurement itself starts Ray three times: tests/engine/test_ray_serve.py starts what it measures."""
    seen = dict.fromkeys(("failed", "first", "first_95", "last_95"), 1.0) | {"all": 5_000.0, "page_core": 20_000.0}
    one, two = ({"replica_core": core} for core in (6_000.0, 5_600.0))
    printed = replicas.report({"clients": 100, "steps": 400, "replicas": {"0": seen, "1": seen | one, "2": seen | two}})
    assert "| none: the page's process | 1 |" in printed
    assert "| 20% | 56,000 | 10 | 3 |" in printed  # 10,000 × 0.2 × 28, of 5,600 and of 20,000

@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="only Linux tells what a process has taken")
def test_what_processes_take_of_the_processors_is_counted_by_their_names() -> None:
    assert replicas.processor_seconds("a name that no process has") == 0
    code = "sum(range(20_000_000)); print('done', flush=True); input()  # a name for the count"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        assert replicas.processor_seconds("a name for the count") > 0
        process.communicate(b"\n")


def test_drag_and_page(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    if find_chromium() is None:
        missing("needs a browser: install Debian's package `chromium`, or run `playwright install chromium`")
    address = request.getfixturevalue("server") + "/"
    sections = ("drag", "page", "bend", "score", "models", "search", "temperatures", "tabs", "stream")
    printed, figures = _run(tmp_path, *sections, "--app", address)
    assert figures["drag"]["ours"].pop("requests") == 0
    assert figures["drag"]["slow"].pop("requests") == 0
    assert figures["drag"]["tokens"].pop("requests") == 0
    for name, value in _leaves({name: figures[name] for name in sections}):
        assert math.isfinite(value), name
        assert value > 0, name
    assert figures["stream"]["run_ratio"] < 1.1  # a run is sent once
    assert figures["stream"]["key_down"] < 10_000  # and a keystroke brings what is new
    assert {"shakespeare-lstm", "shakespeare-transformer"} < set(figures["score"]["models"])
    assert set(figures["page"]) == {"ours_first", "ours_second", "empty_first", "empty_second"}
    assert "### A move of the slider → painted" in printed

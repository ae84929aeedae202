"""The benchmark still runs: its one command, as small as it goes, gives every figure it promises."""

import json
import math
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from playground.library import available
from playground.ui import page as whole
from tests import apps
from tests.bench import common, replicas, share, speed
from tests.bench.__main__ import main
from tests.conftest import CHROMIUM_NAMES, REPOSITORY, missing
from tests.server.full_speed import SCRIPTS


class Forked:
    """An app that begins as a copy of what the tests have imported, where the benchmark begins a Python anew."""

    def __init__(self, arguments: Sequence[str], environment: dict[str, str], log: Path) -> None:
        self.process = apps.start(log, *arguments, **environment)
        self.terminate, self.kill, self.wait = self.process.terminate, self.process.kill, self.process.join

    def poll(self) -> int | None:
        return self.process.exitcode


TEXTS = ("alone_texts", "back_texts", "among_texts")
Run = Callable[..., tuple[str, dict[str, Any]]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """The benchmark in this process, and the lighter browser; what it printed, and its figures."""
    monkeypatch.setattr(common, "begin", Forked)
    monkeypatch.setattr(common, "CHROMIUM_NAMES", CHROMIUM_NAMES)

    def quickly(*arguments: str) -> tuple[str, dict[str, Any]]:
        file = tmp_path / "figures.json"
        main(["--quick", "--json", str(file), *arguments])
        return capsys.readouterr().out, json.loads(file.read_text("utf-8"))

    return quickly


def _leaves(figures: dict[str, Any]) -> Iterator[tuple[str, float]]:
    for name, value in figures.items():
        if isinstance(value, dict):
            yield from _leaves(value)
        else:
            yield name, value


def test_the_command(tmp_path: Path) -> None:
    """Nothing is shared with it: the cold start is one."""
    file = tmp_path / "figures.json"
    command = [sys.executable, "-m", "tests.bench", "--quick", "--json", str(file), "start"]
    ran = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=600, check=False)
    assert ran.returncode == 0, ran.stderr[-3000:]
    figures = json.loads(file.read_text("utf-8"))
    for name, value in _leaves(figures["start"]):
        assert math.isfinite(value), name
        assert value > 0, name
    assert f"torch {figures['machine']['torch']}" in ran.stdout
    assert "### Cold start" in ran.stdout


def test_speed(run: Run) -> None:
    printed, figures = run("speed")
    assert set(figures["speed"]["models"]) == set(speed.QUICK) <= set(available())
    for took in figures["speed"]["models"].values():
        took["products"] = int(took["products"]) + 1
        assert set(took) == {"step_us", "floor_us", "added_us", "written_us", "textbook_us", "products"}
    for name, value in _leaves(figures["speed"]):
        assert math.isfinite(value), name
        # A difference of two times, of which a busy machine may make either the longer one.
        assert value > 0 or name == "added_us", name
    assert all(f"| `{name}` |" in printed for name in figures["speed"]["models"])


def test_rounding(run: Run) -> None:
    printed, figures = run("rounding")
    for name, found in figures["rounding"]["models"].items():
        assert 0 <= found["differ"] <= found["texts"] == 3
        assert found["logits"] < 1e-3  # the two ways give the same numbers, but for rounding
        assert f"| `{name}` | 3 |" in printed


def test_the_true_next_character(run: Run) -> None:
    printed, figures = run("characters")
    for prompt, found in figures["characters"]["prompts"].items():
        assert 0 < found["first"] <= found["better"] <= found["last"]
        assert 0 < found["step"] <= found["last"]
        assert f"| `{prompt}` |" in printed


def test_a_class(run: Run) -> None:
    printed, figures = run("class")
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


def test_beside_a_script(run: Run) -> None:
    printed, figures = run("share")
    assert set(figures["share"]["scripts"]) == set(share.QUICK) < set(share.ASKS)
    for name, found in figures["share"]["scripts"].items():
        assert found["ratio"] == pytest.approx(found["beside"] / found["busy"])
        assert 0 < found["page"] < math.inf
        assert f"| {share.ASKS[name]} |" in printed


def test_every_script_has_its_words() -> None:
    assert set(share.ASKS) == set(SCRIPTS)


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


def test_drag_and_page(run: Run, request: pytest.FixtureRequest) -> None:
    if common.find_chromium() is None:
        missing("needs a browser: install Debian's package `chromium`, or run `playwright install chromium`")
    address = request.getfixturevalue("server") + "/"
    sections = ("drag", "page", "bend", "score", "models", "search", "temperatures", "tabs", "stream")
    printed, figures = run(*sections, "--app", address)
    assert figures["drag"]["ours"].pop("requests") == 0
    assert figures["drag"]["slow"].pop("requests") == 0
    assert figures["drag"]["tokens"].pop("requests") == 0
    # On a busy machine no text may be there before the hand rests.
    few = {name: figures["bend"].pop(name) for name in (*TEXTS, "slowest", "median", "told")}
    assert all(math.isfinite(value) and value >= 0 for value in few.values()), few
    for name, value in _leaves({name: figures[name] for name in sections}):
        assert math.isfinite(value), name
        assert value > 0, name
    assert figures["stream"]["run_ratio"] < 1.1  # a run is sent once
    assert figures["stream"]["key_down"] < 10_000  # and a keystroke brings what is new
    assert {"shakespeare-lstm", "shakespeare-transformer"} < set(figures["score"]["models"])
    assert {name for name in figures["tabs"] if not name.startswith("shapes,")} == {*whole.TABS} - {"play"}
    assert set(figures["page"]) == {"ours_first", "ours_second", "empty_first", "empty_second"}
    assert "### A move of the slider → painted" in printed
    assert "| a move → its bars, median | 95 % |" in printed
    assert "| the same among 3 | " in printed

"""What the page's process imports before anybody opens the page: seconds of every start."""

import json
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def imported(repository: Path) -> set[str]:
    """The modules of a process that knows all routes and has looked at every bundled model."""
    code = "import sys, json, playground.server.routes; print(json.dumps(sorted(sys.modules)))"
    ran = subprocess.run([sys.executable, "-c", code], cwd=repository, capture_output=True, text=True, check=True)
    modules = set(json.loads(ran.stdout))
    assert "playground.engine.local" in modules
    return modules


def test_ray_is_not_imported_unless_requested(imported: set[str]) -> None:
    assert not {"ray", "playground.engine.ray_serve"} & imported


def test_outlines_of_models_need_no_compiler(imported: set[str]) -> None:
    """torch imports its compiler where a new tensor on the device "meta" is computed with."""
    assert not {"torch._dynamo", "sympy"} & imported


def test_permanent_objects_are_frozen_for_the_garbage_collector(repository: Path) -> None:
    """A collection that goes through all of gradio and torch stops everybody's text for a third of a second."""
    code = (
        "import gc; from types import SimpleNamespace; from playground.ui import page;"
        "page.serve(SimpleNamespace(launch=lambda **_: print(gc.get_freeze_count(), len(gc.get_objects()))))"
    )
    ran = subprocess.run([sys.executable, "-c", code], cwd=repository, capture_output=True, text=True, check=True)
    kept, others = map(int, ran.stdout.split())
    assert kept > 100_000 > others

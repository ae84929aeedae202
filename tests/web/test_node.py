"""Runs the Node tests of the pure modules: beside this file, as *.test.js."""

import re
import shutil
import subprocess
from pathlib import Path

from tests.conftest import missing

OLDEST = 20


def test_the_pure_modules() -> None:
    node = shutil.which("node")
    if node is None:
        missing("needs Node: install Debian's package `nodejs`")
    asked = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    if int(asked.lstrip("v").split(".")[0]) < OLDEST:
        missing(f"needs Node {OLDEST} or newer, and this is {asked.strip()}")
    command = [node, "--test", "--test-reporter=tap"]
    ran = subprocess.run(
        command, cwd=Path(__file__).parent, capture_output=True, text=True, timeout=120, check=False
    )
    assert ran.returncode == 0, ran.stdout[-4000:]
    assert re.search(r"^# pass [1-9]", ran.stdout, re.MULTILINE)

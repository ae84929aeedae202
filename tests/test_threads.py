"""In the page's server each matrix product uses one thread, set by a single module."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

# In a process of its own, as the owner may have set another number: products of many kinds, in several threads.
PRODUCTS = """
import os, threading

def tasks():
    return len(os.listdir("/proc/self/task"))

before = tasks()
import app
import numpy as np, torch
from playground.engine.turns import Turns

def multiply():
    a = np.ones((500, 500), np.float32)
    b = torch.ones(500, 500)
    for _ in range(3):
        a @ a, a @ a[0], b @ b, torch.nn.functional.linear(b, b)
        torch.lstm_cell(b, (b, b), *[torch.ones(2000, 500)] * 2)
    told.append((torch.get_num_threads(), tasks()))

told = []
multiply()
for _ in range(3):
    thread = threading.Thread(target=multiply)
    thread.start()
    thread.join()

class Once:
    key, name, weight = "k", "", 1.0
    done = threading.Event()
    def turn(self):
        multiply()
        self.done.set()

Turns(1).add(Once())
Once.done.wait()
print([count for count, _ in told], max(number for _, number in told) - before)
"""


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="only Linux tells the threads of a process")
def test_a_product_uses_one_thread_whatever_was_set(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        monkeypatch.setenv(name, "4")
    ran = subprocess.run([sys.executable, "-c", PRODUCTS], cwd=repository, capture_output=True, text=True, check=True)
    # No thread but the one of the test and the one that waits for a turn.
    assert ran.stdout.splitlines()[-1] == "[1, 1, 1, 1, 1] 1", ran.stdout + ran.stderr


def test_one_module_sets_the_threads(repository: Path) -> None:
    says = re.compile(r"_NUM_THREADS|set_num_(?:interop_)?threads\(")
    files = [repository / "app.py", *(repository / "playground").rglob("*.py"), *(repository / "tests").rglob("*.py")]
    found = {path.relative_to(repository).as_posix() for path in files if says.search(path.read_text("utf-8"))}
    assert found == {"playground/threads.py", "tests/test_threads.py"}

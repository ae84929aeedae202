"""The stated memory of a model compared with the actual growth of the process, and that all of it is freed."""

import gc
import json
import os
import subprocess
import sys
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from playground import library
from playground.inference.generate import generate
from playground.inference.prefill import prefill
from playground.models import build, outline
from playground.models.fast import half, rows
from playground.models.footprint import footprint
from playground.models.ngram import NGram
from playground.sampling import Sampling
from playground.text.characters import Vocabulary
from tests.test_library import CARD

VOCABULARY = Vocabulary.from_text("\n" + "".join(chr(c) for c in range(0x4E00, 0x4E00 + 999)))
MB = 1e6
LARGE: dict[str, tuple[str, dict[str, Any]]] = {
    "bigram": ("bigram", {"width": 4096}),
    "ngram": ("ngram", {}),
    "rnn": ("rnn", {"embedding": 64, "hidden": 2048, "layers": 2}),
    "gru": ("gru", {"embedding": 64, "hidden": 1024, "layers": 2}),
    "lstm": ("lstm", {"embedding": 64, "hidden": 1024, "layers": 2}),
    "lstm-one-hot": ("lstm", {"embedding": 0, "hidden": 1024, "layers": 1}),
    "convnet": ("convnet", {"width": 768, "layers": 5, "kernel": 2}),
    "lstm-tied": ("lstm", {"embedding": 1024, "hidden": 1024, "layers": 1, "tied": True}),
    "transformer": ("transformer", {"width": 512, "layers": 6, "heads": 8}),
    "gpt2": (
        "transformer",
        {"width": 512, "layers": 5, "heads": 8, "positions": "learned", "biases": True, "tied": True, "d_ff": 2050},
    ),
}

# In a process of its own, which is told a small checkpoint and a large one of the same kind, again and again: bytes
# that it grew by while it loaded the large one and wrote a little, at most and after it.
MEASURED = """
import gc, json, sys
from itertools import islice
from playground import threads
from playground.checkpoints import load
from playground.inference.generate import generate
from playground.inference.prefill import prefill
from playground.sampling import Sampling

def told(name):
    with open("/proc/self/status") as file:
        return next(int(row.split()[1]) * 1024 for row in file if row.startswith(name))

def written(folder):
    checkpoint = load(folder)
    steps = generate(checkpoint, prefill(checkpoint, [1, 2, 3]), Sampling(), seed=1)
    list(islice(steps, 5))
    return checkpoint

def grew(small, large):
    held = written(small)  # so that what is loaded with the first model of a kind is not counted
    gc.collect()
    before = told("VmRSS")
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")
    measured = written(large)
    peak = told("VmHWM") - before
    gc.collect()
    kept = told("VmRSS") - before
    del measured
    gc.collect()
    return {"kept": kept, "peak": peak, "after": told("VmRSS") - before}

threads.limit_this_thread()
for line in sys.stdin:
    print(json.dumps(grew(*json.loads(line))), flush=True)
"""

Measure = Callable[[Path, Path], dict[str, int]]


def _model(name: str, small: bool = False) -> tuple[str, Any]:
    kind, config = LARGE[name]
    torch.manual_seed(1)
    if kind == "ngram":
        ids = torch.randint(40, (2_000 if small else 700_000,))
        return kind, NGram.from_counts(ids, order=5, vocabulary=len(VOCABULARY))
    if small:
        config = {**config, **{size: 16 for size in ("width", "embedding", "hidden") if config.get(size)}}
    model = outline(kind, {**config, "vocabulary": len(VOCABULARY)}).to_empty(device="cpu").eval()
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.02)
    return kind, model


@pytest.fixture(scope="module")
def measure(repository: Path) -> Iterator[Measure]:
    """measure(small, large) returns the growth of a process: "kept", "peak" and "after", in bytes."""
    # Arrays with pages of their own: freed memory is returned to the system, and not counted.
    environment = {**os.environ, "MALLOC_MMAP_THRESHOLD_": "65536", "MALLOC_ARENA_MAX": "1"}
    command, pipe = [sys.executable, "-c", MEASURED], subprocess.PIPE
    with subprocess.Popen(command, cwd=repository, env=environment, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdin and process.stdout
        asked, told = process.stdin, process.stdout

        def measure(*folders: Path) -> dict[str, int]:
            asked.write(json.dumps([str(folder) for folder in folders]) + "\n")
            asked.flush()
            grew: dict[str, int] = json.loads(told.readline())
            return grew

        yield measure
        asked.close()


@pytest.mark.skipif(not os.access("/proc/self/clear_refs", os.W_OK), reason="only Linux tells of a process's memory")
@pytest.mark.parametrize("name", LARGE)
def test_the_stated_memory_equals_the_growth_of_the_process(name: str, tmp_path: Path, measure: Measure) -> None:
    for size in ("small", "large"):
        kind, model = _model(name, size == "small")
        library.save(tmp_path / size, kind, model, VOCABULARY, "\n", CARD)
    said = footprint(model)
    assert footprint(outline(kind, json.loads((tmp_path / "large" / "config.json").read_text())["config"])) == said
    own = sum(t.numel() * t.element_size() for t in model.state_dict().values())
    assert own <= said.kept <= said.peak
    del model
    grew = measure(tmp_path / "small", tmp_path / "large")
    assert said.kept > 30 * MB
    # What remains without the model is the process's own.
    assert grew["kept"] - grew["after"] == pytest.approx(said.kept, rel=0.1, abs=4 * MB)
    # Never more than is said; and not twice as much is said as there is. While it is read, pages of the file are seen
    # too, which the system takes back as soon as it needs them.
    assert grew["peak"] < 1.1 * said.peak + (tmp_path / "large" / "model.safetensors").stat().st_size + 8 * MB
    assert grew["peak"] > 0.6 * said.peak
    assert grew["after"] < 8 * MB


def test_an_ngram_takes_many_times_its_file(tmp_path: Path) -> None:
    checkpoint = library.load("shakespeare-ngram")
    assert footprint(checkpoint.model).kept > 8 * (checkpoint.card.bytes or 0)


@pytest.mark.parametrize("name", LARGE)
def test_an_unreferenced_model_is_freed_at_once(name: str, tmp_path: Path) -> None:
    kind, model = _model(name, small=True)
    library.save(tmp_path / "c", kind, model, VOCABULARY, "\n", CARD)
    del model
    gc.collect()
    gc.disable()  # which would find what only a cycle holds
    try:
        checkpoint = library.load(tmp_path / "c")
        steps = generate(checkpoint, prefill(checkpoint, [1, 2]), Sampling(), seed=1)
        assert len([next(steps) for _ in range(3)]) == 3
        gone = weakref.ref(checkpoint.model)
        del checkpoint
        assert gone() is not None  # the run has it
        del steps
        assert gone() is None
    finally:
        gc.enable()


def test_the_footprint_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """A GRU: 10 symbols × 4, a layer of 3·8 × 4 and 3·8 × 8 weights and two biases of 3·8, an output of 10 × 8 + 10.

    The copy for several texts is of the recurrence, in groups of 16 rows of two bytes each,
    and in blocks of 512 columns: the output is too small.
    """
    monkeypatch.setattr(rows, "SMALL", 100)
    model = build("gru", {"vocabulary": 10, "embedding": 4, "hidden": 8, "layers": 1})
    own = 4 * (40 + 96 + 192 + 24 + 24 + 80 + 10)
    table = 4 * 10 * 24
    copies = 2 * 32 * 512 if half.has_half() else 0
    assert footprint(model) == (own + table + copies, own + 2 * table + copies)

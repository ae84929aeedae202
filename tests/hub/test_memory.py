"""Hub models in memory: each commit once, only the most recent, one loaded at a time, all within a limit."""

import shutil
import threading
import time
import weakref
from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import load as tensors_of
from safetensors.torch import save as serialized

from playground import library
from playground.checkpoints import memory, weights
from playground.errors import BadInput, MemoryFull
from playground.hub.listing import CARD
from playground.inference.generate import generate
from playground.inference.prefill import prefill
from playground.models.footprint import footprint
from playground.sampling import Sampling
from playground.server import hub_panel
from tests import stream
from tests.hub.hands import GPT2, REPO, download_model, downloads
from tests.hub.panel import messages, request_offer
from tests.hub.server import HubServer


def test_a_commit_is_downloaded_once_and_loaded_once(hub: HubServer, files: dict[str, bytes]) -> None:
    sha = hub.add(REPO, files)
    first = library.load(REPO)
    asked = len(hub.log)
    assert library.load(f"{REPO}@{sha}") is first
    assert len(hub.log) == asked
    assert library.load(REPO) is first
    assert [a.path.split("?")[0] for a in hub.log[asked:]] == [f"/api/models/{REPO}/revision/main"]


def test_a_revision_is_pinned_to_its_commit(hub: HubServer, files: dict[str, bytes]) -> None:
    old = hub.add(REPO, files)
    first = library.load(REPO)
    new = hub.add(REPO, {**files, "tokenizer.json": files["tokenizer.json"] + b"\n"})
    assert library.load(REPO).name == f"{REPO}@{new}"
    assert library.load(first.name) is first
    assert library.load(first.name).name == f"{REPO}@{old}"
    # The weights are the same, so they were downloaded once.
    assert len(hub.asked("GET", "/resolve/" + new + "/model.safetensors")) == 0


def test_concurrent_callers_download_once(hub: HubServer, files: dict[str, bytes]) -> None:
    hub.add(REPO, files)
    together = threading.Barrier(5)
    got: list[library.Checkpoint] = []

    def ask() -> None:
        together.wait()
        got.append(library.load(REPO))

    threads = [threading.Thread(target=ask) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 5
    assert all(c is got[0] for c in got)
    assert len(downloads(hub)) == 4


def test_few_models_stay_in_memory(hub: HubServer, files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library._models, "most", 2)
    for name in ("a", "b", "c"):
        hub.add(f"ada/{name}", files)
    a, b, _ = (library.load(f"ada/{name}") for name in "aba")
    assert library.load("ada/c")
    assert library.load(a.name) is a
    gone = weakref.ref(b.model)
    del b
    assert gone() is None


def set_limit(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setenv(memory.BOUND_NAME, str(size / 1e6))


def test_models_in_memory_are_limited_by_size(
    hub: HubServer, foreign: dict[str, bytes], files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.add(GPT2, foreign)
    hub.add(REPO, files)
    large, small = library.load(GPT2), library.load(REPO)
    sizes = [library.memory_of(c.model) for c in (large, small)]
    own = footprint(large.model).kept
    assert sizes[0].kept == own + 300 * 600
    assert own >= 4 * (large.card.parameters or 0)
    assert library._models.used_bytes() == sizes[0].kept + sizes[1].kept
    set_limit(monkeypatch, sizes[0].kept + sizes[1].peak)
    hub.add("bob/other", {**files, CARD: b""})
    name = large.name
    del large
    other = library.load("bob/other")  # the longest unused is removed, and that is enough
    assert library.load(small.name) is small
    assert library._models.used_bytes() == 2 * sizes[1].kept
    del small, other
    set_limit(monkeypatch, sizes[0].peak)
    assert library.load(name).name == name
    assert library._models.used_bytes() == sizes[0].kept


def test_room_is_made_before_the_weights_are_read(
    hub: HubServer, files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in "ab":
        hub.add(f"ada/{name}", files)
    need = library.memory_of(library.load("ada/a").model)
    set_limit(monkeypatch, need.kept + need.peak - 1)
    read, taken = weights.read, []

    def watched(*given: Any) -> Any:
        taken.append(library._models.used_bytes())
        return read(*given)

    monkeypatch.setattr(weights, "read", watched)
    library.load("ada/b")
    assert taken == [need.peak]
    assert library._models.used_bytes() == need.kept


def test_a_model_that_never_fits_is_refused_before_its_download(
    hub: HubServer, foreign: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.add(GPT2, foreign)
    set_limit(monkeypatch, 100_000)
    with pytest.raises(BadInput, match=rf"^{GPT2}@.* MB of memory, .* set PLAYGROUND_MODELS_MB and start"):
        library.load(GPT2)
    assert not hub.asked("GET", "/model.safetensors")
    message = request_offer(GPT2)[-1]
    assert (message["stage"], message["again"]) == ("refused", False)
    assert "set PLAYGROUND_MODELS_MB" in message["problem"]["text"]["en"]


def test_five_visitors_write_with_five_models_in_memory_for_two(
    hub: HubServer, files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each opens its model, writes with it, and leaves; the others wait for memory."""
    names = [f"ada/{name}" for name in "abcde"]
    for name in names:
        hub.add(name, files)
        download_model(name)
    need = library.memory_of(library.load(names[0]).model)
    limit = 2 * need.peak
    set_limit(monkeypatch, limit)
    taken, texts, together = [], [], threading.Barrier(5)

    def visit(name: str) -> None:
        together.wait()
        checkpoint = library.load(name, patience=60)
        steps = generate(checkpoint, prefill(checkpoint, [1]), Sampling(), seed=1)
        del checkpoint  # like the page: only the run holds the model
        for _ in range(50):
            ids = [next(steps).id for _ in range(10)]
            taken.append(library._models.used_bytes())
        texts.append(ids)

    threads = [threading.Thread(target=visit, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(texts) == 5
    assert max(taken) <= limit
    library._models.kept.clear()
    assert library._models.used_bytes() == 0


def test_a_model_refused_for_memory_can_be_retried(
    hub: HubServer, files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in "ab":
        hub.add(f"ada/{name}", files)
        download_model(f"ada/{name}")
    checkpoint = library.load("ada/a")
    need = library.memory_of(checkpoint.model)
    set_limit(monkeypatch, need.kept + need.peak - 1)
    monkeypatch.setattr(library, "PATIENCE", 0.0)
    steps = generate(checkpoint, prefill(checkpoint, [1]), Sampling(), seed=1)
    next(steps)
    del checkpoint

    told = request_offer("ada/b")[-1]
    assert (told["stage"], told["again"]) == ("refused", True)
    assert told["problem"]["text"]["en"].startswith("There is no memory for ada/b@")
    assert "because the models in use take " in told["problem"]["text"]["en"]
    looked = stream.look(model=download_model("ada/b").name, prompt="a")
    assert looked["problem"]["text"]["en"].endswith("try again in a minute.")
    del steps
    assert request_offer("ada/b")[-1]["stage"] == "open"


def test_waiting_for_memory_can_be_cancelled(
    hub: HubServer, files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in "ab":
        hub.add(f"ada/{name}", files)
        download_model(f"ada/{name}")
    held = library.load("ada/a")
    need = library.memory_of(held.model)
    set_limit(monkeypatch, need.kept + need.peak - 1)
    monkeypatch.setattr(hub_panel, "TICK", 0.01)
    answers = messages("ask", text="ada/b")
    stages: list[str] = []
    while stages.count("opening") < 5:
        stages.append(next(answers)["stage"])
    assert set(stages) == {"asking", "opening"}
    answers.close()  # the visitor goes away
    assert library._models.used_bytes() == need.kept
    del held
    assert library.load("ada/b")


def test_bundled_models_count_and_are_never_refused(
    hub: HubServer, files: dict[str, bytes], folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("x", "y"):
        shutil.copytree(folder, tmp_path / "checkpoints" / name)
    monkeypatch.setattr(library, "BUNDLED", tmp_path / "checkpoints")
    hub.add("ada/a", files)
    held = library.load("ada/a")
    need = library.memory_of(held.model)
    set_limit(monkeypatch, need.peak)
    x = library.load("x")
    assert library.load("x") is x
    assert library._models.used_bytes() == 2 * need.kept
    # A large one in that folder is treated like a Hub model: it waits, and makes room for others.
    monkeypatch.setattr(library, "STAYS", need.kept - 1)
    set_limit(monkeypatch, 2 * need.kept + need.peak - 1)
    with pytest.raises(MemoryFull):
        library.load("y", patience=0)
    del held
    assert library.load("y", patience=0) is library.load("y")
    assert list(library._models.staying) == ["x"]
    assert list(library._models.kept) == ["y"]


def test_models_are_loaded_one_at_a_time(
    hub: HubServer, files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"ada/{name}" for name in "abc"]
    for name in names:
        hub.add(name, files)
        download_model(name)
    load, busy, most = library._load, [], []

    def watched(folder: Path, name: str) -> library.Checkpoint:
        busy.append(name)
        most.append(len(busy))
        time.sleep(0.05)
        found = load(folder, name)
        busy.remove(name)
        return found

    monkeypatch.setattr(library, "_load", watched)
    threads = [threading.Thread(target=library.load, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1, 1, 1]


def test_an_undeclared_output_matrix_counts(
    hub: HubServer, foreign: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Memory is reserved for the actual weights, although the config says that the output shares the embedding."""
    tensors = tensors_of(foreign["model.safetensors"])
    hub.add("bob/tied", foreign)
    tensors["lm_head.weight"] = tensors["wte.weight"] + 1
    hub.add("bob/untied", {**foreign, "model.safetensors": serialized(tensors)})
    made, peaks = library._models.get_or_make, []

    def watched(name: str, peak: int, make: Any, **more: Any) -> Any:
        peaks.append(peak)
        return made(name, peak, make, **more)

    monkeypatch.setattr(library._models, "get_or_make", watched)
    tied, untied = (library.memory_of(library.load(f"bob/{name}").model) for name in ("tied", "untied"))
    head = 4 * 300 * 8
    assert untied.kept == tied.kept + head
    assert peaks == [tied.peak, tied.peak + head]

"""Models of the Hub in memory: each commit once, the latest few, one read at a time, and room made first."""

import threading
import time
from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import load as tensors_of
from safetensors.torch import save as serialized

from playground import checkpoints, weights
from playground.fetching import CARD
from tests.hub.hands import GPT2, REPO, downloads, fetched
from tests.hub.server import HubServer


def test_a_commit_is_fetched_once_and_loaded_once(hub: HubServer, files: dict[str, bytes]) -> None:
    sha = hub.add(REPO, files)
    first = checkpoints.load(REPO)
    asked = len(hub.log)
    assert checkpoints.load(f"{REPO}@{sha}") is first
    assert len(hub.log) == asked
    assert checkpoints.load(REPO) is first
    assert [a.path.split("?")[0] for a in hub.log[asked:]] == [f"/api/models/{REPO}/revision/main"]


def test_a_revision_is_pinned_to_its_commit(hub: HubServer, files: dict[str, bytes]) -> None:
    old = hub.add(REPO, files)
    first = checkpoints.load(REPO)
    new = hub.add(REPO, {**files, "tokenizer.json": files["tokenizer.json"] + b"\n"})
    assert checkpoints.load(REPO).name == f"{REPO}@{new}"
    assert checkpoints.load(first.name) is first
    assert checkpoints.load(first.name).name == f"{REPO}@{old}"
    # The weights are the same, so they came once.
    assert len(hub.asked("GET", "/resolve/" + new + "/model.safetensors")) == 0


def test_callers_at_once_fetch_once(hub: HubServer, files: dict[str, bytes]) -> None:
    hub.add(REPO, files)
    together = threading.Barrier(5)
    got: list[checkpoints.Checkpoint] = []

    def ask() -> None:
        together.wait()
        got.append(checkpoints.load(REPO))

    threads = [threading.Thread(target=ask) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 5
    assert all(c is got[0] for c in got)
    assert len(downloads(hub)) == 4


def test_few_stay_in_memory(hub: HubServer, files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoints._from_hub, "count", 2)
    for name in ("a", "b", "c"):
        hub.add(f"ada/{name}", files)
    a, b, _ = (checkpoints.load(f"ada/{name}") for name in "aba")
    assert checkpoints.load("ada/c")
    assert checkpoints.load(a.name) is a
    assert checkpoints.load(b.name) is not b


def test_what_is_in_memory_is_bounded_by_its_size(
    hub: HubServer, foreign: dict[str, bytes], files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.add(GPT2, foreign)
    hub.add(REPO, files)
    large, small = checkpoints.load(GPT2), checkpoints.load(REPO)
    assert checkpoints._size(large.model) == 4 * large.card["parameters"]
    both = checkpoints._size(large.model) + checkpoints._size(small.model)
    monkeypatch.setattr(checkpoints._from_hub, "size", both - 1)
    hub.add("bob/other", {**files, CARD: b""})
    other = checkpoints.load("bob/other")  # the longest unused goes, and that is enough
    assert checkpoints.load(small.name) is small
    again = checkpoints.load(GPT2)
    assert again is not large
    monkeypatch.setattr(checkpoints._from_hub, "size", 1)
    hub.add(GPT2, {**foreign, CARD: b""})
    alone = checkpoints.load(GPT2)  # larger than all that may be, and kept as the only one
    assert checkpoints.load(alone.name) is alone
    assert [*checkpoints._from_hub.kept.values()] == [alone]
    assert checkpoints.load(other.name) is not other


def test_room_is_made_before_the_weights_are_read(
    hub: HubServer, files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in "ab":
        hub.add(f"ada/{name}", files)
    first = checkpoints.load("ada/a")
    monkeypatch.setattr(checkpoints._from_hub, "size", 2 * checkpoints._size(first.model) - 1)
    read, kept = weights.read, []

    def watched(*given: Any) -> Any:
        kept.append(list(checkpoints._from_hub.kept))
        return read(*given)

    monkeypatch.setattr(weights, "read", watched)
    checkpoints.load("ada/b")
    assert kept == [[]]


def test_different_models_at_once_are_read_one_after_the_other(
    hub: HubServer, files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"ada/{name}" for name in "abc"]
    for name in names:
        hub.add(name, files)
        fetched(name)
    load, busy, most = checkpoints._load, [], []

    def watched(folder: Path, name: str) -> checkpoints.Checkpoint:
        busy.append(name)
        most.append(len(busy))
        time.sleep(0.05)
        found = load(folder, name)
        busy.remove(name)
        return found

    monkeypatch.setattr(checkpoints, "_load", watched)
    threads = [threading.Thread(target=checkpoints.load, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1, 1, 1]


def test_an_output_that_the_config_does_not_say_counts(
    hub: HubServer, foreign: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Room is made for what the weights take, and the config says that the output is the embedding."""
    tensors = tensors_of(foreign["model.safetensors"])
    hub.add("bob/tied", foreign)
    tensors["lm_head.weight"] = tensors["wte.weight"] + 1
    hub.add("bob/untied", {**foreign, "model.safetensors": serialized(tensors)})
    made, sizes = checkpoints._from_hub.made, []

    def watched(name: str, size: int, make: Any) -> Any:
        sizes.append(size)
        return made(name, size, make)

    monkeypatch.setattr(checkpoints._from_hub, "made", watched)
    tied, untied = (checkpoints._size(checkpoints.load(f"bob/{name}").model) for name in ("tied", "untied"))
    assert sizes == [tied, untied]
    assert untied == tied + 4 * 300 * 8

"""Models in memory stay within a limit: all live ones count, and callers without room wait and are finally refused."""

import gc
import threading
from pathlib import Path
from typing import Any

import pytest

from playground.checkpoints import memory
from playground.errors import BadInput, Cancelled, MemoryFull

LONG = 60.0  # seconds that no test waits for
MB = 1_000_000


class Body:
    """What takes the memory."""


class Thing:
    """Stands in for a model: it has a size, and its memory is freed with its last reference."""

    def __init__(self, size: int) -> None:
        self.size, self.body = size, Body()


@pytest.fixture(autouse=True)
def bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """A limit of 100 MB."""
    monkeypatch.setenv(memory.BOUND_NAME, "100")
    monkeypatch.setattr(memory, "TICK", 0.001)


@pytest.fixture
def models() -> memory.ModelCache[Thing]:
    return memory.ModelCache(4, size_of=lambda thing: thing.size, body_of=lambda thing: thing.body)


def made(models: memory.ModelCache[Thing], name: str, mb: int, peak: int = 0, **more: Any) -> Thing:
    return models.get_or_make(name, (peak or mb) * MB, lambda: Thing(mb * MB), **{"patience": LONG, **more})


def test_cached_models_are_released_least_recently_used_first(models: memory.ModelCache[Thing]) -> None:
    for name in "abc":
        made(models, name, 30)
    assert models.used_bytes() == 90 * MB
    assert models.get("a")
    made(models, "d", 30)
    assert list(models.kept) == ["c", "a", "d"]
    assert models.get("b") is None
    assert models.used_bytes() == 90 * MB
    made(models, "e", 100)
    assert list(models.kept) == ["e"]
    assert models.used_bytes() == 100 * MB


def test_only_a_few_models_are_cached(models: memory.ModelCache[Thing]) -> None:
    for name in "abcde":
        made(models, name, 1)
    assert list(models.kept) == ["b", "c", "d", "e"]
    assert models.used_bytes() == 4 * MB


def test_a_model_in_use_counts_even_if_it_is_not_cached(models: memory.ModelCache[Thing]) -> None:
    held = made(models, "a", 60)
    with pytest.raises(MemoryFull) as told:
        made(models, "b", 50, patience=0)
    assert str(told.value) == (
        "There is no memory for b now, because the models in use take 60 of 100 MB: try again in a minute."
    )
    assert list(models.kept) == []
    assert models.used_bytes() == 60 * MB
    # It is there still, and so it is not made again.
    assert models.get("a") is held
    assert list(models.kept) == ["a"]
    assert made(models, "c", 40)
    del held
    assert made(models, "b", 50)
    assert models.used_bytes() == 90 * MB


def test_memory_that_outlives_its_model_counts(models: memory.ModelCache[Thing]) -> None:
    body = made(models, "a", 60).body
    with pytest.raises(MemoryFull):
        made(models, "b", 50, patience=0)
    assert models.get("a") is None
    assert models.used_bytes() == 60 * MB
    del body
    assert models.used_bytes() == 0


def test_peak_memory_counts_while_a_model_is_loaded(models: memory.ModelCache[Thing]) -> None:
    held = made(models, "a", 40)
    with pytest.raises(MemoryFull):
        made(models, "b", 50, peak=70, patience=0)
    seen = []

    def make() -> Thing:
        seen.append(models.used_bytes())
        return Thing(50 * MB)

    assert models.get_or_make("b", 60 * MB, make, patience=LONG)
    assert seen == [100 * MB]
    assert models.used_bytes() == 90 * MB
    assert held


def test_a_waiting_caller_continues_as_soon_as_another_is_done(models: memory.ModelCache[Thing]) -> None:
    held = [made(models, "a", 60)]
    got: list[Thing] = []
    thread = threading.Thread(target=lambda: got.append(made(models, "b", 50)))
    thread.start()
    while models.kept:  # it releases what is cached, in vain, and waits
        pass
    assert not got
    held.clear()
    thread.join(LONG)
    assert len(got) == 1
    assert models.used_bytes() == 50 * MB


def test_waiting_can_be_cancelled(models: memory.ModelCache[Thing]) -> None:
    held = made(models, "a", 60)
    stop = threading.Event()
    stop.set()
    with pytest.raises(Cancelled, match=r"^b was not opened: it was stopped\.$"):
        made(models, "b", 50, cancelled=stop)
    assert models.used_bytes() == 60 * MB
    assert made(models, "c", 40)
    assert held


def test_waiting_for_another_loading_is_reported_and_can_be_cancelled(models: memory.ModelCache[Thing]) -> None:
    opening, go_on = threading.Event(), threading.Event()

    def slowly() -> Thing:
        opening.set()
        go_on.wait(LONG)
        return Thing(MB)

    thread = threading.Thread(target=models.get_or_make, args=("a", MB, slowly), kwargs={"patience": LONG})
    thread.start()
    opening.wait(LONG)
    with pytest.raises(MemoryFull, match="because another model is being opened"):
        made(models, "b", 1, patience=0)
    stop = threading.Event()
    stop.set()
    with pytest.raises(Cancelled):
        made(models, "b", 1, cancelled=stop)
    assert models.get_or_make_pinned("small", MB, lambda: Thing(MB))  # waits for nobody
    go_on.set()
    thread.join(LONG)
    assert made(models, "b", 1)


def test_models_held_only_by_a_cycle_are_found(models: memory.ModelCache[Thing]) -> None:
    gc.disable()
    try:
        thing: Any = made(models, "a", 60)
        thing.itself = thing
        del thing
        assert made(models, "b", 50)
    finally:
        gc.enable()


def test_a_model_that_failed_to_load_takes_no_memory(models: memory.ModelCache[Thing]) -> None:
    def fail() -> Thing:
        raise ValueError("half a file")

    for _ in range(3):
        with pytest.raises(ValueError, match="half a file"):
            models.get_or_make("a", 90 * MB, fail, patience=LONG)
        with pytest.raises(ValueError, match="half a file"):
            models.get_or_make_pinned("b", 90 * MB, fail)
    assert models.used_bytes() == 0


def test_permanent_models_count_and_are_never_refused_or_released(models: memory.ModelCache[Thing]) -> None:
    held = made(models, "a", 90)
    first = models.get_or_make_pinned("small", 30 * MB, lambda: Thing(20 * MB))
    assert models.used_bytes() == 110 * MB
    assert models.get_or_make_pinned("small", 30 * MB, lambda: Thing(20 * MB)) is first
    del held
    assert models.used_bytes() == 20 * MB  # cached models were released as far as possible
    made(models, "b", 80)
    with pytest.raises(BadInput) as told:
        made(models, "c", 81)
    assert str(told.value) == (
        "c takes 81 MB of memory, and models other than the bundled ones may have 80 MB here: choose a smaller one, or "
        "set PLAYGROUND_MODELS_MB and start the playground again."
    )
    assert models.get("small") is first
    assert list(models.staying) == ["small"]


def test_five_concurrent_callers_stay_within_the_limit(models: memory.ModelCache[Thing]) -> None:
    together = threading.Barrier(5)
    most: list[int] = []
    done: list[str] = []
    guard = threading.Lock()

    def visit(name: str) -> None:
        together.wait()
        for turn in range(8):
            thing = made(models, f"{name}{turn % 2}", 30, peak=45)
            with guard:
                most.append(models.used_bytes())
            assert thing.size == 30 * MB
            del thing
        done.append(name)

    threads = [threading.Thread(target=visit, args=(name,)) for name in "abcde"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LONG)
    assert sorted(done) == list("abcde")
    assert max(most) <= 100 * MB
    models.kept.clear()
    assert models.used_bytes() == 0


@pytest.mark.parametrize("written", ["many", "-1", "0", "nan", "inf"])
def test_an_invalid_limit_is_refused(written: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(memory.BOUND_NAME, written)
    with pytest.raises(BadInput) as told:
        memory.bound()
    assert str(told.value) == f"PLAYGROUND_MODELS_MB must be a number of megabytes over 0, not '{written}'."


def test_the_default_limit_is_half_of_the_machines_or_containers_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(memory.BOUND_NAME, "")
    assert memory.bound() == memory.machine() // 2
    groups, process = tmp_path / "cgroup", tmp_path / "self"
    whole = memory.machine(groups, process)
    assert whole > 10**9
    for number, (rows, folder, name, written, expected) in enumerate(
        [
            ("0::/a/b\n", "a", "memory.max", "700000000\n", 700_000_000),  # of an outer group
            ("0::/a/b\n", "a/b", "memory.max", "max\n", whole),
            ("0::/\n", ".", "memory.max", "600000000\n", 600_000_000),  # as seen within a container
            ("5:cpu:/x\n9:memory:/docker/1\n", "memory/docker/1", "memory.limit_in_bytes", "500000000\n", 500_000_000),
            ("9:memory:/docker/1\n", "memory", "memory.limit_in_bytes", "9223372036854771712\n", whole),
            ("nonsense", "a", "memory.max", "x", whole),
        ]
    ):
        top, process = tmp_path / str(number), tmp_path / f"self{number}"
        (top / folder).mkdir(parents=True)
        (top / folder / name).write_text(written)
        process.write_text(rows)
        assert memory.machine(top, process) == expected

"""The prefix cache: few states, a memory limit, and short pieces."""

import threading
from typing import Any

import pytest

from playground import library
from playground.engine import prefixes
from playground.engine.base import RequestAborted
from playground.engine.prefixes import Prefixes
from playground.engine.tasks import Steps, Task
from playground.inference import prefill as prefilling
from playground.models.footprint import parameters

MODEL = "shakespeare-gru-geron"
NEVER = threading.Event()


def run_steps(steps: Steps[Any], cancelled: threading.Event) -> Any:
    """The result of steps, one turn after the other."""
    task = Task(steps, "", cancelled)
    while task.turn():
        pass
    return task.done.result()


def test_the_cache_is_limited() -> None:
    checkpoint = library.load(MODEL)
    few = Prefixes(most_bytes=200_000)
    for start in range(60):
        run_steps(few.read(checkpoint, [start % 30, *range(20)], 21, exact=False), NEVER)
        assert sum(one.size for one in few.kept.values()) <= 200_000
    assert 1 < len(few.kept) < 60
    none = Prefixes(most_bytes=0)
    run_steps(none.read(checkpoint, [1, 2, 3], 0, exact=True), NEVER)
    assert not none.kept


def test_typing_keeps_one_prompt_and_few_states() -> None:
    checkpoint = library.load(MODEL)
    kept = Prefixes()
    for end in range(1, 300):
        run_steps(kept.read(checkpoint, [1] * end, end, exact=False), NEVER)
    [prompt] = kept.kept.values()
    assert len(prompt.marks) <= prefixes.LATEST + 1


def test_states_of_other_visitors_change_no_bit_of_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows depend slightly on where reading began. Other visitors' states are used only if the result is identical."""
    monkeypatch.setattr(prefilling, "WORK", 61_719 * 50)  # of a piece
    checkpoint, ids = library.load(MODEL), [n % 37 for n in range(220)]

    def looked(kept: Prefixes, count: int, owner: str) -> Any:
        return run_steps(kept.read(checkpoint, ids[:count], count, exact=False, owner=owner), NEVER).logits

    shared, differ = Prefixes(), False
    for count in (7, 61, 63, 64, 130, 131, 180):  # as when typing
        looked(shared, count, "other")
        if count > 61:
            differ |= looked(shared, count, "other").tobytes() != looked(Prefixes(), count, "me").tobytes()
    for count in (62, 90, 131, 133, 180, 220):
        own = Prefixes()
        assert looked(shared, count, f"me at {count}").tobytes() == looked(own, count, f"me at {count}").tobytes()
    assert differ, "the rows are the same wherever reading began, and this test shows nothing"


def test_states_of_other_visitors_are_used_if_that_is_exact() -> None:
    checkpoint, ids = library.load(MODEL), [n % 37 for n in range(120)]
    kept = Prefixes()
    run_steps(kept.read(checkpoint, ids, 120, exact=True, owner="other"), NEVER)
    assert list(kept.read(checkpoint, ids, 120, exact=True, owner="me")) == []  # no piece
    assert sorted(one.owner for one in kept.kept.values()) == ["me", "other"]


@pytest.mark.parametrize("name", ["shakespeare-lstm", "shakespeare-transformer"])
def test_a_step_within_a_long_text_reads_a_small_part_of_it(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the place was never stepped on before, and whoever goes back."""
    checkpoint = library.load(name)
    vocabulary = len(checkpoint.vocabulary)
    prompt, ids = [1, 2, 3], [n * n % vocabulary for n in range(1_500)]
    length = prefilling.piece_length(checkpoint, written=True)
    assert length * parameters(checkpoint.model) <= prefilling.WORK / 5  # a fiftieth of a second
    read: list[int] = []

    def counted(checkpoint: Any, ids: Any, after: Any = None, **more: Any) -> Any:
        read.append(len(ids))
        return prefilling.pieces(checkpoint, ids, after, **more)

    monkeypatch.setattr(prefixes, "pieces", counted)
    monkeypatch.setattr(prefixes, "MOST_OF_ONE", 2**40)
    kept = Prefixes()
    before = run_steps(kept.read(checkpoint, prompt, 3, exact=True), NEVER)

    def read_to(count: int, kept: Prefixes = kept) -> bytes:
        read.clear()
        tip = run_steps(kept.read_on(checkpoint, prompt, ids[:count], before), NEVER)
        return bytes(tip.logits.tobytes())

    read_to(1_490)
    for count in (1_491, 1_492, 1_500, 900, 901, 10 * length, 11 * length + 1):
        told = read_to(count)
        assert sum(read) <= length
        assert told == read_to(count, Prefixes()), "the same as what is read afresh, to the last bit"


def test_large_states_of_a_text_are_thinned_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows read from the remaining states are the same."""
    checkpoint = library.load("shakespeare-transformer")
    ids = [n % 37 for n in range(1_200)]
    kept = Prefixes()
    before = run_steps(kept.read(checkpoint, [], 0, exact=True), NEVER)
    run_steps(kept.read_on(checkpoint, [], ids, before), NEVER)
    monkeypatch.setattr(prefixes, "MOST_OF_ONE", 5_000_000)
    few = Prefixes()
    run_steps(few.read_on(checkpoint, [], ids, before), NEVER)
    [text], [*_, all_marks] = few.kept.values(), kept.kept.values()
    ends = [mark for mark in text.marks if mark.ends_piece]
    assert 1 < len(ends) < len([mark for mark in all_marks.marks if mark.ends_piece])
    assert text.size < 8_000_000
    for count in (1_199, 800, 300):
        one, other = (run_steps(one.read_on(checkpoint, [], ids[:count], before), NEVER) for one in (few, kept))
        assert one.logits.tobytes() == other.logits.tobytes()


def test_reading_ends_between_two_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prefilling, "WORK", 61_719 * 100)

    kept, end = Prefixes(), threading.Event()
    steps = kept.read(library.load(MODEL), [1] * 1_000, 0, exact=False)
    for _ in range(2):
        next(steps)
    end.set()
    with pytest.raises(RequestAborted):
        run_steps(steps, end)
    assert not kept.kept


def test_a_piece_is_short_enough_to_be_cancelled_soon() -> None:
    """A tenth of a second, or a few ids of the largest models."""
    for name in library.available():
        checkpoint = library.load(name)
        model: Any = checkpoint.model
        length = prefilling.piece_length(checkpoint)
        parameters = sum(p.numel() for p in model.parameters())
        assert length * parameters <= prefilling.WORK
        assert length * len(checkpoint.vocabulary) <= prefilling.PIECE

"""What is kept of texts that were read: few states, within a bound, and in pieces that end soon."""

import threading
from typing import Any

import pytest

from playground import library
from playground.engine import prefixes
from playground.engine.base import Unwanted
from playground.engine.prefixes import Prefixes
from playground.engine.tasks import Steps, Task
from playground.inference import prefill as prefilling

MODEL = "shakespeare-gru-geron"
NEVER = threading.Event()


def whole(steps: Steps[Any], cancelled: threading.Event) -> Any:
    """What steps give in the end, one turn after the other."""
    task = Task(steps, "", cancelled)
    while task.turn():
        pass
    return task.done.result()


def test_what_is_kept_is_bounded() -> None:
    checkpoint = library.load(MODEL)
    few = Prefixes(most_bytes=200_000)
    for start in range(60):
        whole(few.read(checkpoint, [start % 30, *range(20)], 21, exact=False), NEVER)
        assert sum(one.size for one in few.kept.values()) <= 200_000
    assert 1 < len(few.kept) < 60
    none = Prefixes(most_bytes=0)
    whole(none.read(checkpoint, [1, 2, 3], 0, exact=True), NEVER)
    assert not none.kept


def test_typing_keeps_one_prompt_and_few_states() -> None:
    checkpoint = library.load(MODEL)
    kept = Prefixes()
    for end in range(1, 300):
        whole(kept.read(checkpoint, [1] * end, end, exact=False), NEVER)
    [prompt] = kept.kept.values()
    assert len(prompt.marks) <= prefixes.LATEST + 1


def test_what_others_have_read_changes_no_bit_of_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows depend a little on where reading began. Others' states are used only where that is the same."""
    monkeypatch.setattr(prefilling, "WORK", 61_719 * 50)  # of a piece
    checkpoint, ids = library.load(MODEL), [n % 37 for n in range(220)]

    def looked(kept: Prefixes, count: int, owner: str) -> Any:
        return whole(kept.read(checkpoint, ids[:count], count, exact=False, owner=owner), NEVER).logits

    shared, differ = Prefixes(), False
    for count in (7, 61, 63, 64, 130, 131, 180):  # as somebody types
        looked(shared, count, "other")
        if count > 61:
            differ |= looked(shared, count, "other").tobytes() != looked(Prefixes(), count, "me").tobytes()
    for count in (62, 90, 131, 133, 180, 220):
        own = Prefixes()
        assert looked(shared, count, f"me at {count}").tobytes() == looked(own, count, f"me at {count}").tobytes()
    assert differ, "the rows are the same wherever reading began, and this test shows nothing"


def test_a_text_that_another_read_is_read_from_there_where_that_is_exact() -> None:
    checkpoint, ids = library.load(MODEL), [n % 37 for n in range(120)]
    kept = Prefixes()
    whole(kept.read(checkpoint, ids, 120, exact=True, owner="other"), NEVER)
    assert list(kept.read(checkpoint, ids, 120, exact=True, owner="me")) == []  # no piece
    assert sorted(one.owner for one in kept.kept.values()) == ["me", "other"]


def test_reading_ends_between_two_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prefilling, "WORK", 61_719 * 100)

    kept, end = Prefixes(), threading.Event()
    steps = kept.read(library.load(MODEL), [1] * 1_000, 0, exact=False)
    for _ in range(2):
        next(steps)
    end.set()
    with pytest.raises(Unwanted):
        whole(steps, end)
    assert not kept.kept


def test_a_piece_takes_no_longer_than_a_visitor_may_wait_for_an_end() -> None:
    """A tenth of a second, or a few ids of the largest models."""
    for name in library.available():
        checkpoint = library.load(name)
        model: Any = checkpoint.model
        length = prefilling.piece_length(checkpoint)
        parameters = sum(p.numel() for p in model.parameters())
        assert length * parameters <= prefilling.WORK
        assert length * len(checkpoint.vocabulary) <= prefilling.PIECE

"""The error bounds of the exact next character, compared with all sequences of tokens listed one by one."""

from dataclasses import replace
from itertools import product

import pytest

from playground.inference import covers
from tests.inference.test_next_character import LETTERS, answers, brute_force, shares
from tests.inference.token_models import checkpoint

TEXTS = ["ab", "bab", "abab", "bba"]


def distance(one: dict[str | int, float], other: dict[str | int, float]) -> float:
    return sum(abs(one.get(each, 0) - other.get(each, 0)) for each in {*one, *other}) / 2


@pytest.mark.parametrize("goal", [0.5, 0.05])
def test_no_error_exceeds_its_stated_bound(goal: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """`left_out` is a bound given the cut of the preceding text, and `left_out_of_all` for any cut."""
    monkeypatch.setattr(covers, "STEP_READ", 1)
    known = beyond = 0
    for text, seed in product(TEXTS, range(3)):
        model = checkpoint(LETTERS, seed)
        ids = model.vocabulary.encode(text).ids
        right = brute_force(model, text.encode(), len(text) + 1)
        for told in answers(model, ids, goal):
            given = ids[: len(ids) - told.cut_anew]
            after = text[sum(len(model.vocabulary.symbols[id]) for id in given) :]
            as_cut = replace(model, start_ids=(*model.start_ids, *given))
            off = distance(shares(told), right)
            assert off <= told.left_out_of_all + 1e-9
            assert distance(shares(told), brute_force(as_cut, after.encode(), len(after) + 1)) <= told.left_out + 1e-9
            assert told.left_out <= told.left_out_of_all
            assert told.whole is (told.cut_anew == len(ids))
            if told.whole:
                assert told.left_out == told.left_out_of_all
            known += told.left_out_of_all < 1 and not told.whole
            beyond += off > told.left_out + 1e-9
    assert known  # it is a number for beginnings that were not cut anew, too
    assert beyond  # where the other would be none


def test_bounds_by_hand() -> None:
    """With a, b, ab and the end equally likely: "a" is the token a, or the beginning of ab, which has the same
    share."""
    model = checkpoint([b"a", b"b", b"ab", b"<end>"], 0, spread=0.0)
    first, *_, last = answers(model, [0])
    assert first.left_out_of_all == pytest.approx(1 / 2)
    assert (last.left_out_of_all, last.whole) == (0, True)


def test_far_from_the_end_there_is_no_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(covers, "TAIL", 3)
    monkeypatch.setattr("playground.inference.next_character.TAIL", 3)
    model = checkpoint(LETTERS, 1)
    told = answers(model, model.vocabulary.encode("ababbababab").ids)
    assert {each.left_out_of_all for each in told} == {1.0}

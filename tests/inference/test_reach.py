"""How far back a model looks: divergences by hand, and the query against the model called position by position."""

import pickle
from collections.abc import Sequence
from itertools import pairwise
from math import inf, log
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from playground import library
from playground.checkpoints.card import Card
from playground.inference import reach
from playground.inference.reach import FullAnswers, Loss, Reach, count_steps, divergence, doublings
from playground.library import Checkpoint
from playground.models.ngram import NGram
from playground.sampling import log_softmax
from playground.text.characters import Vocabulary

LETTERS = "abcd"
TEXT = "To be, or not to be"


def ngram(text: str, order: int) -> Checkpoint:
    vocabulary = Vocabulary.from_text(LETTERS)
    model = NGram.from_counts(torch.tensor(vocabulary.encode(text).ids), order=order, vocabulary=len(LETTERS))
    return Checkpoint("counted", "", None, vocabulary, model, Card(), "a", (0,))


class Constant:
    """A model of four letters that always predicts 1/2, 1/4, 1/8 and 1/8."""

    P = (1 / 2, 1 / 4, 1 / 8, 1 / 8)

    def advance(self, ids: torch.Tensor, _state: None) -> tuple[torch.Tensor, None]:
        return torch.tensor(self.P).log().expand(*ids.shape, 4), None


def constant() -> Checkpoint:
    return Checkpoint("constant", "", None, Vocabulary.from_text(LETTERS), Constant(), Card(), "a", (0,))


def losses(checkpoint: Checkpoint, walk: Reach) -> dict[str, Loss]:
    return {step.given: step for step in walk.steps(checkpoint) if isinstance(step, Loss)}


def naive(checkpoint: Checkpoint, ids: list[int]) -> np.ndarray[Any, Any]:
    """ln p after these ids with nothing before them."""
    logits, _ = checkpoint.model.advance(ids)
    return torch.log_softmax(logits[0, -1].double(), -1).numpy()


def test_divergence_by_hand() -> None:
    p, q = np.log([1 / 2, 1 / 4, 1 / 4]), np.log([1 / 4, 1 / 4, 1 / 2])
    assert divergence(p, q) == pytest.approx(1 / 2 * log(2) - 1 / 4 * log(2), abs=1e-15)
    assert divergence(p, p) == 0
    with np.errstate(divide="ignore"):
        sure, other = np.log([1.0, 0.0]), np.log([0.5, 0.5])
    assert divergence(sure, other) == pytest.approx(log(2), abs=1e-15)
    assert divergence(other, sure) == inf


def test_doublings_stay_below() -> None:
    assert [doublings(n) for n in (0, 1, 2, 3, 4, 5, 9)] == [[], [], [1], [1, 2], [1, 2], [1, 2, 4], [1, 2, 4, 8]]


def test_yardsticks_by_hand() -> None:
    """The divergence from uniform is ln 4 − the entropy, and that from the letters follows from their shares."""
    checkpoint = ngram("abacabadabacaba", 2)
    ids = checkpoint.vocabulary.encode("aba").ids
    share = [8 / 15, 4 / 15, 2 / 15, 1 / 15]
    found = losses(checkpoint, Reach(ids, [2], [1], {"letters": np.log(share)}))
    p = np.exp(naive(checkpoint, ids[:2]))
    entropy = -float((p * np.log(p)).sum())
    assert found["uniform"].divergence == pytest.approx([log(4) - entropy], abs=1e-9)
    assert found["uniform"].surprise == pytest.approx([log(4)], abs=1e-12)
    assert found["letters"].surprise == pytest.approx([-log(8 / 15)], abs=1e-12)
    assert found["letters"].divergence == pytest.approx([float((p * (np.log(p) - np.log(share))).sum())], abs=1e-9)
    assert found["all"].surprise == pytest.approx([-log(p[0])], abs=1e-6)


def test_the_divergence_from_another_models_answers_by_hand() -> None:
    """With p = 1/2, 1/4, 1/8, 1/8. From q = 3/4, 1/8, 1/16, 1/16:
    1/2 ln(2/3) + (1/4 + 1/8 + 1/8) ln 2 = 1/2 ln(4/3), where that of q from p is 3/4 ln(3/2) − 1/4 ln 2.
    From 1/4, 1/2, 1/8, 1/8: 1/2 ln 2 − 1/4 ln 2 = 1/4 ln 2."""
    checkpoint, ids = constant(), [0, 2, 1]
    count = np.log([[3 / 4, 1 / 8, 1 / 16, 1 / 16], [1 / 4, 1 / 2, 1 / 8, 1 / 8]])  # (P, V): of each place its own
    query = Reach(ids, [1, 2], [1], {"letters": np.log([1 / 4, 1 / 2, 1 / 8, 1 / 8]), "count": count})
    found = losses(checkpoint, query)
    assert list(found) == ["uniform", "letters", "count", "all", "1"]
    assert found["count"].divergence == pytest.approx([1 / 2 * log(4 / 3), 1 / 4 * log(2)], abs=1e-6)
    assert found["letters"].divergence == pytest.approx([1 / 4 * log(2)] * 2, abs=1e-6)
    assert found["uniform"].divergence == pytest.approx([1 / 4 * log(2)] * 2, abs=1e-6)  # ln 4 − 7/4 ln 2
    assert found["count"].surprise == pytest.approx([log(16), log(2)], abs=1e-6), "c came, and b"
    assert found["all"].divergence == found["1"].divergence == [0, 0]


def test_a_query_with_yardsticks_can_be_pickled() -> None:
    query = Reach([0, 2, 1], [1, 2], [1], {"count": np.log([[1 / 4] * 4] * 2)})
    again = pickle.loads(pickle.dumps(query))
    assert losses(constant(), again) == losses(constant(), query)


@pytest.mark.parametrize("places", [[0, 5, 19], [19], [7]])
def test_full_answers_equal_the_models(places: Sequence[int]) -> None:
    checkpoint = library.load("shakespeare-ngram")
    ids = checkpoint.vocabulary.encode(TEXT).ids
    *waits, found = FullAnswers(ids, places).steps(checkpoint)
    assert found is not None
    assert not any(one is not None for one in waits)
    for row, place in zip(found, places, strict=True):
        expected = naive(checkpoint, [*checkpoint.start_ids, *ids[:place]])
        assert row == pytest.approx(expected, abs=1e-6)


def test_an_n_gram_needs_no_more_than_its_order() -> None:
    checkpoint = ngram("abcdabdcabcaadbbcadcdab" * 3, 4)
    ids = checkpoint.vocabulary.encode("abcdabdcabca").ids
    found = losses(checkpoint, Reach(ids, [9, 10, 12], [1, 2, 3, 4]))
    assert "letters" not in found
    assert found["3"].divergence == pytest.approx([0, 0, 0], abs=1e-12)
    assert max(found["1"].divergence) > 1e-3
    assert len(found["1"].surprise) == 2, "nothing came after the last place"


def test_the_query_ends_when_more_context_changes_nothing() -> None:
    checkpoint = ngram("abcdabdcabcaadbbcadcdab" * 3, 4)
    ids = checkpoint.vocabulary.encode("abcdabdcabca").ids
    found = losses(checkpoint, Reach(ids, [12], [1, 2, 3, 4, 8], enough=1e-9))
    assert list(found) == ["uniform", "all", "1", "2", "3"]


@pytest.mark.parametrize("name", ["shakespeare-ngram", "shakespeare-rnn", "shakespeare-transformer"])
def test_the_query_equals_the_naive_implementation(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    checkpoint = library.load(name)
    ids = checkpoint.vocabulary.encode(TEXT).ids
    whole = [*checkpoint.start_ids, *ids]
    places = [0, 3, 4, 11, 12, len(ids)]
    monkeypatch.setattr(reach, "MANY", 2)
    monkeypatch.setattr(reach, "WORK", 6_000_000)
    walk = Reach(ids, places, [1, 2, 4, 8])
    found = losses(checkpoint, walk)
    for context in walk.contexts:
        for i, place in enumerate(places):
            before = whole[: place + 1]
            full, short = naive(checkpoint, before), naive(checkpoint, before[-context:])
            expected = float((np.exp(full) * (full - short)).sum())
            assert found[str(context)].divergence[i] == pytest.approx(expected, abs=2e-5)
            if place < len(ids):
                assert found[str(context)].surprise[i] == pytest.approx(-short[ids[place]], abs=2e-4)
    taken = [step for step in walk.steps(checkpoint) if not isinstance(step, Loss)]
    read = sum(1 for _ in walk.steps(checkpoint)) - len(taken)
    assert read == len(found)
    numbers, steps = [n for n in taken if n is not None], count_steps(checkpoint, walk)
    assert all(b - a == reach.EVERY for a, b in pairwise(numbers))
    assert steps - reach.EVERY < (numbers[-1] if numbers else 0) <= steps


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(-20, 20), min_size=2, max_size=6), st.integers(0, 10_000))
def test_a_divergence_is_never_negative(logits: list[float], seed: int) -> None:
    p = log_softmax(np.asarray(logits, np.float32))
    q = log_softmax(np.random.default_rng(seed).normal(size=len(logits)).astype(np.float32))
    assert divergence(p, q) >= 0
    assert divergence(p, p) == 0
    assert np.exp(p).sum() == pytest.approx(1, abs=1e-12)

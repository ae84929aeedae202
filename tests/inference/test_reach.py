"""How far back a model looks: divergences by hand, and the walk against the model asked place by place."""

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
from playground.inference.reach import Loss, Reach, count_steps, divergence, doublings
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


def losses(checkpoint: Checkpoint, walk: Reach) -> dict[str, Loss]:
    return {step.given: step for step in walk.steps(checkpoint) if isinstance(step, Loss)}


def naive(checkpoint: Checkpoint, ids: list[int]) -> np.ndarray[Any, Any]:
    """ln p after these ids and nothing before them."""
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
    found = losses(checkpoint, Reach(ids, [2], [1], share))
    p = np.exp(naive(checkpoint, ids[:2]))
    entropy = -float((p * np.log(p)).sum())
    assert found["uniform"].divergence == pytest.approx([log(4) - entropy], abs=1e-9)
    assert found["uniform"].surprise == pytest.approx([log(4)], abs=1e-12)
    assert found["letters"].surprise == pytest.approx([-log(8 / 15)], abs=1e-12)
    assert found["letters"].divergence == pytest.approx([float((p * (np.log(p) - np.log(share))).sum())], abs=1e-9)
    assert found["all"].surprise == pytest.approx([-log(p[0])], abs=1e-6)


def test_an_ngram_needs_no_more_than_its_order() -> None:
    checkpoint = ngram("abcdabdcabcaadbbcadcdab" * 3, 4)
    ids = checkpoint.vocabulary.encode("abcdabdcabca").ids
    found = losses(checkpoint, Reach(ids, [9, 10, 12], [1, 2, 3, 4]))
    assert "letters" not in found
    assert found["3"].divergence == pytest.approx([0, 0, 0], abs=1e-12)
    assert max(found["1"].divergence) > 1e-3
    assert len(found["1"].surprise) == 2, "nothing came after the last place"


def test_it_ends_where_more_context_changes_nothing() -> None:
    checkpoint = ngram("abcdabdcabcaadbbcadcdab" * 3, 4)
    ids = checkpoint.vocabulary.encode("abcdabdcabca").ids
    found = losses(checkpoint, Reach(ids, [12], [1, 2, 3, 4, 8], enough=1e-9))
    assert list(found) == ["uniform", "all", "1", "2", "3"]


@pytest.mark.parametrize("name", ["shakespeare-ngram", "shakespeare-rnn", "shakespeare-transformer"])
def test_the_walk_asks_what_the_naive_way_asks(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
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

"""The evidence of an n-gram: counts by hand, and terms that sum to the probability that the model gives."""

import time
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from playground import library
from playground.errors import BadInput
from playground.inference.compare import Speed
from playground.inference.evidence import Evidence, levels, probability
from playground.models.ngram import NGram


def count(ids: list[int], order: int, vocabulary: int) -> NGram:
    return NGram.from_counts(torch.tensor(ids), order=order, vocabulary=vocabulary)


def test_the_counts_of_a_bigram_by_hand() -> None:
    # abracadabra: after "a" came b, c, d, b; to the left of the letters stood {start, r, c, d}, {a}, {a}, {a}, {b}.
    a, b, c, d, r = range(5)
    model = count([a, b, r, a, c, a, d, a, b, r, a], 2, 5)
    after_a, alone = levels(model, [a])
    assert dict(zip(after_a.ids, after_a.counts, strict=True)) == {b: 2, c: 1, d: 1}
    assert dict(zip(alone.ids, alone.counts, strict=True)) == {a: 4, b: 1, c: 1, d: 1, r: 1}
    assert (after_a.context, after_a.total, alone.context, alone.total) == ([a], 4, [], 8)
    # Neither order has counts of 1, 2 and 3, so both take 0.5, 1 and 1.5.
    assert after_a.discounts == alone.discounts == [0.5, 1.0, 1.5]
    assert after_a.back == (1 + 0.5 + 0.5) / 4
    assert alone.back == (1.5 + 4 * 0.5) / 8
    assert (after_a.share, alone.share) == (1, 0.5)
    expected = (2 - 1) / 4 + 0.5 * ((1 - 0.5) / 8 + 3.5 / 8 / 5)
    assert probability([after_a, alone], b, 5) == pytest.approx(expected, abs=1e-15)


def test_an_unseen_context_gives_no_evidence() -> None:
    model = count([0, 1, 0, 2, 0, 1], 3, 4)
    longest, middle, shortest = levels(model, [3, 3])
    assert (longest.ids, longest.back, longest.total) == ([], 1.0, 0)
    assert (middle.ids, middle.share) == ([], 1.0)
    assert shortest.share == 1.0
    assert len(levels(model, [0])) == 2
    assert len(levels(model, [])) == 1


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(0, 4), min_size=6, max_size=60),
    st.lists(st.integers(0, 4), min_size=1, max_size=8),
    st.integers(1, 5),
)
def test_the_terms_sum_to_the_models_probability(text: list[int], asked: list[int], order: int) -> None:
    model = count(text, order, 5)
    logits, _ = model.advance(asked)
    p = torch.softmax(logits[0, -1].double(), -1).tolist()
    found = levels(model, asked)
    assert [probability(found, id, 5) for id in range(5)] == pytest.approx(p, abs=1e-6)


def test_the_bundled_models_evidence_sums_to_its_bars() -> None:
    checkpoint = library.load("shakespeare-ngram")
    ids = checkpoint.vocabulary.encode("To be or not to b").ids
    [found] = Evidence(ids).steps(checkpoint)
    logits, _ = checkpoint.model.advance([*checkpoint.start_ids, *ids])
    p = torch.softmax(logits[0, -1].double(), -1).tolist()
    size = len(checkpoint.vocabulary)
    assert [probability(found, id, size) for id in range(size)] == pytest.approx(p, abs=1e-6)
    assert ["".join(checkpoint.vocabulary.symbols[id] for id in level.context) for level in found[:2]] == [
        "t to b", " to b",
    ]  # fmt: skip


def test_only_an_ngram_has_evidence() -> None:
    with pytest.raises(BadInput, match="counts"):
        next(Evidence([1]).steps(library.load("shakespeare-rnn")))


@pytest.mark.parametrize("name", ["shakespeare-ngram", "shakespeare-rnn", "shakespeare-transformer"])
def test_the_time_of_a_symbol_is_measured(name: str) -> None:
    answers = [answer for answer in Speed().steps(library.load(name)) if answer is not None]
    assert len(answers) == 1
    assert 1e-7 < answers[0] < 1


@pytest.mark.timed
def test_waiting_for_the_processor_is_not_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine a step stalls for as long as others have the core: an LSTM's 0.3 ms were measured as 25."""
    checkpoint = library.load("shakespeare-bigram")
    kind: Any = type(checkpoint.model)
    step, asleep = kind.step, 0.02

    def wait(model: Any, ids: Any, state: Any) -> Any:
        time.sleep(asleep)
        return step(model, ids, state)

    monkeypatch.setattr(kind, "step", wait)
    [seconds] = (answer for answer in Speed().steps(checkpoint) if answer is not None)
    assert seconds < asleep / 2

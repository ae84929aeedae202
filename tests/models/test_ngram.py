"""The n-gram: numbers by hand, a naive implementation, and what `advance` promises of every model."""

import math
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from playground.errors import BadCheckpoint, BadCorpus, BadInput
from playground.models.ngram import NGram, NGramConfig

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpora" / "tinyshakespeare.txt"
LETTERS = "abcdr"


def spelled(text: str) -> list[int]:
    return [LETTERS.index(letter) for letter in text]


def count(text: str, order: int) -> NGram:
    return NGram.from_counts(torch.tensor(spelled(text)), order=order, vocabulary=len(LETTERS))


def probabilities(model: NGram, ids: list[int]) -> list[float]:
    logits, _ = model.advance(ids)
    return logits[0, -1].double().exp().tolist()


def naive(text: list[int], order: int, V: int, context: list[int]) -> list[float]:
    """Modified Kneser-Ney directly from its definition, with dictionaries of tuples."""
    grams = {n: [tuple(text[t : t + n]) for t in range(len(text) - n + 1)] for n in range(1, order + 2)}
    counts: dict[int, dict[tuple[int, ...], int]] = {order: Counter(grams[order])}
    for n in range(1, order):
        counts[n] = Counter(longer[1:] for longer in set(grams[n + 1]))
        counts[n][grams[n][0]] += 1
    p = [1 / V] * V
    for n in range(1, order + 1):
        if n - 1 > len(context):
            break
        h = tuple(context[len(context) - n + 1 :]) if n > 1 else ()
        number = {k: sum(c == k for c in counts[n].values()) for k in (1, 2, 3, 4)}
        D = {1: 0.5, 2: 1.0, 3: 1.5}
        if number[1] and number[2] and number[3]:
            Y = number[1] / (number[1] + 2 * number[2])
            estimated = {k: k - (k + 1) * Y * number[k + 1] / number[k] for k in (1, 2, 3)}
            if all(0 < estimated[k] < k for k in estimated):
                D = estimated
        c = [counts[n].get((*h, w), 0) for w in range(V)]
        total = sum(c)
        if total:
            kept = sum(D[min(k, 3)] for k in c if k) / total
            p = [(k - D[min(k, 3)] if k else 0) / total + kept * q for k, q in zip(c, p, strict=True)]
    return p


def test_bigram_of_abracadabra_by_hand() -> None:
    # Left neighbours of a: start, r, c, d = 4; of b: a; of r: b; of c: a; of d: a. All 8.
    # Only n1 and n4 are not 0 there, so the discounts are 0.5, 1, 1.5; a keeps 2.5 and the others 0.5 of 8.
    # What is taken is (1.5 + 4 * 0.5) / 8 = 3.5 / 8, spread evenly over five letters: 0.7 / 8 each.
    a, other = (2.5 + 0.7) / 8, (0.5 + 0.7) / 8
    # Bigrams: ab 2, br 2, ra 2, ac 1, ca 1, ad 1, da 1. No bigram occurs three times: 0.5, 1, 1.5 again.
    # After a come b 2, c 1, d 1: 4 in all. b keeps 1, c and d 0.5, and (1 + 0.5 + 0.5) / 4 = 0.5 goes down.
    after_a = [0.5 * a, 1 / 4 + 0.5 * other, 0.5 / 4 + 0.5 * other, 0.5 / 4 + 0.5 * other, 0.5 * other]
    # After b comes r 2: it keeps 1 of 2.
    after_b = [0.5 * a, 0.5 * other, 0.5 * other, 0.5 * other, 0.5 + 0.5 * other]
    model = count("abracadabra", 2)
    assert probabilities(model, spelled("a")) == pytest.approx(after_a, abs=1e-6)
    assert probabilities(model, spelled("b")) == pytest.approx(after_b, abs=1e-6)
    assert probabilities(model, spelled("bra")) == pytest.approx(after_a, abs=1e-6)
    assert sum(after_a) == pytest.approx(1)


def test_estimated_discounts_by_hand() -> None:
    # Order 1 counts occurrences: a 1, b 1, c 2, d 3, r 5. So n1 = 2, n2 = 1, n3 = 1, n4 = 0.
    # Y = 2 / (2 + 2) = 1/2; D1 = 1 - 2/2 * 1/2 = 1/2; D2 = 2 - 3 * 1/2 = 1/2; D3 = 3 - 0 = 3 is not below 3.
    assert count("abccdddrrrrr", 1).discounts[0].tolist() == [0.5, 1.0, 1.5]
    # With r 4 instead: n4 = 1, so D3 = 3 - 4 * 1/2 = 1. Taken of 11: 1/2 + 1/2 + 1/2 + 1 + 1 = 3.5.
    model = count("abccdddrrrr", 1)
    assert model.discounts[0].tolist() == [0.5, 0.5, 1.0]
    spread = 3.5 / 5
    expected = [(kept + spread) / 11 for kept in (0.5, 0.5, 1.5, 2, 3)]
    assert probabilities(model, spelled("a")) == pytest.approx(expected, abs=1e-6)
    assert probabilities(model, spelled("abrd")) == pytest.approx(expected, abs=1e-6)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_probabilities_agree_with_the_definition(data: st.DataObject) -> None:
    V = data.draw(st.integers(1, 5))
    order = data.draw(st.integers(1, 5))
    symbol = st.integers(0, V - 1)
    text = data.draw(st.lists(symbol, min_size=order, max_size=60))
    context = data.draw(st.lists(symbol, min_size=1, max_size=8))
    model = NGram.from_counts(torch.tensor(text), order=order, vocabulary=V)
    model.check()
    logits, _ = model.advance(context)
    assert logits.shape == (1, len(context), V) and logits.dtype == torch.float32
    for t in range(len(context)):
        expected = naive(text, order, V, context[: t + 1])
        assert sum(expected) == pytest.approx(1)
        assert logits[0, t].double().exp().tolist() == pytest.approx(expected, abs=1e-6)


def random_model(order: int = 4, vocabulary: int = 300) -> tuple[NGram, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    ids = torch.randint(vocabulary, (3000,), generator=generator) % torch.randint(
        1, vocabulary, (3000,), generator=generator
    )  # small ids are commoner
    return NGram.from_counts(ids, order=order, vocabulary=vocabulary), ids


def test_every_context_sums_to_one_and_every_symbol_is_possible() -> None:
    model, ids = random_model()
    unseen = torch.randint(300, (2, 2000), generator=torch.Generator().manual_seed(1))
    for contexts in (ids[None], unseen):
        logits, _ = model.advance(contexts)
        assert torch.isfinite(logits).all()
        assert (logits.double().exp().sum(-1) - 1).abs().max() < 1e-5


def test_one_pass_chunks_and_steps_agree() -> None:
    model, ids = random_model()
    text = torch.cat((ids[:1500], torch.randint(300, (500,)), ids[:20])).tolist()  # seen, unseen, seen again
    whole, last = model.advance(text)
    for sizes in ([1] * len(text), [1, 2, 3, 1100, 1, len(text) - 1107]):
        parts, state, t = [], None, 0
        for size in sizes:
            logits, state = model.advance(text[t : t + size], state)
            parts.append(logits)
            t += size
        torch.testing.assert_close(torch.cat(parts, dim=1), whole, atol=1e-6, rtol=0)
        assert state == last


def test_a_state_can_be_used_again() -> None:
    model = count("abracadabra", 4)
    _, state = model.advance(spelled("ab"))
    before = tuple(state)
    first, _ = model.advance(spelled("ra"), state)
    model.advance(spelled("dd"), state)
    again, _ = model.advance(spelled("ra"), state)
    assert state == before
    assert torch.equal(first, again)


def test_a_batch_is_its_rows() -> None:
    model = count("abracadabra", 3)
    rows = [spelled("abra"), spelled("cada")]
    batch, state = model.advance(torch.tensor(rows))
    more, _ = model.advance(torch.tensor([[0], [1]]), state)
    for b, row in enumerate(rows):
        alone, after = model.advance(row)
        assert torch.equal(batch[b], alone[0])
        assert torch.equal(more[b], model.advance([b], after)[0][0])


def test_save_and_load() -> None:
    model = count("abracadabra", 4)
    loaded = NGram(NGramConfig(**{**vars(model.config), "sizes": list(model.config.sizes)}))
    assert loaded.config == model.config
    loaded.load_state_dict(model.state_dict())
    assert torch.equal(loaded.advance(spelled("abrdca"))[0], model.advance(spelled("abrdca"))[0])


def test_loading_clears_earlier_caches() -> None:
    model = count("abracadabra", 4)
    other = count("bcdbrbabcdb", 4)  # the same with other letters, so the shapes are the same
    other.advance([0])
    other.load_state_dict(model.state_dict())
    assert torch.equal(other.advance(spelled("abra"))[0], model.advance(spelled("abra"))[0])


def test_the_smallest_dtypes_that_hold_the_numbers() -> None:
    small, large = count("ab" * 200, 1), random_model()[0]
    assert small.symbols.dtype == torch.uint8 and small.counts.dtype == torch.uint8
    assert large.symbols.dtype == torch.int16
    assert count("a" * 40_000, 1).counts.dtype == torch.int32
    assert probabilities(count("a" * 40_000, 1), [0])[0] == pytest.approx(1 - 1.5 / 40_000 * 4 / 5)


@pytest.mark.parametrize(
    ("buffer", "change", "said"),
    [
        ("symbols", lambda t: t.fill_(200), "symbols must be from 0 to 4"),
        ("symbols", lambda t: t.zero_(), "increase"),
        ("fanout", lambda t: t.zero_(), "fanout"),
        ("fanout", lambda t: t.fill_(255), "fanout"),
        ("left_counts", lambda t: t.zero_(), "counts"),
        ("counts", lambda t: t.zero_(), "counts"),
        ("discounts", lambda t: t.fill_(math.nan), "discounts"),
        ("discounts", lambda t: t.fill_(-1), "discounts"),
        ("discounts", lambda t: t.fill_(1.5), "discounts"),
    ],
)
def test_damaged_buffers_are_refused(
    buffer: str, change: Callable[[torch.Tensor], object], said: str
) -> None:
    model = count("abracadabra", 3)
    change(getattr(model, buffer))
    with pytest.raises(BadCheckpoint, match=said):
        model.check()
    with pytest.raises(BadCheckpoint, match=said):
        model.advance([0])


def test_empty_and_float_buffers_are_refused() -> None:
    model = count("abracadabra", 3)
    with pytest.raises(BadCheckpoint):
        NGram(model.config).check()
    model.symbols = model.symbols.float()
    with pytest.raises(BadCheckpoint, match="whole numbers"):
        model.check()


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("vocabulary", 0, "vocabulary"),
        ("vocabulary", 10**9, "vocabulary"),
        ("order", 0, "order"),
        ("order", 2.0, "order"),
        ("order", 3, "3 whole numbers"),
        ("sizes", "ab", "2 whole numbers"),
        ("sizes", [5, True], "2 whole numbers"),
        ("sizes", [6, 7], "5 times"),
        ("sizes", [5, 26], "5 times"),
        ("sizes", [5, 0], "5 times"),
        ("largest_count", 2**40, "largest_count"),
    ],
)
def test_config_says_which_field_is_wrong(field: str, value: object, said: str) -> None:
    values: dict[str, Any] = {"vocabulary": 5, "order": 2, "sizes": (5, 7), "largest_count": 2, field: value}
    with pytest.raises(BadInput, match=said):
        NGramConfig(**values)


def test_absurd_sizes_are_refused_before_memory_is_taken() -> None:
    with pytest.raises(BadInput, match="at most 20,000,000"):
        NGramConfig(vocabulary=10_000, order=2, sizes=(10_000, 100_000_000), largest_count=1)


def test_bad_calls_are_refused() -> None:
    model = count("abracadabra", 3)
    for ids in ([5], [-1], torch.tensor([[5]]), torch.tensor([[0, -1]]), [], torch.tensor([0])):
        with pytest.raises(BadInput):
            model.advance(ids)
    with pytest.raises(BadInput, match="batch of 2"):
        model.advance([0], model.advance(torch.tensor([[0], [1]]))[1])
    with pytest.raises(BadInput, match="order"):
        count("abracadabra", 0)
    with pytest.raises(BadInput, match="ids"):
        NGram.from_counts(torch.tensor([0, 1, 2]), order=1, vocabulary=2)
    with pytest.raises(BadCorpus, match="at least 4"):
        count("abr", 4)


@pytest.mark.skipif(not CORPUS.exists(), reason="no shared/corpora/tinyshakespeare.txt")
def test_tiny_shakespeare() -> None:
    text = CORPUS.read_text(encoding="utf-8")
    letters = {letter: id for id, letter in enumerate(sorted(set(text)))}
    ids = torch.tensor([letters[letter] for letter in text])
    cut = len(ids) * 9 // 10
    model = NGram.from_counts(ids[:cut], order=7, vocabulary=len(letters))
    logits, _ = model.advance(ids[cut:][None])
    nats = -logits[0, :-1].gather(1, ids[cut + 1 :, None]).double().mean().item()
    assert nats == pytest.approx(1.5165, abs=5e-4)
    assert sum(t.numel() * t.element_size() for t in model.state_dict().values()) < 3_000_000

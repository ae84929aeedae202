"""The exact next character: numbers by hand, and all sequences of tokens listed one by one."""

import codecs
from collections import defaultdict
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from playground import library
from playground.inference import covers
from playground.inference.next_character import Characters, NextCharacter
from playground.inference.prefill import prefill
from playground.library import Checkpoint
from playground.text.spelling import symbol_of
from playground.text.streaming import bytes_of
from tests import small_tokenizers
from tests.gpt2 import hands
from tests.inference.token_models import checkpoint


def answers(model: Checkpoint, ids: list[int], goal: float = 1e-12) -> list[Characters]:
    return [answer for answer in NextCharacter(tuple(ids), goal, 1_000_000).steps(model) if answer is not None]


def shares(answer: Characters) -> dict[str | int, float]:
    return dict(zip(answer.outcomes, answer.probabilities.tolist(), strict=True))


def first_outcome(data: bytes, then: int | None) -> str | int | None:
    """What comes first after a text of whole characters: a character, bytes that make none, or a special token."""
    if not data:
        return then
    decoded = data.decode("utf-8", "replace")[0]
    if decoded != "\ufffd":
        return decoded
    for length in range(1, 5):  # what one U+FFFD stands for: the most bytes that it is alone for
        if data[:length].decode("utf-8", "replace") != "\ufffd" or length > len(data):
            return symbol_of(data[: length - 1])
    raise AssertionError


def brute_force(model: Checkpoint, text: bytes, length: int) -> dict[str | int, float]:
    """The shares of what follows a text, from all sequences of so many tokens. Each ends at its first special
    token. A text may end with an incomplete character, which the following bytes complete."""
    table: Any = model.model
    vocabulary: Any = model.vocabulary
    found: defaultdict[str | int, float] = defaultdict(float)
    begun = text[len(text.decode("utf-8", "ignore").encode()) :]
    for ids in product(range(len(vocabulary)), repeat=length):
        p, last, data, end = 1.0, model.start_ids, b"", None
        for id in ids:
            row = table.row(tuple(last[-3:])).astype(np.float64)
            p *= float(np.exp(row[id]) / np.exp(row).sum())
            last = (*last, id)
            if end is None:
                if id in vocabulary.special:
                    end = id
                else:
                    data += vocabulary.tokens[id]
        if data.startswith(text):
            more = data[len(text) :]
            outcome = first_outcome(begun + more, None) if more else end
            if outcome is not None:
                found[outcome] += p
    whole = sum(found.values())
    return {outcome: p / whole for outcome, p in found.items()}


LETTERS = [b"a", b"b", b"ab", b"ba", b"bab", b"<end>"]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("text", [b"", b"a", b"b", b"ab", b"ba", b"abab", b"bba"])
def test_the_answer_is_the_sum_over_all_sequences_of_tokens(text: bytes, seed: int) -> None:
    model = checkpoint(LETTERS, seed)
    right = brute_force(model, text, len(text) + 1)
    told = answers(model, model.vocabulary.encode(text.decode()).ids)[-1]
    assert told.whole
    assert told.left_out < 1e-9
    assert shares(told) == pytest.approx(right, abs=1e-6)


PARTS = [b"\xeb", b"\x82", b"\x98", b"\xeb\x82", "나".encode(), b"<end>"]


@pytest.mark.parametrize("text", [b"", b"\xeb", b"\xeb\x82", "나".encode()])
def test_characters_of_several_bytes_are_summed_over_their_parts(text: bytes) -> None:
    """나 is EB 82 98: as one token, as two, or as three; and invalid bytes are reported as such."""
    model = checkpoint(PARTS, 4)
    vocabulary: Any = model.vocabulary
    right = brute_force(model, text, len(text) + 3)
    told = answers(model, vocabulary.cut(text))[-1]
    assert told.whole
    assert shares(told) == pytest.approx(right, abs=1e-6)
    assert "나" in right or text


def test_a_special_token_in_the_text_is_where_it_begins() -> None:
    model = checkpoint(LETTERS, 1)
    told, same, other = (answers(model, [*begin, 5, 1, 0])[-1] for begin in ([0, 2], [3, 0, 2], [1, 1]))
    assert told.whole
    # The last three ids are all that the model knows of the text.
    assert shares(told) == pytest.approx(shares(same), abs=1e-9)
    assert shares(told) != pytest.approx(shares(other), abs=1e-3)


def test_the_answer_by_hand() -> None:
    """Three tokens, a, b and ab, each as likely as the end, 1/4. "a" can be the token a, and then a, b, ab or the end
    follow, or the beginning of ab. P("a" …) = 1/4 + 1/4, P("ab" …) = 1/4 · 1/4 + 1/4, P("aa" …) = 1/4 · 1/2."""
    model = checkpoint([b"a", b"b", b"ab", b"<end>"], 0, spread=0.0)
    first, *_, last = answers(model, [0])
    assert shares(first) == pytest.approx({"a": 1 / 2, "b": 1 / 4, 3: 1 / 4})
    assert shares(last) == pytest.approx({"b": 5 / 8, "a": 1 / 4, 3: 1 / 8})
    assert last.changed == pytest.approx(3 / 8)
    assert (first.cut_anew, last.cut_anew, last.left_out, last.read) == (0, 1, 0.0, 0)


def list_sequences(model: Checkpoint, given: list[int], text: bytes) -> dict[str | int, float]:
    """Like `brute_force`, for any kind of model: each sequence is read anew, and grows while it fits the text and
    leaves its next character open. given: ids before the text."""
    vocabulary = model.vocabulary
    spelt = [bytes_of(symbol) for symbol in vocabulary.symbols]
    found: defaultdict[str | int, float] = defaultdict(float)
    waiting: list[tuple[tuple[int, ...], float, bytes]] = [((), 1.0, b"")]
    while waiting:
        ids, p, data = waiting.pop()
        row = prefill(model, [*given, *ids], rows=1).logits[-1].astype(np.float64)
        probabilities = np.exp(row - row.max()) / np.exp(row - row.max()).sum()
        for id, part in enumerate(probabilities.tolist()):
            if id in vocabulary.special:
                if data.startswith(text):
                    begun = data[len(text) :]
                    found[symbol_of(begun) if begun else id] += p * part
                continue
            longer = data + spelt[id]
            if not (longer.startswith(text) or text.startswith(longer)) or p * part < 1e-20:
                continue
            outcome = first_outcome(longer[len(text) :], None) if is_decided(longer[len(text) :]) else None
            if outcome is not None:
                found[outcome] += p * part
            else:
                waiting.append(((*ids, id), p * part, longer))
    total = sum(found.values())
    return {outcome: p / total for outcome, p in found.items()}


def is_decided(data: bytes) -> bool:
    """Whether a decoder that reads byte by byte would have given something."""
    return codecs.getincrementaldecoder("utf-8")("replace").decode(data) != ""


@pytest.mark.parametrize("kind", ["korean", "unigram", "word_piece", "word_level", "added"])
@pytest.mark.parametrize("text", ["the ca", "물을"])
def test_the_answer_is_exact_for_every_kind_of_tokenizer(kind: str, text: str, tmp_path: Path) -> None:
    tokenizer = small_tokenizers.KINDS[kind]()
    reference = hands.reference(vocab_size=tokenizer.get_vocab_size(), bos_token_id=1, eos_token_id=1, n_positions=24)
    for p in reference.parameters():
        p.mul_(0.5)
    model = library.load(hands.make_folder(tmp_path / "tiny", reference, tokenizer.to_str()))
    special, ids = model.vocabulary.special, model.vocabulary.encode(text).ids
    first = 1 + max((place for place, id in enumerate(ids) if id in special), default=-1)
    told = answers(model, ids, 1e-9)[-1]
    spelt = b"".join(bytes_of(model.vocabulary.symbols[id]) for id in ids[first:])
    assert told.whole
    assert shares(told) == pytest.approx(list_sequences(model, ids[:first], spelt), abs=1e-6)


TEXTS = ["abab", "bba", "babab", "aabba"]


@pytest.mark.parametrize("goal", [0.2, 0.02, 0.002])
def test_no_error_exceeds_what_was_left_out(goal: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(covers, "STEP_READ", 1)
    bounds = []
    for text, seed in product(TEXTS, range(5)):
        model = checkpoint(LETTERS, seed)
        ids = model.vocabulary.encode(text).ids
        told, right = answers(model, ids, goal)[-1], shares(answers(model, ids)[-1])
        found = shares(told)
        off = sum(abs(found.get(each, 0) - right.get(each, 0)) for each in {*found, *right}) / 2
        if told.whole:
            assert off <= told.left_out + 1e-12
            assert told.left_out <= goal
            bounds.append(told.left_out)
    assert max(bounds) > 0


@pytest.mark.parametrize("text", TEXTS)
def test_each_answer_assumes_less_of_the_tokenization(text: str) -> None:
    model = checkpoint(LETTERS, 5)
    ids = model.vocabulary.encode(text).ids
    vocabulary: Any = model.vocabulary
    told = answers(model, ids)
    cuts = [answer.cut_anew for answer in told]
    assert cuts == sorted(set(cuts))
    assert (cuts[0], cuts[-1]) == (0, len(ids))
    for answer in told:
        given = len(ids) - answer.cut_anew
        spelt = b"".join(vocabulary.tokens[id] for id in ids[given:])
        assert shares(answer) == pytest.approx(list_sequences(model, ids[:given], spelt), abs=1e-6)


def test_the_first_answer_is_the_sum_over_tokens_by_first_character() -> None:
    model = checkpoint([*LETTERS[:5], "나".encode(), "난".encode(), b"\xeb", b"<end>"], 2)
    first = answers(model, [0, 1])[0]
    row = prefill(model, [0, 1]).logits[-1].astype(np.float64)
    p = np.exp(row) / np.exp(row).sum()
    right = {"a": p[0] + p[2], "b": p[1] + p[3] + p[4], "나": p[5], "난": p[6], "\uf7eb": p[7], 8: p[8]}
    assert shares(first) == pytest.approx(right)


def test_the_query_ends_at_its_work_limit() -> None:
    model = checkpoint(LETTERS, 1)
    ids = model.vocabulary.encode("ababbababab" * 3).ids
    told = [answer for answer in NextCharacter(tuple(ids), 1e-12, 70).steps(model) if answer is not None][-1]
    assert 0 < told.read <= 70 + 16
    assert not told.whole


def test_answers_are_deterministic() -> None:
    model = checkpoint(LETTERS, 1)
    one, other = (answers(model, model.vocabulary.encode("abba").ids) for _ in range(2))
    for a, b in zip(one, other, strict=True):
        assert (a.outcomes, a.left_out, a.read) == (b.outcomes, b.left_out, b.read)
        assert (a.probabilities == b.probabilities).all()

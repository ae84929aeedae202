"""The cost of reading, how far back the gradient reaches, and a bigram's matrices, as the page requests them."""

import threading
from typing import Any

import numpy as np
import pytest

from playground import library
from playground.engine.base import RequestAborted
from playground.inference.costs import PIECE, Costs
from playground.server import cache, costs, embeddings, kept_costs, passage, requests
from playground.server.jobs import CancelToken
from tests import stream

BACK = costs.BACK
LENGTHS = 7  # from a piece to 4,096 symbols
GATED = costs.GATED
PAGE = {"page": "p", "turn": 1, "token": "t"}


@pytest.fixture(autouse=True)
def small_measurement(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is cached yet, and little is measured."""
    monkeypatch.setattr(costs, "_measured", cache.Cache(2))
    monkeypatch.setattr(costs, "MAX_SYMBOLS", 2 * PIECE)
    monkeypatch.setattr(costs, "BACK", 12)
    monkeypatch.setattr(embeddings, "_answers", cache.Cache(2))


def digest(name: str) -> str:
    return passage.digest(library.BUNDLED / name / "model.safetensors")


def heads(frames: Any) -> list[dict[str, Any]]:
    return [head for frame in frames for head, _ in stream.frames(frame)]


def test_costs_are_sent_by_model_and_length() -> None:
    found = heads(costs.costs(CancelToken()))
    assert found[-1] == {"measured": True}
    begun = [head for head in found if "model" in head]
    assert [(head["kind"], head["whole"]) for head in begun] == [
        *((kind, False) for kind in ("rnn", "gru", "lstm", "convnet", "transformer")), ("transformer", True),
    ]  # fmt: skip
    assert all(head["parameters"] > 100_000 for head in begun)
    measured = [head for head in found if "symbols" in head]
    assert [head["symbols"] for head in measured] == [PIECE, 2 * PIECE] * len(begun)
    assert all(head["read"] > 0 < head["step"] for head in measured)
    done = [head["done"] for head in found if "done" in head]
    assert done == sorted(done)
    assert done[-1] == 1


def test_costs_are_measured_once_for_all_visitors() -> None:
    first = [head for head in heads(costs.costs(CancelToken())) if "done" not in head]
    assert heads(costs.costs(CancelToken())) == first


def test_costs_measured_here_are_sent_at_once() -> None:
    measured = heads(costs.gradients(CancelToken())) + heads(costs.costs(CancelToken()))
    told = heads(kept_costs.known_rows(CancelToken()))
    assert told[-1] == {"measured": True}
    rows = [head for head in measured if "model" in head or "symbols" in head]
    assert sorted(map(repr, told[:-1])) == sorted(map(repr, rows))


def test_stored_costs_show_that_only_attention_grows_with_length() -> None:
    """Reading takes twice as long for twice the text, and the next symbol takes constant time, except without a
    window."""
    models: list[tuple[bool, dict[int, dict[str, Any]]]] = []
    for row in kept_costs.kept_rows("costs"):
        if "model" in row:
            models.append((row["whole"], {}))
        else:
            models[-1][1][row["symbols"]] = row
    assert [whole for whole, _ in models] == [False] * 5 + [True]
    for whole, at in models:
        reading, step = at[4_096]["read"] / at[2_048]["read"], at[4_096]["step"] / at[64]["step"]
        assert reading > 2.5 if whole else reading < 2.4
        assert step > 2 if whole else step < 1.3


def test_a_measurement_on_a_slow_machine_is_limited() -> None:
    assert Costs(costs.MAX_SYMBOLS).seconds <= 5


def test_stored_costs_are_sent_before_the_measurement(monkeypatch: pytest.MonkeyPatch) -> None:
    told = heads(kept_costs.known_rows(CancelToken()))
    assert told[-1] == {"measured": False}
    models = [head for head in told if "model" in head]
    assert all(head["kept"] for head in models)
    assert [head["kind"] for head in models] == ["rnn", "gru", "lstm", "convnet", "transformer", "transformer", *GATED]
    monkeypatch.setattr(kept_costs, "_weights", lambda name: "others" if name == "shakespeare-lstm" else digest(name))
    left = heads(kept_costs.known_rows(CancelToken()))
    assert "shakespeare-lstm" not in {head.get("model") for head in left}
    assert len(left) == len(told) - 1 - LENGTHS - 1  # its lengths and its gradient are done too


@pytest.mark.parametrize("model", costs.models(costs.KINDS))
def test_stored_counts_equal_todays(monkeypatch: pytest.MonkeyPatch, model: str) -> None:
    """Bytes and gradients are the same on every machine; for times only one thing is certain: a longer text takes
    longer."""
    rows = kept_costs.kept_rows("costs")
    first = next(i for i, row in enumerate(rows) if row.get("model") == model) + 1
    kept = rows[first : first + LENGTHS]
    checkpoint = library.load(model)
    for now, earlier in zip((cost for cost in Costs(4 * PIECE).steps(checkpoint) if cost), kept, strict=False):
        told = (earlier["symbols"], earlier["state"], earlier["learn"])
        assert told == (now.symbols, now.state, now.learn)
    assert [row["read"] for row in kept] == sorted(row["read"] for row in kept)
    norms = [row["norms"] for row in kept_costs.kept_rows("gradients") if row["model"] == model]
    assert len(norms) == (checkpoint.kind in GATED)
    monkeypatch.setattr(costs, "BACK", BACK)
    for each in norms:
        [found] = (answer for answer in costs.passage(checkpoint).steps(checkpoint) if answer is not None)
        np.testing.assert_allclose(each, found, rtol=2e-3)


def test_a_second_visitor_waits_and_gets_progress() -> None:
    making = costs.costs(CancelToken())
    next(making)
    waiting = costs.costs(CancelToken())
    assert list(heads([next(waiting)])[0]) == ["done"]
    end = CancelToken()
    gone = costs.costs(end)
    next(gone)
    end.event.set()
    with pytest.raises(RequestAborted):
        list(gone)
    rest = heads(making)
    assert [head for head in heads(waiting) if "done" not in head][-1] == rest[-1] == {"measured": True}


def test_an_abandoned_measurement_ends_and_is_not_kept() -> None:
    end = CancelToken()
    making = costs.costs(end)
    next(making)
    end.event.set()
    with pytest.raises(RequestAborted):
        list(making)
    assert costs._measured.get("costs") is None
    assert list(costs._measured.wait("costs", threading.Event())) == []


def test_gradients_are_sent_for_each_recurrent_kind() -> None:
    found = heads(costs.gradients(CancelToken()))
    told = [head for head in found if "norms" in head]
    assert [head["kind"] for head in told] == ["rnn", "gru", "lstm"]
    for head in told:
        assert len(head["norms"]) == 13
        assert all(norm > 0 for norm in head["norms"])
        assert head["norms"][12] < head["norms"][0]
    assert found[-1] == {"measured": True}


def look(model: str) -> requests.Look:
    return requests.look({**PAGE, "model": model, "prompt": "", "bias": ""})


def test_a_bigrams_matrices_are_sent_as_numbers() -> None:
    [frame] = embeddings.embeddings(look("shakespeare-bigram"), CancelToken())
    [(head, body)] = stream.frames(frame)
    model = library.load("shakespeare-bigram").model
    numbers = np.frombuffer(body, "<f4")
    V, d = 65, head["width"]
    assert (d, len(head["symbols"]), len(numbers)) == (16, V, 2 * V * d + 2 * V)
    np.testing.assert_array_equal(numbers[: V * d].reshape(V, d), model.embedding.weight.detach().numpy())
    np.testing.assert_array_equal(numbers[V * d : 2 * V * d].reshape(V, d), model.output.weight.detach().numpy())
    assert 0 < head["share"][1] <= head["share"][0] < 1
    [again] = embeddings.embeddings(look("shakespeare-bigram"), CancelToken())
    assert again is frame

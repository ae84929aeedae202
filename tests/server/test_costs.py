"""What reading costs, how far back a mistake is felt, and a bigram's matrices, as the page asks for them."""

import threading
from typing import Any

import numpy as np
import pytest

from playground import library
from playground.engine.base import Unwanted
from playground.inference.costs import PIECE
from playground.server import cache, costs, embeddings, requests
from playground.server.jobs import End
from tests import stream

PAGE = {"page": "p", "turn": 1, "token": "t"}


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is known yet, and little is measured."""
    monkeypatch.setattr(costs, "_measured", cache.Cache(2))
    monkeypatch.setattr(costs, "MOST", 2 * PIECE)
    monkeypatch.setattr(costs, "BACK", 12)
    monkeypatch.setattr(embeddings, "_answers", cache.Cache(2))


def heads(frames: Any) -> list[dict[str, Any]]:
    return [head for frame in frames for head, _ in stream.frames(frame)]


def test_costs_are_told_model_by_model_and_length_by_length() -> None:
    found = heads(costs.costs(End()))
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


def test_they_are_measured_once_for_all_visitors() -> None:
    first = [head for head in heads(costs.costs(End())) if "done" not in head]
    assert heads(costs.costs(End())) == first


def test_what_is_known_is_told_at_once_and_nothing_is_measured_for_it() -> None:
    assert heads(costs.kept(End())) == [{"measured": False}]
    measured = heads(costs.gradients(End())) + heads(costs.costs(End()))
    told = heads(costs.kept(End()))
    assert told[-1] == {"measured": True}
    rows = [head for head in measured if "model" in head or "symbols" in head]
    assert sorted(map(repr, told[:-1])) == sorted(map(repr, rows))


def test_who_asks_meanwhile_waits_and_is_told_how_far_it_is() -> None:
    making = costs.costs(End())
    next(making)
    waiting = costs.costs(End())
    assert list(heads([next(waiting)])[0]) == ["done"]
    end = End()
    gone = costs.costs(end)
    next(gone)
    end.event.set()
    with pytest.raises(Unwanted):
        list(gone)
    rest = heads(making)
    assert [head for head in heads(waiting) if "done" not in head][-1] == rest[-1] == {"measured": True}


def test_a_measurement_that_nobody_waits_for_ends_and_is_not_kept() -> None:
    end = End()
    making = costs.costs(end)
    next(making)
    end.event.set()
    with pytest.raises(Unwanted):
        list(making)
    assert costs._measured.get("costs") is None
    assert list(costs._measured.wait("costs", threading.Event())) == []


def test_gradients_are_told_of_each_recurrent_kind() -> None:
    found = heads(costs.gradients(End()))
    told = [head for head in found if "norms" in head]
    assert [head["kind"] for head in told] == ["rnn", "gru", "lstm"]
    for head in told:
        assert len(head["norms"]) == 13
        assert all(norm > 0 for norm in head["norms"])
        assert head["norms"][12] < head["norms"][0]
    assert found[-1] == {"measured": True}


def look(model: str) -> requests.Look:
    return requests.look({**PAGE, "model": model, "prompt": "", "bias": ""})


def test_a_bigrams_matrices_come_as_numbers() -> None:
    [frame] = embeddings.embeddings(look("shakespeare-bigram"), End())
    [(head, body)] = stream.frames(frame)
    model = library.load("shakespeare-bigram").model
    numbers = np.frombuffer(body, "<f4")
    V, d = 65, head["width"]
    assert (d, len(head["symbols"]), len(numbers)) == (16, V, 2 * V * d + 2 * V)
    np.testing.assert_array_equal(numbers[: V * d].reshape(V, d), model.embedding.weight.detach().numpy())
    np.testing.assert_array_equal(numbers[V * d : 2 * V * d].reshape(V, d), model.output.weight.detach().numpy())
    assert 0 < head["share"][1] <= head["share"][0] < 1
    [again] = embeddings.embeddings(look("shakespeare-bigram"), End())
    assert again is frame

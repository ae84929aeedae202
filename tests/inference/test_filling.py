"""Gaps: the queries equal the models' answers, and a stretch is filled in the requested order."""

from collections.abc import Sequence
from math import exp, log
from typing import Any

import numpy as np
import pytest
import torch

from playground import library
from playground.checkpoints.card import Card
from playground.errors import BadCheckpoint, BadInput
from playground.inference.filling import GAPS, ORDERS, Fill, FromLeft, GapFilling, Order
from playground.inference.prefill import prefill
from playground.library import Checkpoint
from playground.models import build
from playground.sampling import Sampling, dice, draw
from playground.text.characters import Vocabulary


class Counts:
    """A masked model whose answer depends on the position of a gap, and on how many are open."""

    config: Any = None

    def __init__(self, rows: Sequence[Sequence[float]]) -> None:
        self.rows = torch.tensor(rows, dtype=torch.float32)
        self.asked: list[tuple[list[int], list[int]]] = []

    def fill(self, ids: Sequence[int], positions: Sequence[int], hidden: Sequence[int] = ()) -> torch.Tensor:
        self.asked.append((list(ids), list(positions)))
        return self.rows[list(positions)]


def with_model(model: Any) -> Checkpoint:
    vocabulary = Vocabulary.from_text("abc", "none")
    return Checkpoint("m", "masked", None, vocabulary, model, Card(kind="masked", title="M"), "a", (0,))


def small() -> Checkpoint:
    torch.manual_seed(1)
    model = build("masked", {"vocabulary": 3, "width": 8, "layers": 1, "heads": 2, "context": 8}).eval()
    return with_model(model)


def test_gaps_are_filled_in_groups_without_seeing_each_others_letters() -> None:
    checkpoint = small()
    ids = torch.randint(3, (100,), generator=torch.Generator().manual_seed(1)).tolist()
    gaps = list(range(2, 82, 4))
    parts = list(Fill(ids, gaps).steps(checkpoint))
    assert [len(part) for part in parts] == [GAPS, GAPS, 4]
    with torch.inference_mode():
        whole = checkpoint.model.fill(ids, gaps).numpy()
    assert np.concatenate(parts) == pytest.approx(whole, abs=1e-5)
    others = [2 - id if i in gaps else id for i, id in enumerate(ids)]
    assert np.array_equal(np.concatenate(list(Fill(others, gaps).steps(checkpoint))), np.concatenate(parts))


def test_non_finite_numbers_are_refused() -> None:
    with pytest.raises(BadCheckpoint):
        list(Fill([0], [0]).steps(with_model(Counts([[float("nan")] * 3]))))
    with pytest.raises(BadCheckpoint):
        list(GapFilling([0], [0], "left", Sampling(), 1).steps(with_model(Counts([[float("nan")] * 3]))))


def test_each_kind_of_model_refuses_the_others_task() -> None:
    language = library.load("names-gru")
    for walk in (Fill([1], [0]), GapFilling([1], [0], "left", Sampling(), 1)):
        with pytest.raises(BadInput) as error:
            list(walk.steps(language))
        assert error.value.code == "model.other_task"
    with pytest.raises(BadInput):
        list(FromLeft([1], [0]).steps(small()))


def test_left_to_right_rows_equal_the_language_models() -> None:
    checkpoint = library.load("shakespeare-ngram")
    ids = checkpoint.vocabulary.encode("To be, or not to be, that is the question. " * 12).ids
    places = [0, 1, 9, 255, 256, 257, 500]
    parts = [part for part in FromLeft(ids, places).steps(checkpoint) if part is not None]
    rows = prefill(checkpoint, ids).logits
    assert np.concatenate(parts) == pytest.approx(rows[places], abs=1e-4)


@pytest.mark.parametrize(("order", "places"), [("left", [1, 2, 4]), ("surest", [2, 4, 1])])
def test_a_stretch_is_filled_in_the_requested_order(order: Order, places: list[int]) -> None:
    rows = np.log([[1 / 3] * 3, [0.4, 0.3, 0.3], [0.05, 0.05, 0.9], [1 / 3] * 3, [0.1, 0.8, 0.1]])
    model = Counts(rows.tolist())
    got = list(GapFilling([0, 9, 9, 1, 9], [1, 2, 4], order, Sampling(), 7).steps(with_model(model)))
    assert [one.place for one in got] == places
    for t, one in enumerate(got):
        p = np.exp(rows[one.place])
        assert one.u == dice(7, t)
        assert one.id == draw(p, one.u)
        assert one.probability == pytest.approx(p[one.id])
    # Each request has the letters filled before.
    text = [0, 9, 9, 1, 9]
    for (read, positions), one, t in zip(model.asked, got, range(3), strict=True):
        assert [read[i] for i in (0, 3, *places[:t])] == [text[i] for i in (0, 3, *places[:t])]
        assert sorted(positions) == sorted(places[t:])
        text[one.place] = one.id


def test_a_random_order_follows_its_seed() -> None:
    model = with_model(Counts([[0.0, 0.0, 0.0]] * 3))
    seen = set()
    for seed in range(60):
        walk = GapFilling([0, 0, 0], [0, 1, 2], "random", Sampling(), seed)
        places = [one.place for one in walk.steps(model)]
        assert places == [one.place for one in walk.steps(model)]
        seen.add(tuple(places))
    assert len(seen) == 6


@pytest.mark.parametrize("order", ORDERS)
def test_temperature_zero_takes_the_most_likely(order: Order) -> None:
    model = with_model(Counts(np.log([[0.2, 0.5, 0.3]] * 4).tolist()))
    cold = list(GapFilling([0] * 4, [0, 1, 2, 3], order, Sampling(0), 3).steps(model))
    assert [(one.id, one.probability) for one in cold] == [(1, 1.0)] * 4
    hot = list(GapFilling([0] * 4, [0, 1, 2, 3], order, Sampling(2.0), 3).steps(model))
    weights = [exp(log(p) / 2) for p in (0.2, 0.5, 0.3)]
    assert [one.probability for one in hot] == pytest.approx([weights[one.id] / sum(weights) for one in hot], abs=1e-6)

"""The queries of a classifier: prefixes are read separately, padding changes nothing, and invalid input is refused."""

import numpy as np
import pytest
import torch

from playground import library
from playground.checkpoints.card import Card
from playground.errors import BadCheckpoint, BadInput
from playground.inference.classify import MAX_SYMBOLS, Beginnings, Judge, Padding, names_of, widths_of
from playground.models import build
from playground.models.verdicts import verdicts
from playground.text.characters import Vocabulary

IDS = [3, 1, 4, 1, 5, 3, 2, 1]


@pytest.fixture
def checkpoint() -> library.Checkpoint:
    torch.manual_seed(4)
    vocabulary = Vocabulary.from_text("\n abcd")
    config = {"vocabulary": len(vocabulary), "embedding": 5, "hidden": 4, "ngrams": [2], "buckets": 8}
    weights = build("classifier", config).state_dict()
    weights["ngrams.weight"].normal_()
    return library.assemble("small", "classifier", config, weights, vocabulary, "\n", Card())


def test_the_verdict_equals_the_models_with_one_share_per_symbol(checkpoint: library.Checkpoint) -> None:
    (verdict,) = Judge(IDS).steps(checkpoint)
    assert verdict.logits == pytest.approx(checkpoint.model.classify(IDS)[0].tolist(), abs=1e-6)
    assert [len(row) for row in verdict.shares] == [len(IDS)] * 2


def test_each_prefix_is_read_separately_in_parts(
    checkpoint: library.Checkpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("playground.inference.classify.AT_ONCE", 12)
    parts = list(Beginnings(IDS, [1, 2, 3, 5, 8]).steps(checkpoint))
    assert [len(part) for part in parts] == [3, 1, 1]
    alone = [checkpoint.model.classify(IDS[:end])[0].tolist() for end in (1, 2, 3, 5, 8)]
    assert np.concatenate(parts) == pytest.approx(np.array(alone), abs=1e-6)


def test_padding_matters_only_without_the_mask(checkpoint: library.Checkpoint) -> None:
    rows = [row for row in Padding(IDS, [8, 20, 40]).steps(checkpoint) if row]
    (own,) = verdicts(checkpoint.model, [IDS])
    assert [row.width for row in rows] == [8, 20, 40]
    assert all(row.masked == pytest.approx(own.tolist(), abs=1e-6) for row in rows)
    assert rows[0].dropped == pytest.approx(own.tolist(), abs=1e-6)  # there is no padding yet
    assert abs(rows[2].dropped[0] - own[0]) > 1e-3


def test_the_widths_go_from_the_text_to_the_widest() -> None:
    assert (widths_of(60)[0], widths_of(60)[-1], len(widths_of(60))) == (60, MAX_SYMBOLS, 24)
    assert widths_of(MAX_SYMBOLS) == [MAX_SYMBOLS]
    assert widths_of(MAX_SYMBOLS - 2) == [MAX_SYMBOLS - 2, MAX_SYMBOLS - 1, MAX_SYMBOLS]
    assert names_of(2) == ("bad", "good")
    assert names_of(3) == ("0", "1", "2")


@pytest.mark.parametrize("walk", [Judge, lambda ids: Beginnings(ids, [1]), lambda ids: Padding(ids, [1])])
def test_empty_and_too_long_texts_are_refused(walk: type[Judge], checkpoint: library.Checkpoint) -> None:
    for ids, code in (([], "classify.empty"), ([1] * (MAX_SYMBOLS + 1), "classify.long")):
        with pytest.raises(BadInput) as told:
            walk(ids)
        assert told.value.code == code
    with pytest.raises(BadInput, match="names-gru"):
        next(iter(walk([1]).steps(library.load("names-gru"))))
    checkpoint.model.output.weight.data[0, 0] = torch.nan
    with pytest.raises(BadCheckpoint):
        next(iter(walk([1]).steps(checkpoint)))

"""A bigram's matrices and its map: by hand, and for the bundled model."""

import numpy as np
import pytest

from playground.errors import BadInput
from playground.inference.embeddings import Embeddings, principal
from playground.library import load


def test_the_map_of_points_on_a_line() -> None:
    """(0, 0), (3, 4) and (6, 8) lie 5 apart on one line: the second axis has nothing."""
    places, share = principal(np.array([[0, 0], [3, 4], [6, 8]], np.float32), [1, 1, 1])
    np.testing.assert_allclose(np.sort(places[:, 0]), [-5, 0, 5], atol=1e-5)
    np.testing.assert_allclose(places[:, 1], 0, atol=1e-5)
    assert share == pytest.approx((1, 0), abs=1e-9)


def test_the_map_keeps_distances_in_two_dimensions() -> None:
    rows = np.random.default_rng(1).standard_normal((20, 2)).astype(np.float32)
    places, share = principal(rows, [1] * 20)
    before, after = (np.linalg.norm(found[:, None] - found[None], axis=-1) for found in (rows, places))
    np.testing.assert_allclose(before, after, atol=1e-5)
    assert sum(share) == pytest.approx(1)
    assert share[0] >= share[1]
    np.testing.assert_array_equal(principal(rows, [1] * 20)[0], places)


def test_a_map_of_rows_of_one_number() -> None:
    places, share = principal(np.array([[1], [2], [4]], np.float32), [1, 1, 1])
    assert places.shape == (3, 2)
    assert share == (1, 0)


def test_the_product_of_row_and_contexts_equals_the_models_logits() -> None:
    checkpoint = load("shakespeare-bigram")
    [found] = Embeddings().steps(checkpoint)
    assert found.embedding.shape == found.context.shape == (65, 16)
    id = checkpoint.vocabulary.encode("q").ids[0]
    logits, _ = checkpoint.model.advance([id])
    np.testing.assert_allclose(found.context @ found.embedding[id], logits[0, 0].detach().numpy(), atol=1e-5)


def test_frequent_rows_decide_the_axes() -> None:
    """Two frequent rows differ along the first feature, and a rare one lies far along the second."""
    rows = np.array([[-1, 0], [1, 0], [0, 50]], np.float32)
    places, share = principal(rows, [1, 1, 1e-6])
    np.testing.assert_allclose(np.abs(places[:, 0]), [1, 1, 0], atol=1e-2)
    assert share[0] > 0.99
    assert np.abs(principal(rows, [1, 1, 1])[0][2, 0]) > 30


def test_vowels_consonants_and_punctuation_stand_apart() -> None:
    """On the map with the letters' own frequencies: one line has all vowels on one side, and most consonants on the
    other; and what ends a sentence or a part of one lies farther to one side than any letter."""
    checkpoint = load("shakespeare-bigram")
    assert checkpoint.words
    letters = checkpoint.words.frequencies(len(checkpoint.vocabulary))
    assert letters is not None
    [found] = Embeddings(letters.tolist()).steps(checkpoint)
    at = dict(zip(checkpoint.vocabulary.symbols, found.places, strict=True))
    side = np.sign(at["a"][1])
    assert all(side * at[vowel][1] > 0.4 for vowel in "aeiouAEIO")
    consonants = list("bcdfghklmnprstvwyzBCDFGHKLMNPRSTVWY")
    assert sum(side * at[letter][1] < 0 for letter in consonants) >= len(consonants) - 1
    ends = [at[mark][0] for mark in ".,:;!?"]
    others = [at[letter][0] for letter in at if letter.isalpha()]
    assert max(ends) < min(others) or min(ends) > max(others)


def test_other_kinds_are_refused() -> None:
    with pytest.raises(BadInput, match="is no bigram"):
        next(Embeddings().steps(load("shakespeare-rnn")))

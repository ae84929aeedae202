"""The figures of cross-validation that sentiment-en's card and the page tell, anew where its texts are at hand."""

import hashlib
import os
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from playground import library
from playground.training import batches, folds
from playground.training.recipes import RECIPES
from playground.training.review_recipes import PRETRAINING
from playground.training.reviews import ReviewStudy, validates
from playground.words import LANGUAGES, catalogue

NAME, FOLDS = "sentiment-en", 5


@pytest.fixture(scope="module")
def file(corpus: Callable[[str], Path]) -> Path:
    return corpus(RECIPES[NAME].corpus.file)


@pytest.fixture(scope="module")
def lines(file: Path) -> list[str]:
    return [line for line in batches.read(file).split("\n") if line]


@pytest.fixture(scope="module")
def number(lines: list[str]) -> list[int]:
    return [folds.fold_of(line, FOLDS) for line in lines]


def told() -> tuple[float, float, float]:
    """What the card says: from random weights, pretrained, and what counting words has; in percent."""
    found = re.findall(r"([\d.]+) %", library.card(NAME).note)
    random, pretrained, words = map(float, found)
    return random, pretrained, words


def test_counting_words_has_what_the_card_says(lines: list[str], number: list[int]) -> None:
    each = list(folds.bayes(lines, number, FOLDS))
    assert len(each) == FOLDS
    assert 100 * sum(each) / FOLDS == pytest.approx(told()[2], abs=0.05)
    assert max(each) - min(each) < 0.1


def test_the_page_says_what_the_card_says() -> None:
    random, _, words = told()
    for language in LANGUAGES:
        said = re.findall(r"(\d[\d.]*)\s?%", catalogue(language)["shape_review_words"])
        assert sorted(map(float, said)) == [random, words]


def test_the_model_that_is_bundled_is_no_luckier_than_its_recipe() -> None:
    """Of 145 reviews two standard errors are 6.6 %: what its own validation measures must lie within them."""
    said = library.card(NAME).validation
    assert said
    assert said.accuracy and said.characters
    random = told()[0] / 100
    assert abs(said.accuracy - random) < 2 * (random * (1 - random) / said.characters) ** 0.5


def test_each_line_is_tested_once_by_a_model_that_did_not_learn_it(
    file: Path, lines: list[str], number: list[int]
) -> None:
    sizes = Counter(number)
    assert sorted(sizes) == list(range(FOLDS))
    assert sum(sizes.values()) == 3_000
    assert max(sizes.values()) - min(sizes.values()) < 120
    digest = int(hashlib.sha256(lines[0].encode()).hexdigest(), 16)
    assert number[0] == digest // 20 % FOLDS
    held = [own for line, own in zip(lines, number, strict=True) if validates(line)]
    assert {*held} == {*range(FOLDS)}, "the folds do not follow the rule for what validates"
    study = ReviewStudy(RECIPES[NAME], file)
    study.divide([own == 0 for own in number])
    assert len(study.validation.texts) == sizes[0]
    assert len(study.train.texts) == 3_000 - sizes[0]
    labels = Counter(line[0] for line, own in zip(lines, number, strict=True) if own == 0)
    assert Counter(map(str, study.validation.labels)) == labels


@pytest.mark.skipif(not os.environ.get("PLAYGROUND_LONG"), reason="PLAYGROUND_LONG=1 trains ten models for it")
@pytest.mark.parametrize("pretrained", [False, True])
def test_the_recipe_has_what_the_card_says(file: Path, number: list[int], pretrained: bool) -> None:
    first = PRETRAINING if pretrained else None
    each = list(folds.accuracies(RECIPES[NAME], file, number, FOLDS, first))
    assert 100 * sum(each) / FOLDS == pytest.approx(told()[pretrained], abs=1)

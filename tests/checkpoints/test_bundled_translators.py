"""The bundled translators: as good as was asked, and what their cards say is measured anew.

PLAYGROUND_LONG=1 measures every figure on all of what it was measured on. Otherwise those that are not of a model are
exact, those of the shortest sources too, and the others are of a part.
"""

from math import inf
from typing import Any

import pytest

from playground import library
from playground.checkpoints.card import Card
from playground.training import recipes, sentences, translation_figures
from playground.training.chrf import chrf
from playground.training.recipes import RECIPES
from playground.training.sentences import Sentences
from tests.checkpoints.test_bundled import CORPORA, nats
from tests.conftest import LONG

NAMES = library.available("translation")
Parts = tuple[Any, list[Sentences], list[Sentences]]

# Nats a letter that translators must reach, and chrF.
DUE = {
    "translate-gru": (0.924, 21.0),
    "translate-luong": (0.62, 43.0),
    "translate-bahdanau": (0.62, 43.0),
    "translate-transformer": (0.62, 43.0),
}


@pytest.fixture(scope="module")
def parts() -> Parts:
    """Of the table that all of them learned from: its vocabulary, the pairs that trained, and those that validate."""
    [corpus] = {RECIPES[name].corpus for name in NAMES}
    file = CORPORA / corpus.file
    if not file.exists():
        pytest.skip(f"the text is not at {file}")
    return sentences.prepare(corpus, file.read_text("utf-8"), file.name)


def translation(card: Card) -> Any:
    """The figures of its card that only a translator has."""
    assert card.translation
    return card.translation


def of_length(pairs: list[Sentences], most: int) -> list[Sentences]:
    """The pairs of a row of the card: those whose sources have up to `most` letters, and more than the row before."""
    return [pair for pair in pairs if most - translation_figures.STEP < len(pair.source) <= most]


def test_translators_reach_the_required_quality_and_share_an_alphabet() -> None:
    cards = library.all_cards("translation")
    assert cards.keys() == DUE.keys()
    assert len({translation(card).seen for card in cards.values()}) == 1
    for name, (most_nats, least_chrf) in DUE.items():
        assert nats(cards[name]) <= most_nats
        assert (translation(cards[name]).chrf or 0) >= least_chrf
        assert (cards[name].parameters or inf) <= 2_000_000


@pytest.mark.parametrize("name", NAMES)
def test_the_cards_counts_are_right(name: str, parts: Parts) -> None:
    """Letters that were read, sentences and pairs, and the yardsticks, which no model has a part in."""
    vocabulary, train, validation = parts
    card = library.card(name)
    told, plan = translation(card), RECIPES[name].training
    assert library.load(name).vocabulary.symbols == vocabulary.symbols
    assert isinstance(plan, recipes.GradientTraining)
    assert told.seen == plan.epochs * sum(len(source) + len(target) for source, target in train)
    assert told.sentences == len(translation_figures.sample(validation))
    assert [(row.most, row.pairs) for row in told.lengths] == [
        (most, len(of_length(validation, most))) for most in (10, 20, 30, 40, 50)
    ]
    assert (told.shuffled, told.human) == pytest.approx(translation_figures.yardsticks(validation), abs=1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_the_losses_by_length_average_to_the_total(name: str, parts: Parts) -> None:
    """Each letter, and the end of each translation, is in one row: their mean is the figure of all."""
    card = library.card(name)
    assert card.validation
    rows = [
        (row.nats, sum(len(pair.target) + 1 for pair in of_length(parts[2], row.most)))
        for row in translation(card).lengths
    ]
    letters = sum(count for _, count in rows)
    assert letters == card.validation.characters
    assert sum(each * count for each, count in rows) / letters == pytest.approx(nats(card), abs=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_the_weights_reproduce_the_cards_loss_and_accuracy(name: str, parts: Parts) -> None:
    """All pairs with the shortest sources, and every tenth of the others: in nats, and how often the most likely letter
    is the right one."""
    vocabulary, _, validation = parts
    checkpoint = library.load(name)
    right = letters = 0.0
    for row in translation(checkpoint.card).lengths:
        few = of_length(validation, row.most)[:: 1 if LONG or row.most == translation_figures.STEP else 10]
        pairs = sentences.encode(vocabulary.symbols, few)
        found = sentences.evaluate(checkpoint.model, pairs, len(vocabulary) - 1)
        assert found.nats == pytest.approx(row.nats, abs=1e-4 if len(few) == row.pairs else 0.1), row.most
        count = sum(len(pair.target) + 1 for pair in of_length(validation, row.most))
        right, letters = right + found.accuracy * count, letters + count
    assert checkpoint.card.validation
    assert right / letters == pytest.approx(checkpoint.card.validation.accuracy, abs=1e-4 if LONG else 0.02)


@pytest.mark.parametrize("name", NAMES)
def test_translations_reproduce_the_cards_chrf(name: str, parts: Parts) -> None:
    """The sentences of up to ten letters, and one of ten of all, whose chrF is near that of all of them."""
    checkpoint = library.load(name)
    told = translation(checkpoint.card)
    sample = translation_figures.sample(parts[2])
    some, short = sample[:: 1 if LONG else 10], of_length(sample, translation_figures.STEP)
    pairs = list(dict.fromkeys([*some, *short]))
    texts = translation_figures.translate(checkpoint, [pair.source for pair in pairs])
    found = dict(zip(pairs, texts, strict=True))
    assert score(found, some) == pytest.approx(told.chrf, abs=0.1 if LONG else 5)
    assert score(found, short) == pytest.approx(told.lengths[0].chrf, abs=0.1)
    if LONG:
        for row in told.lengths:
            assert score(found, of_length(sample, row.most)) == pytest.approx(row.chrf, abs=0.1)
        assert sum(found[pair] == pair.target for pair in some) / len(some) == pytest.approx(told.exact, abs=0.002)
    of_prompt = {one.prompt: one.text for one in checkpoint.card.samples}
    assert translation_figures.translate(checkpoint, ["She has two cats."]) == [of_prompt["She has two cats.→"]]


def score(found: dict[Sentences, str], pairs: list[Sentences]) -> float:
    """The chrF of what was written for these."""
    return chrf([found[pair] for pair in pairs], [pair.target for pair in pairs])

"""The numbers in what cards say in words: each is in the table of the tests that work it out, or is another's.

So a figure of a side trial that nothing computes anew cannot stand in a note: who adds one adds its test. What a card's
tables hold is tested in test_bundled.py and beside it.
"""

import importlib
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from playground import library
from playground.models import build
from playground.models.convnet import ConvnetConfig
from playground.training import batches, corpora, history, texts, train
from playground.training.loop import TrainingRun, fit
from playground.training.recipes import RECIPES, GradientTraining
from playground.training.review_recipes import TUNINGS
from tests.checkpoints.test_bundled import CORPORA
from tests.conftest import LONG

HERE, BUNDLED, FOLDS = (
    f"tests.{name}" for name in ("checkpoints.test_notes", "checkpoints.test_bundled", "training.test_folds")
)
CITED = "cited"  # what a book or a licence says, or what is an algorithm's own
# By card: the test that works numbers out, and the numbers.
WORKED_OUT: dict[str, dict[str, str]] = {
    "shakespeare-bigram": {
        f"{BUNDLED}.test_the_yardsticks_of_the_bigram_are_what_counting_gives": "2.4819 3.3473",
        f"{HERE}.test_the_numbers_of_the_bigram_are_those_of_its_letters": "4,225 2,080",
        f"{HERE}.test_a_tied_bigram_has_what_the_card_says_at_its_best": "3.05 16 64",
    },
    "shakespeare-convnet": {f"{HERE}.test_the_convolutional_network_sees_as_far_as_its_card_says": "37 32 127"},
    "shakespeare-masked": {
        "tests.checkpoints.test_bundled_masked.test_positions_learn_later_what_distances_learn_at_once_and_the_page_"
        "says_so": "3.30 1.74 2.94 3.28 2.87 1.80",
        f"{HERE}.test_the_rates_that_are_alike_are_in_the_sweep": "0.0015 0.006",
    },
    "shakespeare-gru-geron": {f"{HERE}.test_what_differs_from_the_books_is_so": "55", CITED: "10"},
    "shakespeare-gru-geron-stateless": {f"{HERE}.test_what_differs_from_the_books_is_so": "30"},
    "shakespeare-transformer-nanogpt": {f"{HERE}.test_what_differs_from_the_books_is_so": "1,307", CITED: "2,000"},
    "nietzsche-lstm-chollet": {
        f"{HERE}.test_the_losses_of_the_book_come_back": "1.9878 1 1.4636 5 1.3372 20 10",
        CITED: "1.9895 1.4682 1.3391 55",
    },
    "sentiment-en": {
        f"{HERE}.test_the_fine_tuning_is_as_the_card_describes_it": "1 2.6 8",
        f"{BUNDLED}.test_the_classifiers_measure_what_their_cards_say": "145",
        f"{FOLDS}.test_counting_words_has_what_the_card_says": "82.7",
        f"{FOLDS}.test_the_general_text_has_as_many_sentences_as_is_said_and_few_of_the_reviews": "102,904",
        f"{FOLDS}.test_a_command_of_the_card_prints_what_it_says": "80.5 79.9 81.2 80.7 1.81 79.6 79.3 1.51 78.1 192 "
        "1.16 512 1.00 78.9 73.7",
        CITED: "2.0",
    },
}
NUMBER = re.compile(r"(?<![\w.])\d+(?:,\d{3})*(?:\.\d+)?")
COMMAND_OR_YEAR = re.compile(r"`[^`]*`|(?<=, )(?:19|20)\d\d\b")


def words_of(name: str) -> str:
    """What the card says in words that were written for it alone."""
    card = library.all_records()[name]
    return f"{card.note} {card.reported.differs if card.reported else ''}"


def numbers(text: str) -> set[str]:
    return {*NUMBER.findall(COMMAND_OR_YEAR.sub("", text))}


@pytest.mark.parametrize("name", RECIPES)
def test_every_number_of_a_note_is_worked_out_by_a_test(name: str) -> None:
    worked_out = " ".join(WORKED_OUT.get(name, {}).values()).split()
    assert len(worked_out) == len({*worked_out})
    assert numbers(words_of(name)) == {*worked_out}


def test_numbers_are_found_but_for_commands_and_years() -> None:
    said = "With 2.5 (Guo et al., 2017) and 1/2.6 of 1,234: 80.5 % on an H200 (`--set a=3`), of 12."
    assert numbers(said) == {"2.5", "1", "2.6", "1,234", "80.5", "12"}


def test_the_tests_that_work_them_out_exist() -> None:
    for test in {test for tests in WORKED_OUT.values() for test in tests} - {CITED}:
        module, _, name = test.rpartition(".")
        assert callable(getattr(importlib.import_module(module), name)), test


def file_of(corpus: corpora.Corpus) -> Path:
    file = CORPORA / corpus.file
    if not file.exists():
        pytest.skip(f"the text is not at {file}")
    return file


def test_the_numbers_of_the_bigram_are_those_of_its_letters() -> None:
    checkpoint = library.load("shakespeare-bigram")
    V = len(checkpoint.vocabulary)
    assert f"with {V * V:,} numbers" in checkpoint.card.note
    assert f"halve its {checkpoint.card.parameters:,} numbers" in checkpoint.card.note


def test_a_tied_bigram_has_what_the_card_says_at_its_best() -> None:
    """A bigram knows pairs alone, so it can be fitted to their counts, all at once, until nothing gets better."""
    pattern = r"it has ([\d.]+) nats, with (\d+) numbers a letter and with (\d+)"
    said = re.search(pattern, words_of("shakespeare-bigram"))
    assert said
    corpus = RECIPES["shakespeare-bigram"].corpus
    vocabulary, train_ids, other_ids = texts.prepare(corpus, file_of(corpus))
    V = len(vocabulary)
    learned, measured = (
        torch.bincount(ids[:-1] * V + ids[1:], minlength=V * V).view(V, V).float() for ids in (train_ids, other_ids)
    )

    def fit_nats(**config: Any) -> float:
        torch.manual_seed(1)
        model = build("bigram", {"vocabulary": V, **config})
        best = torch.optim.LBFGS(model.parameters(), max_iter=300, history_size=20, line_search_fn="strong_wolfe")

        def nats(pairs: torch.Tensor) -> torch.Tensor:
            logits = model.advance(torch.arange(V)[:, None])[0][:, 0]
            return -(pairs * logits.log_softmax(-1)).sum() / pairs.sum()

        def loss() -> torch.Tensor:
            best.zero_grad()
            found = nats(learned)
            found.backward()
            return found

        best.step(loss)
        return float(nats(measured).detach())

    for width in said.groups()[1:]:
        assert fit_nats(width=int(width), tied=True) == pytest.approx(float(said[1]), abs=0.006)
    card = library.card("shakespeare-bigram")
    assert card.validation
    assert fit_nats(width=16) == pytest.approx(card.validation.nats, abs=0.01)
    assert int(said[2]) == RECIPES["shakespeare-bigram"].config["width"]
    readme = (library.BUNDLED.parent / "README.md").read_text("utf-8")
    assert f"at its best it has {said[1]} nats" in readme


def test_the_convolutional_network_sees_as_far_as_its_card_says() -> None:
    said = words_of("shakespeare-convnet")
    config = RECIPES["shakespeare-convnet"].config
    for further in ({}, {"cycle": config["layers"]}):
        made = ConvnetConfig(vocabulary=65, **{**config, **further})
        assert f" {made.sees}" in said
    assert f"dilations up to {max(made.dilation(layer) for layer in range(made.layers))}, which see {made.sees}" in said


def test_the_rates_that_are_alike_are_in_the_sweep() -> None:
    """They differ by less than the note says that rounding changes, and all others by more."""
    said = re.search(r"rates from ([\d.]+) to ([\d.]+) are alike", words_of("shakespeare-masked"))
    assert said
    rows = [row for row in library.card("shakespeare-masked").sweep if not {*row.changes} - {"lr"}]
    training = RECIPES["shakespeare-masked"].training
    assert isinstance(training, GradientTraining)
    nats = {float(row.changes.get("lr", training.lr)): row.nats or 0.0 for row in rows}
    alike = {rate: found for rate, found in nats.items() if float(said[1]) <= rate <= float(said[2])}
    assert len(alike) == 3
    assert max(alike.values()) - min(alike.values()) < 0.02
    assert min(found for rate, found in nats.items() if rate not in alike) > max(alike.values()) + 0.02


def test_what_differs_from_the_books_is_so() -> None:
    assert "55 epochs for 10" in words_of("shakespeare-gru-geron")
    assert "for 30 epochs" in words_of("shakespeare-gru-geron-stateless")
    plans = [RECIPES[f"shakespeare-{name}"].training for name in ("gru-geron", "gru-geron-stateless")]
    assert [plan.epochs for plan in plans if isinstance(plan, GradientTraining)] == [55, 30]
    nanogpt = RECIPES["shakespeare-transformer-nanogpt"]
    task = texts.TextTask(nanogpt, file_of(nanogpt.corpus))
    assert isinstance(nanogpt.training, GradientTraining)
    steps = nanogpt.training.epochs * task.objective(nanogpt.training).epoch_steps
    assert f"{steps:,} steps for 2,000" in words_of("shakespeare-transformer-nanogpt")


def test_the_losses_of_the_book_come_back() -> None:
    """As the record of the training has them, which the card's command writes; with PLAYGROUND_LONG the first anew."""
    name = "nietzsche-lstm-chollet"
    curve = {row.epoch: row for row in history.load(library.BUNDLED / name).curve}
    said = words_of(name)
    assert f"{curve[1].loss:.4f} after epoch 1 " in said
    assert f"{curve[5].loss:.4f} after 5 " in said
    assert f"{curve[20].loss:.4f} after 20 " in said
    assert f"lowest after epoch {min(curve.values(), key=lambda row: row.nats).epoch};" in said
    assert all(row.loss < curve[20].loss for epoch, row in curve.items() if epoch > 55)  # it did not diverge
    if LONG:
        recipe = RECIPES[name]
        plan = recipe.training
        assert isinstance(plan, GradientTraining)
        plan = replace(plan, epochs=1)
        task = train.TRAINING_TASKS["language"](recipe, file_of(recipe.corpus))
        torch.manual_seed(plan.seed)
        run = TrainingRun(
            build(recipe.kind, {"vocabulary": len(task.vocabulary), **recipe.config}), plan, task.objective(plan)
        )
        *_, last = fit(run)
        assert last.loss == pytest.approx(curve[1].loss, abs=0.02)


def test_the_fine_tuning_is_as_the_card_describes_it() -> None:
    said, tuning = words_of("sentiment-en"), TUNINGS["ulmfit"]
    assert tuning.layers
    assert f"labels for {tuning.labels['epochs']} epochs" in said
    assert f"at 1/{tuning.layers.divisor} of the rate of the layer above" in said
    assert tuning.own
    words = ("no", "one", "two", "three", "four")
    assert f"for {words[tuning.general.epochs]} epoch, to" in said
    assert f"of the reviews that train for {words[tuning.own.epochs]};" in said


@pytest.mark.parametrize("corpus", [corpora.NAMES, corpora.PAIRS, corpora.KOREAN_REVIEWS, corpora.ENGLISH_REVIEWS])
def test_a_text_has_as_many_lines_as_its_name_says(corpus: corpora.Corpus) -> None:
    lines = [line for line in batches.read(file_of(corpus)).split("\n") if line]
    assert corpus.name.startswith(f"{len(lines):,} ")


def test_there_are_as_many_stories_as_their_name_says() -> None:
    listed = file_of(corpora.KOREAN).with_suffix(".manifest.tsv").read_text("utf-8").strip().split("\n")[1:]
    assert corpora.KOREAN.name == f"{len(listed)} Korean stories"
    authors = {line.split("\t")[2] for line in listed}
    assert corpora.KOREAN.credit.startswith(f"{len(authors)} Korean authors;")

"""The cross-validation figures in sentiment-en's card and on the page, recomputed if its texts are available."""

import hashlib
import re
import shlex
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from playground import library
from playground.models import build
from playground.training import batches, folds
from playground.training.corpora import PAIRS
from playground.training.pretraining import read_texts
from playground.training.recipes import RECIPES
from playground.training.reviews import ReviewTask, validates
from playground.words import LANGUAGES, catalogue
from tests.conftest import LONG

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
    """The card's figures: from random weights, pretrained, and by counting words; in percent."""
    note = library.card(NAME).note
    found = re.search(r"judges ([\d.]+) % right.*?; ([\d.]+) % where its two GRUs.*counts words has ([\d.]+) %", note)
    assert found
    random, pretrained, words = map(float, found.groups())
    return random, pretrained, words


def test_counting_words_has_what_the_card_says(lines: list[str], number: list[int]) -> None:
    each = list(folds.bayes(lines, number, FOLDS))
    assert len(each) == FOLDS
    assert 100 * sum(each) / FOLDS == pytest.approx(told()[2], abs=0.05)
    assert max(each) - min(each) < 0.1


def test_the_page_says_what_the_card_says() -> None:
    for language in LANGUAGES:
        said = re.findall(r"(\d[\d.]*)\s?%", catalogue(language)["shape_review_words"])
        random, pretrained, words = told()
        letters = re.search(r"([\d.]+) %, and ([\d.]+) % from random weights, for which one", library.card(NAME).note)
        assert letters
        assert [*map(float, said)] == [random, pretrained, float(letters[2]), float(letters[1]), words]


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
    task = ReviewTask(RECIPES[NAME], file)
    task.divide([own == 0 for own in number])
    assert len(task.validation.texts) == sizes[0]
    assert len(task.train.texts) == 3_000 - sizes[0]
    labels = Counter(line[0] for line, own in zip(lines, number, strict=True) if own == 0)
    assert Counter(map(str, task.validation.labels)) == labels


def test_the_general_text_has_as_many_sentences_as_is_said_and_few_of_the_reviews(
    file: Path, corpus: Callable[[str], Path], lines: list[str]
) -> None:
    vocabulary = ReviewTask(RECIPES[NAME], file).vocabulary
    read = [vocabulary.decode(text.tolist()) for part in read_texts(vocabulary, corpus(PAIRS.file)) for text in part]
    assert f"{len(read):,} English sentences" in library.card(NAME).note
    for language in LANGUAGES:
        assert f"{len(read):,}" in catalogue(language)["shape_review_words"]
    own = {line.rpartition("\t")[2].strip().lower() for line in lines}
    assert len(own & {text.lower() for text in read}) == 5  # folds.py says so


# Of each command of the card, in its order: how the card says what comes of the pretrained layers, in percent; to how
# many nats they were pretrained; and what comes of random weights. Whether it takes days without a GPU.
SAID = [
    (r"; ([\d.]+) % where its two GRUs", r"one epoch, to ([\d.]+) nats", r"judges ([\d.]+) % right", False),
    (r"one seed\) has ([\d.]+) %", None, None, False),
    (r"does harm: ([\d.]+) % after", r"eight epochs, to ([\d.]+) nats", None, False),
    (r"larger model: ([\d.]+) %", r"direction, to ([\d.]+) nats", r"and ([\d.]+) % from random weights \(", True),
    (r"nats, ([\d.]+) %, and", r"units, to ([\d.]+) nats", r"and ([\d.]+) % from random weights, for", True),
]


def commands(note: str, file: Path, general: Path, device: str) -> list[list[str]]:
    """The arguments of each command of the card, of one seed; all but the first are written as what they add to it."""
    first, *others = (shlex.split(command) for command in re.findall(r"`([^`]*-[^`]*)`", note))
    assert first[:4] == ["python", "-m", folds.__name__, NAME]
    given = [NAME, "--text", str(file), "--general", str(general), "--device", device]
    assert {*first[4::2]} == {"--text", "--general", "--seeds", "--device"}
    return [given, *([*given, *other] for other in others)]


def figure(pattern: str, note: str) -> float:
    [found] = re.findall(pattern, note)
    return float(found)


def test_the_seeds_lie_around_their_mean() -> None:
    low, high = re.findall(r"between ([\d.]+) and ([\d.]+);", library.card(NAME).note)[0]
    assert float(low) < told()[0] < float(high)


@pytest.mark.parametrize("number", range(len(SAID)))
def test_a_command_of_the_card_prints_what_it_says(
    number: int, corpus: Callable[[str], Path], file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """That it is a command and that the figures stand beside it; with PLAYGROUND_LONG the figures, of one seed."""
    note = library.card(NAME).note
    pretrained, nats, random, large = SAID[number]
    cuda = torch.cuda.is_available()
    found = commands(note, file, corpus(PAIRS.file), "cuda" if cuda else "cpu")
    assert len(found) == len(SAID)
    given = folds._parser().parse_args(found[number])
    assert folds.finetuning_from_args(given)
    build(RECIPES[NAME].kind, {"vocabulary": 60, **RECIPES[NAME].changed(dict(given.set)).config})
    due = {"pretrained": figure(pretrained, note)}
    due |= {"from random weights": figure(random, note)} if random else {}
    least = figure(nats, note) if nats else None
    if not LONG:
        return
    if large and not cuda:
        pytest.skip("takes days without a GPU")
    assert folds.main(found[number]) == 0
    printed = capsys.readouterr().out
    for way, percent in due.items():
        assert figure(rf"{NAME}, {way}: ([\d.]+)%", printed) == pytest.approx(percent, abs=1)
    if least:
        # The general text comes first: its epochs are those of the plan.
        epochs = folds.finetuning_from_args(given).general.epochs
        each = re.findall(r"pretraining, epoch \d+: ([\d.]+) nats", printed)[:epochs]
        assert min(map(float, each)) == pytest.approx(least, abs=0.03)

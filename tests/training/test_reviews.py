"""The training task of reviews: how a table is read and split, its batches, and a training that reports figures."""

import dataclasses
import random
from pathlib import Path
from typing import Any

import pytest
import torch

from playground import library
from playground.checkpoints import model_card
from playground.errors import BadCorpus
from playground.models import build
from playground.models.verdicts import PADDING
from playground.training import corpora, folds, loop, train
from playground.training.lengths import similar
from playground.training.pretraining import BothWays, Neighbours, pretrain, read_texts
from playground.training.recipe import FineTuning
from playground.training.recipes import RECIPES, GradientTraining, Recipe
from playground.training.review_recipes import TUNINGS
from playground.training.reviews import WIDEST, Reviews, ReviewTask, evaluate, flip_rate, prepare, validates

ANY = dataclasses.replace(corpora.ENGLISH_REVIEWS, sha256="", common=2)
CONFIG: dict[str, Any] = {"embedding": 8, "hidden": 8, "ngrams": (2, 3), "buckets": 256}
PLAN = GradientTraining(epochs=3, batches="texts", batch=8, length=352, lr=2e-2, ema_decay=0.9, precision="float32")
PLAIN = FineTuning(dataclasses.replace(PLAN, epochs=1))


def table() -> str:
    """200 reviews of which one word says the label, and the source stands between, as in the English table."""
    dice = random.Random(5)
    plain = ["the film", "this place", "it", "that phone", "we", "a meal"]
    lines = []
    for number in range(200):
        label = number % 2
        word = dice.choice(["lovely", "superb", "great"] if label else ["awful", "dull", "poor"])
        lines.append(f"{label}\tsource\t{dice.choice(plain)} {word} {dice.choice(plain)} {number}")
    return "\n".join(lines) + "\n"


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "reviews.tsv"
    path.write_text(table(), "utf-8")
    recipe = Recipe("Small", ANY, "classifier", PLAN, ("lovely",), CONFIG)
    monkeypatch.setitem(RECIPES, "small", recipe)
    return path


def test_the_hash_of_a_line_decides_its_split() -> None:
    # As sha256sum says of "1\tfine 27' and of "1\tfine', without a line end.
    assert int("76fcbf67b6b01bf13d77ccb4700580eb955396c8edcdb85bc418f6c0ca4c42b4", 16) % 20 == 0
    assert int("dd8b0b2977b116c79b86d7fda4c8b3b2bdc02d13019747aba01c761e9a38e2d0", 16) % 20 != 0
    assert validates("1\tfine 27")
    assert not validates("1\tfine")
    assert 3 <= sum(map(validates, table().split("\n"))) <= 25


def test_a_table_becomes_ids_and_labels_and_rare_symbols_are_left_out() -> None:
    vocabulary, reviews, held = prepare(ANY, table() + "1\tx\tÿ good\n", "f.tsv")
    assert vocabulary.symbols[PADDING] == "\n"
    assert "ÿ" not in vocabulary.symbols
    assert len(reviews.texts) == len(held) == 201
    assert reviews.labels[:4] == [0, 1, 0, 1]
    assert vocabulary.decode(reviews.texts[1].tolist()).endswith(" 1")
    assert all(int((text == PADDING).sum()) == 0 for text in reviews.texts)


def test_a_korean_table_is_read_in_jamo() -> None:
    lines = "".join(f"{n % 2}\t좋은 영화 {n}\n" for n in range(100))
    vocabulary, reviews, _ = prepare(dataclasses.replace(ANY, normalizer="nfd"), lines, "f.tsv")
    assert "\u110c" in vocabulary.symbols  # ㅈ, as a syllable begins
    assert vocabulary.decode(reviews.texts[0].tolist()) == "좋은 영화 0"
    assert len(reviews.texts[0]) > len("좋은 영화 0")


@pytest.mark.parametrize(
    ("text", "said"),
    [("2\tx\tgood\n", "line 1"), ("0\tx\tfine\nnothing\n", "line 2"), ("1\tx\t \n", "line 1"), ("1\tx\ta\n", "few")],
)
def test_an_invalid_table_is_refused(text: str, said: str) -> None:
    with pytest.raises(BadCorpus, match=f"(?i){said}"):
        prepare(ANY, text, "f.tsv")


def test_a_batch_has_similar_lengths_and_every_text_once() -> None:
    dice = random.Random(1)
    texts = [torch.ones(dice.randint(1, 60), dtype=torch.int64) for _ in range(203)]
    generator = torch.Generator().manual_seed(2)
    cut = similar(texts, 10, generator)
    assert sorted(row for rows in cut for row in rows) == list(range(203))
    padded = sum(len(rows) * max(len(texts[row]) for row in rows) for rows in cut)
    assert padded < 1.15 * sum(map(len, texts))
    assert cut != similar(texts, 10, generator)
    reviews = Reviews(texts, [0] * 203)
    batch = reviews.batch([0, 1], width=70)
    assert batch.ids.shape == (2, 70)
    assert batch.lengths.tolist() == [len(texts[0]), len(texts[1])]
    assert batch.ids.sum().item() == len(texts[0]) + len(texts[1])  # the rest is PADDING


def test_the_heads_predict_the_symbols_on_both_sides_and_learn(file: Path) -> None:
    task = ReviewTask(RECIPES["small"], file)
    torch.manual_seed(1)
    model = build("classifier", {"vocabulary": len(task.vocabulary), **CONFIG})
    ids, lengths = torch.tensor([[3, 5, 4, 0], [2, 6, 7, 8]]), torch.tensor([3, 4])
    both = BothWays(model)
    assert both.losses(ids, lengths).shape == (2 * (2 + 3),)
    before = both.losses(ids, lengths)
    assert torch.equal(before, both.losses(torch.tensor([[3, 5, 4, 9], [2, 6, 7, 8]]), lengths))
    objective = Neighbours(PLAN, task.train.texts, task.validation.texts)
    untrained = objective.evaluate(BothWays(model)).nats
    assert pretrain(BothWays(model), objective) < 0.9 * untrained


def test_a_general_text_is_read_line_by_line_in_the_symbols_of_the_reviews(file: Path, tmp_path: Path) -> None:
    vocabulary = ReviewTask(RECIPES["small"], file).vocabulary
    general = tmp_path / "general.txt"
    lines = [f"a lovely film {number}" for number in range(300)]
    general.write_text("".join(f"{line}\tuna película\n" for line in [*lines, lines[0], "ÿÿ", "ÿ7"]), "utf-8")
    parts = read_texts(vocabulary, general)
    assert sorted(vocabulary.decode(text.tolist()) for part in parts for text in part) == sorted(["7", *lines])
    assert 0 < len(parts[1]) < 12
    general.write_text("lovely film\n" * 200)
    with pytest.raises(BadCorpus, match="few texts"):
        read_texts(vocabulary, general)


def test_training_learns_the_labels_and_its_card_has_the_figures(file: Path, tmp_path: Path) -> None:
    assert model_card.PADDED == WIDEST
    out = tmp_path / "small"
    assert train.train("small", file, out, "cpu", False) == 0
    checkpoint = library.load(out)
    task = ReviewTask(RECIPES["small"], file)
    measured = evaluate(checkpoint.model, task.validation)
    said = checkpoint.card.validation
    assert said
    assert (said.unit, said.characters) == ("review", len(task.validation.texts))
    assert said.accuracy == pytest.approx(measured.accuracy)
    assert said.nats == pytest.approx(measured.nats, abs=1e-6)
    assert measured.accuracy > 0.9
    assert said.flipped == pytest.approx(flip_rate(checkpoint.model, task.validation), abs=1e-4)
    readme = (out / "README.md").read_text("utf-8")
    assert "pipeline_tag: text-classification" in readme
    assert "classify(ids)" in readme
    assert "nats per review" in readme
    assert "advance" not in readme


def test_the_folds_test_every_line_once(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [line for line in table().split("\n") if line]
    number = [folds.fold_of(line, 5) for line in lines]
    assert min(number.count(fold) for fold in range(5)) > 20
    assert set(folds.bayes(lines, number, 5)) == {1.0}  # one word says the label
    monkeypatch.setitem(TUNINGS, "plain", PLAIN)
    general = tmp_path / "general.txt"
    general.write_text("".join(f"a lovely film, and a poor meal {number}\n" for number in range(300)))
    ways = ["naive Bayes of words", "small, from random weights", "small, pretrained"]
    for more in ([], ["--general", str(general), "--tuning", "plain"]):
        assert folds.main(["small", "--text", str(file), "--folds", "2", *more]) == 0
        told = capsys.readouterr().out
        names = [line.split(":")[0] for line in told.splitlines() if not line.startswith("pretraining")]
        assert names == ways[: 3 if more else 2]


def test_all_folds_start_from_the_same_pretrained_layers(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    general = tmp_path / "general.txt"
    general.write_text("".join(f"a lovely film, and a poor meal {number}\n" for number in range(300)))
    begun: list[dict[str, torch.Tensor]] = []

    def fit(run: loop.TrainingRun) -> Any:
        begun.append({name: tensor.clone() for name, tensor in run.model.state_dict().items()})
        return loop.fit(run)

    monkeypatch.setattr(folds, "fit", fit)
    number = [row % 2 for row in range(200)]
    for first in (None, folds.Start(general, PLAIN)):
        assert len(list(folds.accuracies(RECIPES["small"], file, number, 2, first))) == 2
    random, again, *learned = begun
    for name, tensor in random.items():
        assert torch.equal(tensor, again[name])
        assert torch.equal(learned[0][name], learned[1][name])
        layer = name.split(".")[0] in ("embedding", "forth", "back")
        assert torch.equal(tensor, learned[0][name]) is not layer, name


def test_naive_bayes_by_hand() -> None:
    # Fold 0 is tested after "good fun" and "good" as 1, and "bad" as 0. One is added to each count: of 1 there are good
    # 3, fun 2, bad 1, of 6 in all; of 0 good 1, fun 1, bad 2, of 4.
    lines = ["1\tgood fun", "1\tgood", "0\tbad", "1\tbad", "1\tgood bad"]
    # "bad": 2/3 · 1/6 for 1 and 1/3 · 2/4 for 0, which is more, and wrong. "good bad": 2/3 · 3/6 · 1/6 for 1 and
    # 1/3 · 1/4 · 2/4 for 0, which is less.
    assert list(folds.bayes(lines, [1, 1, 1, 0, 0], 1)) == [0.5]

"""The command that writes the words of a training text beside a checkpoint."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from playground import library
from playground.models import ngram
from playground.models.ngram import NGram
from playground.text import wordlist
from playground.text.characters import Vocabulary
from playground.text.wordlist import WordList, words_of
from playground.training import texts, train, wordlists
from playground.training.evaluate import evaluate
from playground.training.recipes import get_recipe
from tests.conftest import LONG
from tests.small_training import sample_text, small_recipe

COUNTED = ("names-gru", "nietzsche-lstm", "shakespeare-gru-geron", "lua-lstm", "korean-lstm")  # by no bundled n-gram


@pytest.fixture
def text_file(tmp_path: Path) -> Path:
    path = tmp_path / "text.txt"
    path.write_text(sample_text(), "utf-8")
    return path


@pytest.fixture
def trained(text_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """trained("ngram") is the folder of a small model of that kind, which learned the text."""

    def train_small(kind: str) -> Path:
        small_recipe(kind, monkeypatch)
        out = tmp_path / "out"
        assert train.main(["small", "--text", str(text_file), "--out", str(out)]) == 0
        return out

    return train_small


def test_the_command_writes_what_training_writes(
    trained: Callable[[str], Path], text_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = trained("ngram")
    written = (out / wordlist.FILE).read_bytes()
    (out / wordlist.FILE).unlink()
    assert library.load(out).words is None
    assert wordlists.main([str(out), "--text", str(text_file)]) == 0
    said = capsys.readouterr().out
    assert (out / wordlist.FILE).read_bytes() == written
    known = library.load(out).words
    learned, symbols = sample_text()[:2160], library.load(out).vocabulary.symbols  # nine tenths of it trained
    assert known == WordList.of(set(words_of(learned)), [learned.count(symbol) for symbol in symbols])
    assert known and f"{known.count:,} words, {len(written):,} bytes" in said


def test_invalid_arguments_are_refused(text_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert wordlists.main([str(tmp_path), "--text", str(text_file)]) == 1
    assert capsys.readouterr().err.startswith("error: ")


def test_the_bundled_lists_are_of_their_texts(corpus: Callable[[str], Path]) -> None:
    """Those that are quick to rebuild."""
    for name in ("names-gru", "nietzsche-lstm"):
        folder = library.BUNDLED / name
        chosen = texts.fit_recipe(get_recipe(name), corpus(library.card(name).corpus.file))
        vocabulary, ids, _ = texts.prepare(chosen.corpus, corpus(chosen.corpus.file))
        symbols = torch.bincount(ids, minlength=len(vocabulary)).tolist()
        assert wordlist.read(folder) == WordList.of(set(words_of(vocabulary.decode(ids.tolist()))), symbols)


def test_the_command_writes_the_best_n_gram_loss_into_the_card(
    trained: Callable[[str], Path], text_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = trained("bigram")
    before, weights = library.card(out), (out / "model.safetensors").read_bytes()
    assert before.best_count is None
    assert wordlists.main([str(out), "--text", str(text_file)]) == 0
    card = library.card(out)
    best = card.best_count
    assert best
    assert card.model_copy(update={"best_count": None}) == before
    assert (out / "model.safetensors").read_bytes() == weights
    vocabulary = library.load(out).vocabulary
    parts = sample_text()[:2160], sample_text()[2160:]
    train_ids, ids = (torch.tensor(vocabulary.encode(part).ids) for part in parts)
    nats = {}
    for order in wordlists.ORDERS:  # by hand: the last tenth of what trains chooses
        model = NGram.from_counts(train_ids[:-216], order=order, vocabulary=len(vocabulary))
        nats[order] = evaluate(model, train_ids[-216:]).nats
    assert best.order == min(nats, key=nats.__getitem__)
    assert best.order > 2, "words of five letters"
    model = NGram.from_counts(train_ids, order=best.order, vocabulary=len(vocabulary))
    assert best.nats == pytest.approx(evaluate(model, ids).nats, abs=1e-9)
    assert (best.characters, best.unit) == (239, "character")
    assert f"an n-gram of order {best.order} has {best.nats:.4f} nats" in capsys.readouterr().out
    said = f"Counting alone has {best.nats:.4f} nats per character on the same text: an n-gram of order {best.order} of"
    assert said in (out / "README.md").read_text("utf-8")


def test_a_text_with_too_many_strings_is_counted_up_to_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ngram, "MAX_NODES", 100)
    vocabulary = Vocabulary.from_text(sample_text())
    ids = torch.tensor(vocabulary.encode(sample_text()).ids)
    best = wordlists.best_count(ids[:2160], ids[2160:], vocabulary)
    assert best.order == 2, "strings of three letters are more than a hundred"


@pytest.mark.parametrize("name", COUNTED)
def test_the_bundled_best_n_gram_losses_equal_counting(name: str, corpus: Callable[[str], Path]) -> None:
    card = library.card(name)
    best, about = card.best_count, get_recipe(name).corpus
    assert best
    assert best.order
    assert (best.characters, best.unit) == (card.validation.characters, card.unit)  # type: ignore[union-attr]
    vocabulary, train_ids, validation_ids = texts.prepare(about, corpus(about.file))
    if name == "names-gru" or LONG:
        found = wordlists.best_count(train_ids, validation_ids, vocabulary)
        assert found.order == best.order
        # Another processor's rounding moves the tenth digit.
        assert (found.nats, found.bits) == pytest.approx((best.nats, best.bits), abs=1e-6)
    model = NGram.from_counts(train_ids, order=best.order, vocabulary=len(vocabulary))
    assert evaluate(model, validation_ids).nats == pytest.approx(best.nats, abs=1e-6)


def test_models_of_one_text_share_its_best_n_gram_loss() -> None:
    every = {name: card for name, card in library.all_cards("language").items() if card.kind != "ngram"}
    assert {name for name, card in every.items() if card.best_count} == {*every}
    same = {card.best_count for card in every.values() if card.corpus.name == "Tiny Shakespeare"}
    assert len(same) == 1
    [best] = same
    own = library.card("shakespeare-ngram").validation
    assert best
    assert own
    assert best.order == 7
    assert best.nats == pytest.approx(own.nats, abs=1e-6)

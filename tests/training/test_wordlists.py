"""The command that writes the words of a training text beside a checkpoint."""

from collections.abc import Callable
from pathlib import Path

import pytest

from playground import library
from playground.text import wordlist
from playground.text.wordlist import WordList, words_of
from playground.training import texts, train, wordlists
from playground.training.recipes import recipe
from tests.small_training import sample_text, small_recipe


@pytest.fixture
def text_file(tmp_path: Path) -> Path:
    path = tmp_path / "text.txt"
    path.write_text(sample_text(), "utf-8")
    return path


def test_the_command_writes_what_training_writes(
    text_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    small_recipe("ngram", monkeypatch)
    out = tmp_path / "out"
    assert train.main(["small", "--text", str(text_file), "--out", str(out)]) == 0
    written = (out / wordlist.FILE).read_bytes()
    (out / wordlist.FILE).unlink()
    assert library.load(out).words is None
    assert wordlists.main([str(out), "--text", str(text_file)]) == 0
    said = capsys.readouterr().out
    assert (out / wordlist.FILE).read_bytes() == written
    known = library.load(out).words
    assert known == WordList.of(set(words_of(sample_text()[:2160])))  # the part that trained: nine tenths of it
    assert known and f"{known.count:,} words, {len(written):,} bytes" in said


def test_what_is_not_right_is_told(text_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert wordlists.main([str(tmp_path), "--text", str(text_file)]) == 1
    assert capsys.readouterr().err.startswith("error: ")


def test_the_bundled_lists_are_of_their_texts(corpus: Callable[[str], Path]) -> None:
    """Those that are quickly made again."""
    for name in ("names-gru", "nietzsche-lstm"):
        folder = library.BUNDLED / name
        chosen = texts.fit_recipe(recipe(name), corpus(library.card(name).corpus.file))
        vocabulary, ids, _ = texts.prepare(chosen.corpus, corpus(chosen.corpus.file))
        assert wordlist.read(folder) == WordList.of(set(words_of(vocabulary.decode(ids.tolist()))))

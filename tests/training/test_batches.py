"""Training texts: invalid ones, line ends and splits, and batches that cover the text in order."""

import dataclasses
from pathlib import Path
from typing import Any

import pytest
import torch

from playground.errors import BadCorpus
from playground.models import KINDS
from playground.training import batches, loop
from playground.training.objective import NextSymbol
from playground.training.recipes import RECIPES

# The recipes that learn a text by gradient.
LANGUAGE = [name for name, one in RECIPES.items() if KINDS[one.kind].task == "language" and one.kind != "ngram"]
TINY_SHAKESPEARE = Path(__file__).parents[3] / "shared" / "corpora" / "tinyshakespeare.txt"


def _seed(n: int = 1) -> torch.Generator:
    return torch.Generator().manual_seed(n)


def test_line_ends_and_byte_order_marks_are_normalized(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"\xef\xbb\xbf" + b"one\r\ntwo\rthree\n" * 100)
    assert batches.read(path) == "one\ntwo\nthree\n" * 100


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"", "empty"), (b"short", "too short"), (b"ab\xff" * 1000, "not UTF-8 .byte 3")],
)
def test_invalid_texts_are_refused(content: bytes, said: str, tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(content)
    with pytest.raises(BadCorpus, match=said):
        batches.read(path)


def test_a_missing_file_a_folder_and_a_huge_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadCorpus, match="cannot be read"):
        batches.read(tmp_path / "none.txt")
    with pytest.raises(BadCorpus, match="is a folder: give a text file"):
        batches.read(tmp_path)
    with (tmp_path / "huge.txt").open("wb") as file:
        file.truncate(batches.MAX_BYTES + 1)
    with pytest.raises(BadCorpus, match="larger than"):
        batches.read(tmp_path / "huge.txt")


def test_split_cuts_by_characters_and_loses_none() -> None:
    assert batches.split("0123456789" * 2) == ("012345678901234567", "89")


def test_split_accepts_shares_or_counts_and_keeps_validation_text() -> None:
    assert batches.split("0123456789", train=7, end=9) == ("0123456", "78")
    assert batches.split("0123456789", train=0.5, end=0.7) == ("01234", "56")
    assert batches.split("0123456789", train=7, end=90) == ("0123456", "789")
    with pytest.raises(BadCorpus, match="training alone takes 10"):
        batches.split("0123456789", train=10, end=20)


def test_shuffled_keeps_every_line_and_its_end() -> None:
    lines = [f"name {i}" for i in range(50)]
    text = "\n".join(lines)
    for given in (text, text + "\n"):
        got = batches.shuffle_lines(given, seed=1)
        assert got != text + "\n"
        assert got.endswith("\n")
        assert sorted(got.split("\n")[:-1]) == sorted(lines)
        assert got == batches.shuffle_lines(text, seed=1) != batches.shuffle_lines(text, seed=2)


def test_tiny_shakespeare_is_split_as_usual() -> None:
    if not TINY_SHAKESPEARE.exists():
        pytest.skip(f"the text is not at {TINY_SHAKESPEARE}")
    train, validation = batches.split(batches.read(TINY_SHAKESPEARE))
    assert (len(train), len(validation)) == (1_003_854, 111_540)


def test_streams_continue_where_the_previous_batch_stopped() -> None:
    ids = torch.arange(1000)
    parts = list(batches.streams(ids, 3, 10, _seed()))
    assert len(parts) == batches.steps(1000, 3, 10) == 33
    x = torch.cat([x for x, _ in parts], dim=1)  # (3, 330)
    y = torch.cat([y for _, y in parts], dim=1)
    assert torch.equal(x.diff(dim=1), torch.ones(3, 329, dtype=torch.int64))
    assert torch.equal(y, x + 1)
    assert torch.equal(x[1:, 0], x[:-1, -1] + 1)


def test_windows_cover_the_text_once_in_a_new_order_each_time() -> None:
    ids = torch.arange(1000)
    parts = list(batches.windows(ids, 3, 10, _seed()))
    assert len(parts) == 33
    x = torch.cat([x for x, _ in parts]).flatten()
    assert len(set(x.tolist())) == len(x) == 990
    assert all(torch.equal(y, x + 1) for x, y in parts)
    other = torch.cat([x for x, _ in batches.windows(ids, 3, 10, _seed(2))]).flatten()
    assert not torch.equal(x, other)


@pytest.mark.parametrize("cut", [batches.streams, batches.windows])
def test_the_shortest_text_for_one_batch(cut: object) -> None:
    assert len(list(cut(torch.arange(31), 3, 10, _seed()))) == 1  # type: ignore[operator]
    with pytest.raises(BadCorpus, match="too short for one batch of 3 × 10"):
        list(cut(torch.arange(30), 3, 10, _seed()))  # type: ignore[operator]


def test_endings_predict_one_character_after_each_window() -> None:
    ids = torch.arange(100)
    parts = list(batches.endings(ids, 4, 10, _seed(), stride=3))
    assert len(parts) == batches.ending_steps(100, 4, 10, 3) == 7  # 30 windows begin at 0, 3, ..., 87
    x = torch.cat([x for x, _ in parts])
    y = torch.cat([y for _, y in parts])
    assert (x.shape, y.shape) == ((28, 10), (28, 1))
    assert torch.equal(y, x[:, -1:] + 1)
    assert torch.equal(x, x[:, :1] + torch.arange(10))
    assert len(set(x[:, 0].tolist())) == 28
    assert all(begin % 3 == 0 for begin in x[:, 0].tolist())
    with pytest.raises(BadCorpus, match="too short for one batch of 40 × 10"):
        list(batches.endings(ids, 40, 10, _seed(), stride=3))


@pytest.mark.parametrize("name", LANGUAGE)
@pytest.mark.parametrize("characters", [900, 4_000])
def test_every_recipe_accepts_the_shortest_text(name: str, characters: int) -> None:
    plan: Any = RECIPES[name].training
    suits = loop.fit_to(plan, characters)
    assert suits.batch <= plan.batch
    assert suits.length <= plan.length
    assert dataclasses.replace(suits, batch=plan.batch, length=plan.length) == plan
    text = NextSymbol(suits, torch.arange(characters) % 7, torch.arange(90))
    assert text.epoch_steps >= 1
    assert next(iter(text.batches(torch.Generator())))[0].shape == (suits.batch, suits.length)
    assert loop.fit_to(plan, 10_000_000) == plan


def test_the_largest_batch_by_hand() -> None:
    assert batches.largest_batch(4 * 16 + 1, 4, 16, None) == (4, 16)  # a batch, and the character after it
    assert batches.largest_batch(4 * 16, 4, 16, None) == (1, 16)  # 3 rows are fewer than 8 steps
    assert batches.largest_batch(32 * 128, 32, 128, None) == (3, 128)  # 31 rows
    assert batches.largest_batch(100, 32, 128, None) == (1, 99)
    assert batches.largest_batch(16 + 31 * 3 + 1, 32, 16, 3) == (32, 16)  # windows begin at 0, 3, …, 93
    assert batches.largest_batch(16 + 31 * 3, 32, 16, 3) == (3, 16)

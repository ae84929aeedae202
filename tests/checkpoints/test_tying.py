"""What a tied output saves: the table's counts equal those of built models and of the bundled weights."""

from functools import cache

import pytest
import torch

from playground import library
from playground.checkpoints import tying
from playground.models import KINDS, build, values_of
from playground.models.footprint import parameters

TIED = [kind for kind, what in KINDS.items() if "tied" in what.config.model_fields]
LETTERS, TOKENS = tying.VOCABULARIES
CELLS = 8  # of a row: the kind; of both vocabularies untied, tied, saved; and the widths
WIDTHS = {"bigram": 16, "rnn": 512, "gru": 512, "lstm": 512, "convnet": 224, "transformer": 192}


@cache
def rows() -> list[list[str]]:
    """The cells of the table, its head left out."""
    lines = tying.table(library.shakespeares()).splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def number(cell: str) -> int:
    return int(cell.split(" ", 1)[0].replace(",", ""))


def test_every_kind_that_can_be_tied_has_its_rows() -> None:
    assert TIED == list(WIDTHS)
    assert " ".join(row[0] for row in rows()) == "bigram rnn rnn gru gru lstm lstm convnet transformer"
    assert {len(row) for row in rows()} == {CELLS}
    assert [row[0] for row in rows() if row[2:4] == row[5:7] == ["–", "–"]] == ["rnn", "gru", "lstm"]


@pytest.mark.parametrize("kind", TIED)
def test_untied_counts_equal_the_bundled_weights(kind: str) -> None:
    checkpoint = library.load(f"shakespeare-{kind}")
    first = next(row for row in rows() if row[0] == kind)
    assert number(first[1]) == checkpoint.card.parameters == parameters(checkpoint.model)


@pytest.mark.parametrize("kind", TIED)
def test_tying_saves_the_output_matrix_and_its_bias(kind: str) -> None:
    """A row of the output for each symbol, and in a recurrent network a bias."""
    each = WIDTHS[kind] + (kind in ("rnn", "gru", "lstm"))
    last = next(row for row in reversed(rows()) if row[0] == kind)
    for at, symbols in ((1, LETTERS), (4, TOKENS)):
        free, tied, saved = map(number, last[at : at + 3])
        assert free - tied == saved == symbols * each
        assert last[at + 2] == f"{saved:,} ({100 * saved / free:.1f}%)"


@pytest.mark.parametrize("kind", TIED)
def test_a_tied_model_has_the_count_and_uses_its_embedding(kind: str) -> None:
    config = library.shakespeares()[kind]
    values = values_of(config) | {"tied": True}
    if "hidden" in values:
        values["embedding"] = values["hidden"]
    model = build(kind, values).eval()
    last = next(row for row in reversed(rows()) if row[0] == kind)
    assert parameters(model) == number(last[2])
    with torch.no_grad():
        before = model.advance(torch.tensor([[1, 2]]))[0]
        model.embedding.weight[5] = 0  # which no symbol of this text has
        after = model.advance(torch.tensor([[1, 2]]))[0]
    assert before[..., 5].abs().min() > 0
    assert after[..., 5].eq(0).all()
    torch.testing.assert_close(after[..., :5], before[..., :5])

"""A token model asked for characters, compared with all sequences of tokens listed one by one."""

from __future__ import annotations

from collections import defaultdict
from itertools import product
from typing import Any

import numpy as np
import pytest

from playground.checkpoints.by_characters import Limits, by_characters
from playground.library import Checkpoint
from tests.inference.token_models import checkpoint

ALL = Limits(goal=0, read=1_000_000, kept=1_000_000, least=0)
LETTERS = [b"a", b"b", b"ab", b"ba", b"bab", b"<end>"]
PIECES = ["가".encode(), "나".encode(), "가나".encode(), b"a", "a가".encode(), b"<end>"]


def brute_force(model: Checkpoint, text: str, length: int) -> dict[str, float]:
    """The shares of the symbols that follow a text, from all sequences of so many tokens."""
    table: Any = model.model
    symbols, special = model.vocabulary.symbols, model.vocabulary.special
    found: defaultdict[str, float] = defaultdict(float)
    for ids in product(range(len(symbols)), repeat=length):
        p, last, spelt, ended = 1.0, model.start_ids, "", False
        for id in ids:
            row = table.row(tuple(last[-3:])).astype(np.float64)
            p *= float(np.exp(row[id]) / np.exp(row).sum())
            last = (*last, id)
            if not ended:
                ended = id in special
                spelt += "$" if ended else symbols[id]
        if spelt.startswith(text) and len(spelt) > len(text):
            found[spelt[len(text)]] += p
    whole = sum(found.values())
    return {symbol: p / whole for symbol, p in found.items()}


def row_after(model: Checkpoint, text: str) -> np.ndarray:
    symbols = model.vocabulary.symbols
    logits, _ = model.model.advance([*model.start_ids, *map(symbols.index, text)])
    return np.exp(logits[0, -1].numpy().astype(np.float64))


def named(model: Checkpoint, row: np.ndarray) -> dict[str, float]:
    special = model.vocabulary.special
    return {"$" if id in special else model.vocabulary.symbols[id]: p for id, p in enumerate(row) if p > 1e-15}


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("text", ["", "a", "b", "ab", "bab", "abab"])
def test_the_answer_is_the_sum_over_all_sequences_of_tokens(text: str, seed: int) -> None:
    small = checkpoint(LETTERS, seed)
    found = named(by_characters(small, ALL), row_after(by_characters(small, ALL), text))
    assert found == pytest.approx(brute_force(small, text, len(text) + 1), abs=1e-6)


@pytest.mark.parametrize("text", ["", "가", "a", "가나", "a가나"])
def test_characters_of_several_bytes_are_symbols_of_pieces(text: str) -> None:
    small = checkpoint(PIECES, 4)
    found = named(by_characters(small, ALL), row_after(by_characters(small, ALL), text))
    assert found == pytest.approx(brute_force(small, text, len(text) + 1), abs=1e-6)

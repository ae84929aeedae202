"""An embedding with more rows than the tokenizer has tokens, and a tokenizer with tokens without a row."""

from pathlib import Path
from typing import Any

import pytest
import torch

from playground.errors import BadCheckpoint
from playground.inference.score import log_probabilities
from playground.library import load, memory_of, outline
from tests.gpt2.hands import P, V, edit, load_with_transformers, make_folder, reference
from tests.models.hands import assert_close, in_chunks
from tests.text.test_tokens import END, TEXT, train

IDS = torch.arange(P)[None]


@pytest.mark.parametrize("rows", [448, 3000])
@pytest.mark.parametrize("tied", [True, False])
def test_rows_without_a_token_are_left_out(rows: int, tied: bool, tmp_path: Path, tokenizer: str) -> None:
    """Some embeddings are larger than their vocabulary: a round size trains faster, or nobody set vocab_size."""
    theirs = reference(vocab_size=rows, tie_word_embeddings=tied)
    c = load(make_folder(tmp_path / "tiny", theirs, tokenizer))
    assert c.config.vocabulary == V == len(c.vocabulary)
    assert_close(in_chunks(c.model, IDS, [P]), theirs(IDS).logits[..., :V])
    assert_close(in_chunks(c.model, IDS, [1] * P), theirs(IDS).logits[..., :V])
    assert c.card.parameters == theirs.num_parameters()
    model: Any = c.model
    assert model.embedding.weight.untyped_storage().nbytes() == 4 * V * 24  # no row more is in memory


def test_added_tokens_without_a_row_are_never_seen(tmp_path: Path) -> None:
    """`add_tokens` without `resize_token_embeddings`: the library's tokenizer gives ids that its model has not."""
    tokenizer = train([END])
    tokenizer.add_special_tokens(["<|pad|>"])
    tokenizer.add_tokens(["Romeo"])
    theirs = reference()
    c = load(make_folder(tmp_path / "tiny", theirs, tokenizer.to_str()))
    assert len(c.vocabulary) == len(c.vocabulary.symbols) == c.config.vocabulary == V
    assert c.vocabulary.special == {0}
    for text in (TEXT, f"a<|pad|>b {END} Romeo", "Romeo<|pad|>"):
        ids = c.vocabulary.encode(text).ids
        assert ids == train([END]).encode(text).ids  # what the tokenizer gave before they were added
        assert c.vocabulary.decode(ids) == text.replace(END, "")  # a special token is no part of a text
    ids = c.vocabulary.encode("<|pad|>").ids
    expected = torch.log_softmax(theirs(torch.tensor([[0, *ids]])).logits[0], -1)
    wanted = [expected[i, id].item() for i, id in enumerate(ids)]
    found = [p for piece in log_probabilities(c, ids) for p in piece]
    assert found == pytest.approx(wanted, abs=1e-4)


def test_added_tokens_with_a_row_stay(tmp_path: Path) -> None:
    tokenizer = train([END])
    tokenizer.add_special_tokens(["<|pad|>", "<|two|>"])
    theirs = reference(vocab_size=V + 1)
    c = load(make_folder(tmp_path / "tiny", theirs, tokenizer.to_str()))
    assert c.vocabulary.symbols[-1] == "<|pad|>"
    assert c.vocabulary.encode("<|pad|>").ids == [V]
    assert V not in c.vocabulary.encode("<|two|>").ids
    assert_close(in_chunks(c.model, torch.tensor([[V, 1]]), [2]), theirs(torch.tensor([[V, 1]])).logits)


@pytest.mark.parametrize("rows", [V - 1, 300, 258])
def test_tokens_of_the_vocabulary_without_a_row_are_never_seen(rows: int, tmp_path: Path, tokenizer: str) -> None:
    """The merges that make them go too: what is left is the tokenizer when it had learned so many."""
    theirs = reference(vocab_size=rows)
    c = load(make_folder(tmp_path / "tiny", theirs, tokenizer))
    assert len(c.vocabulary.symbols) == len(c.vocabulary) == c.config.vocabulary == rows
    ids = c.vocabulary.encode(TEXT).ids
    assert ids == train([END], rows).encode(TEXT).ids
    assert max(ids) < rows
    assert c.vocabulary.decode(ids) == TEXT
    assert_close(in_chunks(c.model, IDS, [P]), theirs(IDS).logits)


def test_text_that_needs_a_byte_without_a_row_is_reported(tmp_path: Path, tokenizer: str) -> None:
    """The space is among the 57 bytes whose tokens come last."""
    c = load(make_folder(tmp_path / "tiny", reference(vocab_size=200), tokenizer))
    assert len(c.vocabulary) == 200
    encoding = c.vocabulary.encode("a b")
    assert [c.vocabulary.symbols[id] for id in encoding.ids] == ["a", "b"]
    assert [(s.position, s.character, s.replacement) for s in encoding.substitutions] == [(1, " ", "")]


@pytest.mark.parametrize("rows", [V - 20, V + 20])
def test_a_config_with_another_number_of_rows_is_refused_as_the_library_does(rows: int, folder: Path) -> None:
    edit(folder, vocab_size=rows)
    with pytest.raises(RuntimeError):
        load_with_transformers(folder)
    said = rf"wte\.weight must have shape \[{rows}, 24\], not \[420, 24\]\. Take both from the same checkpoint"
    with pytest.raises(BadCheckpoint, match=said):
        load(folder)


@pytest.mark.parametrize("rows", [300, V, 448])
def test_an_outline_has_the_vocabulary_and_the_sizes_of_the_whole(rows: int, tmp_path: Path, tokenizer: str) -> None:
    made = make_folder(tmp_path / "made", reference(vocab_size=rows), tokenizer)
    bare, whole = outline(made), load(made)
    for field in ("config", "start", "start_ids", "end_ids", "start_source"):
        assert getattr(bare, field) == getattr(whole, field), field
    assert bare.vocabulary.symbols == whole.vocabulary.symbols
    assert bare.vocabulary.special == whole.vocabulary.special
    assert memory_of(bare.model) == memory_of(whole.model)

"""The tokens that begin and end a text of a GPT-2 model, for all kinds of files."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from playground.inference.prefill import prefill
from playground.library import load
from playground.text.characters import Vocabulary
from tests import small_tokenizers
from tests.gpt2.hands import V, edit, make_folder, reference
from tests.models.hands import assert_close
from tests.text.test_tokens import END, train

BEGIN, STOP, PAD = "<s>", "</s>", "<pad>"


def write_json(folder: Path, name: str, content: Any) -> None:
    (folder / name).write_text(content if isinstance(content, str) else json.dumps(content))


def with_special_tokens(folder: Path, special: list[str]) -> Path:
    """The folder with a tokenizer whose special tokens have the first ids."""
    write_json(folder, "tokenizer.json", train(special).to_str())
    return folder


@pytest.mark.parametrize(
    ("changes", "begins", "ends"),
    [
        ({"bos_token_id": 0, "eos_token_id": 1}, 0, (1,)),
        ({"bos_token_id": None, "eos_token_id": 1}, 1, (1,)),
        ({"bos_token_id": None, "eos_token_id": [7, 1, 0]}, 1, (1, 0)),
        ({"bos_token_id": 10**6, "eos_token_id": 1}, 1, (1,)),
        ({"bos_token_id": V, "eos_token_id": [1, 1]}, 1, (1,)),
        ({"bos_token_id": -1, "eos_token_id": [True, "0", None, 0]}, 0, (0,)),
    ],
)
def test_special_tokens_named_by_the_configuration(
    changes: dict[str, Any], begins: int, ends: tuple[int, ...], folder: Path
) -> None:
    edit(with_special_tokens(folder, [BEGIN, STOP]), **changes)
    c = load(folder)
    assert (c.start_ids, c.start, c.start_source) == ((begins,), (BEGIN, STOP)[begins], "config")
    assert c.end_ids == ends
    assert_close(torch.from_numpy(prefill(c, []).logits), reference()(torch.tensor([[begins]])).logits[0])


NOT_HERE: list[dict[str, Any]] = [
    {"bos_token_id": 50_256, "eos_token_id": 50_256},  # the library's defaults, beyond this vocabulary
    {"bos_token_id": 100, "eos_token_id": 101},  # ordinary tokens of this one
    {"bos_token_id": [], "eos_token_id": {}},
    {"bos_token_id": True, "eos_token_id": -1},
    {"bos_token_id": "0", "eos_token_id": 0.0},
    {"bos_token_id": None, "eos_token_id": None},
]


@pytest.mark.parametrize("changes", NOT_HERE)
def test_a_configuration_without_special_tokens(changes: dict[str, Any], folder: Path) -> None:
    """Then the tokenizer's own begins a text."""
    edit(folder, **changes)
    c = load(folder)
    assert (c.start_ids, c.start, c.start_source, c.end_ids) == ((0,), END, "tokenizer", (0,))
    assert_close(torch.from_numpy(prefill(c, []).logits), reference()(torch.tensor([[0]])).logits[0])


def test_a_configuration_without_ids_uses_the_librarys_defaults(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    write_json(folder, "config.json", {name: value for name, value in config.items() if not name.endswith("_token_id")})
    assert load(folder).start_ids == (0,)  # 50,256 is beyond this vocabulary


@pytest.mark.parametrize(
    ("files", "begins", "ends"),
    [
        ({}, 1, (2,)),  # by their names alone
        ({"tokenizer_config.json": {"bos_token": STOP, "eos_token": BEGIN}}, 2, (1,)),
        ({"tokenizer_config.json": {"eos_token": {"content": BEGIN, "lstrip": False}}}, 1, (1,)),
        ({"tokenizer_config.json": {"cls_token": PAD}}, 0, (2,)),
        ({"tokenizer_config.json": {"bos_token": "<none>", "eos_token": None}}, 1, (2,)),
        ({"special_tokens_map.json": {"bos_token": STOP}}, 2, (2,)),
        ({"tokenizer_config.json": {"bos_token": BEGIN}, "special_tokens_map.json": {"bos_token": STOP}}, 1, (2,)),
        ({"generation_config.json": {"eos_token_id": [1, 2, 100]}}, 1, (1, 2)),
        ({"generation_config.json": {"bos_token_id": 2, "eos_token_id": 1}}, 2, (1,)),
        ({"tokenizer_config.json": "[", "special_tokens_map.json": "[]", "generation_config.json": "x"}, 1, (2,)),
        ({"tokenizer_config.json": {"bos_token": 7, "eos_token": ["a"], "added_tokens_decoder": [1]}}, 1, (2,)),
        ({"tokenizer_config.json": {"eos_token": "\ud800", "bos_token": "x" * 2000}}, 1, (2,)),
    ],
)
def test_the_tokenizers_special_tokens(files: dict[str, Any], begins: int, ends: tuple[int, ...], folder: Path) -> None:
    edit(with_special_tokens(folder, [PAD, BEGIN, STOP]), bos_token_id=50_256, eos_token_id=50_256)
    for name, content in files.items():
        write_json(folder, name, content)
    c = load(folder)
    source = "config" if "bos_token_id" in str(files) else "tokenizer"
    assert (c.start_ids, c.start_source, c.end_ids) == ((begins,), source, ends)


def test_a_vocabulary_entry_declared_special(folder: Path) -> None:
    """It is in the vocabulary and not among the added tokens; the library adds it, and so it is one token."""
    content = json.loads(train([]).to_str())
    vocab = content["model"]["vocab"]
    last = max(vocab, key=vocab.get)
    content["model"]["merges"] = [m for m in content["model"]["merges"] if "".join(m) != last]
    vocab[STOP] = vocab.pop(last)
    write_json(folder, "tokenizer.json", content)
    edit(folder, bos_token_id=vocab[STOP], eos_token_id=vocab[STOP])
    c = load(folder)
    assert (c.start_ids, c.start_source, c.end_ids) == ((vocab[STOP],), "config", (vocab[STOP],))
    assert c.vocabulary.special == {vocab[STOP]}
    assert len(c.vocabulary.encode(f"a{STOP}").ids) > 2
    write_json(folder, "tokenizer_config.json", {"eos_token": STOP})
    assert len(load(folder).vocabulary.encode(f"a{STOP}").ids) == 2


@pytest.mark.parametrize("changes", NOT_HERE)
def test_without_any_special_token_a_line_end_begins_a_text(changes: dict[str, Any], folder: Path) -> None:
    edit(with_special_tokens(folder, []), **changes)
    c = load(folder)
    assert (c.start, c.start_source, c.end_ids) == ("\n", "line_end", ())
    assert c.start_ids == tuple(c.vocabulary.encode("\n").ids)
    assert_close(torch.from_numpy(prefill(c, []).logits), reference()(torch.tensor([c.start_ids])).logits[0])


def test_special_tokens_that_cannot_begin_a_text(folder: Path) -> None:
    edit(with_special_tokens(folder, [PAD, "<unk>", "<mask>"]), bos_token_id=50_256, eos_token_id=50_256)
    c = load(folder)
    assert (c.start, c.start_source, c.end_ids) == ("\n", "line_end", ())


def test_a_line_end_of_several_tokens(tmp_path: Path) -> None:
    """The line end of a vocabulary of pieces with bytes, none of them special: "▁" and "<0x0A>"."""
    content = json.loads(small_tokenizers.llama().to_str()) | {"added_tokens": []}
    vocab = content["model"]["vocab"]
    theirs = reference(vocab_size=len(vocab), bos_token_id=10**5, eos_token_id=10**5)
    c = load(make_folder(tmp_path / "tiny", theirs, json.dumps(content)))
    assert (c.start_ids, c.start, c.start_source) == ((vocab["▁"], vocab["<0x0A>"]), " \n", "line_end")
    assert c.end_ids == ()
    assert_close(torch.from_numpy(prefill(c, []).logits), theirs(torch.tensor([c.start_ids])).logits[0, -1:])
    a = vocab["a"]
    expected = theirs(torch.tensor([[*c.start_ids, a, a]])).logits[0, 1:]
    assert_close(torch.from_numpy(prefill(c, [a, a]).logits), expected)


def test_a_vocabulary_without_any_white_space(folder: Path) -> None:
    """One of characters, as the library reads it: its first token has to do."""
    Vocabulary.from_text("".join(map(chr, range(0x4E00, 0x4E00 + V)))).save(folder / "tokenizer.json")
    edit(folder, bos_token_id=50_256, eos_token_id=50_256)
    c = load(folder)
    assert (c.start_ids, c.start, c.start_source) == ((0,), "\u4e00", "line_end")
    encoding = c.vocabulary.encode("\u4e01x\u4e02")
    assert (encoding.ids, encoding.offsets) == ([1, 2], [0, 2])
    assert [(s.position, s.character, s.replacement) for s in encoding.substitutions] == [(1, "x", "")]

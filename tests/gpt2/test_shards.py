"""Weights in several files: read like one file, and every invalid set of files."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from playground import library
from playground.checkpoints import shards, weights
from playground.errors import BadCheckpoint
from playground.library import load
from tests.gpt2.hands import P, edit, load_with_transformers, reference
from tests.models.hands import assert_close, in_chunks

INDEX = "model.safetensors.index.json"
IDS = torch.arange(P)[None]


@pytest.fixture
def sharded(tmp_path: Path, tokenizer: str) -> Path:
    """A folder as the library writes it with at most 30 kB per file."""
    path = tmp_path / "tiny"
    reference().save_pretrained(path, max_shard_size="30KB")
    (path / "tokenizer.json").write_text(tokenizer)
    assert len(list(path.glob("model-*-of-*.safetensors"))) > 3
    return path


def read_index(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / INDEX).read_text())
    return found


def change_index(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    index = read_index(folder)
    change(index)
    (folder / INDEX).write_text(json.dumps(index))


def test_shards_are_read_as_one_file(sharded: Path) -> None:
    c = load(sharded)
    assert_close(in_chunks(c.model, IDS, [P]), load_with_transformers(sharded)(IDS).logits)
    assert_close(in_chunks(c.model, IDS, [P]), reference()(IDS).logits)


def test_a_head_in_another_shard_than_the_embedding(sharded: Path) -> None:
    name = "transformer.wte.weight"
    head = load_file(sharded / read_index(sharded)["weight_map"][name])[name] * 2
    save_file({"lm_head.weight": head}, sharded / "head.safetensors")
    change_index(sharded, lambda index: index["weight_map"].update({"lm_head.weight": "head.safetensors"}))
    c = load(sharded)
    assert not c.config.tied
    assert_close(in_chunks(c.model, IDS, [P]), load_with_transformers(sharded)(IDS).logits)


def test_a_single_file_comes_before_an_index(sharded: Path) -> None:
    theirs = reference()
    for p in theirs.parameters():
        p.mul_(0.5)
    theirs.save_pretrained(sharded.parent / "other")
    (sharded.parent / "other" / "model.safetensors").rename(sharded / "model.safetensors")
    assert_close(in_chunks(load(sharded).model, IDS, [P]), theirs(IDS).logits)
    assert (sharded / INDEX).exists()


def test_a_sharded_folder_is_in_the_list(sharded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "BUNDLED", sharded.parent)
    assert library.available() == ["tiny"]


def test_a_tensor_in_two_shards_is_read_from_the_indexed_one(sharded: Path) -> None:
    places = read_index(sharded)["weight_map"]
    name = "transformer.wpe.weight"
    for other in set(places.values()) - {places[name]}:
        tensors = load_file(sharded / other)
        save_file({**tensors, name: torch.zeros(P, 24)}, sharded / other, {"format": "pt"})
    assert_close(in_chunks(load(sharded).model, IDS, [P]), reference()(IDS).logits)


def test_a_missing_shard_is_named(sharded: Path) -> None:
    name = read_index(sharded)["weight_map"]["transformer.ln_f.weight"]
    (sharded / name).unlink()
    with pytest.raises(BadCheckpoint, match=f"^tiny: {name} cannot be read .*: {INDEX} names it"):
        load(sharded)


def test_a_tensor_that_is_not_where_the_index_says_is_named(sharded: Path) -> None:
    places = read_index(sharded)["weight_map"]
    other = next(shard for shard in places.values() if shard != places["transformer.ln_f.weight"])
    change_index(sharded, lambda index: index["weight_map"].update({"transformer.ln_f.weight": other}))
    said = f"^tiny: {INDEX} says that transformer.ln_f.weight is in {other}, which lacks it: copy or download all files"
    with pytest.raises(BadCheckpoint, match=said):
        load(sharded)


def test_a_damaged_shard_is_named(sharded: Path) -> None:
    name = read_index(sharded)["weight_map"]["transformer.ln_f.weight"]
    (sharded / name).write_bytes((sharded / name).read_bytes()[:-4])
    with pytest.raises(BadCheckpoint, match=f"^tiny: {name} is damaged or cut short"):
        load(sharded)


@pytest.mark.parametrize(
    "name",
    [
        *("../model.safetensors", "/etc/passwd", "a/model.safetensors", "..", "..safetensors", "a\\model.safetensors"),
        *("", ".safetensors", "C:model.safetensors", "pytorch_model.bin", "model.safetensors\n", "한.safetensors"),
        "x" * 300 + ".safetensors",
    ],
)
def test_names_outside_the_folder_are_refused(name: str, sharded: Path) -> None:
    change_index(sharded, lambda index: index["weight_map"].update({"transformer.ln_f.weight": name}))
    with pytest.raises(BadCheckpoint, match=r"^tiny: .* names .*, which is no \.safetensors file beside it: save"):
        load(sharded)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ([], "has no weight_map that names a file for each tensor"),
        ({}, "has no weight_map"),
        ({"weight_map": {}}, "has no weight_map"),
        ({"weight_map": ["model.safetensors"]}, "has no weight_map"),
        ({"weight_map": {"wte.weight": 7}}, "has no weight_map"),
        ({"weight_map": {f"h.{i}": f"model-{i}.safetensors" for i in range(101)}}, "names 101 files, over the limit"),
        ({"weight_map": {"wte.weight": "x" * 1_000_000}}, "is larger than 1,000,000 bytes"),
    ],
)
def test_invalid_indexes_are_refused(written: Any, said: str, sharded: Path) -> None:
    (sharded / INDEX).write_text(json.dumps(written))
    with pytest.raises(BadCheckpoint, match=f"^tiny: {INDEX} {said}"):
        load(sharded)
    (sharded / INDEX).write_text("{")
    with pytest.raises(BadCheckpoint, match=f"^tiny: {INDEX} is not valid JSON"):
        load(sharded)


def test_shards_are_limited_together(sharded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = list(sharded.glob("model-*.safetensors"))
    size = sum(path.stat().st_size for path in files)
    headers = sum(int.from_bytes(path.read_bytes()[:8], "little") for path in files)
    monkeypatch.setattr(weights, "MAX_BYTES", size)
    monkeypatch.setattr(weights, "MAX_HEADER", headers)
    assert load(sharded)
    monkeypatch.setattr(weights, "MAX_BYTES", size - 1)
    with pytest.raises(BadCheckpoint, match=f"has {size:,} bytes, over the limit of {size - 1:,}"):
        load(sharded)
    monkeypatch.setattr(weights, "MAX_BYTES", size)
    monkeypatch.setattr(weights, "MAX_HEADER", headers - 1)
    with pytest.raises(BadCheckpoint, match=f"has a header of {headers:,} bytes"):
        load(sharded)


def test_all_shards_are_checked_before_a_tensor_is_read(sharded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    edit(sharded, n_positions=P + 1)
    monkeypatch.setattr(weights, "_own", lambda *_: pytest.fail("a tensor was read"))
    with pytest.raises(BadCheckpoint, match=r"transformer\.wpe\.weight must have shape \[13, 24\], not \[12, 24\]"):
        load(sharded)


def test_file_names_equal_the_librarys() -> None:
    from transformers.utils import SAFE_WEIGHTS_INDEX_NAME, SAFE_WEIGHTS_NAME

    assert (shards.WEIGHTS, shards.INDEX) == (SAFE_WEIGHTS_NAME, SAFE_WEIGHTS_INDEX_NAME)

"""Weights in several files on the Hub: offered, downloaded and published like one file, and what is refused."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load as tensors_of
from safetensors.torch import save as serialized

from playground import library
from playground.errors import HubError
from playground.hub import download, listing, offers
from playground.hub.listing import CARD
from playground.hub.offers import offer
from playground.hub.publish import of_checkpoint
from playground.hub.refs import Source
from tests.hub.hands import GPT2, download_model, downloads, files_outside, refused_with
from tests.hub.server import HubServer, Trouble, git_oid

Files = dict[str, bytes]
INDEX = "model.safetensors.index.json"
SHARDS = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"]
WHOLE = "model.safetensors"


@pytest.fixture
def sharded(foreign: Files) -> Files:
    """The small GPT-2 with its weights in two files."""
    tensors = tensors_of(foreign[WHOLE])
    names = sorted(tensors)
    halves = [names[: len(names) // 2], names[len(names) // 2 :]]
    held = {
        shard: serialized({name: tensors[name] for name in half}) for shard, half in zip(SHARDS, halves, strict=True)
    }
    places = {name: shard for shard, half in zip(SHARDS, halves, strict=True) for name in half}
    index = {"metadata": {"total_size": 1}, "weight_map": places}
    rest = {name: content for name, content in foreign.items() if name != WHOLE}
    return {**rest, **held, INDEX: json.dumps(index).encode(), "model-00003-of-00003.safetensors": b"of another model"}


def with_index(files: Files, written: Any) -> Files:
    return {**files, INDEX: written if isinstance(written, bytes) else json.dumps(written).encode()}


def test_shards_are_offered_downloaded_and_opened(hub: HubServer, foreign: Files, sharded: Files) -> None:
    hub.add(GPT2, sharded)
    offered = offer(Source(GPT2))
    needed = ["config.json", "tokenizer.json", INDEX, *SHARDS]
    assert [file.name for file in offered.files] == [*needed, CARD]
    assert offered.total == sum(len(sharded[name]) for name in (*needed, CARD))
    assert not offered.is_downloaded
    assert not [a for a in downloads(hub) if a.path.endswith(".safetensors")]
    found = library.load(GPT2)
    assert {path.name for path in offered.folder.iterdir()} == {*needed, CARD}
    hub.add("bob/whole", foreign)
    for name, tensor in library.load("bob/whole").model.state_dict().items():
        assert torch.equal(found.model.state_dict()[name], tensor)


def test_shards_are_found_in_the_cache(hub: HubServer, sharded: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import hf_hub_download

    sha = hub.add(GPT2, sharded)
    offered = download_model(GPT2)
    assert (
        Path(hf_hub_download(GPT2, SHARDS[1], endpoint=hub.url, cache_dir=download.cache())).parent == offered.folder
    )
    asked = len(hub.log)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    for name in (GPT2, f"{GPT2}@{sha}"):
        assert library.load(name)
    assert len(hub.log) == asked
    (offered.folder / SHARDS[0]).unlink()
    assert offers.in_cache(Source(GPT2)) is None


def test_a_damaged_shard_is_refused(hub: HubServer, sharded: Files) -> None:
    hub.add(GPT2, sharded)
    hub.trouble.append(Trouble("cdn", "altered", only=SHARDS[1]))
    assert f"{SHARDS[1]} of {GPT2} is damaged: what came is not what the Hub lists" in refused_with(GPT2)


def test_a_single_file_comes_before_an_index(hub: HubServer, foreign: Files, sharded: Files) -> None:
    hub.add(GPT2, {**sharded, WHOLE: foreign[WHOLE]})
    assert {file.name for file in download_model(GPT2).files} == {"config.json", "tokenizer.json", WHOLE, CARD}
    assert not hub.asked(part=INDEX) and not hub.asked(part=SHARDS[0])


def test_shards_count_in_the_limits(hub: HubServer, sharded: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.add(GPT2, {**sharded, **{name: sharded[name] + bytes(600_000) for name in SHARDS}})
    with pytest.raises(HubError, match=r"is 1 MB, over the limit of 1 MB: choose a smaller model"):
        offer(Source(GPT2), limit_mb=1)
    together = sum(len(sharded[name]) + 600_000 for name in SHARDS)
    monkeypatch.setitem(listing.MAX_BYTES, WHOLE, together)
    assert offer(Source(GPT2))
    monkeypatch.setitem(listing.MAX_BYTES, WHOLE, together - 1)
    assert "the files of its weights are too large" in refused_with(GPT2)
    assert not [a for a in downloads(hub) if a.path.endswith(".safetensors")]


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        (b"{", "its model.safetensors.index.json is not valid JSON"),
        ({"weight_map": {}}, "its model.safetensors.index.json has no weight_map that names a file for each tensor"),
        ({"weight_map": {"a": "../../../evil.safetensors"}}, "names '../../../evil.safetensors', which is no"),
        ({"weight_map": {"a": "/tmp/evil.safetensors"}}, "names '/tmp/evil.safetensors', which is no"),
        ({"weight_map": {"a": "pytorch_model.bin"}}, "names 'pytorch_model.bin', which is no .safetensors file"),
        ({"weight_map": {"a": "lost.safetensors"}}, "names lost.safetensors, which it does not have. Its author must"),
        ({"weight_map": {f"{i}": f"{i}.safetensors" for i in range(101)}}, "names 101 files, over the limit of 100"),
        (b"[" + b" " * 1_000_000 + b"]", "its model.safetensors.index.json is too large"),
    ],
)
def test_indexes_that_are_refused_before_the_weights(
    written: Any, sentence: str, hub: HubServer, sharded: Files, tmp_path: Path
) -> None:
    hub.add(GPT2, {**with_index(sharded, written), "../../../evil.safetensors": b"x", "/tmp/evil.safetensors": b"x"})
    before = files_outside(tmp_path)
    assert sentence in refused_with(GPT2)
    assert not hub.asked(part="evil") and not hub.asked(part="pytorch_model")
    assert not [a for a in downloads(hub) if a.path.endswith(".safetensors")]
    assert files_outside(tmp_path) - before <= {tmp_path / "home"}


@pytest.mark.parametrize("field", ["size", "blobId"])
def test_the_listing_of_a_shard_is_checked(field: str, hub: HubServer, sharded: Files) -> None:
    hub.add(GPT2, sharded)
    listed = [
        {"rfilename": name, "size": len(content), "blobId": "0" * 40} | ({field: "../evil"} if name in SHARDS else {})
        for name, content in sharded.items()
    ]
    index = next(item for item in listed if item["rfilename"] == INDEX)
    index["blobId"] = git_oid(sharded[INDEX])
    hub.repos[GPT2].listed = listed
    assert "does not answer as the Hub does" in refused_with(GPT2)


def test_a_sharded_folder_is_published_whole(sharded: Files, tmp_path: Path) -> None:
    folder = tmp_path / "tiny"
    folder.mkdir()
    for name, content in sharded.items():
        (folder / name).write_bytes(content)
    sent = of_checkpoint(folder, "ada/tiny").files
    assert {INDEX, *SHARDS, "config.json", "tokenizer.json"} <= set(sent)
    assert WHOLE not in sent

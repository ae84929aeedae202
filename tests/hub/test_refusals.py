"""What is no checkpoint, too large or malicious is refused, before its weights if possible."""

import json
from pathlib import Path
from typing import Any

import pytest

from playground import library
from playground.errors import BadCheckpoint, BadInput, HubError
from playground.hub.listing import CARD, NEEDED
from playground.hub.offers import offer
from playground.hub.refs import Source
from tests.hub.hands import REPO, download_model, downloads, files_outside, refused_with
from tests.hub.server import HubServer, git_oid


def test_a_refusal_names_the_missing_files(hub: HubServer, files: dict[str, bytes]) -> None:
    hub.add(REPO, {name: files[name] for name in ("config.json", "pytorch_model.bin")})
    assert "is not a checkpoint that this page can show: it has no tokenizer.json, model.safetensors" in refused_with()
    assert not downloads(hub)


@pytest.mark.parametrize("config", [b"{", b"[]", b'{"model_type": "llama"}', b"\xff", b"[" * 100_000])
def test_a_config_of_another_kind_is_refused_before_the_weights(
    config: bytes, hub: HubServer, files: dict[str, bytes]
) -> None:
    hub.add(REPO, {**files, "config.json": config})
    assert "config.json is none of this playground's" in refused_with()
    assert not hub.asked(part="safetensors")


def test_an_unfit_config_is_refused_before_the_weights(hub: HubServer, files: dict[str, bytes]) -> None:
    config = {**json.loads(files["config.json"]), "kind": "perceptron"}
    sha = hub.add(REPO, {**files, "config.json": json.dumps(config).encode()})
    with pytest.raises(BadCheckpoint, match=f"^{REPO}@{sha}: config.json: kind must be one of"):
        library.load(REPO)
    assert not hub.asked(part="safetensors")


def test_damaged_weights_are_refused_like_those_of_a_folder(hub: HubServer, files: dict[str, bytes]) -> None:
    hub.add(REPO, {**files, "model.safetensors": files["model.safetensors"][:-5]})
    with pytest.raises(BadCheckpoint, match="damaged or cut short"):
        library.load(REPO)


def test_large_files_are_refused(hub: HubServer, files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    hub.add(REPO, {**files, "model.safetensors": bytes(2_000_000)})
    with pytest.raises(HubError, match=r"is 2 MB, over the limit of 1 MB: .* PLAYGROUND_HUB_LIMIT_MB"):
        offer(Source(REPO), limit_mb=1)
    monkeypatch.setenv("PLAYGROUND_HUB_LIMIT_MB", "1.5")
    assert "over the limit of 2 MB" in refused_with()
    assert not downloads(hub)
    monkeypatch.setenv("PLAYGROUND_HUB_LIMIT_MB", "3")
    assert download_model().is_downloaded
    for wrong in ("many", "-1", "nan"):
        monkeypatch.setenv("PLAYGROUND_HUB_LIMIT_MB", wrong)
        with pytest.raises(BadInput, match="must be a number of megabytes over 0"):
            offer(Source(REPO))


# What a malicious server or repository may try.


def test_file_names_outside_the_cache_are_ignored(hub: HubServer, files: dict[str, bytes], tmp_path: Path) -> None:
    hub.add(REPO, {**files, "../../../../evil": b"x", "/tmp/evil": b"x", "a/../../evil": b"x"})
    before = files_outside(tmp_path)
    offered = download_model()
    assert {path.name for path in offered.folder.iterdir()} == {*NEEDED, CARD}
    assert not hub.asked(part="evil")
    assert files_outside(tmp_path) - before <= {tmp_path / "home"}


@pytest.mark.parametrize("bad", ["../../../evil", "", "x" * 64, "g" * 40, None, 7])
def test_invalid_hashes_are_refused(bad: Any, hub: HubServer, files: dict[str, bytes]) -> None:
    hub.add(REPO, files)
    hub.repos[REPO].listed = [{"rfilename": name, "size": len(files[name]), "blobId": bad} for name in (*NEEDED, CARD)]
    assert "does not answer as the Hub does" in refused_with()
    assert not downloads(hub)


@pytest.mark.parametrize("size", [-1, None, "9", 1.5])
def test_invalid_sizes_are_refused(size: Any, hub: HubServer, files: dict[str, bytes]) -> None:
    hub.add(REPO, files)
    hub.repos[REPO].listed = [{"rfilename": name, "size": size, "blobId": git_oid(files[name])} for name in NEEDED]
    assert "does not answer as the Hub does" in refused_with()


def test_a_symbolic_link_in_a_repository_is_read_as_text(hub: HubServer, files: dict[str, bytes]) -> None:
    hub.add(REPO, {**files, "config.json": b"/etc/passwd"})  # how git stores a link
    assert "config.json is none of this playground's" in refused_with()


def test_a_link_out_of_the_cache_is_not_followed(hub: HubServer, files: dict[str, bytes], tmp_path: Path) -> None:
    hub.add(REPO, files)
    offered = download_model()
    secret = tmp_path / "secret"
    secret.write_bytes(files["tokenizer.json"])
    (offered.folder / "tokenizer.json").unlink()
    (offered.folder / "tokenizer.json").symlink_to(secret)
    assert not offered.is_downloaded
    assert download_model().is_downloaded
    assert not (offered.folder / "tokenizer.json").resolve().is_relative_to(secret)


def test_a_server_that_is_no_hub_has_its_message(hub: HubServer, files: dict[str, bytes]) -> None:
    hub.add(REPO, files)
    hub.repos[REPO].listed = [{"name": "config.json"}]
    assert "does not answer as the Hub does: check HF_ENDPOINT" in refused_with()

"""Successful downloads: an offer, a download, and the cache shared with the library in both directions."""

import json
from pathlib import Path

import pytest
import torch

from playground import library
from playground.hub import download, listing
from playground.hub.listing import CARD, NEEDED
from playground.hub.offers import fetch, offer
from playground.hub.refs import Source
from tests.hub.hands import REPO, download_model, downloads
from tests.hub.server import HubServer, Trouble


def test_an_offer_downloads_only_small_files(hub: HubServer, files: dict[str, bytes], folder: Path) -> None:
    sha = hub.add(REPO, files)
    offered = offer(Source(REPO))
    assert (offered.commit, offered.name) == (sha, f"{REPO}@{sha}")
    assert (offered.title, offered.kind, offered.licence) == ("Letters · test", "lstm", "mit")
    assert offered.card == (folder / CARD).read_text("utf-8")
    assert offered.total == sum(len(files[name]) for name in (*NEEDED, CARD))
    assert not offered.is_downloaded
    assert {a.path.rsplit("/")[-1] for a in downloads(hub)} == {"config.json", CARD}


def test_a_download_gets_the_needed_files_and_no_others(hub: HubServer, files: dict[str, bytes]) -> None:
    hub.add(REPO, files)
    offered = download_model()
    assert offered.is_downloaded
    assert {path.name: path.read_bytes() for path in offered.folder.iterdir()} == {
        name: files[name] for name in (*NEEDED, CARD)
    }
    assert not hub.asked(part="pytorch_model") and not hub.asked(part="evil")


def test_downloads_are_stored_where_the_library_looks(hub: HubServer, files: dict[str, bytes]) -> None:
    from huggingface_hub import hf_hub_download, scan_cache_dir

    hub.add(REPO, files)
    offered = download_model()
    asked = len(downloads(hub))
    for name in NEEDED:
        found = hf_hub_download(REPO, name, endpoint=hub.url, cache_dir=download.cache())
        assert Path(found) == offered.folder / name
    assert len(downloads(hub)) == asked
    [seen] = scan_cache_dir(download.cache()).repos
    assert (seen.repo_id, seen.nb_files, [*seen.refs]) == (REPO, 4, ["main"])


def test_files_downloaded_by_the_library_are_used(hub: HubServer, files: dict[str, bytes]) -> None:
    from huggingface_hub import hf_hub_download

    hub.add(REPO, files)
    hf_hub_download(REPO, "model.safetensors", endpoint=hub.url, cache_dir=download.cache(), tqdm_class=None)
    asked = len(hub.asked("GET", "safetensors"))
    download_model()
    assert len(hub.asked("GET", "safetensors")) == asked


def test_loading_by_name_gives_the_same_model(hub: HubServer, files: dict[str, bytes], folder: Path) -> None:
    sha = hub.add(REPO, files)
    found, made = library.load(f"{hub.url}/{REPO}/tree/main"), library.load(folder)
    assert found.name == f"{REPO}@{sha}"
    assert (found.kind, found.config, found.card, found.start) == (made.kind, made.config, made.card, made.start)
    assert found.vocabulary.symbols == made.vocabulary.symbols
    assert isinstance(found.model, torch.nn.Module) and isinstance(made.model, torch.nn.Module)
    for name, tensor in made.model.state_dict().items():
        assert torch.equal(found.model.state_dict()[name], tensor)


@pytest.mark.parametrize("name", [REPO, f"{REPO}@v1", "pinned"])
def test_offline_a_cached_model_opens(
    name: str, hub: HubServer, files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    sha = hub.add(REPO, files)
    hub.add(REPO, files, "v1")
    download_model(REPO if name == "pinned" else name)
    asked = len(hub.log)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert library.load(f"{REPO}@{sha}" if name == "pinned" else name)
    assert len(hub.log) == asked


def test_without_a_network_a_cached_model_is_found(
    hub: HubServer, files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.add(REPO, files)
    download_model()
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    assert library.load(REPO)


def test_progress_grows_to_the_total(hub: HubServer, files: dict[str, bytes]) -> None:
    hub.add(REPO, {**files, "model.safetensors": bytes(3000)})
    hub.trouble.append(Trouble("cdn", "slow"))
    offered = offer(Source(REPO))
    seen = list(fetch(offered))
    assert seen[0].done == 0
    assert [p.done for p in seen] == sorted(p.done for p in seen)
    assert len({p.done for p in seen}) > 4
    assert {p.total for p in seen} == {offered.total} == {seen[-1].done}


def test_the_token_is_sent_only_to_the_hub(
    hub: HubServer, files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.add(REPO, files, private=True)
    monkeypatch.setenv("HF_TOKEN", hub.token)
    download_model()
    assert {bool(a.authorization) for a in hub.asked(part="/cdn/")} == {False}
    assert {a.authorization for a in hub.log if "/cdn/" not in a.path} == {f"Bearer {hub.token}"}


def test_a_large_card_is_left_out(hub: HubServer, files: dict[str, bytes]) -> None:
    hub.add(REPO, {**files, CARD: b"#" * (listing.SMALL + 1)})
    assert download_model().card == ""
    assert not hub.asked(part=CARD)


def test_an_unreadable_card_is_still_text(hub: HubServer, files: dict[str, bytes]) -> None:
    hub.add(REPO, {**files, CARD: b"<script>\xff"})
    assert download_model().card == "<script>\ufffd"


def test_an_offer_contains_no_lone_surrogates(hub: HubServer, files: dict[str, bytes]) -> None:
    config = json.loads(files["config.json"])
    config["kind"], config["card"]["title"], config["card"]["licence"] = "l\ud800", "t\udfff", "m\udc00"
    hub.add(REPO, {**files, "config.json": json.dumps(config).encode()})
    offered = offer(Source(REPO))
    assert (offered.kind, offered.title, offered.licence) == ("l\ufffd", "t\ufffd", "m\ufffd")

"""Failures between the client and the Hub: temporary ones, which are retried, and permanent ones, each with its
message."""

import errno
import io
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from playground.errors import Unreachable
from playground.hub import client
from playground.hub.offers import fetch, offer
from playground.hub.refs import Source
from tests.hub.hands import REPO, SHA, download_model, downloads, refused_with
from tests.hub.server import HubServer, Trouble

# Temporary failures.


@pytest.mark.parametrize("status", [429, 500, 502, 503])
@pytest.mark.parametrize("place", ["info", "resolve", "cdn"])
def test_a_busy_hub_is_retried(place: str, status: int, hub: HubServer, files: dict[str, bytes]) -> None:
    hub.add(REPO, files)
    hub.trouble.append(Trouble(place, status, times=2))
    assert download_model().is_downloaded


def test_the_hubs_retry_time_is_followed_up_to_a_limit(
    hub: HubServer, files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "LONGEST_WAIT", 0.2)
    hub.add(REPO, files)
    hub.trouble.append(Trouble("info", 429, times=1, headers={"Retry-After": "9999"}))
    begun = time.monotonic()
    offer(Source(REPO))
    assert time.monotonic() - begun >= 0.2


@pytest.mark.parametrize("place", ["resolve", "cdn"])
def test_a_cut_connection_is_resumed(place: str, hub: HubServer, files: dict[str, bytes]) -> None:
    hub.add(REPO, {**files, "model.safetensors": bytes(range(256)) * 400})
    hub.trouble.append(Trouble(place, "cut", times=6))
    offered = download_model()
    assert (offered.folder / "model.safetensors").read_bytes() == bytes(range(256)) * 400
    assert any(a.range for a in hub.log)


def test_without_range_support_a_download_restarts(hub: HubServer, files: dict[str, bytes]) -> None:
    hub.add(REPO, {**files, "model.safetensors": bytes(range(256)) * 40})
    hub.trouble += [Trouble("cdn", "cut", times=1), Trouble("cdn", "no range")]
    assert (download_model().folder / "model.safetensors").read_bytes() == bytes(range(256)) * 40


# Permanent failures.


def test_a_missing_repository_has_its_message(hub: HubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "private, or not on the Hub" in refused_with()
    monkeypatch.setenv("HF_TOKEN", hub.token)
    assert "The Hub has no ada/letters that you may read: check the name" in refused_with()


def test_private_has_its_message(hub: HubServer, files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    hub.add(REPO, files, private=True)
    assert "log in with `hf auth login`, or set HF_TOKEN" in refused_with()
    monkeypatch.setenv("HF_TOKEN", "hf_wrong")
    assert "does not know your token" in refused_with()
    monkeypatch.setenv("HF_TOKEN", hub.token)
    assert download_model().is_downloaded


def test_gated_has_its_message(hub: HubServer, files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    hub.add(REPO, files, gated=True)
    assert f"is gated: ask for access on {hub.url}/{REPO}, then log in" in refused_with()
    monkeypatch.setenv("HF_TOKEN", hub.token)
    hub.trouble.append(Trouble("resolve", 403, code="GatedRepo"))
    assert "is gated, and your token has no access yet" in refused_with()
    hub.trouble.clear()
    assert download_model().is_downloaded


def test_a_forbidden_repository_has_its_message(hub: HubServer, files: dict[str, bytes]) -> None:
    hub.add(REPO, files)
    hub.trouble.append(Trouble("info", 403))
    assert "Your token may not do this" in refused_with()


def test_a_missing_revision_has_its_message(hub: HubServer, files: dict[str, bytes]) -> None:
    hub.add(REPO, files)
    assert "has no such revision" in refused_with(f"{REPO}@v9")
    assert "has no such revision" in refused_with(f"{REPO}@{SHA}")


def test_a_listed_file_that_is_missing_has_its_message(hub: HubServer, files: dict[str, bytes]) -> None:
    hub.add(REPO, files)
    hub.trouble.append(Trouble("resolve", 404, code="EntryNotFound"))
    assert "lists a file that it does not have" in refused_with()


def test_a_missing_network_has_its_message(hub: HubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    assert "Can't reach the Hub. Check your connection" in refused_with(kind=Unreachable)


def test_a_silent_hub_times_out(hub: HubServer, files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "PATIENCE", 0.05)
    hub.add(REPO, files)
    hub.trouble.append(Trouble("info", "silent"))
    assert "did not answer within 0.05 seconds" in refused_with(kind=Unreachable)


def test_a_connection_that_always_breaks_is_given_up(hub: HubServer, files: dict[str, bytes]) -> None:
    hub.add(REPO, files)
    hub.trouble.append(Trouble("info", "closed"))
    assert "broke several times" in refused_with(kind=Unreachable)


@pytest.mark.parametrize(
    ("status", "sentence"), [(429, "too many requests from here. Wait"), (500, "an error on its side (error 500)")]
)
def test_a_hub_that_stays_busy_is_given_up(status: int, sentence: str, hub: HubServer, files: dict[str, bytes]) -> None:
    hub.add(REPO, files)
    hub.trouble.append(Trouble("cdn", status))
    assert sentence in refused_with(kind=Unreachable)
    assert len(hub.asked("GET", "/cdn/")) == 1 + len(client.BACKOFF)


def test_a_slow_network_is_no_failure(hub: HubServer, files: dict[str, bytes]) -> None:
    hub.add(REPO, files)
    hub.trouble.append(Trouble("cdn", "slow"))
    offered = offer(Source(REPO))
    with pytest.raises(Unreachable, match=r"not downloaded within 0\.05 seconds: the network is slow"):
        list(fetch(offered, seconds=0.05))


def test_an_uncached_model_offline(hub: HubServer, files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    hub.add(REPO, files)
    offer(Source(REPO))  # the small files alone are not enough
    asked = len(hub.log)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert "is not in the cache, and HF_HUB_OFFLINE forbids" in refused_with(kind=Unreachable)
    assert len(hub.log) == asked


@pytest.mark.parametrize("kind", ["short", "long", "altered"])
@pytest.mark.parametrize(("place", "name"), [("cdn", "model.safetensors"), ("resolve", "tokenizer.json")])
def test_a_file_that_differs_from_its_listing_is_refused(
    kind: str, place: str, name: str, hub: HubServer, files: dict[str, bytes]
) -> None:
    hub.add(REPO, files)
    hub.trouble.append(Trouble(place, kind, only=name))
    assert f"{name} of {REPO} is damaged" in refused_with()
    assert not offer(Source(REPO)).is_downloaded
    hub.trouble.clear()
    assert download_model().is_downloaded


def test_a_cached_file_of_another_length_is_downloaded_again(hub: HubServer, files: dict[str, bytes]) -> None:
    hub.add(REPO, files)
    path = (download_model().folder / "model.safetensors").resolve()
    path.write_bytes(path.read_bytes()[:-1])
    assert download_model().is_downloaded
    assert path.read_bytes() == files["model.safetensors"]


def test_a_nearly_full_disk_is_told(hub: HubServer, files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    hub.add(REPO, files)
    usage = shutil.disk_usage("/")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=10))
    assert "The disk is full: make room, or set HF_HOME" in refused_with()
    assert not downloads(hub)


def test_a_disk_that_fills_up_is_told(hub: HubServer, files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(io.BytesIO):
        def write(self, _: Any) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    hub.add(REPO, files)
    really: Callable[..., Any] = Path.open
    monkeypatch.setattr(Path, "open", lambda p, *a, **k: Full() if p.suffix == ".incomplete" else really(p, *a, **k))
    assert "The disk is full" in refused_with()


def test_an_unwritable_cache_has_its_message(
    hub: HubServer, files: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.add(REPO, files)
    (tmp_path / "file").touch()
    monkeypatch.setenv("HF_HOME", str(tmp_path / "file"))
    assert "The cache cannot be written: set HF_HOME" in refused_with()

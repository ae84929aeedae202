"""What fails between here and the Hub: for a while, which is tried again; or for good, each with its sentence."""

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
from tests.hub.hands import REPO, SHA, downloads, fetched, said
from tests.hub.server import HubServer, Trouble

# For a while.


@pytest.mark.parametrize("status", [429, 500, 502, 503])
@pytest.mark.parametrize("place", ["info", "resolve", "cdn"])
def test_a_busy_hub_is_asked_again(place: str, status: int, hub: HubServer, files: dict[str, bytes]) -> None:
    hub.add(REPO, files)
    hub.trouble.append(Trouble(place, status, times=2))
    assert fetched().kept


def test_the_hub_may_say_how_long_to_wait_within_reason(
    hub: HubServer, files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "LONGEST_WAIT", 0.2)
    hub.add(REPO, files)
    hub.trouble.append(Trouble("info", 429, times=1, headers={"Retry-After": "9999"}))
    begun = time.monotonic()
    offer(Source(REPO))
    assert time.monotonic() - begun >= 0.2


@pytest.mark.parametrize("place", ["resolve", "cdn"])
def test_a_cut_connection_goes_on_from_there(place: str, hub: HubServer, files: dict[str, bytes]) -> None:
    hub.add(REPO, {**files, "model.safetensors": bytes(range(256)) * 400})
    hub.trouble.append(Trouble(place, "cut", times=6))
    offered = fetched()
    assert (offered.folder / "model.safetensors").read_bytes() == bytes(range(256)) * 400
    assert any(a.range for a in hub.log)


def test_a_server_that_knows_no_range_starts_anew(hub: HubServer, files: dict[str, bytes]) -> None:
    hub.add(REPO, {**files, "model.safetensors": bytes(range(256)) * 40})
    hub.trouble += [Trouble("cdn", "cut", times=1), Trouble("cdn", "no range")]
    assert (fetched().folder / "model.safetensors").read_bytes() == bytes(range(256)) * 40


# For good.


def test_not_found(hub: HubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "private, or not on the Hub" in said()
    monkeypatch.setenv("HF_TOKEN", hub.token)
    assert "The Hub has no ada/letters that you may read: check the name" in said()


def test_private(hub: HubServer, files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    hub.add(REPO, files, private=True)
    assert "log in with `hf auth login`, or set HF_TOKEN" in said()
    monkeypatch.setenv("HF_TOKEN", "hf_wrong")
    assert "does not know your token" in said()
    monkeypatch.setenv("HF_TOKEN", hub.token)
    assert fetched().kept


def test_gated(hub: HubServer, files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    hub.add(REPO, files, gated=True)
    assert f"is gated: ask for access on {hub.url}/{REPO}, then log in" in said()
    monkeypatch.setenv("HF_TOKEN", hub.token)
    hub.trouble.append(Trouble("resolve", 403, code="GatedRepo"))
    assert "is gated, and your token has no access yet" in said()
    hub.trouble.clear()
    assert fetched().kept


def test_forbidden(hub: HubServer, files: dict[str, bytes]) -> None:
    hub.add(REPO, files)
    hub.trouble.append(Trouble("info", 403))
    assert "Your token may not do this" in said()


def test_no_such_revision(hub: HubServer, files: dict[str, bytes]) -> None:
    hub.add(REPO, files)
    assert "has no such revision" in said(f"{REPO}@v9")
    assert "has no such revision" in said(f"{REPO}@{SHA}")


def test_a_file_that_is_listed_and_not_there(hub: HubServer, files: dict[str, bytes]) -> None:
    hub.add(REPO, files)
    hub.trouble.append(Trouble("resolve", 404, code="EntryNotFound"))
    assert "lists a file that it does not have" in said()


def test_no_network(hub: HubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    assert "Can't reach the Hub. Check your connection" in said(kind=Unreachable)


def test_a_silent_hub(hub: HubServer, files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "PATIENCE", 0.05)
    hub.add(REPO, files)
    hub.trouble.append(Trouble("info", "silent"))
    assert "did not answer within 0.05 seconds" in said(kind=Unreachable)


def test_a_connection_that_always_breaks(hub: HubServer, files: dict[str, bytes]) -> None:
    hub.add(REPO, files)
    hub.trouble.append(Trouble("info", "closed"))
    assert "broke several times" in said(kind=Unreachable)


@pytest.mark.parametrize(
    ("status", "sentence"), [(429, "too many requests from here. Wait"), (500, "an error on its side (error 500)")]
)
def test_a_hub_that_stays_busy(status: int, sentence: str, hub: HubServer, files: dict[str, bytes]) -> None:
    hub.add(REPO, files)
    hub.trouble.append(Trouble("cdn", status))
    assert sentence in said(kind=Unreachable)
    assert len(hub.asked("GET", "/cdn/")) == 1 + len(client.BACKOFF)


def test_a_slow_network(hub: HubServer, files: dict[str, bytes]) -> None:
    hub.add(REPO, files)
    hub.trouble.append(Trouble("cdn", "slow"))
    offered = offer(Source(REPO))
    with pytest.raises(Unreachable, match=r"not downloaded within 0\.05 seconds: the network is slow"):
        list(fetch(offered, seconds=0.05))


def test_offline_and_not_in_the_cache(hub: HubServer, files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    hub.add(REPO, files)
    offer(Source(REPO))  # the small files alone are not enough
    asked = len(hub.log)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert "is not in the cache, and HF_HUB_OFFLINE forbids" in said(kind=Unreachable)
    assert len(hub.log) == asked


@pytest.mark.parametrize("kind", ["short", "long", "altered"])
@pytest.mark.parametrize(("place", "name"), [("cdn", "model.safetensors"), ("resolve", "tokenizer.json")])
def test_a_file_that_is_not_what_was_listed(
    kind: str, place: str, name: str, hub: HubServer, files: dict[str, bytes]
) -> None:
    hub.add(REPO, files)
    hub.trouble.append(Trouble(place, kind, only=name))
    assert f"{name} of {REPO} is damaged" in said()
    assert not offer(Source(REPO)).kept
    hub.trouble.clear()
    assert fetched().kept


def test_a_cached_file_of_another_length_is_fetched_again(hub: HubServer, files: dict[str, bytes]) -> None:
    hub.add(REPO, files)
    path = (fetched().folder / "model.safetensors").resolve()
    path.write_bytes(path.read_bytes()[:-1])
    assert fetched().kept
    assert path.read_bytes() == files["model.safetensors"]


def test_a_disk_that_is_nearly_full(hub: HubServer, files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    hub.add(REPO, files)
    usage = shutil.disk_usage("/")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=10))
    assert "The disk is full: make room, or set HF_HOME" in said()
    assert not downloads(hub)


def test_a_disk_that_fills_up(hub: HubServer, files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(io.BytesIO):
        def write(self, _: Any) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    hub.add(REPO, files)
    really: Callable[..., Any] = Path.open
    monkeypatch.setattr(Path, "open", lambda p, *a, **k: Full() if p.suffix == ".incomplete" else really(p, *a, **k))
    assert "The disk is full" in said()


def test_a_cache_that_cannot_be_written(
    hub: HubServer, files: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.add(REPO, files)
    (tmp_path / "file").touch()
    monkeypatch.setenv("HF_HOME", str(tmp_path / "file"))
    assert "The cache cannot be written: set HF_HOME" in said()

"""The disk quota of visitors' downloads: only the least recently used are removed to make room."""

import os
import shutil
import threading
import time
from pathlib import Path

import pytest

from playground import library
from playground.errors import BadInput, HubError
from playground.hub import client, download, quota
from playground.hub.listing import CARD
from playground.hub.offers import fetch, in_cache, offer
from playground.hub.refs import Source
from tests.hub.disk import (
    HOUR,
    SIZE,
    cached_letters,
    download_for_visitor,
    set_age,
    set_quota,
    used_bytes,
    with_weights,
)
from tests.hub.hands import download_model, refused_with
from tests.hub.server import HubServer, Trouble

Files = dict[str, bytes]


@pytest.fixture
def models(hub: HubServer, files: Files) -> dict[str, str]:
    """Four models, by the last letter of their names, each about 0.1 MB, with unread weights."""
    return {letter: hub.add(f"ada/{letter}", with_weights(files, letter)) for letter in "abcd"}


def test_the_least_recently_used_are_removed(models: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    set_quota(monkeypatch, 2)
    download_for_visitor("a", hours=2)
    download_for_visitor("b", hours=3)
    download_for_visitor("c", hours=1)
    assert cached_letters() == "ac"
    assert not download.repository("ada/b").exists()
    assert used_bytes() == 2 * SIZE
    download_for_visitor("d")
    assert cached_letters() == "cd"
    assert used_bytes() == 2 * SIZE


def test_a_used_model_is_kept(models: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    set_quota(monkeypatch, 2)
    download_for_visitor("a", hours=3)
    download_for_visitor("b", hours=2)
    assert in_cache(Source("ada/a", models["a"]), visitor=True)  # as every request does
    download_for_visitor("c")
    assert cached_letters() == "ac"


def test_opening_a_model_counts_as_use(hub: HubServer, files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    from playground.server.settings import require

    hub.add("ada/a", files)
    download_for_visitor("a", hours=3)
    before = record_time("a")
    require({"model": "ada/a"})
    assert record_time("a") > before + 2 * HOUR


def record_time(letter: str) -> float:
    [record] = download.repository(f"ada/{letter}").glob(".playground/*.json")
    return record.stat().st_mtime


def test_models_in_use_stay_and_a_sentence_says_so(models: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    set_quota(monkeypatch, 2)
    download_for_visitor("a", hours=2)
    download_for_visitor("b")
    offered = offer(Source("ada/c"), visitor=True)
    set_age("a", 0)
    with pytest.raises(HubError) as caught:
        list(fetch(offered))
    assert str(caught.value) == (
        "There is no room for the 0 MB of ada/c right now: other visitors use what fills the 0 MB that this server "
        "keeps for them. Try again in a few minutes."
    )
    assert cached_letters() == "ab"
    set_age("a", 1)
    assert list(fetch(offered))[-1].done == offered.total
    assert cached_letters() == "bc"


def test_nothing_is_removed_if_it_would_not_be_enough(
    hub: HubServer, files: Files, models: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    set_quota(monkeypatch, 2)
    download_for_visitor("a", hours=2)
    download_for_visitor("b")
    hub.add("ada/d", with_weights(files, "d", 2 * SIZE - 20_000))
    assert "There is no room" in refused_with("ada/d", visitor=True)
    assert cached_letters() == "ab"
    hub.add("ada/d", with_weights(files, "d", 3 * SIZE))
    assert (
        "this server keeps at most 0 MB for visitors: choose a smaller model, or set PLAYGROUND_HUB_CACHE_MB"
        in refused_with("ada/d", visitor=True)
    )
    assert cached_letters() == "ab"


def test_the_owners_downloads_are_neither_counted_nor_removed(
    models: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    set_quota(monkeypatch, 1)
    download_model("ada/a")
    download_model("ada/a", visitor=True)  # a visitor opens it, too
    download_for_visitor("b", hours=1)
    download_for_visitor("c")
    assert cached_letters() == "ac"
    download_for_visitor("c", hours=1)
    download_model("ada/c")  # the owner asks for what was downloaded for visitors
    download_for_visitor("d")
    assert cached_letters() == "acd"


def test_files_of_other_programs_stay(hub: HubServer, models: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import hf_hub_download

    set_quota(monkeypatch, 1)
    hub.add("ada/b", {**hub.repos["ada/b"].commits[models["b"]], CARD: b"# b", "vocab.json": b"{}"})
    sha = hub.repos["ada/b"].refs["main"]
    for repo, name in (("ada/a", "model.safetensors"), ("ada/b", "vocab.json")):
        hf_hub_download(repo, name, endpoint=hub.url, cache_dir=download.cache())
    download_for_visitor("a", hours=3)  # only the missing files count as the visitors'
    download_for_visitor("b", hours=2)
    download_for_visitor("c")
    assert {path.name for path in download.snapshot("ada/a", models["a"]).iterdir()} >= {"model.safetensors"}
    assert [path.name for path in download.snapshot("ada/b", sha).iterdir()] == ["vocab.json"]
    assert cached_letters() in ("c", "ac")
    assert used_bytes() == 2 * SIZE


def test_commits_share_equal_files(hub: HubServer, models: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    set_quota(monkeypatch, 2)
    download_for_visitor("a", hours=3)
    files = hub.repos["ada/a"].commits[models["a"]]
    new = hub.add("ada/a", {**files, "tokenizer.json": files["tokenizer.json"] + b" "})
    download_model("ada/a", visitor=True)
    download_for_visitor("b")  # three commits, and the weights of two
    assert cached_letters() == "ab"
    assert used_bytes() == 2 * SIZE
    for path in download.repository("ada/a").glob(".playground/*.json"):
        hours = 1 if path.stem == new else 3
        os.utime(path, (time.time() - hours * HOUR,) * 2)
    set_age("b", 2)
    download_for_visitor("c")  # the old commit of a goes first, which frees next to nothing; then b
    assert cached_letters() == "ac"
    assert not download.snapshot("ada/a", models["a"]).exists()
    assert in_cache(Source("ada/a", new), visitor=True)


def test_a_copy_of_a_repository_has_the_same_commits_and_is_left_alone(
    hub: HubServer, models: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    set_quota(monkeypatch, 1)
    hub.repos["eve/copy"] = hub.repos["ada/a"]
    download_model("eve/copy")  # by the owner
    download_for_visitor("a", hours=1)
    download_for_visitor("b")
    assert cached_letters() == "b"
    assert in_cache(Source("eve/copy"))


def test_incomplete_downloads_count_and_can_be_removed(
    hub: HubServer, models: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    set_quota(monkeypatch, 1)
    monkeypatch.setattr(client, "BACKOFF", ())
    hub.trouble.append(Trouble("cdn", "cut"))
    with pytest.raises(HubError):
        download_for_visitor("a")
    assert used_bytes() == SIZE / 2
    hub.trouble.clear()
    set_age("a", 1)
    download_for_visitor("b")
    assert used_bytes() == SIZE
    assert cached_letters() == "b"


def test_offers_alone_are_limited_too(hub: HubServer, files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    card = b"#" * 50_000
    monkeypatch.setenv(quota.QUOTA_NAME, "0.12")
    for letter in "abc":
        hub.add(f"ada/{letter}", {**files, CARD: card})
        offer(Source(f"ada/{letter}"), visitor=True)
        set_age(letter, 1)
    assert sorted(path.name[-1] for path in download.cache().glob("models--*")) == ["b", "c"]


def test_concurrent_downloads_share_the_quota(models: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    set_quota(monkeypatch, 2)
    offers = [offer(Source(f"ada/{letter}"), visitor=True) for letter in "abcd"]
    together = threading.Barrier(4)
    results: list[str] = []

    def run(offered: int) -> None:
        together.wait()
        try:
            list(fetch(offers[offered]))
            results.append("came")
        except HubError as error:
            results.append(str(error)[:16])

    threads = [threading.Thread(target=run, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results).count("came") <= 2
    assert {result for result in results if result != "came"} == {"There is no room"}
    assert used_bytes() <= 2 * SIZE


def test_some_of_the_disk_stays_free(models: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    download_for_visitor("a", hours=1)
    usage = shutil.disk_usage("/")
    free = int(quota.KEPT_FREE + SIZE / 2)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(total=10**12, free=free + SIZE - used_bytes()))
    download_for_visitor("b")  # for which a has to go
    assert cached_letters() == "b"
    assert (
        refused_with("ada/c", visitor=True)
        == "The disk of this server is too full for the 0 MB of ada/c: choose a smaller model."
    )
    assert cached_letters() == "b"
    download_model("ada/c")  # the owner may fill the disk


@pytest.mark.parametrize(("written", "comes"), [("0", False), ("", True), ("inf", True), ("20000", True)])
def test_valid_quotas(written: str, comes: bool, models: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(quota.QUOTA_NAME, written)
    if comes:
        download_for_visitor("a")
    else:
        assert "this server keeps at most 0 MB for visitors" in refused_with("ada/a", visitor=True)
        assert download_model("ada/a").is_downloaded  # the owner's are no visitors'
    assert cached_letters() == "a"


@pytest.mark.parametrize("wrong", ["many", "-1", "nan"])
def test_invalid_quotas_are_refused(wrong: str, models: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(quota.QUOTA_NAME, wrong)
    with pytest.raises(BadInput, match="PLAYGROUND_HUB_CACHE_MB must be a number of megabytes, 0 or more, or inf"):
        offer(Source("ada/a"), visitor=True)


@pytest.mark.parametrize("damage", ["", "[]", '{"a": 7}', "{"])
def test_a_damaged_record_is_ignored(damage: str, models: dict[str, str]) -> None:
    download_for_visitor("a")
    [record] = Path(download.repository("ada/a")).glob(".playground/*.json")
    record.write_text(damage)
    download_for_visitor("a")
    download_for_visitor("b")
    assert cached_letters() == "ab"


def test_a_model_in_memory_outlives_its_files(hub: HubServer, files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    """For requests that hold it; a request by name has to open it again."""
    for letter in "ab":
        hub.add(f"ada/{letter}", {**files, CARD: letter.encode()})
    download_for_visitor("a", hours=1)
    checkpoint = library.load("ada/a", visitor=True)
    monkeypatch.setenv(quota.QUOTA_NAME, str(1.5 * sum(map(len, files.values())) / 1e6))
    set_age("a", 1)
    download_for_visitor("b")
    assert cached_letters() == "b"
    logits, _ = checkpoint.model.advance([0])
    assert logits.isfinite().all()
    with pytest.raises(BadInput, match="is not on this server: open it on the page first"):
        library.load(checkpoint.name, visitor=True)
    set_age("b", 1)
    assert download_model("ada/a", visitor=True).is_downloaded

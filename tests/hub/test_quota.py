"""What visitors' downloads may fill of the disk: room is made by removing what was longest unused, and nothing else."""

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
from tests.hub.disk import HOUR, SIZE, age, allow, bring, filled, here, sized
from tests.hub.hands import fetched, said
from tests.hub.server import HubServer, Trouble

Files = dict[str, bytes]


@pytest.fixture
def models(hub: HubServer, files: Files) -> dict[str, str]:
    """Four models, by the last letter of their names, each about 0.1 MB, with weights that nobody opens."""
    return {letter: hub.add(f"ada/{letter}", sized(files, letter)) for letter in "abcd"}


def test_the_longest_unused_go(models: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    allow(monkeypatch, 2)
    bring("a", hours=2)
    bring("b", hours=3)
    bring("c", hours=1)
    assert here() == "ac"
    assert not download.repository("ada/b").exists()
    assert filled() == 2 * SIZE
    bring("d")
    assert here() == "cd"
    assert filled() == 2 * SIZE


def test_using_one_keeps_it(models: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    allow(monkeypatch, 2)
    bring("a", hours=3)
    bring("b", hours=2)
    assert in_cache(Source("ada/a", models["a"]), visitor=True)  # as every request does
    bring("c")
    assert here() == "ac"


def test_a_model_of_the_page_is_used_by_opening_it(
    hub: HubServer, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    from playground.server.settings import require

    hub.add("ada/a", files)
    bring("a", hours=3)
    before = record_time("a")
    require({"model": "ada/a"})
    assert record_time("a") > before + 2 * HOUR


def record_time(letter: str) -> float:
    [record] = download.repository(f"ada/{letter}").glob(".playground/*.json")
    return record.stat().st_mtime


def test_what_is_in_use_stays_and_one_sentence_says_so(models: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    allow(monkeypatch, 2)
    bring("a", hours=2)
    bring("b")
    offered = offer(Source("ada/c"), visitor=True)
    age("a", 0)
    with pytest.raises(HubError) as caught:
        list(fetch(offered))
    assert str(caught.value) == (
        "There is no room for the 0 MB of ada/c now: other visitors use what fills the 0 MB that this server keeps for "
        "them. Try again in some minutes."
    )
    assert here() == "ab"
    age("a", 1)
    assert list(fetch(offered))[-1].done == offered.total
    assert here() == "bc"


def test_nothing_is_removed_where_it_would_not_be_enough(
    hub: HubServer, files: Files, models: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    allow(monkeypatch, 2)
    bring("a", hours=2)
    bring("b")
    hub.add("ada/d", sized(files, "d", 2 * SIZE - 20_000))
    assert "There is no room" in said("ada/d", visitor=True)
    assert here() == "ab"
    hub.add("ada/d", sized(files, "d", 3 * SIZE))
    assert (
        "this server keeps at most 0 MB for visitors: choose a smaller model, or set PLAYGROUND_HUB_CACHE_MB"
        in said("ada/d", visitor=True)
    )
    assert here() == "ab"


def test_what_the_owner_fetched_is_neither_counted_nor_removed(
    models: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    allow(monkeypatch, 1)
    fetched("ada/a")
    fetched("ada/a", visitor=True)  # a visitor opens it, too
    bring("b", hours=1)
    bring("c")
    assert here() == "ac"
    bring("c", hours=1)
    fetched("ada/c")  # the owner asks for what was downloaded for visitors
    bring("d")
    assert here() == "acd"


def test_what_another_program_put_there_stays(
    hub: HubServer, models: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from huggingface_hub import hf_hub_download

    allow(monkeypatch, 1)
    hub.add("ada/b", {**hub.repos["ada/b"].commits[models["b"]], CARD: b"# b", "vocab.json": b"{}"})
    sha = hub.repos["ada/b"].refs["main"]
    for repo, name in (("ada/a", "model.safetensors"), ("ada/b", "vocab.json")):
        hf_hub_download(repo, name, endpoint=hub.url, cache_dir=download.cache())
    bring("a", hours=3)  # only what was missing is the visitors'
    bring("b", hours=2)
    bring("c")
    assert {path.name for path in download.snapshot("ada/a", models["a"]).iterdir()} >= {"model.safetensors"}
    assert [path.name for path in download.snapshot("ada/b", sha).iterdir()] == ["vocab.json"]
    assert here() in ("c", "ac")
    assert filled() == 2 * SIZE


def test_commits_share_what_is_the_same_in_them(
    hub: HubServer, models: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    allow(monkeypatch, 2)
    bring("a", hours=3)
    files = hub.repos["ada/a"].commits[models["a"]]
    new = hub.add("ada/a", {**files, "tokenizer.json": files["tokenizer.json"] + b" "})
    fetched("ada/a", visitor=True)
    bring("b")  # three commits, and the weights of two
    assert here() == "ab"
    assert filled() == 2 * SIZE
    for path in download.repository("ada/a").glob(".playground/*.json"):
        hours = 1 if path.stem == new else 3
        os.utime(path, (time.time() - hours * HOUR,) * 2)
    age("b", 2)
    bring("c")  # the old commit of a goes first, which frees next to nothing; then b
    assert here() == "ac"
    assert not download.snapshot("ada/a", models["a"]).exists()
    assert in_cache(Source("ada/a", new), visitor=True)


def test_a_copy_of_a_repository_has_the_same_commits_and_is_left_alone(
    hub: HubServer, models: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    allow(monkeypatch, 1)
    hub.repos["eve/copy"] = hub.repos["ada/a"]
    fetched("eve/copy")  # by the owner
    bring("a", hours=1)
    bring("b")
    assert here() == "b"
    assert in_cache(Source("eve/copy"))


def test_what_is_broken_off_counts_and_goes_too(
    hub: HubServer, models: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    allow(monkeypatch, 1)
    monkeypatch.setattr(client, "BACKOFF", ())
    hub.trouble.append(Trouble("cdn", "cut"))
    with pytest.raises(HubError):
        bring("a")
    assert filled() == SIZE / 2
    hub.trouble.clear()
    age("a", 1)
    bring("b")
    assert filled() == SIZE
    assert here() == "b"


def test_offers_alone_are_bounded_too(hub: HubServer, files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    card = b"#" * 50_000
    monkeypatch.setenv(quota.QUOTA_NAME, "0.12")
    for letter in "abc":
        hub.add(f"ada/{letter}", {**files, CARD: card})
        offer(Source(f"ada/{letter}"), visitor=True)
        age(letter, 1)
    assert sorted(path.name[-1] for path in download.cache().glob("models--*")) == ["b", "c"]


def test_downloads_at_once_share_the_quota(models: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    allow(monkeypatch, 2)
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
    assert filled() <= 2 * SIZE


def test_some_of_the_disk_stays_free(models: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    bring("a", hours=1)
    usage = shutil.disk_usage("/")
    free = int(quota.KEPT_FREE + SIZE / 2)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(total=10**12, free=free + SIZE - filled()))
    bring("b")  # for which a has to go
    assert here() == "b"
    assert (
        said("ada/c", visitor=True)
        == "The disk of this server is too full for the 0 MB of ada/c: choose a smaller model."
    )
    assert here() == "b"
    fetched("ada/c")  # the owner may fill it


@pytest.mark.parametrize(("written", "comes"), [("0", False), ("", True), ("inf", True), ("20000", True)])
def test_what_may_be_set(written: str, comes: bool, models: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(quota.QUOTA_NAME, written)
    if comes:
        bring("a")
    else:
        assert "this server keeps at most 0 MB for visitors" in said("ada/a", visitor=True)
        assert fetched("ada/a").kept  # the owner's are no visitors'
    assert here() == "a"


@pytest.mark.parametrize("wrong", ["many", "-1", "nan"])
def test_what_may_not_be_set(wrong: str, models: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(quota.QUOTA_NAME, wrong)
    with pytest.raises(BadInput, match="PLAYGROUND_HUB_CACHE_MB must be a number of megabytes, 0 or more, or inf"):
        offer(Source("ada/a"), visitor=True)


@pytest.mark.parametrize("damage", ["", "[]", '{"a": 7}', "{"])
def test_a_damaged_record_is_no_fault(damage: str, models: dict[str, str]) -> None:
    bring("a")
    [record] = Path(download.repository("ada/a")).glob(".playground/*.json")
    record.write_text(damage)
    bring("a")
    bring("b")
    assert here() == "ab"


def test_a_model_in_memory_outlives_its_files(hub: HubServer, files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    """For whoever has it; who asks for it by name is told to open it again."""
    for letter in "ab":
        hub.add(f"ada/{letter}", {**files, CARD: letter.encode()})
    bring("a", hours=1)
    checkpoint = library.load("ada/a", visitor=True)
    monkeypatch.setenv(quota.QUOTA_NAME, str(1.5 * sum(map(len, files.values())) / 1e6))
    age("a", 1)
    bring("b")
    assert here() == "b"
    logits, _ = checkpoint.model.advance([0])
    assert logits.isfinite().all()
    with pytest.raises(BadInput, match="is not on this server: open it on the page first"):
        library.load(checkpoint.name, visitor=True)
    age("b", 1)
    assert fetched("ada/a", visitor=True).kept

"""Repositories whose safetensors are on another revision, where the Hub's own conversion puts them."""

import json
import threading

import pytest

from playground import library
from playground.checkpoints import shards
from playground.errors import Cancelled, HubError
from playground.hub import download, listing
from playground.hub.offers import offer
from playground.hub.refs import Source
from tests.hub.hands import GPT2, download_model, downloads, refused_with
from tests.hub.server import HubServer, Trouble

Files = dict[str, bytes]
WHOLE = "model.safetensors"


@pytest.fixture
def pickled(foreign: Files) -> Files:
    """The repository's files on main: no safetensors."""
    return {name: content for name, content in foreign.items() if name != WHOLE}


def revisions_asked(hub: HubServer) -> list[str]:
    return [a.path.split("/revision/")[1].split("?")[0].replace("%2F", "/") for a in hub.asked(part="/revision/")]


@pytest.mark.parametrize("revision", ["refs/pr/1", "refs/pr/12", "safe", "v1.0"])
def test_the_revision_with_the_weights_is_named_and_opens(
    revision: str, hub: HubServer, foreign: Files, pickled: Files
) -> None:
    hub.add(GPT2, pickled)
    sha = hub.add(GPT2, foreign, revision)
    with pytest.raises(HubError) as caught:
        offer(Source(GPT2))
    kind = ", a pull request," if "pr" in revision else ""
    assert caught.value.sentence == (
        f"{GPT2} has no {WHOLE}, but its revision {revision}{kind} has its weights as safetensors."
    )
    assert caught.value.suggestions == (f"{GPT2}@{revision}",)
    assert str(caught.value).endswith(f"Did you mean {GPT2}@{revision}?")
    assert not hub.asked(part=".safetensors") and not hub.asked(part="pytorch_model")
    assert library.load(f"{GPT2}@{revision}").name == f"{GPT2}@{sha}"


def test_a_revision_of_a_pull_request_is_found_in_the_cache(
    hub: HubServer, foreign: Files, pickled: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    from huggingface_hub import hf_hub_download

    hub.add(GPT2, pickled)
    sha = hub.add(GPT2, foreign, "refs/pr/1")
    name = f"{GPT2}@refs/pr/1"
    folder = download_model(name).folder
    asked = len(downloads(hub))
    found = hf_hub_download(GPT2, WHOLE, revision="refs/pr/1", endpoint=hub.url, cache_dir=download.cache())
    assert found == str(folder / WHOLE)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert library.load(name).name == f"{GPT2}@{sha}"
    assert len(downloads(hub)) == asked


def test_shards_on_another_revision_are_found(hub: HubServer, foreign: Files, pickled: Files) -> None:
    hub.add(GPT2, pickled)
    index = json.dumps({"weight_map": {"wte.weight": "part.safetensors"}}).encode()
    hub.add(GPT2, {**pickled, shards.INDEX: index, "part.safetensors": foreign[WHOLE]}, "refs/pr/3")
    assert (
        f"its revision refs/pr/3, a pull request, has its weights as safetensors. Did you mean {GPT2}@refs/pr/3?"
        in refused_with(GPT2)
    )


def test_main_is_named_if_a_branch_lacks_the_weights(hub: HubServer, foreign: Files, pickled: Files) -> None:
    hub.add(GPT2, foreign)
    hub.add(GPT2, pickled, "old")
    sentence = refused_with(f"{GPT2}@old")
    assert sentence.endswith(f"its revision main has its weights as safetensors. Did you mean {GPT2}?")


def test_branches_are_tried_before_the_newest_pull_requests_up_to_a_limit(
    hub: HubServer, foreign: Files, pickled: Files
) -> None:
    hub.add(GPT2, pickled)
    hub.add(GPT2, foreign, "v1.0")
    for i in range(1, 31):
        hub.add(GPT2, pickled, f"refs/pr/{i}")
    hub.add(GPT2, pickled, "dev")
    assert "it has no model.safetensors. Its pytorch_model.bin could run code" in refused_with(GPT2)
    assert revisions_asked(hub) == ["main", "dev", *(f"refs/pr/{i}" for i in range(30, 21, -1))]
    assert len(revisions_asked(hub)) == 1 + listing.MAX_REVISIONS
    hub.log.clear()
    hub.add(GPT2, foreign, "refs/pr/29")
    assert f"Did you mean {GPT2}@refs/pr/29?" in refused_with(GPT2)
    assert revisions_asked(hub) == ["main", "dev", "refs/pr/30", "refs/pr/29"]


def test_a_revision_lacking_other_files_is_skipped(hub: HubServer, foreign: Files, pickled: Files) -> None:
    hub.add(GPT2, pickled)
    hub.add(GPT2, {name: content for name, content in foreign.items() if name != "tokenizer.json"}, "refs/pr/2")
    assert "refs/pr/2" not in refused_with(GPT2)
    hub.add(GPT2, foreign, "refs/pr/1")
    assert f"Did you mean {GPT2}@refs/pr/1?" in refused_with(GPT2)


def test_an_unsupported_revision_says_why(hub: HubServer, foreign: Files, pickled: Files) -> None:
    config = {**json.loads(foreign["config.json"]), "model_type": "llama"}
    hub.add(GPT2, pickled)
    hub.add(GPT2, {**foreign, "config.json": json.dumps(config).encode()}, "refs/pr/1")
    assert "nor of GPT-2's family, but of the type 'llama'" in refused_with(GPT2)
    hub.add(GPT2, {**foreign, WHOLE: bytes(2_000_000)}, "refs/pr/1")
    with pytest.raises(HubError, match=f"{GPT2}@refs/pr/1 is 2 MB, over the limit of 1 MB"):
        offer(Source(GPT2), limit_mb=1)


@pytest.mark.parametrize("name", ["tokenizer.json", "config.json"])
def test_other_revisions_are_only_searched_for_weights(name: str, hub: HubServer, foreign: Files) -> None:
    hub.add(GPT2, {n: content for n, content in foreign.items() if n != name})
    hub.add(GPT2, foreign, "refs/pr/1")
    assert f"it has no {name}" in refused_with(GPT2)
    assert revisions_asked(hub) == ["main"]
    assert not hub.asked(part="/refs")


@pytest.mark.parametrize("trouble", [Trouble("refs", 404), Trouble("refs", 500), Trouble("refs", "closed")])
def test_a_hub_that_does_not_list_revisions_gives_the_plain_error(
    trouble: Trouble, hub: HubServer, foreign: Files, pickled: Files
) -> None:
    hub.add(GPT2, pickled)
    hub.add(GPT2, foreign, "refs/pr/1")
    hub.trouble.append(trouble)
    assert "it has no model.safetensors. Its pytorch_model.bin could run code" in refused_with(GPT2)


@pytest.mark.parametrize("wrong", [["../../etc"], [None], [{}], {"a": 1}, ["refs/pr/x"]])
def test_invalid_revisions_are_ignored(
    wrong: object, hub: HubServer, pickled: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.add(GPT2, pickled)
    refs = {"branches": [{"name": n} for n in wrong] if isinstance(wrong, list) else wrong, "tags": []}
    monkeypatch.setattr("tests.hub.server._Handler._refs", lambda self, _: self._send_json(refs))
    assert "it has no model.safetensors" in refused_with(GPT2)
    assert {a.path.split("?")[0].rpartition("/")[2] for a in hub.asked(part="/revision/")} <= {"main", "refs%2Fpr%2Fx"}


def test_the_search_can_be_stopped(hub: HubServer, pickled: Files) -> None:
    hub.add(GPT2, pickled)
    hub.trouble.append(Trouble("refs", "silent"))
    stop = threading.Event()
    stopped = threading.Timer(0.3, stop.set)
    stopped.start()
    with pytest.raises(Cancelled):
        offer(Source(GPT2), cancelled=stop)

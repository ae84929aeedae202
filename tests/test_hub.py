"""Fetching from the Hub and publishing there: the real client against a small Hub of our own, that misbehaves."""

import errno
import io
import json
import shutil
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from huggingface_hub import close_session, constants
from safetensors.torch import save as serialized

from playground import checkpoints, fetching, gpt2, questions, transfers, weights
from playground import hub as publishing
from playground.addresses import Source, parse
from playground.errors import BadCheckpoint, BadInput, Cancelled, HubError, Unreachable
from playground.fetching import CARD, NEEDED, Offer, fetch, offer
from playground.models import build
from playground.vocabulary import Vocabulary
from tests.hub_server import Asked, HubServer, Trouble, git_oid
from tests.test_tokens import END, trained

# The library's own way to send a large file without Xet; it is not ours to change.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")

REPO = "ada/letters"
VOCABULARY = Vocabulary.from_text("\n abcdefgh")
RECORD: dict[str, Any] = {
    "title": "Letters · test",
    "corpus": {"name": "Letters", "file": "letters.txt", "licence": "none", "credit": "nobody", "split": "none"},
    "licence": "mit",
    "language": "en",
    "recipe": "letters",
    "prompts": ["abc", "de"],
    "validation": {"nats": 2.0, "bits": 2.885, "accuracy": 0.25, "characters": 100},
    "training": {"epochs": 2, "best_epoch": 1, "seconds": 3.5, "machine": "a test", "torch": "2", "seed": 7},
}
SHA = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    """A running Hub, at which the client is pointed, with a cache of its own and no token."""
    for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_HUB_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("TRANSFORMERS_OFFLINE", "HF_OIDC_RESOURCE", fetching.LIMIT_NAME):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "home" / "token"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    monkeypatch.setattr(questions, "BACKOFF", (0.01, 0.01, 0.01))
    monkeypatch.setattr(questions, "PATIENCE", 5.0)
    monkeypatch.setattr(fetching, "TICK", 0.01)
    monkeypatch.setattr(checkpoints._from_hub, "kept", OrderedDict())
    close_session()
    with HubServer() as server:
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        yield server
    close_session()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small checkpoint."""
    torch.manual_seed(1)
    model = build("lstm", {"vocabulary": len(VOCABULARY), "embedding": 4, "hidden": 8}).eval()
    path = tmp_path_factory.mktemp("made") / "letters"
    checkpoints.save(path, "lstm", model, VOCABULARY, "\n", RECORD)
    return path


@pytest.fixture
def files(folder: Path) -> dict[str, bytes]:
    """What its repository holds, and more than is fetched."""
    here = {name: (folder / name).read_bytes() for name in (*NEEDED, CARD)}
    return {**here, "pytorch_model.bin": b"pickle", "evil.py": b"import os", ".gitattributes": b"*"}


def fetched(text: str = REPO) -> Offer:
    source = parse(text)
    assert source
    offered = offer(source)
    for _ in fetch(offered):
        pass
    return offered


def downloads(hub: HubServer) -> list[Asked]:
    return [a for a in hub.asked("GET") if "/resolve/" in a.path]


# Names and addresses.


@pytest.mark.parametrize(
    ("text", "repo", "revision"),
    [
        ("ada/letters", "ada/letters", "main"),
        ("  ada/letters/ ", "ada/letters", "main"),
        ("ada/letters@v1.0", "ada/letters", "v1.0"),
        (f"ada/letters@{SHA}", "ada/letters", SHA),
        ("ada/letters@refs/pr/1", "ada/letters", "refs/pr/1"),
        ("https://huggingface.co/ada/letters", "ada/letters", "main"),
        ("https://huggingface.co/ada/letters/", "ada/letters", "main"),
        ("http://www.huggingface.co/ada/letters?library=x#usage", "ada/letters", "main"),
        ("huggingface.co/ada/letters", "ada/letters", "main"),
        ("https://hf.co/ada/letters", "ada/letters", "main"),
        ("https://huggingface.co/ada/letters/tree/v1.0", "ada/letters", "v1.0"),
        ("https://huggingface.co/ada/letters/tree/v1.0/?x=1", "ada/letters", "v1.0"),
        ("https://huggingface.co/ada/letters/tree/refs%2Fpr%2F1", "ada/letters", "refs/pr/1"),
        ("https://huggingface.co/ada/letters/blob/main/config.json", "ada/letters", "main"),
        ("https://huggingface.co/ada/letters/resolve/v1.0/model.safetensors?download=true", "ada/letters", "v1.0"),
        (f"https://huggingface.co/ada/letters/commit/{SHA}", "ada/letters", SHA),
        ("https://huggingface.co/ada/letters/discussions/3", "ada/letters", "main"),
        ("https://hub.school.example/ada/letters/tree/v1.0", "ada/letters", "v1.0"),
    ],
)
def test_every_way_to_write_a_source(text: str, repo: str, revision: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "https://hub.school.example/")
    assert parse(text) == Source(repo, revision)


@pytest.mark.parametrize(
    "text",
    [
        *("", "shakespeare-lstm", "a/b/c", "../checkpoints", "./letters", "/etc/passwd", "a b/c", "ada/", "/", "\0/a"),
        *("https://example.org/ada/letters", "https://huggingface.co/", "https://huggingface.co/ada", "http://[/a"),
        *("ftp://huggingface.co/ada/letters", "https://huggingface.co/../..", "ada/.."),
    ],
)
def test_what_is_no_source(text: str) -> None:
    assert parse(text) is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ada/letters@", "after @ is empty"),
        ("ada/letters@../../etc", "is no revision"),
        ("ada/letters@a b", "is no revision"),
        ("https://huggingface.co/ada/letters/tree/..%2F..%2Fetc", "is no revision"),
        ("https://huggingface.co/datasets/ada/letters", "not the address of a model"),
        ("https://huggingface.co/spaces/ada/letters", "not the address of a model"),
    ],
)
def test_sources_that_are_refused(text: str, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        parse(text)


def test_a_source_is_written_as_it_is_read() -> None:
    assert [str(parse(t)) for t in ("ada/letters", "ada/letters@v1")] == ["ada/letters", "ada/letters@v1"]


# What goes well.


def test_an_offer_fetches_only_what_is_small(hub: HubServer, files: dict[str, bytes], folder: Path) -> None:
    sha = hub.add(REPO, files)
    offered = offer(Source(REPO))
    assert (offered.commit, offered.name) == (sha, f"{REPO}@{sha}")
    assert (offered.title, offered.kind, offered.licence) == ("Letters · test", "lstm", "mit")
    assert offered.card == (folder / CARD).read_text("utf-8")
    assert offered.total == sum(len(files[name]) for name in (*NEEDED, CARD))
    assert not offered.kept
    assert {a.path.rsplit("/")[-1] for a in downloads(hub)} == {"config.json", CARD}


def test_a_fetch_brings_what_is_needed_and_nothing_else(hub: HubServer, files: dict[str, bytes]) -> None:
    hub.add(REPO, files)
    offered = fetched()
    assert offered.kept
    assert {path.name: path.read_bytes() for path in offered.folder.iterdir()} == {
        name: files[name] for name in (*NEEDED, CARD)
    }
    assert not hub.asked(part="pytorch_model") and not hub.asked(part="evil")


def test_what_is_fetched_is_where_the_library_looks(hub: HubServer, files: dict[str, bytes]) -> None:
    from huggingface_hub import hf_hub_download, scan_cache_dir

    hub.add(REPO, files)
    offered = fetched()
    asked = len(downloads(hub))
    for name in NEEDED:
        found = hf_hub_download(REPO, name, endpoint=hub.url, cache_dir=transfers.cache())
        assert Path(found) == offered.folder / name
    assert len(downloads(hub)) == asked
    [seen] = scan_cache_dir(transfers.cache()).repos
    assert (seen.repo_id, seen.nb_files, [*seen.refs]) == (REPO, 4, ["main"])


def test_what_the_library_fetched_is_not_fetched_again(hub: HubServer, files: dict[str, bytes]) -> None:
    from huggingface_hub import hf_hub_download

    hub.add(REPO, files)
    hf_hub_download(REPO, "model.safetensors", endpoint=hub.url, cache_dir=transfers.cache(), tqdm_class=None)
    asked = len(hub.asked("GET", "safetensors"))
    fetched()
    assert len(hub.asked("GET", "safetensors")) == asked


def test_loading_by_name_gives_the_same_model(hub: HubServer, files: dict[str, bytes], folder: Path) -> None:
    sha = hub.add(REPO, files)
    found, made = checkpoints.load(f"{hub.url}/{REPO}/tree/main"), checkpoints.load(folder)
    assert found.name == f"{REPO}@{sha}"
    assert (found.kind, found.config, found.card, found.start) == (made.kind, made.config, made.card, made.start)
    assert found.vocabulary.symbols == made.vocabulary.symbols
    assert isinstance(found.model, torch.nn.Module) and isinstance(made.model, torch.nn.Module)
    for name, tensor in made.model.state_dict().items():
        assert torch.equal(found.model.state_dict()[name], tensor)


def test_a_commit_is_fetched_once_and_loaded_once(hub: HubServer, files: dict[str, bytes]) -> None:
    sha = hub.add(REPO, files)
    first = checkpoints.load(REPO)
    asked = len(hub.log)
    assert checkpoints.load(f"{REPO}@{sha}") is first
    assert len(hub.log) == asked
    assert checkpoints.load(REPO) is first
    assert [a.path.split("?")[0] for a in hub.log[asked:]] == [f"/api/models/{REPO}/revision/main"]


def test_a_revision_is_pinned_to_its_commit(hub: HubServer, files: dict[str, bytes]) -> None:
    old = hub.add(REPO, files)
    first = checkpoints.load(REPO)
    new = hub.add(REPO, {**files, "tokenizer.json": files["tokenizer.json"] + b"\n"})
    assert checkpoints.load(REPO).name == f"{REPO}@{new}"
    assert checkpoints.load(first.name) is first
    assert checkpoints.load(first.name).name == f"{REPO}@{old}"
    # The weights are the same, so they came once.
    assert len(hub.asked("GET", "/resolve/" + new + "/model.safetensors")) == 0


def test_few_stay_in_memory(hub: HubServer, files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoints._from_hub, "count", 2)
    for name in ("a", "b", "c"):
        hub.add(f"ada/{name}", files)
    a, b, _ = (checkpoints.load(f"ada/{name}") for name in "aba")
    assert checkpoints.load("ada/c")
    assert checkpoints.load(a.name) is a
    assert checkpoints.load(b.name) is not b


def test_callers_at_once_fetch_once(hub: HubServer, files: dict[str, bytes]) -> None:
    hub.add(REPO, files)
    together = threading.Barrier(5)
    got: list[checkpoints.Checkpoint] = []

    def ask() -> None:
        together.wait()
        got.append(checkpoints.load(REPO))

    threads = [threading.Thread(target=ask) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 5
    assert all(c is got[0] for c in got)
    assert len(downloads(hub)) == 4


@pytest.mark.parametrize("name", [REPO, f"{REPO}@v1", "pinned"])
def test_offline_with_a_full_cache(
    name: str, hub: HubServer, files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    sha = hub.add(REPO, files)
    hub.add(REPO, files, "v1")
    fetched(REPO if name == "pinned" else name)
    asked = len(hub.log)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert checkpoints.load(f"{REPO}@{sha}" if name == "pinned" else name)
    assert len(hub.log) == asked


def test_without_a_network_what_was_fetched_is_found(
    hub: HubServer, files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.add(REPO, files)
    fetched()
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    assert checkpoints.load(REPO)


def test_progress_grows_to_the_total(hub: HubServer, files: dict[str, bytes]) -> None:
    hub.add(REPO, {**files, "model.safetensors": bytes(3000)})
    hub.trouble.append(Trouble("cdn", "slow"))
    offered = offer(Source(REPO))
    seen = list(fetch(offered))
    assert seen[0].done == 0
    assert [p.done for p in seen] == sorted(p.done for p in seen)
    assert len({p.done for p in seen}) > 4
    assert {p.total for p in seen} == {offered.total} == {seen[-1].done}


def test_the_token_is_sent_to_the_hub_and_to_nobody_else(
    hub: HubServer, files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.add(REPO, files, private=True)
    monkeypatch.setenv("HF_TOKEN", hub.token)
    fetched()
    assert {bool(a.authorization) for a in hub.asked(part="/cdn/")} == {False}
    assert {a.authorization for a in hub.log if "/cdn/" not in a.path} == {f"Bearer {hub.token}"}


# What goes wrong for a while.


@pytest.mark.parametrize("status", [429, 500, 502, 503])
@pytest.mark.parametrize("place", ["info", "resolve", "cdn"])
def test_a_busy_hub_is_asked_again(place: str, status: int, hub: HubServer, files: dict[str, bytes]) -> None:
    hub.add(REPO, files)
    hub.trouble.append(Trouble(place, status, times=2))
    assert fetched().kept


def test_the_hub_may_say_how_long_to_wait_within_reason(
    hub: HubServer, files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(questions, "LONGEST_WAIT", 0.2)
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


# What goes wrong for good: each has its sentence.


def said(text: str = REPO, kind: type[HubError] = HubError) -> str:
    with pytest.raises(kind) as caught:
        fetched(text)
    return str(caught.value)


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
    assert "no way to the Hub from here: check the network" in said(kind=Unreachable)


def test_a_silent_hub(hub: HubServer, files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(questions, "PATIENCE", 0.05)
    hub.add(REPO, files)
    hub.trouble.append(Trouble("info", "silent"))
    assert "did not answer within 0.05 seconds" in said(kind=Unreachable)


def test_a_connection_that_always_breaks(hub: HubServer, files: dict[str, bytes]) -> None:
    hub.add(REPO, files)
    hub.trouble.append(Trouble("info", "closed"))
    assert "broke again and again" in said(kind=Unreachable)


@pytest.mark.parametrize(
    ("status", "sentence"), [(429, "too many questions from here: wait"), (500, "a trouble of its own (error 500)")]
)
def test_a_hub_that_stays_busy(status: int, sentence: str, hub: HubServer, files: dict[str, bytes]) -> None:
    hub.add(REPO, files)
    hub.trouble.append(Trouble("cdn", status))
    assert sentence in said(kind=Unreachable)
    assert len(hub.asked("GET", "/cdn/")) == 1 + len(questions.BACKOFF)


def test_a_slow_network(hub: HubServer, files: dict[str, bytes]) -> None:
    hub.add(REPO, files)
    hub.trouble.append(Trouble("cdn", "slow"))
    offered = offer(Source(REPO))
    with pytest.raises(Unreachable, match=r"not fetched within 0\.05 seconds: the network is slow"):
        list(fetch(offered, seconds=0.05))


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


def test_what_is_no_checkpoint_names_what_is_missing(hub: HubServer, files: dict[str, bytes]) -> None:
    hub.add(REPO, {name: files[name] for name in ("config.json", "pytorch_model.bin")})
    assert "is not a checkpoint that this page can show: it has no tokenizer.json, model.safetensors" in said()
    assert not downloads(hub)


@pytest.mark.parametrize("config", [b"{", b"[]", b'{"model_type": "llama"}', b"\xff", b"[" * 100_000])
def test_a_config_of_another_kind_is_refused_before_the_weights(
    config: bytes, hub: HubServer, files: dict[str, bytes]
) -> None:
    hub.add(REPO, {**files, "config.json": config})
    assert "config.json is none of this playground's" in said()
    assert not hub.asked(part="safetensors")


def test_an_unfit_config_is_refused_before_the_weights(hub: HubServer, files: dict[str, bytes]) -> None:
    config = {**json.loads(files["config.json"]), "kind": "perceptron"}
    sha = hub.add(REPO, {**files, "config.json": json.dumps(config).encode()})
    with pytest.raises(BadCheckpoint, match=f"^{REPO}@{sha}: config.json: kind must be one of"):
        checkpoints.load(REPO)
    assert not hub.asked(part="safetensors")


def test_damaged_weights_are_refused_as_those_of_a_folder_are(hub: HubServer, files: dict[str, bytes]) -> None:
    hub.add(REPO, {**files, "model.safetensors": files["model.safetensors"][:-5]})
    with pytest.raises(BadCheckpoint, match="damaged or cut short"):
        checkpoints.load(REPO)


def test_too_large(hub: HubServer, files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    hub.add(REPO, {**files, "model.safetensors": bytes(2_000_000)})
    with pytest.raises(HubError, match=r"has 2 MB, over the limit of 1 MB: .* PLAYGROUND_HUB_LIMIT_MB"):
        offer(Source(REPO), limit_mb=1)
    monkeypatch.setenv("PLAYGROUND_HUB_LIMIT_MB", "1.5")
    assert "over the limit of 2 MB" in said()
    assert not downloads(hub)
    monkeypatch.setenv("PLAYGROUND_HUB_LIMIT_MB", "3")
    assert fetched().kept
    for wrong in ("many", "-1", "nan"):
        monkeypatch.setenv("PLAYGROUND_HUB_LIMIT_MB", wrong)
        with pytest.raises(BadInput, match="must be a number of megabytes over 0"):
            offer(Source(REPO))


def test_offline_and_not_in_the_cache(hub: HubServer, files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    hub.add(REPO, files)
    offer(Source(REPO))  # the small files alone are not enough
    asked = len(hub.log)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert "is not in the cache, and HF_HUB_OFFLINE forbids" in said(kind=Unreachable)
    assert len(hub.log) == asked


def test_cancelled_in_the_middle_and_gone_on(hub: HubServer, files: dict[str, bytes]) -> None:
    weights = bytes(range(256)) * 100
    hub.add(REPO, {**files, "model.safetensors": weights})
    slow = Trouble("cdn", "slow")
    hub.trouble.append(slow)
    cancelled = threading.Event()
    offered = offer(Source(REPO))
    before = sum(file.size for file in offered.files if file.name in ("config.json", "tokenizer.json"))

    def half() -> None:
        for progress in fetch(offered, cancelled=cancelled):
            if progress.done > before + 200:
                cancelled.set()

    with pytest.raises(Cancelled, match="it was stopped"):
        half()
    assert not offered.kept
    hub.trouble.clear()
    for _ in fetch(offered):
        pass
    assert (offered.folder / "model.safetensors").read_bytes() == weights
    assert int(hub.asked("GET", "/cdn/")[-1].range.removeprefix("bytes=").removesuffix("-")) >= 64


def test_cancelled_while_the_hub_is_silent(hub: HubServer, files: dict[str, bytes]) -> None:
    hub.add(REPO, files)
    offered = offer(Source(REPO))
    hub.trouble.append(Trouble("cdn", "silent"))
    cancelled = threading.Event()
    begun = time.monotonic()
    shown = fetch(offered, cancelled=cancelled)
    assert next(shown).done == 0
    assert next(shown).done < offered.total
    cancelled.set()
    with pytest.raises(Cancelled):
        next(shown)
    assert time.monotonic() - begun < questions.PATIENCE


def test_who_stops_reading_stops_the_fetching(hub: HubServer, files: dict[str, bytes]) -> None:
    hub.add(REPO, {**files, "model.safetensors": bytes(100_000)})
    hub.trouble.append(Trouble("cdn", "slow"))
    fetching_one = fetch(offer(Source(REPO)))
    next(fetching_one)
    next(fetching_one)
    fetching_one.close()  # type: ignore[attr-defined]
    end = time.monotonic() + 20
    while any(t.name.startswith("hub") for t in threading.enumerate()):
        assert time.monotonic() < end
        time.sleep(0.01)


def test_an_offer_can_be_cancelled(hub: HubServer, files: dict[str, bytes]) -> None:
    hub.add(REPO, files)
    cancelled = threading.Event()
    cancelled.set()
    with pytest.raises(Cancelled):
        offer(Source(REPO), cancelled=cancelled)


# What a server, or a repository, may try.


def outside(tmp_path: Path) -> set[Path]:
    return {path for path in tmp_path.rglob("*") if not path.is_relative_to(tmp_path / "home" / "hub")}


def test_names_that_lead_out_of_the_cache_are_left_alone(
    hub: HubServer, files: dict[str, bytes], tmp_path: Path
) -> None:
    hub.add(REPO, {**files, "../../../../evil": b"x", "/tmp/evil": b"x", "a/../../evil": b"x"})
    before = outside(tmp_path)
    offered = fetched()
    assert {path.name for path in offered.folder.iterdir()} == {*NEEDED, CARD}
    assert not hub.asked(part="evil")
    assert outside(tmp_path) - before <= {tmp_path / "home"}


@pytest.mark.parametrize("bad", ["../../../evil", "", "x" * 64, "g" * 40, None, 7])
def test_hashes_that_are_none_are_refused(bad: Any, hub: HubServer, files: dict[str, bytes]) -> None:
    hub.add(REPO, files)
    hub.repos[REPO].listed = [{"rfilename": name, "size": len(files[name]), "blobId": bad} for name in (*NEEDED, CARD)]
    assert "does not answer as the Hub does" in said()
    assert not downloads(hub)


@pytest.mark.parametrize("size", [-1, None, "9", 1.5])
def test_sizes_that_are_none_are_refused(size: Any, hub: HubServer, files: dict[str, bytes]) -> None:
    hub.add(REPO, files)
    hub.repos[REPO].listed = [{"rfilename": name, "size": size, "blobId": git_oid(files[name])} for name in NEEDED]
    assert "does not answer as the Hub does" in said()


def test_a_symbolic_link_in_a_repository_is_but_its_text(hub: HubServer, files: dict[str, bytes]) -> None:
    hub.add(REPO, {**files, "config.json": b"/etc/passwd"})  # what git keeps of a link
    assert "config.json is none of this playground's" in said()


def test_a_link_out_of_the_cache_is_not_followed(hub: HubServer, files: dict[str, bytes], tmp_path: Path) -> None:
    hub.add(REPO, files)
    offered = fetched()
    secret = tmp_path / "secret"
    secret.write_bytes(files["tokenizer.json"])
    (offered.folder / "tokenizer.json").unlink()
    (offered.folder / "tokenizer.json").symlink_to(secret)
    assert not offered.kept
    assert fetched().kept
    assert not (offered.folder / "tokenizer.json").resolve().is_relative_to(secret)


def test_a_large_card_is_left_out(hub: HubServer, files: dict[str, bytes]) -> None:
    hub.add(REPO, {**files, CARD: b"#" * (fetching.SMALL + 1)})
    assert fetched().card == ""
    assert not hub.asked(part=CARD)


def test_a_card_is_text_whatever_it_is(hub: HubServer, files: dict[str, bytes]) -> None:
    hub.add(REPO, {**files, CARD: b"<script>\xff"})
    assert fetched().card == "<script>\ufffd"


def test_a_server_that_is_no_hub(hub: HubServer, files: dict[str, bytes]) -> None:
    hub.add(REPO, files)
    hub.repos[REPO].listed = [{"name": "config.json"}]
    assert "does not answer as the Hub does: check HF_ENDPOINT" in said()


# Models of GPT-2's family, which nobody made for this page.


GPT2 = "bob/tiny-gpt2"


@pytest.fixture(scope="module")
def foreign() -> dict[str, bytes]:
    """What a repository of a small one holds, and more than is fetched."""
    model = build("transformer", {**GPT2_SIZES, "vocabulary": 300})
    torch.manual_seed(1)
    tensors = {}
    for name, tensor in model.state_dict().items():
        [(there, transposed)] = gpt2.named([name], []).values()
        random = torch.randn(tensor.shape) * 0.2
        tensors[there] = (random.T if transposed else random).half().contiguous()
    config = {"model_type": "gpt2", "architectures": ["GPT2LMHeadModel"], "n_embd": 8, "n_layer": 2, "n_head": 2}
    config |= {"n_positions": 16, "vocab_size": 300, "bos_token_id": 0, "eos_token_id": 0}
    return {
        "config.json": json.dumps(config).encode(),
        "tokenizer.json": trained([END], 300).to_str().encode(),
        "model.safetensors": serialized(tensors),
        CARD: b"---\nlicense: apache-2.0\n---\n# Tiny\n",
        "pytorch_model.bin": b"pickle",
        "vocab.json": b"{}",
        "merges.txt": b"",
        "modeling_evil.py": b"import os",
    }


GPT2_SIZES: dict[str, Any] = {
    "width": 8, "layers": 2, "heads": 2, "window": 16, "positions": "learned", "biases": True, "tied": True,
}  # fmt: skip


def test_a_gpt2_is_offered_and_opened(hub: HubServer, foreign: dict[str, bytes]) -> None:
    sha = hub.add(GPT2, foreign)
    offered = offer(Source(GPT2))
    assert (offered.title, offered.kind, offered.licence) == ("tiny-gpt2", "transformer", "apache-2.0")
    assert offered.card.endswith("# Tiny\n")
    assert not hub.asked(part="safetensors")
    found = checkpoints.load(GPT2)
    assert {path.name for path in offered.folder.iterdir()} == {*NEEDED, CARD}
    assert not any(hub.asked(part=name) for name in ("pytorch_model", "evil", "vocab.json", "merges"))
    assert (found.name, found.start, found.start_ids) == (f"{GPT2}@{sha}", END, (0,))
    assert (found.card["title"], found.card["licence"], found.card["family"]) == ("tiny-gpt2", "apache-2.0", "gpt2")
    assert found.vocabulary.unit == "token"
    logits, _ = found.model.advance(found.vocabulary.encode("hello").ids)
    assert logits.shape[-1] == 300
    assert checkpoints.load(found.name) is found
    assert checkpoints.card(GPT2) == {**found.card, "kind": "transformer"}


def test_a_gpt2_without_a_card_has_no_known_licence(hub: HubServer, foreign: dict[str, bytes]) -> None:
    hub.add(GPT2, {name: content for name, content in foreign.items() if name != CARD})
    assert (offer(Source(GPT2)).licence, offer(Source(GPT2)).card) == (fetching.UNKNOWN, "")
    assert "licence" not in checkpoints.load(GPT2).card


def test_a_gpt2_offline(hub: HubServer, foreign: dict[str, bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    hub.add(GPT2, foreign)
    fetched(GPT2)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert offer(Source(GPT2)).title == "tiny-gpt2"
    assert checkpoints.load(GPT2)


def test_an_older_gpt2_is_told_what_it_lacks(hub: HubServer, foreign: dict[str, bytes]) -> None:
    hub.add(GPT2, {name: c for name, c in foreign.items() if name not in ("model.safetensors", "tokenizer.json")})
    sentence = said(GPT2)
    assert "it has no tokenizer.json, model.safetensors. Its pytorch_model.bin could run code" in sentence
    assert "Its vocab.json and merges.txt are not read either." in sentence
    hub.add(GPT2, {name: c for name, c in foreign.items() if name != "model.safetensors"})
    assert "it has no model.safetensors. Its pytorch_model.bin could" in said(GPT2)
    assert "vocab.json" not in said(GPT2)
    assert not downloads(hub)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"add_cross_attention": True}, "a GPT-2 that this page cannot compute: add_cross_attention must be false"),
        ({"architectures": ["GPT2ForTokenClassification"]}, "architectures must be GPT2LMHeadModel"),
        ({"auto_map": {"AutoModel": "modeling_evil.Evil"}}, "auto_map must be left out"),
        ({"model_type": "llama"}, "nor of GPT-2's family, but of the type 'llama'"),
        ({"model_type": ["gpt2"]}, "but of the type"),
    ],
)
def test_a_gpt2_that_is_refused_before_its_weights(
    changes: dict[str, Any], sentence: str, hub: HubServer, foreign: dict[str, bytes]
) -> None:
    hub.add(GPT2, {**foreign, "config.json": json.dumps({**json.loads(foreign["config.json"]), **changes}).encode()})
    assert sentence in said(GPT2)
    assert not hub.asked(part="safetensors")


def test_a_gpt2_out_of_bounds_is_refused_before_its_weights(hub: HubServer, foreign: dict[str, bytes]) -> None:
    config = {**json.loads(foreign["config.json"]), "n_embd": 4096, "n_head": 64, "n_layer": 48}
    hub.add(GPT2, {**foreign, "config.json": json.dumps(config).encode()})
    with pytest.raises(BadCheckpoint, match="numbers are too many"):
        checkpoints.load(GPT2)
    assert not hub.asked(part="safetensors")


@pytest.mark.parametrize("name", NEEDED)
def test_files_over_what_is_read_are_not_fetched(
    name: str, hub: HubServer, foreign: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.add(GPT2, foreign)
    monkeypatch.setitem(fetching.MOST, name, len(foreign[name]))
    assert fetched(GPT2).kept
    monkeypatch.setitem(fetching.MOST, name, len(foreign[name]) - 1)
    hub.log.clear()
    assert f"its {name} is too large" in said(GPT2)
    assert not downloads(hub)


def test_names_of_a_gpt2_that_lead_out_of_the_cache_are_left_alone(
    hub: HubServer, foreign: dict[str, bytes], tmp_path: Path
) -> None:
    hub.add(GPT2, {**foreign, "../../../../evil": b"x", "/tmp/evil": b"x"})
    before = outside(tmp_path)
    assert checkpoints.load(GPT2)
    assert not hub.asked(part="../evil")
    assert outside(tmp_path) - before <= {tmp_path / "home"}


def test_what_is_in_memory_is_bounded_by_its_size(
    hub: HubServer, foreign: dict[str, bytes], files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.add(GPT2, foreign)
    hub.add(REPO, files)
    large, small = checkpoints.load(GPT2), checkpoints.load(REPO)
    assert checkpoints._size(large.model) == 4 * large.card["parameters"]
    both = checkpoints._size(large.model) + checkpoints._size(small.model)
    monkeypatch.setattr(checkpoints._from_hub, "size", both - 1)
    hub.add("bob/other", {**files, CARD: b""})
    other = checkpoints.load("bob/other")  # the longest unused goes, and that is enough
    assert checkpoints.load(small.name) is small
    again = checkpoints.load(GPT2)
    assert again is not large
    monkeypatch.setattr(checkpoints._from_hub, "size", 1)
    hub.add(GPT2, {**foreign, CARD: b""})
    alone = checkpoints.load(GPT2)  # larger than all that may be, and kept as the only one
    assert checkpoints.load(alone.name) is alone
    assert [*checkpoints._from_hub.kept.values()] == [alone]
    assert checkpoints.load(other.name) is not other


def test_room_is_made_before_the_weights_are_read(
    hub: HubServer, files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in "ab":
        hub.add(f"ada/{name}", files)
    first = checkpoints.load("ada/a")
    monkeypatch.setattr(checkpoints._from_hub, "size", 2 * checkpoints._size(first.model) - 1)
    read, kept = weights.read, []

    def watched(*given: Any) -> Any:
        kept.append(list(checkpoints._from_hub.kept))
        return read(*given)

    monkeypatch.setattr(weights, "read", watched)
    checkpoints.load("ada/b")
    assert kept == [[]]


def test_different_models_at_once_are_read_one_after_the_other(
    hub: HubServer, files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"ada/{name}" for name in "abc"]
    for name in names:
        hub.add(name, files)
        fetched(name)
    load, busy, most = checkpoints._load, [], []

    def watched(folder: Path, name: str) -> checkpoints.Checkpoint:
        busy.append(name)
        most.append(len(busy))
        time.sleep(0.05)
        found = load(folder, name)
        busy.remove(name)
        return found

    monkeypatch.setattr(checkpoints, "_load", watched)
    threads = [threading.Thread(target=checkpoints.load, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1, 1, 1]


def test_half_characters_of_a_config_are_no_part_of_an_offer(hub: HubServer, files: dict[str, bytes]) -> None:
    config = json.loads(files["config.json"])
    config["kind"], config["card"]["title"], config["card"]["licence"] = "l\ud800", "t\udfff", "m\udc00"
    hub.add(REPO, {**files, "config.json": json.dumps(config).encode()})
    offered = offer(Source(REPO))
    assert (offered.kind, offered.title, offered.licence) == ("l?", "t?", "m?")


# Publishing.


def test_what_is_published_comes_back(
    hub: HubServer, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HF_TOKEN", hub.token)
    assert publishing.main(["publish", str(folder), REPO]) == 0
    said = capsys.readouterr().out
    [sha] = hub.repos[REPO].commits
    assert f"Sent: {hub.url}/{REPO}/commit/{sha}\n" in said
    assert "Open it on a running page: http://127.0.0.1:7860/?model=ada/letters\n" in said
    assert said.endswith('or in Python: playground.checkpoints.load("ada/letters")\n')
    assert hub.repos[REPO].private is False

    found, made = checkpoints.load(REPO), checkpoints.load(folder)
    assert found.card == made.card
    assert found.vocabulary.symbols == made.vocabulary.symbols
    assert isinstance(found.model, torch.nn.Module) and isinstance(made.model, torch.nn.Module)
    for name, tensor in made.model.state_dict().items():
        assert torch.equal(found.model.state_dict()[name], tensor)
    sent = hub.repos[REPO].commits[sha]
    assert {*sent} == {*NEEDED, CARD}
    for name in NEEDED:
        assert sent[name] == (folder / name).read_bytes()


def test_the_card_is_published_with_its_name_and_figures(folder: Path) -> None:
    from huggingface_hub import ModelCard

    card = publishing.of_checkpoint(folder, REPO).files[CARD]
    assert isinstance(card, bytes)
    _, _, body = card.decode().split("---\n", 2)
    _, _, own = (folder / CARD).read_text("utf-8").split("---\n", 2)
    assert body.strip() == own.strip().replace('load("letters")', 'load("ada/letters")') != own.strip()
    data = ModelCard(card.decode()).data.to_dict()
    assert (data["license"], data["language"], data["pipeline_tag"]) == ("mit", "en", "text-generation")
    assert "next-character-playground" in data["tags"]
    [result] = data["model-index"][0]["results"]
    assert {m["type"]: m["value"] for m in result["metrics"]} == {
        "loss": 2.0, "bits_per_character": 2.885, "accuracy": 0.25
    }  # fmt: skip
    assert (result["dataset"]["name"], data["model-index"][0]["name"]) == ("Letters", "Letters · test")


def test_publishing_again_sends_only_what_changed(
    hub: HubServer, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", hub.token)
    copy = tmp_path / "letters"
    shutil.copytree(folder, copy)
    for _ in range(2):
        assert publishing.main(["publish", str(copy), REPO]) == 0
    assert len(hub.repos[REPO].commits) == 1
    (copy / "story.json").write_text("{}")
    assert publishing.main(["publish", str(copy), REPO]) == 0
    assert [*hub.repos[REPO].commits.values()][-1]["story.json"] == b"{}"
    assert len(hub.asked("PUT")) == 1


@pytest.mark.parametrize("command", [["publish", "FOLDER"], ["space"]])
def test_a_dry_run_asks_and_sends_nothing(
    command: list[str],
    hub: HubServer,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("HF_TOKEN", hub.token)
    words = [str(folder) if word == "FOLDER" else word for word in command]
    assert publishing.main([*words, REPO, "--private", "--dry-run"]) == 0
    said = capsys.readouterr().out
    assert "Nothing was sent" in said
    assert "for the private" in said
    assert "README.md" in said
    assert hub.log == []


def test_a_private_repository(hub: HubServer, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", hub.token)
    assert publishing.main(["publish", str(folder), REPO, "--private"]) == 0
    assert hub.repos[REPO].private
    monkeypatch.delenv("HF_TOKEN")
    assert "private" in said()


def test_the_app_is_published_as_a_space(
    hub: HubServer, repository: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if not (repository / ".git").exists():
        pytest.skip("not a git checkout")
    parcel = publishing.of_app(REPO)
    assert {name.split("/")[0] for name in parcel.files} == {*publishing.APP}
    assert {"app.py", "playground/ui/page.py", "checkpoints/shakespeare-gru/model.safetensors"} <= {*parcel.files}
    assert not any(part.startswith((".", "__pycache__")) for name in parcel.files for part in name.split("/"))
    few = {name: parcel.files[name] for name in ("app.py", "README.md", "playground/ui/assets/page.png")}
    monkeypatch.setattr(publishing, "of_app", lambda repo, private: publishing.Parcel(repo, "space", private, few))
    monkeypatch.setenv("HF_TOKEN", hub.token)
    assert publishing.main(["space", REPO]) == 0
    assert f"It opens at {hub.url}/spaces/{REPO}\n" in capsys.readouterr().out
    [sent] = hub.repos[REPO].commits.values()
    assert sent == {name: (repository / name).read_bytes() for name in few}
    assert hub.repos[REPO].sdk == "gradio"


def refusal(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    assert publishing.main(arguments) == 1
    return capsys.readouterr().err


def test_what_cannot_be_published(
    hub: HubServer, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "Publishing needs a token that may write: log in" in refusal(["publish", str(folder), REPO], capsys)
    monkeypatch.setenv("HF_TOKEN", hub.token)
    for name in ("letters", "ada/letters@v1", f"{hub.url}/{REPO}", "a/b/c", "ada/letters/"):
        assert "is no name on the Hub: give owner/name" in refusal(["publish", str(folder), name], capsys)
    assert "There is no model" in refusal(["publish", "bob/nothing", REPO], capsys)  # a folder, never one of the Hub
    broken = tmp_path / "broken"
    shutil.copytree(folder, broken)
    (broken / CARD).unlink()
    assert "README.md cannot be read" in refusal(["publish", str(broken), REPO], capsys)
    (broken / "model.safetensors").unlink()
    assert "broken: model.safetensors cannot be read" in refusal(["publish", str(broken), REPO], capsys)
    assert hub.log == []


def test_the_hub_may_refuse_to_take_it(
    hub: HubServer, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_wrong")
    assert "does not know your token" in refusal(["publish", str(folder), REPO], capsys)
    monkeypatch.setenv("HF_TOKEN", hub.token)
    for place, status, sentence in (
        ("create", 403, "Your token may not do this"),
        ("create", 500, "a trouble of its own"),
        ("upload", 403, "Your token may not do this"),
        ("commit", 429, "too many questions"),
    ):
        hub.trouble[:] = [Trouble(place, status)]
        assert sentence in refusal(["publish", str(folder), REPO], capsys)
    assert all(not repo.commits for repo in hub.repos.values())
    hub.trouble[:] = [Trouble("create", 503, times=2), Trouble("commit", 502, times=2)]
    assert publishing.main(["publish", str(folder), REPO]) == 0
    assert len(hub.repos[REPO].commits) == 1
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert "HF_HUB_OFFLINE" in refusal(["publish", str(folder), REPO], capsys)

"""The server's token is its owner's: visitors' requests go without it, and models downloaded with it stay hidden."""

from collections.abc import Callable
from pathlib import Path

import gradio as gr
import pytest

from playground import library
from playground.errors import BadInput, HubError, NotOnHub, UnknownModel, Unreachable
from playground.hub import client, download, visitors
from playground.hub.offers import in_cache, offer
from playground.hub.refs import Source
from playground.server import api, settings
from tests import stream
from tests.hub.hands import REPO, download_model, downloads, refusal, refused_with
from tests.hub.panel import open_link, request_download, request_offer
from tests.hub.server import HubServer, Trouble

Files = dict[str, bytes]


@pytest.fixture
def hub_with_token(hub: HubServer, monkeypatch: pytest.MonkeyPatch) -> HubServer:
    """A Hub whose token the server has."""
    monkeypatch.setenv("HF_TOKEN", hub.token)
    monkeypatch.setattr("playground.server.hub_panel.TICK", 0.01)
    return hub


def authorized(hub: HubServer) -> set[bool]:
    """Whether the requests came with the token."""
    return {bool(request.authorization) for request in hub.log if "/cdn/" not in request.path}


# ── Questions and downloads ──────────────────────────────────────────────────────────────────────
def test_a_visitor_asks_and_downloads_without_the_token(hub_with_token: HubServer, files: Files) -> None:
    hub_with_token.add(REPO, files)
    assert download_model(visitor=True).is_downloaded
    refusal("bob/letters", NotOnHub, visitor=True)  # which searches, too
    with pytest.raises(NotOnHub):
        offer(Source("bob/letters", "v1", "x"), visitor=True)  # which lists refs
    assert {part for part in ("/refs", "search=", "/resolve/") if hub_with_token.asked(part=part)} == {
        "/refs",
        "search=",
        "/resolve/",
    }
    assert authorized(hub_with_token) == {False}


def test_the_panel_asks_and_downloads_without_the_token(hub_with_token: HubServer, files: Files) -> None:
    hub_with_token.add(REPO, files)
    name = request_offer(REPO)[-1]["offer"]["name"]
    assert request_download(name)[-1]["stage"] == "open"
    assert api.distribution(model=REPO, prompt="a")["model"] == name
    assert authorized(hub_with_token) == {False}


def test_the_owner_asks_and_downloads_with_the_token(hub_with_token: HubServer, files: Files) -> None:
    hub_with_token.add(REPO, files, private=True)
    assert library.load(REPO)
    assert authorized(hub_with_token) == {True}


def test_the_owner_may_let_visitors_use_the_token(
    hub_with_token: HubServer, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(client.TOKEN_NAME, "visitors")
    name = f"{REPO}@{hub_with_token.add(REPO, files, private=True)}"
    assert request_offer(REPO)[-1]["offer"]["name"] == name
    assert download_model(visitor=True).is_downloaded
    assert require_model(name) == name
    assert authorized(hub_with_token) == {True}
    monkeypatch.delenv(client.TOKEN_NAME)  # and may take that back
    assert_is_closed(name)


def test_an_invalid_value_is_not_quoted(hub_with_token: HubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(client.TOKEN_NAME, "hf_secret")
    [*_, message] = request_offer(REPO)
    assert message["problem"]["text"]["en"] == "PLAYGROUND_HUB_TOKEN must be the word 'visitors', or not be set."
    assert not hub_with_token.log


# ── What is said ─────────────────────────────────────────────────────────────────────────────────
def test_no_visitor_is_told_to_log_in(hub_with_token: HubServer, files: Files) -> None:
    hub_with_token.add(REPO, files, private=True)
    hub_with_token.add("ada/gated", files, gated=True)
    private, gated = refusal(REPO, NotOnHub, visitor=True).sentence, refused_with("ada/gated", visitor=True)
    missing = refusal("ada/none", NotOnHub, visitor=True).sentence
    assert private == missing.replace("ada/none", REPO)  # which does not tell one from the other
    assert private.startswith(f"{REPO} is private, or not on the Hub: check the name. If it is private: the owner")
    assert gated.startswith("ada/gated is gated, and visitors of this page ask the Hub without an account: the owner")
    for sentence in (private, gated):
        assert "with PLAYGROUND_HUB_TOKEN=visitors." in sentence
        assert "log in" not in sentence and "HF_TOKEN," not in sentence
    assert "log in" not in refused_with("ada/gated", visitor=True)
    hub_with_token.trouble.append(Trouble("info", 403))
    assert "does not show ada/letters to visitors without an account" in refused_with(visitor=True)


# ── What the owner fetched ───────────────────────────────────────────────────────────────────────
def require_model(name: str) -> str:
    return settings.require({"model": name}).model


def assert_is_closed(name: str) -> None:
    """A visitor cannot reach a commit in the cache by any route."""
    repo = name.partition("@")[0]
    for model in (name, repo, f"https://huggingface.co/{repo}"):
        with pytest.raises(BadInput, match="is not on this server"):
            require_model(model)
        with pytest.raises(gr.Error, match="is not on this server"):
            api.distribution(model=model)
        with pytest.raises(gr.Error, match="is not on this server"):
            api.score("abc", model=model)
        assert "is not on this server" in stream.look(model=model, prompt="a")["problem"]["text"]["en"]
        with pytest.raises(UnknownModel, match="is not on this server"):
            library.load(model, visitor=True)
        with pytest.raises(UnknownModel, match="is not on this server"):
            library.card(model, visitor=True)
        assert open_link(model=model)["asks"] == model
        assert request_offer(model)[-1]["stage"] == "refused"
        assert request_download(name, model)[-1]["stage"] == "refused"


@pytest.mark.parametrize("kind", ["private", "gated"])
@pytest.mark.parametrize("network", ["on", "offline", "none"])
def test_models_downloaded_with_the_token_are_closed_to_visitors(
    kind: str, network: str, hub_with_token: HubServer, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = f"{REPO}@{hub_with_token.add(REPO, files, private=kind == 'private', gated=kind == 'gated')}"
    assert library.load(REPO).name == name  # in memory, too
    if network == "offline":
        monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    elif network == "none":
        monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    assert_is_closed(name)
    assert library.load(name).name == name


def test_a_gated_file_of_another_commit_is_closed_too(hub_with_token: HubServer, files: Files) -> None:
    hub_with_token.add(REPO, files, gated=True)
    download_model()
    new = hub_with_token.add(REPO, {**files, "config.json": files["config.json"] + b"\n"}, "v1")  # the same weights
    assert "is gated" in refused_with(f"{REPO}@v1", visitor=True)
    assert in_cache(Source(REPO, new), visitor=True) is None
    assert not download.snapshot(REPO, new).exists()


def test_a_public_model_of_the_owner_opens_without_a_download(
    hub_with_token: HubServer, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = f"{REPO}@{hub_with_token.add(REPO, files)}"
    download_model()
    count = len(downloads(hub_with_token))
    with pytest.raises(BadInput, match="is not on this server"):  # no setting ever asks
        require_model(name)
    assert request_offer(name)[-1]["stage"] == "open"
    assert len(downloads(hub_with_token)) == count
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert require_model(REPO) == name  # it is known from now on
    assert request_offer(REPO)[-1]["stage"] == "open"


def test_offline_a_model_never_opened_on_the_page_is_not_offered(
    hub: HubServer, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.add(REPO, files)
    download_model()
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert refused_with(kind=Unreachable, visitor=True) == (
        f"{REPO} was not opened on this page before, and HF_HUB_OFFLINE forbids asking the Hub."
    )
    monkeypatch.setenv(client.TOKEN_NAME, "visitors")  # then all of the cache is
    assert download_model(visitor=True).is_downloaded


def test_a_public_commit_stays_open_in_a_private_repository(hub_with_token: HubServer, files: Files) -> None:
    old = f"{REPO}@{hub_with_token.add(REPO, files)}"
    download_model(visitor=True)
    hub_with_token.repos[REPO].private = True
    new = f"{REPO}@{hub_with_token.add(REPO, {**files, 'tokenizer.json': files['tokenizer.json'] + b' '})}"
    download_model()  # by the owner
    assert require_model(old) == old
    with pytest.raises(NotOnHub):
        download_model(REPO, visitor=True)
    with pytest.raises(BadInput):
        require_model(new)


def test_with_a_read_only_cache_permissions_last_as_long_as_the_server(
    hub: HubServer, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = f"{REPO}@{hub.add(REPO, files)}"
    download_model()
    really: Callable[..., None] = Path.touch

    def refuse(path: Path, *given: object) -> None:
        if path.suffix == ".public":
            raise PermissionError
        really(path)

    monkeypatch.setattr(Path, "touch", refuse)
    assert request_offer(REPO)[-1]["stage"] == "open"
    assert require_model(name) == name
    monkeypatch.setattr(visitors, "_unwritten", set())  # it starts again
    assert_is_closed_offline(name, monkeypatch)


def assert_is_closed_offline(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(BadInput):
        require_model(name)
    assert request_offer(name)[-1]["stage"] == "refused"


def test_visitors_get_the_hubs_errors(hub: HubServer, files: Files) -> None:
    hub.add(REPO, files)
    hub.trouble.append(Trouble("resolve", 500))
    with pytest.raises(HubError, match="error on its side"):
        download_model(visitor=True)

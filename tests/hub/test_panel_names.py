"""Names in the panel, in links and as settings: what is opened, what is suggested, and what is never downloaded."""

from pathlib import Path

import gradio as gr
import pytest

from playground import library
from playground.errors import BadInput, PlaygroundError
from playground.server import api, settings
from playground.server.settings import parse, require
from tests import stream
from tests.hub.hands import GPT2, REPO, SHA, download_model
from tests.hub.panel import open_link, request_download, request_offer
from tests.hub.server import HubServer

Files = dict[str, bytes]


# ── In the panel ─────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("text", ["shakespeare-lstmm", "a b", "LSTM", "", "a/b/c"])
def test_an_invalid_name_is_refused_with_the_valid_forms(text: str, server: HubServer) -> None:
    [message] = request_offer(text)
    assert message["stage"] == "refused"
    assert "type owner/name, owner/name@revision, or the address" in message["problem"]["text"]["en"]
    assert message["again"] is False
    assert not server.log


@pytest.mark.parametrize(
    ("text", "said", "meant"),
    [
        ("shakespear-lstm", "There is no model 'shakespear-lstm'", ["shakespeare-lstm"]),
        ("names gruu", "There is no model 'names gruu'", ["names-gru"]),
        ("../checkpoints/names-gru", "'../checkpoints/names-gru' is the path of a folder", ["names-gru"]),
        ("try ada/letters, please", "There is no model 'try ada/letters, please'", [REPO]),
        ("ada/letters/config.json", "There is no model 'ada/letters/config.json'", [REPO]),
        ("“./letters”", "'“./letters”' is the path of a folder", []),
        ("/etc/passwd", "'/etc/passwd' is the path of a folder, and the page does not open folders", []),
        ("https://example.org/a/b", "example.org is not the Hub: type owner/name", []),
        ("https://huggingface.co/spaces/a/b", "This is a Space, not a model: type owner/name", []),
    ],
)
def test_similar_names_are_suggested(text: str, said: str, meant: list[str], server: HubServer) -> None:
    [message] = request_offer(text)
    assert (message["stage"], message["meant"]) == ("refused", meant)
    assert message["problem"]["text"]["en"].startswith(said)
    assert not server.log


def test_a_missing_model_gets_suggestions_of_the_hub_and_bundled_ones(server: HubServer, files: Files) -> None:
    server.add(REPO, files)
    message = request_offer("bob/letters")[-1]
    assert (message["stage"], message["meant"]) == ("refused", [REPO])
    assert request_offer("bob/shakespeare-gru")[-1]["meant"] == ["shakespeare-gru"]


def test_a_token_model_can_be_named_as_one_by_characters(server: HubServer, foreign: Files) -> None:
    """In the box and in a link; it is offered, downloaded and opened as such."""
    name = f"{GPT2}@{server.add(GPT2, foreign)}"
    by = f"{name}:characters"
    assert open_link(model=by)["asks"] == by
    assert request_offer(f"{GPT2}:characters")[-1]["offer"]["name"] == name
    assert request_download(name, f"{GPT2}:characters")[-1]["name"] == by
    assert request_offer(f"{GPT2}:characters")[-1]["name"] == by
    message = open_link(model=by, prompt="a")
    assert (message["model"], message["asks"]) == (by, "")


def test_a_character_model_needs_no_by_characters_name(server: HubServer, files: Files) -> None:
    name = f"{REPO}@{server.add(REPO, files)}"
    assert request_offer(f"{REPO}:characters")[-1]["stage"] == "offer"
    message = request_download(name, f"{REPO}:characters")[-1]
    assert message["problem"]["text"]["en"] == f"{name} writes by characters already: leave out “:characters”."


def test_a_name_without_an_owner_is_offered_and_its_link_names_the_commit(server: HubServer, foreign: Files) -> None:
    name = f"openai-community/gpt2@{server.add('openai-community/gpt2', foreign)}"
    server.renamed["gpt2"] = "openai-community/gpt2"
    assert open_link(model="gpt2")["asks"] == "gpt2"
    assert request_offer("gpt2")[-1]["offer"]["name"] == name
    assert request_download(name, "gpt2")[-1]["name"] == name
    assert require({"model": "gpt2"}).model == name
    assert api.distribution(model="https://huggingface.co/gpt2", prompt="a")["model"] == name
    assert request_offer("gpt2")[-1]["stage"] == "open"


def test_a_folder_on_the_server_cannot_be_opened_from_the_page(
    server: HubServer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder.parent)
    (folder.parent / "ada").mkdir(exist_ok=True)
    (folder.parent / "ada" / "letters").symlink_to(folder)
    for text in (folder.name, f"./{folder.name}", str(folder), REPO):
        assert request_offer(text)[-1]["stage"] == "refused"
        with pytest.raises(BadInput):
            require({"model": text})
        with pytest.raises(PlaygroundError):
            library.load(text, visitor=True)


# ── Names of the Hub as settings ─────────────────────────────────────────────────────────────────
def test_no_setting_starts_a_download(server: HubServer, files: Files) -> None:
    name = f"{REPO}@{server.add(REPO, files)}"
    for model in (REPO, name, f"https://huggingface.co/{REPO}"):
        with pytest.raises(BadInput, match="is not on this server: open it on the page first"):
            require({"model": model})
        answer = stream.look(model=model, prompt="a")
        assert "open it on the page first" in answer["problem"]["text"]["en"]
        with pytest.raises(gr.Error, match="open it on the page first"):
            api.distribution(model=model)
    assert not server.log


def test_a_downloaded_model_is_a_model_like_any_other(server: HubServer, files: Files) -> None:
    name = f"{REPO}@{server.add(REPO, files)}"
    download_model(visitor=True)
    count = len(server.log)
    assert [require({"model": model}).model for model in (REPO, name)] == [name, name]
    assert parse({"model": name})[0].prompt == "abc"
    message = stream.look(model=name, prompt="abc")
    assert (message["model"], message["about"]["card"]["title"]) == (name, "Letters · test")
    assert api.distribution(model=REPO, prompt="a")["model"] == name
    assert api.score("abc", model=REPO)["model"] == name
    written = stream.write(settings=stream.settings(model=name, prompt="a", length=3))
    assert (written["model"], len(written.ids)) == (name, 3)
    assert len(server.log) == count


def test_a_link_to_a_downloaded_model_opens_it(server: HubServer, files: Files) -> None:
    name = f"{REPO}@{server.add(REPO, files)}"
    download_model(visitor=True)
    count = len(server.log)
    message = open_link(model=name, temperature="0.5")
    assert (message["model"], message["asks"], message["notices"]) == (name, "", [])
    assert message["settings"]["temperature"] == 0.5
    assert len(server.log) == count
    assert open_link(model=REPO)["asks"] == REPO  # the branch may have moved


def test_a_link_to_an_undownloaded_model_opens_the_default_with_its_settings(server: HubServer) -> None:
    name = f"{REPO}@{SHA}"
    message = open_link(model=name, prompt="abc", **{"top-k": "7"}, temperature="2")
    told = message["settings"]
    assert (told["model"], told["prompt"], told["top_k"]) == (settings.DEFAULTS["model"], "abc", 7)
    assert (message["asks"], message["notices"]) == (name, [])
    assert (message["model"], told["temperature"]) == (told["model"], 2.0)
    assert not server.log


@pytest.mark.parametrize(
    "model", ["gpt-9", "shakespear-lstm", "../checkpoints/shakespeare-gru", "LSTM", "gpt2", "a/b/c"]
)
def test_a_link_to_an_ambiguous_name_is_answered_in_the_panel(model: str, server: HubServer) -> None:
    message = open_link(model=model)
    assert (message["asks"], message["notices"]) == (model, [])


@pytest.mark.parametrize("model", ["", "../..", "<b>x</b>", f"{REPO}@../x", "https://example.org/a/b"])
def test_a_link_to_an_invalid_name_says_so(model: str, server: HubServer) -> None:
    message = open_link(model=model)
    assert message["asks"] == ""
    assert len(message["notices"]) == 1

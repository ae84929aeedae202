"""Publishing: files arrive unchanged, are sent once, and are shown first; and what cannot be published."""

import shutil
from pathlib import Path

import pytest
import torch

from playground import library
from playground.hub import publish as publishing
from playground.hub.listing import CARD, NEEDED
from playground.text import wordlist
from playground.text.wordlist import WordList
from tests.hub.hands import REPO, refused_with
from tests.hub.server import HubServer, Trouble

# The library's own way to send a large file without Xet; it is not ours to change.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")


def test_a_published_checkpoint_downloads_unchanged(
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

    found, made = library.load(REPO), library.load(folder)
    assert found.card == made.card
    assert found.vocabulary.symbols == made.vocabulary.symbols
    assert isinstance(found.model, torch.nn.Module) and isinstance(made.model, torch.nn.Module)
    for name, tensor in made.model.state_dict().items():
        assert torch.equal(found.model.state_dict()[name], tensor)
    sent = hub.repos[REPO].commits[sha]
    assert {*sent} == {*NEEDED, CARD}
    for name in NEEDED:
        assert sent[name] == (folder / name).read_bytes()


def test_the_word_list_is_published_with_the_weights(
    hub: HubServer, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", hub.token)
    shutil.copytree(folder, tmp_path / "letters")
    known = WordList.of({"to", "be"})
    known.save(tmp_path / "letters" / wordlist.FILE)
    assert publishing.main(["publish", str(tmp_path / "letters"), REPO]) == 0
    [sent] = hub.repos[REPO].commits.values()
    assert {*sent} == {*NEEDED, CARD, wordlist.FILE}
    assert library.load(REPO).words == known
    assert library.load(folder).words is None


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
    (copy / "history.json").write_text("{}")
    assert publishing.main(["publish", str(copy), REPO]) == 0
    assert [*hub.repos[REPO].commits.values()][-1]["history.json"] == b"{}"
    assert len(hub.asked("PUT")) == 1


@pytest.mark.parametrize("command", [["publish", "FOLDER"], ["space"]])
def test_a_dry_run_sends_nothing(
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


def test_a_repository_can_be_private(hub: HubServer, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", hub.token)
    assert publishing.main(["publish", str(folder), REPO, "--private"]) == 0
    assert hub.repos[REPO].private
    monkeypatch.delenv("HF_TOKEN")
    assert "private" in refused_with()


def test_the_app_is_published_as_a_space(
    hub: HubServer, repository: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if not (repository / ".git").exists():
        pytest.skip("not a git checkout")
    parcel = publishing.of_app(REPO)
    assert {name.split("/")[0] for name in parcel.files} == {*publishing.APP}
    assert {"app.py", "playground/ui/page.py", "checkpoints/shakespeare-gru/model.safetensors"} <= {*parcel.files}
    assert not any(part.startswith((".", "__pycache__")) for name in parcel.files for part in name.split("/"))
    few = {name: parcel.files[name] for name in ("app.py", "README.md", "playground/ui/pictures/play.png")}
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


def test_invalid_arguments_are_refused(
    hub: HubServer, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "Publishing needs a token that may write: log in" in refusal(["publish", str(folder), REPO], capsys)
    monkeypatch.setenv("HF_TOKEN", hub.token)
    for name in ("letters", "ada/letters@v1", f"{hub.url}/{REPO}", "a/b/c", "ada/letters/"):
        assert "is not a valid name on the Hub: give owner/name" in refusal(["publish", str(folder), name], capsys)
    assert "There is no model" in refusal(["publish", "bob/nothing", REPO], capsys)  # a folder, never one of the Hub
    broken = tmp_path / "broken"
    shutil.copytree(folder, broken)
    (broken / CARD).unlink()
    assert "README.md cannot be read" in refusal(["publish", str(broken), REPO], capsys)
    (broken / "model.safetensors").unlink()
    assert "broken: model.safetensors cannot be read" in refusal(["publish", str(broken), REPO], capsys)
    assert hub.log == []


def test_a_refusal_of_the_hub_is_reported(
    hub: HubServer, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_wrong")
    assert "does not know your token" in refusal(["publish", str(folder), REPO], capsys)
    monkeypatch.setenv("HF_TOKEN", hub.token)
    for place, status, sentence in (
        ("create", 403, "Your token may not do this"),
        ("create", 500, "an error on its side"),
        ("upload", 403, "Your token may not do this"),
        ("commit", 429, "too many requests"),
    ):
        hub.trouble[:] = [Trouble(place, status)]
        assert sentence in refusal(["publish", str(folder), REPO], capsys)
    assert all(not repo.commits for repo in hub.repos.values())
    hub.trouble[:] = [Trouble("create", 503, times=2), Trouble("commit", 502, times=2)]
    assert publishing.main(["publish", str(folder), REPO]) == 0
    assert len(hub.repos[REPO].commits) == 1
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert "HF_HUB_OFFLINE" in refusal(["publish", str(folder), REPO], capsys)

"""What a name leads to: its current name, a branch with slashes, and suggestions if the Hub has nothing."""

import pytest

from playground import library
from playground.errors import NotOnHub, UnknownModel, Unreachable
from playground.hub import client, suggestions
from playground.hub.offers import offer
from playground.hub.refs import Source, parse
from tests.hub.hands import GPT2, REPO, download_model, downloads, refusal
from tests.hub.server import HubServer, Trouble

CANONICAL = "openai-community/gpt2"


def test_a_name_without_an_owner_is_resolved_by_the_hub(hub: HubServer, foreign: dict[str, bytes]) -> None:
    sha = hub.add(CANONICAL, foreign)
    hub.renamed["gpt2"] = CANONICAL
    assert library.load("gpt2").name == f"{CANONICAL}@{sha}"
    assert library.load("https://huggingface.co/gpt2/tree/main").name == f"{CANONICAL}@{sha}"
    assert {a.path.split("/resolve/")[0] for a in downloads(hub)} == {f"/{CANONICAL}"}


def test_a_renamed_repository_has_its_new_name(hub: HubServer, files: dict[str, bytes]) -> None:
    sha = hub.add(REPO, files, "v1")
    hub.renamed["ada/old"] = REPO
    offered = offer(Source("ada/old", "v1"))
    assert (offered.source, offered.name) == (Source(REPO, "v1"), f"{REPO}@{sha}")


def test_a_cached_name_without_an_owner_is_found_offline(
    hub: HubServer, foreign: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    sha = hub.add(CANONICAL, foreign)
    download_model(CANONICAL)
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    assert library.load("gpt2").name == f"{CANONICAL}@{sha}"


@pytest.mark.parametrize("name", ["../../evil", "a/b/c", "", None, "a--b"])
def test_an_invalid_name_from_the_server_is_refused(
    name: str | None, hub: HubServer, files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.add(REPO, files)
    monkeypatch.setattr("tests.hub.server._Handler._info", lambda self, repo, revision: self._send_json({"id": name}))
    assert "does not answer as the Hub does" in str(refusal())
    assert not downloads(hub)


# Branches with slashes.


@pytest.mark.parametrize(
    ("page", "revision"),
    [
        ("tree/feature/x", "feature/x"),
        ("blob/feature/x/config.json", "feature/x"),
        ("tree/feature/x/y/z", "feature/x/y"),  # the longest
        ("blob/v1/config.json", "v1"),
        ("tree/feature%2Fx", "feature/x"),
    ],
)
def test_the_longest_matching_branch_of_an_address_is_used(
    page: str, revision: str, hub: HubServer, files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.add(REPO, files)
    for branch in ("v1", "feature/x", "feature/x/y"):
        hub.add(REPO, {**files, "tokenizer.json": files["tokenizer.json"] + branch.count("/") * b"\n"}, branch)
    assert download_model(f"{hub.url}/{REPO}/{page}").source == Source(REPO, revision)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert offer_of(f"{hub.url}/{REPO}/{page}") == Source(REPO, revision)


def offer_of(text: str) -> Source:
    source = parse(text)
    assert source
    return offer(source).source


def test_without_listed_refs_the_first_part_is_the_revision(hub: HubServer, files: dict[str, bytes]) -> None:
    hub.add(REPO, files, "v1")
    hub.trouble.append(Trouble("refs", 404))
    assert offer_of(f"{hub.url}/{REPO}/blob/v1/config.json") == Source(REPO, "v1")


# Suggestions.


def test_a_missing_model_gets_suggestions_from_the_hubs_search(hub: HubServer, files: dict[str, bytes]) -> None:
    for name in ("eve/letters-and-more", "eve/other", REPO, "eve/letters"):
        hub.add(name, files)
    hub.add("eve/letters-of-mine", files, private=True)
    error = refusal("bob/letters", NotOnHub)
    assert error.suggestions == (REPO, "eve/letters", "eve/letters-and-more")
    assert str(error).endswith(f"Did you mean {REPO} or eve/letters or eve/letters-and-more?")
    assert refusal("eve/lettres", NotOnHub).suggestions == ("eve/letters", "eve/letters-and-more", "eve/other")
    for number in range(10):
        hub.add(f"bob{number}/letters", files)
    assert len(refusal("bob/letters", NotOnHub).suggestions) == suggestions.MAX_SUGGESTIONS


@pytest.mark.parametrize(
    ("text", "first"),
    [("gpt2", CANONICAL), ("gpt-2", CANONICAL), ("openai/gpt2", CANONICAL), ("DistilGPT2", "distilbert/distilgpt2")],
)
def test_the_hubs_oldest_names_are_known(text: str, first: str, hub: HubServer) -> None:
    """Where the Hub does not redirect them, as a mirror."""
    assert refusal(text, NotOnHub).suggestions == (first,)


def test_without_a_network_the_oldest_names_are_suggested(hub: HubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    assert refusal("gpt2-medium", Unreachable).suggestions == ("openai-community/gpt2-medium",)
    assert refusal(REPO, Unreachable).suggestions == ()


@pytest.mark.parametrize("text", ["ada", "https://huggingface.co/ada", "https://huggingface.co/ADA/models"])
def test_a_user_name_suggests_models_of_that_user(text: str, hub: HubServer, files: dict[str, bytes]) -> None:
    for name in (REPO, "bob/adams", "ada/other"):
        hub.add(name, files)
    error = refusal(text, NotOnHub)
    assert "is a user or an organisation on the Hub, not a model" in error.sentence
    assert set(error.suggestions) == {REPO, "ada/other"}


@pytest.mark.parametrize("kind", [500, 429, "closed", "cut"])
def test_a_failed_search_does_not_change_the_error(kind: int | str, hub: HubServer) -> None:
    hub.trouble.append(Trouble("search", kind))
    error = refusal(GPT2, NotOnHub)
    assert error.sentence.startswith(f"{GPT2} is private, or not on the Hub: check the name.")
    assert error.suggestions == ()
    assert len(hub.asked(part="search=")) <= 1


def test_an_unanswered_search_times_out(hub: HubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "PATIENCE", 0.05)
    hub.trouble.append(Trouble("search", "silent"))
    assert refusal(GPT2, NotOnHub).suggestions == ()


@pytest.mark.parametrize(
    "answer", [{}, [7], [{"id": "../x"}], [{"id": None}], [{"id": "a" * 200 + "/b"}], [{"id": "<b>/x"}]]
)
def test_an_answer_that_names_nothing_suggests_nothing(
    answer: object, hub: HubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.hub.server._Handler._search", lambda self: self._send_json(answer))
    assert refusal(GPT2, NotOnHub).suggestions == ()


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("shakespear-lstm", ["shakespeare-lstm"]),
        ("shakespeare-lstmm", ["shakespeare-lstm"]),
        ("Shakespear · GRU", ["shakespeare-gru"]),
        ('"shakespeare-gru"', ["shakespeare-gru"]),
        ("../checkpoints/shakespeare-gru", ["shakespeare-gru"]),
        ("nietsche", ["nietzsche-lstm"]),
        ("LSTM", ["shakespeare-lstm", "korean-lstm", "lua-lstm", "nietzsche-lstm"]),
        ("géron", ["shakespeare-gru-geron"]),
        *(("gpt2", []), ("c", []), ("", []), ("a/b/c", []), ("<b>", []), ("x" * 10_000, [])),
    ],
)
def test_misspelt_bundled_names_are_suggested(text: str, meant: list[str]) -> None:
    assert suggestions.near(text, library.all_cards()) == meant


def test_a_misspelt_bundled_name_sends_no_request_to_the_hub(hub: HubServer) -> None:
    with pytest.raises(UnknownModel) as caught:
        library.load("shakespear-lstm")
    assert str(caught.value).endswith("Did you mean shakespeare-lstm?")
    assert not hub.log


def test_an_unknown_name_lists_the_available_models(hub: HubServer) -> None:
    with pytest.raises(UnknownModel, match="choose one of shakespeare-bigram"):
        library.load("no-such-model")

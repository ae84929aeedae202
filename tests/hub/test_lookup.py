"""What a name leads to: the name of today, the branch with slashes, and suggestions where the Hub has nothing."""

import pytest

from playground import library
from playground.errors import NotOnHub, UnknownModel, Unreachable
from playground.hub import client, suggestions
from playground.hub.offers import offer
from playground.hub.refs import Source, parse
from tests.hub.hands import GPT2, REPO, downloads, fetched, refused
from tests.hub.server import HubServer, Trouble

CANONICAL = "openai-community/gpt2"


def test_a_name_without_an_owner_is_the_one_that_the_hub_says(hub: HubServer, foreign: dict[str, bytes]) -> None:
    sha = hub.add(CANONICAL, foreign)
    hub.renamed["gpt2"] = CANONICAL
    assert library.load("gpt2").name == f"{CANONICAL}@{sha}"
    assert library.load("https://huggingface.co/gpt2/tree/main").name == f"{CANONICAL}@{sha}"
    assert {a.path.split("/resolve/")[0] for a in downloads(hub)} == {f"/{CANONICAL}"}


def test_a_name_that_was_changed_is_the_new_one(hub: HubServer, files: dict[str, bytes]) -> None:
    sha = hub.add(REPO, files, "v1")
    hub.renamed["ada/old"] = REPO
    offered = offer(Source("ada/old", "v1"))
    assert (offered.source, offered.name) == (Source(REPO, "v1"), f"{REPO}@{sha}")


def test_a_name_without_an_owner_is_found_without_the_hub(
    hub: HubServer, foreign: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    sha = hub.add(CANONICAL, foreign)
    fetched(CANONICAL)
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    assert library.load("gpt2").name == f"{CANONICAL}@{sha}"


@pytest.mark.parametrize("name", ["../../evil", "a/b/c", "", None, "a--b"])
def test_a_name_from_a_server_that_is_none_is_refused(
    name: str | None, hub: HubServer, files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.add(REPO, files)
    monkeypatch.setattr("tests.hub.server._Handler._info", lambda self, repo, revision: self._send_json({"id": name}))
    assert "does not answer as the Hub does" in str(refused())
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
def test_of_an_address_the_longest_branch_is_taken(
    page: str, revision: str, hub: HubServer, files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.add(REPO, files)
    for branch in ("v1", "feature/x", "feature/x/y"):
        hub.add(REPO, {**files, "tokenizer.json": files["tokenizer.json"] + branch.count("/") * b"\n"}, branch)
    assert fetched(f"{hub.url}/{REPO}/{page}").source == Source(REPO, revision)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert offer_of(f"{hub.url}/{REPO}/{page}") == Source(REPO, revision)


def offer_of(text: str) -> Source:
    source = parse(text)
    assert source
    return offer(source).source


def test_where_refs_are_not_listed_the_first_part_is_the_revision(hub: HubServer, files: dict[str, bytes]) -> None:
    hub.add(REPO, files, "v1")
    hub.trouble.append(Trouble("refs", 404))
    assert offer_of(f"{hub.url}/{REPO}/blob/v1/config.json") == Source(REPO, "v1")


# Suggestions.


def test_what_is_not_there_gets_what_the_hub_finds_by_its_name(hub: HubServer, files: dict[str, bytes]) -> None:
    for name in ("eve/letters-and-more", "eve/other", REPO, "eve/letters"):
        hub.add(name, files)
    hub.add("eve/letters-of-mine", files, private=True)
    error = refused("bob/letters", NotOnHub)
    assert error.suggestions == (REPO, "eve/letters", "eve/letters-and-more")
    assert str(error).endswith(f"Did you mean {REPO} or eve/letters or eve/letters-and-more?")
    assert refused("eve/lettres", NotOnHub).suggestions == ("eve/letters", "eve/letters-and-more", "eve/other")
    for number in range(10):
        hub.add(f"bob{number}/letters", files)
    assert len(refused("bob/letters", NotOnHub).suggestions) == suggestions.MOST


@pytest.mark.parametrize(
    ("text", "first"),
    [("gpt2", CANONICAL), ("gpt-2", CANONICAL), ("openai/gpt2", CANONICAL), ("DistilGPT2", "distilbert/distilgpt2")],
)
def test_the_hubs_oldest_names_are_known(text: str, first: str, hub: HubServer) -> None:
    """Where the Hub does not redirect them, as a mirror."""
    assert refused(text, NotOnHub).suggestions == (first,)


def test_without_a_network_the_oldest_names_are_suggested(hub: HubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    assert refused("gpt2-medium", Unreachable).suggestions == ("openai-community/gpt2-medium",)
    assert refused(REPO, Unreachable).suggestions == ()


@pytest.mark.parametrize("text", ["ada", "https://huggingface.co/ada", "https://huggingface.co/ADA/models"])
def test_a_user_is_told_with_models_of_theirs(text: str, hub: HubServer, files: dict[str, bytes]) -> None:
    for name in (REPO, "bob/adams", "ada/other"):
        hub.add(name, files)
    error = refused(text, NotOnHub)
    assert "is a user or an organisation on the Hub, not a model" in error.sentence
    assert set(error.suggestions) == {REPO, "ada/other"}


@pytest.mark.parametrize("kind", [500, 429, "closed", "cut"])
def test_a_search_that_fails_takes_nothing_away(kind: int | str, hub: HubServer) -> None:
    hub.trouble.append(Trouble("search", kind))
    error = refused(GPT2, NotOnHub)
    assert error.sentence.startswith(f"{GPT2} is private, or not on the Hub: check the name.")
    assert error.suggestions == ()
    assert len(hub.asked(part="search=")) <= 1


def test_a_search_in_silence_ends(hub: HubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "PATIENCE", 0.05)
    hub.trouble.append(Trouble("search", "silent"))
    assert refused(GPT2, NotOnHub).suggestions == ()


@pytest.mark.parametrize(
    "answer", [{}, [7], [{"id": "../x"}], [{"id": None}], [{"id": "a" * 200 + "/b"}], [{"id": "<b>/x"}]]
)
def test_an_answer_that_names_nothing_suggests_nothing(
    answer: object, hub: HubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.hub.server._Handler._search", lambda self: self._send_json(answer))
    assert refused(GPT2, NotOnHub).suggestions == ()


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
def test_bundled_ones_nearly_named(text: str, meant: list[str]) -> None:
    assert suggestions.near(text, library.all_cards()) == meant


def test_a_bundled_one_nearly_named_is_no_question_to_the_hub(hub: HubServer) -> None:
    with pytest.raises(UnknownModel) as caught:
        library.load("shakespear-lstm")
    assert str(caught.value).endswith("Did you mean shakespeare-lstm?")
    assert not hub.log


def test_a_name_that_nobody_knows_lists_those_that_are_here(hub: HubServer) -> None:
    with pytest.raises(UnknownModel, match="choose one of shakespeare-bigram"):
        library.load("no-such-model")

"""Names and addresses: every way to write a source, what is none, and what is refused."""

import pytest

from playground.errors import BadInput
from playground.hub.refs import Source, parse
from tests.hub.hands import SHA


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
def test_every_form_of_a_source_is_parsed(text: str, repo: str, revision: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "https://hub.school.example/")
    assert parse(text) == Source(repo, revision)


# Each as somebody pasted it.
@pytest.mark.parametrize(
    ("text", "repo", "revision"),
    [
        # Names without an owner, as the Hub's oldest models have.
        ("gpt2", "gpt2", "main"),
        ("gpt2@v1", "gpt2", "v1"),
        ("https://huggingface.co/gpt2", "gpt2", "main"),
        ("https://huggingface.co/gpt2/tree/main", "gpt2", "main"),
        ("https://huggingface.co/gpt2/resolve/v1/config.json", "gpt2", "v1"),
        # git.
        ("ada/letters.git", "ada/letters", "main"),
        ("https://huggingface.co/ada/letters.git", "ada/letters", "main"),
        ("git clone https://huggingface.co/ada/letters", "ada/letters", "main"),
        ("git clone git@hf.co:ada/letters", "ada/letters", "main"),
        ("git@hf.co:ada/letters.git", "ada/letters", "main"),
        ("ssh://git@hf.co/ada/letters.git", "ada/letters", "main"),
        ("https://ada:hf_secret@huggingface.co/ada/letters", "ada/letters", "main"),
        # Pages deep inside.
        ("https://huggingface.co/ada/letters/commits/main", "ada/letters", "main"),
        ("https://huggingface.co/ada/letters/edit/v1.0/README.md", "ada/letters", "v1.0"),
        ("https://huggingface.co/ada/letters/blob/v1.0/a/b/config.json?x=1#L3", "ada/letters", "v1.0"),
        ("https://huggingface.co/ada/letters/tree/refs/pr/1/sub", "ada/letters", "refs/pr/1"),
        ("https://huggingface.co/ada/letters/discussions/3/files", "ada/letters", "refs/pr/3"),
        ("https://huggingface.co/api/models/ada/letters", "ada/letters", "main"),
        ("https://huggingface.co/api/models/ada/letters/revision/v1.0", "ada/letters", "v1.0"),
        (f"https://huggingface.co/api/resolve-cache/models/ada/letters/{SHA}/config.json", "ada/letters", SHA),
        ("ada/letters/tree/v1.0", "ada/letters", "v1.0"),
        # Hosts.
        ("HTTPS://HuggingFace.co/ada/letters", "ada/letters", "main"),
        ("www.huggingface.co/ada/letters", "ada/letters", "main"),
        ("hf.co/ada/letters", "ada/letters", "main"),
        ("https://hf-mirror.com/ada/letters/tree/v1.0", "ada/letters", "v1.0"),
        ("hub.school.example/ada/letters", "ada/letters", "main"),
        ("ollama run hf.co/ada/letters:Q4_K_M", "ada/letters", "main"),
        # The library's own.
        ("hf://ada/letters", "ada/letters", "main"),
        ("hf://ada/letters@v1.0/config.json", "ada/letters", "v1.0"),
        ("hf://ada/letters@refs/pr/1/config.json", "ada/letters", "refs/pr/1"),
        ("hf://models/ada/letters", "ada/letters", "main"),
        ("models/ada/letters", "ada/letters", "main"),
        ("models--ada--letters", "ada/letters", "main"),
        ("ada%2Fletters", "ada/letters", "main"),
        # Code and commands.
        ('AutoModelForCausalLM.from_pretrained("ada/letters")', "ada/letters", "main"),
        ("from_pretrained('gpt2', revision='v1')", "gpt2", "v1"),
        ('pipeline("text-generation", model="ada/letters")', "ada/letters", "main"),
        ('checkpoint = load("ada/letters@v1.0")', "ada/letters", "v1.0"),
        ('snapshot_download(repo_id="ada/letters", revision="v1.0")', "ada/letters", "v1.0"),
        ("hf download ada/letters --revision v1.0", "ada/letters", "v1.0"),
        ("[letters](https://huggingface.co/ada/letters)", "ada/letters", "main"),
        ("The model is https://huggingface.co/ada/letters.", "ada/letters", "main"),
        (r"https:\/\/huggingface.co\/ada\/letters", "ada/letters", "main"),
        # Surrounding punctuation and invisible characters.
        ('"ada/letters"', "ada/letters", "main"),
        ("“ada/letters”,", "ada/letters", "main"),
        ("`ada/letters`.", "ada/letters", "main"),
        ("<ada/letters>", "ada/letters", "main"),
        ("ada/letters…", "ada/letters", "main"),
        ("\ufeffada/\u200bletters\u2060", "ada/letters", "main"),
        ("ada/letters\n", "ada/letters", "main"),
        ("ada / letters", "ada/letters", "main"),
        ("ada\\letters", "ada/letters", "main"),
        ("ａｄａ／letters", "ada/letters", "main"),  # from a Korean or Japanese keyboard
    ],
)
def test_every_pasted_form_is_parsed(text: str, repo: str, revision: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "https://hub.school.example/")
    assert parse(text) == Source(repo, revision)


def test_an_endpoint_with_a_path_and_a_port(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://mirror.example:8080/hub")
    assert parse("http://mirror.example:8080/hub/ada/letters/tree/v1.0") == Source("ada/letters", "v1.0")
    with pytest.raises(BadInput, match=r"^mirror\.example is not the Hub"):
        parse("http://mirror.example:9090/hub/ada/letters")


@pytest.mark.parametrize(
    ("address", "revisions"),
    [
        ("tree/feature/x/sub", ["feature/x/sub", "feature/x", "feature"]),
        ("blob/v1.0/config.json", ["v1.0/config.json", "v1.0"]),
        ("tree/feature%2Fx/sub", ["feature/x"]),
        ("blob/main/a/config.json", ["main"]),
        (f"blob/{SHA}/config.json", [SHA]),
        ("tree/feature/../x", ["feature"]),
    ],
)
def test_a_revision_with_slashes_has_several_readings(address: str, revisions: list[str]) -> None:
    found = parse(f"https://huggingface.co/ada/letters/{address}")
    assert found is not None
    assert found.revisions() == revisions


@pytest.mark.parametrize(
    "text",
    [
        *("", "a/b/c", "../checkpoints", "./letters", "..", "/etc/passwd", "/ada/letters", "a b/c"),
        *("/", "\0/a", "\ud800"),
        *("~/letters", "C:\\models\\letters", "\\\\server\\letters", "file:///etc/passwd", '"./letters"'),
        *("https://huggingface.co/", "http://[/a", "<b>x</b>", "gpt 2", "Shakespeare · LSTM", "./ada\u200b/letters"),
        *("ftp://huggingface.co/ada/letters", "https://huggingface.co/../..", "ada/..", "ada/..%2f..", "a" * 5000),
    ],
)
def test_other_texts_are_no_source(text: str) -> None:
    assert parse(text) is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ada/letters@", "after @ is empty"),
        ("ada/letters@../../etc", "is not a revision"),
        ("ada/letters@a b", "is not a revision"),
        ("https://huggingface.co/ada/letters/tree/..%2F..%2Fetc", "is not a revision"),
        ("https://huggingface.co/datasets/ada/letters", "^This is a dataset, not a model: type owner/name"),
        ("datasets/ada/letters", "^This is a dataset"),
        ("hf://datasets/ada/letters", "^This is a dataset"),
        ("https://huggingface.co/spaces/ada/letters", "^This is a Space, not a model"),
        ("https://ada-letters.hf.space/?x=1", "^This is a Space, not a model"),
        ("https://huggingface.co/collections/ada/letters-65", "^This is a collection, not a model"),
        ("https://huggingface.co/papers/2401.00001", "^This is a paper, not a model"),
        ("https://huggingface.co/docs/hub/models", "^This is a page to read, not a model"),
        ("https://huggingface.co/pricing", "^This is a page of the Hub's site, not a model"),
        ("https://huggingface.co/models?search=gpt2", "^This is the list of all models"),
        ("https://example.org/ada/letters", r"^example\.org is not the Hub: type owner/name"),
        ("https://github.com/ada/letters", r"^github\.com is not the Hub"),
        ("https://huggingface.co.example.org/ada/letters", r"^huggingface\.co\.example\.org is not the Hub"),
    ],
)
def test_sources_that_are_refused(text: str, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        parse(text)


@pytest.mark.parametrize("address", ["https://huggingface.co/ada", "https://huggingface.co/ada/models", "ada/"])
def test_a_user_is_read_as_a_name_without_an_owner(address: str) -> None:
    assert parse(address) == Source("ada")


def test_a_source_round_trips() -> None:
    assert [str(parse(t)) for t in ("ada/letters", "ada/letters@v1")] == ["ada/letters", "ada/letters@v1"]

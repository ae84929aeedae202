"""Names and addresses: every way to write a source, what is none, and what is refused."""

import pytest

from playground.addresses import Source, parse
from playground.errors import BadInput
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

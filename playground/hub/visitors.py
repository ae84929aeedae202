"""What visitors of the page may read of the cache: what the Hub shows to everybody.

The cache may hold what the owner of the server fetched with a token. A commit is open to visitors once the Hub let
it be read without a token; that is kept in a file beside it. With PLAYGROUND_HUB_TOKEN=visitors all of the cache is.
"""

import threading
from pathlib import Path

from huggingface_hub import get_hf_file_metadata, hf_hub_url

from playground.hub import client, download

_unwritten: set[Path] = set()  # marks that could not be written: what the Hub said to this process


def folder(repo: str) -> Path:
    """Where it is kept what visitors did with a repository. The library does not look there."""
    return download.repository(repo) / ".playground"


def may_read(repo: str, commit: str) -> bool:
    """Whether visitors may have a commit from the cache without a question to the Hub."""
    mark = _mark(repo, commit)
    return client.shares_token() or mark.is_file() or mark in _unwritten


def ask_for(repo: str, commit: str, file: str, stop: threading.Event) -> None:
    """Ask the Hub whether anybody may read a commit, by one of its files, and keep it if so. HubError if not."""
    if may_read(repo, commit):
        return
    # The list of files is no answer: the Hub shows it of gated repositories, too.
    url = hf_hub_url(repo, file, revision=commit, endpoint=client.endpoint())
    timeout = client.PATIENCE
    client.ask(repo, lambda: get_hf_file_metadata(url, token=False, timeout=timeout), stop, visitor=True)
    mark = _mark(repo, commit)
    try:
        mark.parent.mkdir(parents=True, exist_ok=True)
        mark.touch()
    except OSError:  # a cache that is only read
        _unwritten.add(mark)


def _mark(repo: str, commit: str) -> Path:
    return folder(repo) / f"{commit}.public"

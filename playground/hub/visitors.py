"""Which cached files visitors of the page may read: those that the Hub shows to everybody.

The cache may contain what the server's owner downloaded with a token. A commit is open to visitors once the Hub allowed
reading it without a token, which is recorded in a file beside it. With PLAYGROUND_HUB_TOKEN=visitors the whole cache
is.
"""

import threading
from pathlib import Path

from huggingface_hub import get_hf_file_metadata, hf_hub_url

from playground.hub import client, download

_unwritten: set[Path] = set()  # marks that could not be written to disk: the Hub's answers to this process


def folder(repo: str) -> Path:
    """The folder of our records on visitors' use of a repository. The library does not look there."""
    return download.repository(repo) / ".playground"


def may_read(repo: str, commit: str) -> bool:
    """Whether visitors may read a cached commit without asking the Hub."""
    mark = _mark(repo, commit)
    return client.shares_token() or mark.is_file() or mark in _unwritten


def ask_for(repo: str, commit: str, file: str, stop: threading.Event) -> None:
    """Ask the Hub whether anybody may read a commit, by requesting one of its files, and record it if so. HubError if
    not."""
    if may_read(repo, commit):
        return
    # The file listing does not answer this: the Hub shows it for gated repositories too.
    url = hf_hub_url(repo, file, revision=commit, endpoint=client.endpoint())
    timeout = client.PATIENCE
    client.ask(repo, lambda: get_hf_file_metadata(url, token=False, timeout=timeout), stop, visitor=True)
    mark = _mark(repo, commit)
    try:
        mark.parent.mkdir(parents=True, exist_ok=True)
        mark.touch()
    except OSError:  # a read-only cache
        _unwritten.add(mark)


def _mark(repo: str, commit: str) -> Path:
    return folder(repo) / f"{commit}.public"

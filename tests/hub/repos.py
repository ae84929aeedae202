"""The repositories of the test Hub, and the ids that git and LFS give their files."""

import hashlib
from dataclasses import dataclass, field
from typing import Any

LARGE = (".safetensors", ".png")  # what is stored with LFS


@dataclass
class Repo:
    """commits: the files of each commit, by its sha. refs: the commit of each branch or tag."""

    commits: dict[str, dict[str, bytes]] = field(default_factory=dict)
    refs: dict[str, str] = field(default_factory=dict)
    private: bool = False
    gated: bool = False
    sdk: str = ""
    listed: list[dict[str, Any]] | None = None  # overrides of the info


def git_oid(content: bytes) -> str:
    """The git id of a blob."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def etag(name: str, content: bytes) -> str:
    """The ETag that the Hub gives a file."""
    return hashlib.sha256(content).hexdigest() if name.endswith(LARGE) else git_oid(content)

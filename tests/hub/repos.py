"""What the Hub of the tests keeps: repositories, and the names that git and LFS give their files."""

import hashlib
from dataclasses import dataclass, field
from typing import Any

LARGE = (".safetensors", ".png")  # what is stored with LFS


@dataclass
class Repo:
    """commits: the files of each commit, by its sha; refs: the commit of each branch or tag."""

    commits: dict[str, dict[str, bytes]] = field(default_factory=dict)
    refs: dict[str, str] = field(default_factory=dict)
    private: bool = False
    gated: bool = False
    sdk: str = ""
    listed: list[dict[str, Any]] | None = None  # what the info says instead of the truth


def git_oid(content: bytes) -> str:
    """The name that git gives a blob."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def oid(name: str, content: bytes) -> str:
    """The ETag that the Hub gives a file."""
    return hashlib.sha256(content).hexdigest() if name.endswith(LARGE) else git_oid(content)

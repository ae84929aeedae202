"""From what is typed or pasted to a source on the Hub: `owner/name`, `owner/name@revision`, or a whole address.

    parse("https://huggingface.co/owner/name/tree/v1.0")    # Source("owner/name", "v1.0")

A text is only read here. Whether the Hub has what it names, fetching.py asks.
"""

import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from huggingface_hub.errors import HFValidationError
from huggingface_hub.utils import validate_repo_id  # type: ignore[attr-defined]  # not marked as exported

from playground import questions
from playground.errors import BadInput

HOSTS = ("huggingface.co", "www.huggingface.co", "hf.co")
REVISION = re.compile(r"(?!.*(\.\.|//|/\.|\.lock$|/$))[A-Za-z0-9_][\w./+-]{0,199}", re.ASCII)
PAGES = ("tree", "blob", "resolve", "raw", "commit", "commits")
OTHERS = ("datasets", "spaces", "buckets", "kernels", "collections", "papers", "docs", "organizations")


@dataclass(frozen=True)
class Source:
    """A repository of models on the Hub, and one of its branches, tags or commits."""

    repo: str
    revision: str = "main"

    def __str__(self) -> str:
        return self.repo if self.revision == "main" else f"{self.repo}@{self.revision}"


def parse(text: str) -> Source | None:
    """The source that a text names: `owner/name`, `owner/name@revision`, or an address of the Hub, pasted whole.

    None when it is no name of the Hub's kind; BadInput when it is one, and no model's or with a bad revision.
    """
    text = text.strip()
    address = _of_address(text)
    parts = address if address is not None else text.removesuffix("/").split("/", maxsplit=1)
    if len(parts) < 2:
        return None
    if address is not None and parts[0] in OTHERS:
        raise BadInput("This is not the address of a model: paste that of a model's page on the Hub, or owner/name.")
    owner, name, revision = parts[0], parts[1], ""
    if address is None:
        name, at, revision = name.partition("@")
        if at and not revision:
            raise BadInput("The revision after @ is empty: name a branch, a tag or a commit, or leave out the @.")
    elif len(parts) > 3 and parts[2] in PAGES:
        revision = unquote(parts[3])
    try:
        validate_repo_id(f"{owner}/{name}")
    except HFValidationError:
        return None
    if revision and not REVISION.fullmatch(revision):
        raise BadInput(f"{revision[:80]!r} is no revision: name a branch, a tag or a commit of {owner}/{name}.")
    return Source(f"{owner}/{name}", revision or "main")


def _of_address(text: str) -> list[str] | None:
    """The parts of the path of an address on the Hub; None for any other text."""
    try:
        found = urlsplit(text if "://" in text else f"https://{text}")
        own = urlsplit(questions.endpoint())
    except ValueError:
        return None
    if found.scheme not in ("http", "https") or found.netloc.lower() not in (*HOSTS, own.netloc.lower()):
        return None
    return [part for part in found.path.split("/") if part]

"""What the tests of the Hub are written in: the names and the record of a small checkpoint, fetching, and refusals."""

from pathlib import Path

import pytest

from playground.errors import HubError
from playground.hub.offers import Offer, fetch, offer
from playground.hub.refs import parse
from tests.hub.server import Asked, HubServer

REPO = "ada/letters"
GPT2 = "bob/tiny-gpt2"
SHA = "0123456789abcdef0123456789abcdef01234567"


def fetched(text: str = REPO, visitor: bool = False) -> Offer:
    """Fetch a model by its name, to the end; as the owner of the server, or as a visitor."""
    source = parse(text)
    assert source
    offered = offer(source, visitor=visitor)
    for _ in fetch(offered):
        pass
    return offered


def said(text: str = REPO, kind: type[HubError] = HubError, visitor: bool = False) -> str:
    """What is said when this cannot be fetched."""
    return str(refused(text, kind, visitor))


def refused(text: str = REPO, kind: type[HubError] = HubError, visitor: bool = False) -> HubError:
    """The error when this cannot be fetched."""
    with pytest.raises(kind) as caught:
        fetched(text, visitor)
    return caught.value


def downloads(hub: HubServer) -> list[Asked]:
    """The questions for a file."""
    return [a for a in hub.asked("GET") if "/resolve/" in a.path]


def outside(tmp_path: Path) -> set[Path]:
    """What lies beside the cache."""
    return {path for path in tmp_path.rglob("*") if not path.is_relative_to(tmp_path / "home" / "hub")}

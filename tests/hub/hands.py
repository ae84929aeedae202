"""Helpers of the Hub tests: names, the record of a small checkpoint, downloads and refusals."""

from pathlib import Path

import pytest

from playground.errors import HubError
from playground.hub.offers import Offer, fetch, offer
from playground.hub.refs import parse
from tests.hub.server import Asked, HubServer

REPO = "ada/letters"
GPT2 = "bob/tiny-gpt2"
SHA = "0123456789abcdef0123456789abcdef01234567"


def download_model(text: str = REPO, visitor: bool = False) -> Offer:
    """Download a model by name, to the end; as the server's owner, or as a visitor."""
    source = parse(text)
    assert source
    offered = offer(source, visitor=visitor)
    for _ in fetch(offered):
        pass
    return offered


def refused_with(text: str = REPO, kind: type[HubError] = HubError, visitor: bool = False) -> str:
    """The message when this cannot be downloaded."""
    return str(refusal(text, kind, visitor))


def refusal(text: str = REPO, kind: type[HubError] = HubError, visitor: bool = False) -> HubError:
    """The error when this cannot be downloaded."""
    with pytest.raises(kind) as caught:
        download_model(text, visitor)
    return caught.value


def downloads(hub: HubServer) -> list[Asked]:
    """The requests for files."""
    return [a for a in hub.asked("GET") if "/resolve/" in a.path]


def files_outside(tmp_path: Path) -> set[Path]:
    """The files beside the cache."""
    return {path for path in tmp_path.rglob("*") if not path.is_relative_to(tmp_path / "home" / "hub")}

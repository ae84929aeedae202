"""An app that asks a Hub of our own, and what a repository there holds."""

import re
from collections.abc import Iterator
from itertools import count

import pytest
import torch

from playground import library
from playground.hub.listing import CARD, NEEDED
from playground.models import build
from playground.text.characters import Vocabulary
from tests.browser.hub.hands import Place, environment
from tests.conftest import running_app
from tests.hub import answering
from tests.hub.server import HubServer
from tests.small_record import SMALL_CARD

VOCABULARY = Vocabulary.from_text("\n abcdefgh")


@pytest.fixture(scope="package")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What a repository of a small checkpoint holds."""
    torch.manual_seed(1)
    model = build("lstm", {"vocabulary": len(VOCABULARY), "embedding": 8, "hidden": 64}).eval()
    folder = tmp_path_factory.mktemp("made") / "letters"
    library.save(folder, "lstm", model, VOCABULARY, "\n", SMALL_CARD)
    return {name: (folder / name).read_bytes() for name in (*NEEDED, CARD)}


@pytest.fixture(scope="package")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("hub")
    with HubServer() as hub:
        asks = environment(hub.url, folder / "home")
        with running_app(folder / "app.log", "-m", "tests.browser.hub.app", **asks) as address:
            yield Place(address, hub, folder / "home")


@pytest.fixture
def place(started: Place, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """The running app, and its Hub, which has no troubles yet and sends slowly what is to be slow."""
    monkeypatch.setattr(answering, "SLOW_BYTES", 1_024)
    yield started
    started.hub.trouble.clear()


TRIES = count()


@pytest.fixture
def repo(request: pytest.FixtureRequest) -> str:
    """A name that no other test uses, and no other try of this one, which may have downloaded the model."""
    name = re.sub(r"\W+", "-", request.node.name.removeprefix("test_"))[:60].strip("-")
    return f"ada/{name}-{next(TRIES)}"

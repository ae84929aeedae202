"""An app connected to a fake Hub, and the files of a repository there."""

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
    """The files of a repository with a small checkpoint."""
    torch.manual_seed(1)
    model = build("lstm", {"vocabulary": len(VOCABULARY), "embedding": 8, "hidden": 64}).eval()
    folder = tmp_path_factory.mktemp("made") / "letters"
    library.save(folder, "lstm", model, VOCABULARY, "\n", SMALL_CARD)
    return {name: (folder / name).read_bytes() for name in (*NEEDED, CARD)}


@pytest.fixture(scope="package")
def started_place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("hub")
    with HubServer() as hub:
        asks = environment(hub.url, folder / "home")
        with running_app(folder / "app.log", "-m", "tests.browser.hub.app", **asks) as address:
            yield Place(address, hub, folder / "home")


@pytest.fixture
def place(started_place: Place, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """The running app and its fake Hub, reset: no failures, and the slow files are sent slowly."""
    monkeypatch.setattr(answering, "SLOW_BYTES", 1_024)
    yield started_place
    started_place.hub.trouble.clear()


TRIES = count()


@pytest.fixture
def repo(request: pytest.FixtureRequest) -> str:
    """A repository name that no other test uses, nor another try of this one, which may have downloaded the model."""
    name = re.sub(r"\W+", "-", request.node.name.removeprefix("test_"))[:60].strip("-")
    return f"ada/{name}-{next(TRIES)}"

"""An app with a model in its cache, for tests with a `folder` fixture: a model folder as in a Hub cache."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from gradio_client import Client

from playground import library
from playground.library import Checkpoint
from tests.conftest import app_with_cache


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    with app_with_cache(folder.parents[3]) as address:
        yield address


@pytest.fixture(scope="module")
def client(address: str) -> Client:
    return Client(address, verbose=False)


@pytest.fixture(scope="module")
def checkpoint(folder: Path) -> Checkpoint:
    return library.load(folder)

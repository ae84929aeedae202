"""Fixtures shared by the tests of the engine."""

import os
from pathlib import Path

import pytest

from tests import small_gpt2

# As set by the command that starts Ray. A process reads it once, on importing Ray, and some tests do that long before
# another test of the same process connects to a cluster.
os.environ.setdefault("RAY_AUTH_MODE", "token")


@pytest.fixture(scope="module")
def of_hub(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a token model, as in a Hub cache."""
    folder = tmp_path_factory.mktemp("hub") / "hub" / "models--someone--cuts" / "snapshots" / ("8" * 40)
    small_gpt2.write(folder, 16_000, sure=3)
    return folder

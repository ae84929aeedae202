"""A small model of GPT-2's family in a folder."""

from pathlib import Path

import pytest

from tests.gpt2.hands import make_folder, reference
from tests.text.test_tokens import END, train


@pytest.fixture(scope="session")
def tokenizer() -> str:
    """A small `tokenizer.json`, whose token 0 ends a text."""
    return train([END]).to_str()


@pytest.fixture
def folder(tmp_path: Path, tokenizer: str) -> Path:
    return make_folder(tmp_path / "tiny", reference(), tokenizer)

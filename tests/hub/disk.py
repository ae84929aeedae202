"""What the tests of the disk are written in: small models of visitors, their age, and what is there of them."""

import os
import time

import pytest

from playground.hub import download, quota
from playground.hub.offers import in_cache
from playground.hub.refs import Source
from tests.hub.hands import fetched

Files = dict[str, bytes]
SIZE = 100_000  # bytes of the weights
HOUR = 3600.0


def sized(files: Files, letter: str, size: int = SIZE) -> Files:
    return {name: files[name] for name in ("config.json", "tokenizer.json")} | {
        "model.safetensors": letter.encode() * size
    }


def allow(monkeypatch: pytest.MonkeyPatch, models: float) -> None:
    """Let visitors' downloads fill the room of so many models."""
    monkeypatch.setenv(quota.QUOTA_NAME, str(models * (SIZE + 5_000) / 1e6))


def bring(letter: str, hours: float = 0) -> None:
    """Download a model for a visitor, who last used it so many hours ago."""
    fetched(f"ada/{letter}", visitor=True)
    age(letter, hours)


def age(letter: str, hours: float) -> None:
    then = time.time() - hours * HOUR
    for record in download.repository(f"ada/{letter}").glob(".playground/*.json"):
        os.utime(record, (then, then))


def here() -> str:
    """The letters of the models that the cache has whole, for whomever."""
    return "".join(letter for letter in "abcd" if in_cache(Source(f"ada/{letter}")))


def filled() -> int:
    """Bytes of all files of weights, and of parts of them."""
    return sum(p.stat().st_size for p in download.cache().rglob("blobs/*") if p.stat().st_size > SIZE / 10)

"""Helpers of the disk tests: visitors' small models, their age, and which are on the disk."""

import os
import time

import pytest

from playground.hub import download, quota
from playground.hub.offers import in_cache
from playground.hub.refs import Source
from tests.hub.hands import download_model

Files = dict[str, bytes]
SIZE = 100_000  # bytes of the weights
HOUR = 3600.0


def with_weights(files: Files, letter: str, size: int = SIZE) -> Files:
    return {name: files[name] for name in ("config.json", "tokenizer.json")} | {
        "model.safetensors": letter.encode() * size
    }


def set_quota(monkeypatch: pytest.MonkeyPatch, models: float) -> None:
    """Limit visitors' downloads to the size of this many models."""
    monkeypatch.setenv(quota.QUOTA_NAME, str(models * (SIZE + 5_000) / 1e6))


def download_for_visitor(letter: str, hours: float = 0) -> None:
    """Download a model for a visitor who last used it so many hours ago."""
    download_model(f"ada/{letter}", visitor=True)
    set_age(letter, hours)


def set_age(letter: str, hours: float) -> None:
    then = time.time() - hours * HOUR
    for record in download.repository(f"ada/{letter}").glob(".playground/*.json"):
        os.utime(record, (then, then))


def cached_letters() -> str:
    """The letters of the models that are complete in the cache, whoever downloaded them."""
    return "".join(letter for letter in "abcd" if in_cache(Source(f"ada/{letter}")))


def used_bytes() -> int:
    """Bytes of all weights files, complete or not."""
    return sum(p.stat().st_size for p in download.cache().rglob("blobs/*") if p.stat().st_size > SIZE / 10)

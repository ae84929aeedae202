"""The typed card: our own is checked strictly, a stranger's loses malformed fields, and neither is slow to read."""

import json
import time
from typing import Any

import pytest
from pydantic import ValidationError

from playground import library
from playground.checkpoints.card import MAX_ENTRIES, Card, of
from tests.small_record import RECORD, SMALL_CARD


def test_a_record_round_trips() -> None:
    assert of(json.loads(json.dumps(SMALL_CARD.record()))) == SMALL_CARD
    for folder in sorted(path for path in library.BUNDLED.iterdir() if (path / "config.json").is_file()):
        written = json.loads((folder / "config.json").read_text("utf-8"))["card"]
        record = json.loads(json.dumps(of(written).record()))
        if "reported" in written:  # an accuracy that was not reported need not be written
            written["reported"] = {k: v for k, v in written["reported"].items() if v is not None}
        assert record == written, folder.name


@pytest.mark.parametrize(
    ("changes", "kept"),
    [
        ({"title": 7}, {"title": ""}),
        ({"bundled": "no"}, {"bundled": True}),
        ({"validation": {"nats": 2.0, "bits": "3", "unit": "word"}}, {"validation": {"nats": 2.0}}),
        ({"corpus": {"name": ["x"], "file": "a.txt"}}, {"corpus": {"file": "a.txt"}}),
        ({"training": []}, {"training": None}),
        ({"samples": [{"temperature": "hot", "text": "abc"}, 3]}, {"samples": ()}),
        ({"settings": {"batch": [1]}}, {"settings": None}),
        ({"settings": {"batch": 8, "lr": 0.5, "on": True}}, {"settings": {"batch": 8, "lr": 0.5, "on": True}}),
        ({"kind": "gru", "colour": "red"}, {"kind": "lstm"}),
    ],
)  # fmt: skip
def test_a_malformed_field_of_a_stranger_gets_its_default(changes: dict[str, Any], kept: dict[str, Any]) -> None:
    card = of({**RECORD, **changes}, "lstm")
    for name, value in kept.items():
        found = getattr(card, name)
        assert (found.model_dump(exclude_defaults=True) if hasattr(found, "model_dump") else found) == value
    others = {name for name in Card.model_fields if name not in {*changes, "kind"}}
    assert all(getattr(card, name) == getattr(SMALL_CARD, name) for name in others)


def test_our_own_card_is_checked_strictly() -> None:
    with pytest.raises(ValidationError, match="title"):
        Card(title=7)  # type: ignore[arg-type]
    with pytest.raises(ValidationError, match="parameters"):
        Card(parameters=-1)


@pytest.mark.parametrize(
    "value",
    [
        {"prompts": [1] * 300_000},
        {"samples": [1] * 300_000},
        {"sweep": [{"changes": 3}] * 60_000},
        {"settings": {f"s{i}": [] for i in range(60_000)}},
        {f"unknown {i}": [] for i in range(60_000)},
    ],
)
@pytest.mark.timed
def test_a_card_of_a_megabyte_is_read_quickly(value: dict[str, Any]) -> None:
    began = time.process_time()
    card = of(value)
    assert time.process_time() - began < 1  # second: 0.26 on a slow core
    assert max(len(card.prompts), len(card.samples), len(card.sweep), len(card.settings or ())) <= MAX_ENTRIES

"""The parts of a card that the page shows: valid types, limited lengths, and single lines."""

from typing import Any

import pytest

from playground import library
from playground.checkpoints.card import of
from playground.server import sanitize
from tests.small_record import RECORD


def test_cards_of_bundled_models_are_unchanged() -> None:
    for card in library.all_cards().values():
        told = sanitize.of_card(card)
        assert card.validation
        assert told["title"] == card.title
        assert told["parameters"] == card.parameters
        assert told["prompts"] == list(card.prompts)
        counted = "jamo" if card.language == "ko" else "character"
        assert told["validation"] == {"nats": card.validation.nats, "unit": counted}
        assert told["corpus"] == {"name": card.corpus.name}
        assert told["licence"] == card.licence


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", 7), ("title", ""), ("title", " \n\0"), ("title", ["x"]), ("licence", None), ("licence", {}),
        ("corpus", "Letters"), ("corpus", {}), ("corpus", {"name": 3}), ("corpus", None),
        ("parameters", "many"), ("parameters", 1.5), ("parameters", -1), ("parameters", True), ("parameters", 10**400),
        ("validation", 2.0), ("validation", {}), ("validation", {"nats": "2"}), ("validation", {"nats": True}),
        ("validation", {"nats": float("nan")}), ("validation", {"nats": float("inf")}),
        ("validation", {"nats": 10**400}), ("validation", {"nats": -(10**400)}),
        ("prompts", "abc"), ("prompts", {"a": 1}), ("prompts", 3),
    ],
)  # fmt: skip
def test_values_of_the_wrong_type_are_left_out(field: str, value: Any) -> None:
    card = {**RECORD, "parameters": 7}
    shown = sanitize.of_card(of(card))
    assert field in shown
    assert sanitize.of_card(of({**card, field: value})) == {k: v for k, v in shown.items() if k != field}


def test_an_empty_card_shows_nothing() -> None:
    assert sanitize.of_card(of({})) == {}


def test_the_parts_of_a_card_are_limited_in_length() -> None:
    prompts = ["x" * 201, 7, "\ud83d", *"abcdefghijklmnopq"]
    card = {"title": "y" * 9_000_000, "licence": "z" * 500, "prompts": prompts, "more": "x" * 9_000}
    told = sanitize.of_card(of(card))
    assert told == {"title": "y" * 200, "licence": "z" * 80, "prompts": ["\ufffd", *"abcdefghijk"]}


def test_a_title_is_one_line_and_does_not_reverse_its_surroundings() -> None:
    assert sanitize.line("a\r\n\tb \u202eevil\u2066 \0c\ud83d", 80) == "a b evil c"

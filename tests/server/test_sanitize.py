"""What the page shows of a card: what is of the right kind, within bounds, and on one line."""

from typing import Any

import pytest

from playground import library
from playground.checkpoints.card import of
from playground.server import sanitize
from tests.small_record import RECORD


def test_the_cards_of_the_bundled_models_are_shown_as_they_are() -> None:
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
def test_what_is_of_the_wrong_kind_is_left_out(field: str, value: Any) -> None:
    card = {**RECORD, "parameters": 7}
    shown = sanitize.of_card(of(card))
    assert field in shown
    assert sanitize.of_card(of({**card, field: value})) == {k: v for k, v in shown.items() if k != field}


def test_an_empty_card_shows_nothing() -> None:
    assert sanitize.of_card(of({})) == {}


def test_a_card_is_bounded() -> None:
    prompts = ["x" * 201, 7, "\ud83d", *"abcdefghijklmnopq"]
    card = {"title": "y" * 9_000_000, "licence": "z" * 500, "prompts": prompts, "more": "x" * 9_000}
    told = sanitize.of_card(of(card))
    assert told == {"title": "y" * 200, "licence": "z" * 80, "prompts": ["?", *"abcdefghijk"]}


def test_a_title_is_one_line_that_turns_nothing_beside_it() -> None:
    assert sanitize.line("a\r\n\tb \u202eevil\u2066 \0c\ud83d", 80) == "a b evil c"

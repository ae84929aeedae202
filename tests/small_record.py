"""The record of a small checkpoint of a few letters, as a card holds it."""

from typing import Any

from playground.checkpoints.card import Card

RECORD: dict[str, Any] = {
    "title": "Letters · test",
    "corpus": {"name": "Letters", "file": "letters.txt", "licence": "none", "credit": "nobody", "split": "none"},
    "licence": "mit",
    "language": "en",
    "recipe": "letters",
    "prompts": ["abc", "de"],
    "validation": {"nats": 2.0, "bits": 2.885, "accuracy": 0.25, "characters": 100},
    "training": {"epochs": 2, "best_epoch": 1, "seconds": 3.5, "machine": "a test", "torch": "2", "seed": 7},
}
SMALL_CARD = Card.model_validate(RECORD)

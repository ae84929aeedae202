"""The parts of a card that the page shows. Cards may be untrusted: malformed fields are dropped already (card.py), and
all lengths are limited here.

The page always writes them as plain text; here they are only kept from being too long.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from playground.checkpoints.card import Card, Figures
from playground.halves import replace_halves
from playground.text.plaintext import line

__all__ = ["labels", "line", "of_card", "title"]

TITLE, LICENCE, PROMPT = 200, 80, 200  # characters
PROMPTS = 12


def of_card(card: Card) -> dict[str, Any]:
    """The title, the licence, the corpus's name, the parameters, the validation's nats and unit, and the prompts.

    Missing values are left out.
    """
    corpus = line(card.corpus.name, TITLE)
    found = {
        "title": line(card.title, TITLE),
        "licence": line(card.licence, LICENCE),
        "corpus": {"name": corpus} if corpus else None,
        "parameters": card.parameters,
        "validation": _validation(card.validation),
        "prompts": _prompts(card.prompts),
    }
    return {name: value for name, value in found.items() if value not in (None, "", [])}


def title(name: str, card: Card) -> str:
    """The display name of a checkpoint: its card's title, or its own name if the card has none."""
    return line(card.title, TITLE) or line(name, TITLE) or name


def labels(cards: Mapping[str, Card]) -> list[tuple[str, str]]:
    """The label of each checkpoint in the Model box, and its name.

    Two trainings of one recipe share a title, and a folder's name may equal another's title. What is typed into the box
    is matched against both, ignoring case, so an ambiguous title gets the name appended.
    """
    titles = {name: title(name, card) for name, card in cards.items()}
    count = Counter(text.casefold() for text in titles.values())
    taken = {name.casefold(): name for name in titles}
    found = []
    for name, text in titles.items():
        label = text if count[text.casefold()] == 1 else f"{text} · {name}"
        while taken.get(label.casefold(), name) != name:
            label = f"{label} · {name}"
        taken[label.casefold()] = name
        found.append((label, name))
    return found


def _validation(figures: Figures | None) -> dict[str, Any] | None:
    if figures is None or figures.nats is None:
        return None
    return {"nats": figures.nats, "unit": figures.unit or "character"}


def _prompts(prompts: tuple[str, ...]) -> list[str]:
    short = [prompt for prompt in prompts if len(prompt) <= PROMPT][:PROMPTS]
    return [replace_halves(prompt) for prompt in short]

"""What the page shows of a card. It may be a stranger's: what is malformed was left out (card.py), and all is bounded.

The page writes it as text, whatever it is; here it is only kept from being endless, or in the way.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from playground.checkpoints.card import Card, Figures
from playground.text.plaintext import line

__all__ = ["labels", "line", "of_card", "title"]

TITLE, LICENCE, PROMPT = 200, 80, 200  # characters
PROMPTS = 12


def of_card(card: Card) -> dict[str, Any]:
    """The title, the licence, the corpus's name, the parameters, the validation's nats and unit, and the prompts.

    What the card does not say is left out.
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
    """What a checkpoint is called: its card's title, or its own name where the card has none."""
    return line(card.title, TITLE) or line(name, TITLE) or name


def labels(cards: Mapping[str, Card]) -> list[tuple[str, str]]:
    """What the Model box calls each checkpoint, and its name.

    Two trainings by one recipe have one title, and a folder may be named as another's title reads. What is typed into
    the box is looked for among both, whatever its case, so a title that says two things has the name behind it.
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
    return [prompt.encode("utf-8", "replace").decode("utf-8") for prompt in short]

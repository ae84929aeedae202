"""What the page shows of a card. It may be a stranger's: what is not of its kind is left out, and all is bounded.

The page writes it as text, whatever it is; here it is only kept from being endless, or in the way.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from playground.text.plaintext import line

__all__ = ["labels", "line", "of_card", "title"]

TITLE, LICENCE, PROMPT = 200, 80, 200  # characters
PROMPTS = 12
UNITS = ("character", "jamo", "code point")  # what figures are counted in (score.py)
LARGEST = 2**53  # from it on JavaScript holds no whole number exactly


def of_card(card: Mapping[str, Any]) -> dict[str, Any]:
    """The title, the licence, the corpus's name, the parameters, the validation's nats and unit, and the prompts."""
    corpus, validation = (_within(card.get(name)) for name in ("corpus", "validation"))
    found = {
        "title": _line(card.get("title"), TITLE),
        "licence": _line(card.get("licence"), LICENCE),
        "corpus": _unless_none("name", _line(corpus.get("name"), TITLE)),
        "parameters": _number(card.get("parameters"), lambda n: type(n) is int and 0 <= n < LARGEST),
        "validation": _validation(validation),
        "prompts": _prompts(card.get("prompts")),
    }
    return {name: value for name, value in found.items() if value is not None}


def title(name: str, card: Mapping[str, Any]) -> str:
    """What a checkpoint is called: its card's title, or its own name where the card has none."""
    return _line(card.get("title"), TITLE) or line(name, TITLE) or name


def labels(cards: Mapping[str, Mapping[str, Any]]) -> list[tuple[str, str]]:
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


def _line(value: object, limit: int) -> str | None:
    return line(value, limit) or None if isinstance(value, str) else None


def _number(value: Any, fits: Callable[[Any], bool]) -> Any:
    return value if type(value) in (int, float) and fits(value) else None


def _within(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _unless_none(name: str, value: object) -> dict[str, Any] | None:
    return None if value is None else {name: value}


def _validation(value: Mapping[str, Any]) -> dict[str, Any] | None:
    nats = _number(value.get("nats"), lambda n: abs(n) < LARGEST)
    unit = value.get("unit")
    return None if nats is None else {"nats": nats, "unit": unit if unit in UNITS else "character"}


def _prompts(value: object) -> list[str] | None:
    if not isinstance(value, list | tuple):
        return None
    texts = (prompt for prompt in value if isinstance(prompt, str) and len(prompt) <= PROMPT)
    return [prompt.encode("utf-8", "replace").decode("utf-8") for prompt in texts][:PROMPTS]

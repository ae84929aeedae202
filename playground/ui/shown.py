"""What the page shows of a card. It may be a stranger's: what is not of its kind is left out, and all is bounded.

The page writes it as text, whatever it is; here it is only kept from being endless, or in the way.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from typing import Any

TITLE, LICENCE, PROMPT = 200, 80, 200  # characters
PROMPTS = 12
UNITS = ("character", "jamo", "code point")  # what figures are counted in (scoring.py)
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


def line(text: str, limit: int) -> str:
    """A text on one line: no control characters, and none that turn the direction of what stands beside it."""
    plain = "".join(" " if c.isspace() else c for c in text[: 4 * limit] if c.isspace() or _seen(c))
    return " ".join(plain.split())[:limit]


def _seen(character: str) -> bool:
    # Cc: control, Cf: what turns or joins, Cs: half a surrogate pair, which no UTF-8 text holds.
    return unicodedata.category(character) not in ("Cc", "Cf", "Cs")


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

"""The playground's texts, by code: every sentence is in the catalogue of a language, `ui/i18n/<language>.json`.

    message = Message("corpus.empty", {"file": "notes.txt"})
    str(message)                  "notes.txt is empty: choose a text to learn from."
    in_language(message, "ko")    the same in Korean
    everywhere(message)           {"en": "…", "ko": "…"}, which is what the page is sent

The catalogues are JSON rather than gettext, because both halves of the project read them: Python for error messages,
the browser for the page, which changes its language without asking the server. Placeholders in a sentence:

    {name}                a text; a whole number with its thousands set apart; a message; a list, joined by commas
    {names& or }          a list, joined by what follows the &
    {n#symbol|symbols}    the first word where n is 1, else the second
    {name:을/를}          the value, and the Korean particle that its last sound asks for (particles.py)

English is the default: `str` gives it, and everything outside the page (the API, a log, a terminal) shows it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from playground.halves import replace_halves
from playground.particles import particle

CATALOGUES = Path(__file__).parent / "ui" / "i18n"
LANGUAGES = ("en", "ko")
PLACE = re.compile(r"\{(\w+)(?:([:#&])([^{}]*))?\}")


@dataclass(frozen=True)
class Message:
    """A sentence or part of one: its code in the catalogues, and the values that fill its placeholders."""

    code: str
    values: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return in_language(self, LANGUAGES[0])


def message(code: str, /, **values: object) -> Message:
    """A message from a code and named values."""
    return Message(code, values)


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """All texts of a language, by code."""
    said: dict[str, str] = json.loads((CATALOGUES / f"{language}.json").read_text("utf-8"))
    return said


def in_language(value: object, language: str) -> str:
    """A value written in a language. KeyError for a message with an unknown code or a missing value."""
    if isinstance(value, Message):
        return PLACE.sub(lambda place: _fill(place, value.values, language), catalogue(language)[value.code])
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(in_language(item, language) for item in value)
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _fill(place: re.Match[str], values: Mapping[str, object], language: str) -> str:
    name, kind, rest = place.groups()
    value = values[name]
    if kind == "#":
        one, many = rest.split("|")
        return one if value == 1 else many
    if kind == "&" and isinstance(value, Sequence) and not isinstance(value, str):
        return rest.join(in_language(item, language) for item in value)
    text = in_language(value, language)
    return text + particle(text, rest) if kind == ":" else text


def everywhere(value: Message) -> dict[str, str]:
    """The sentence in every language, by language name: the page can change its language without asking again."""
    return {language: in_language(value, language) for language in LANGUAGES}


def for_page(value: Message) -> dict[str, object]:
    """A message as sent to the page: its code, and its sentence in every language, without lone surrogates, which JSON
    for the page must not hold."""
    said = {name: replace_halves(text) for name, text in everywhere(value).items()}
    return {"code": value.code, "text": said}


def names_in(sentence: str) -> set[str]:
    """The names of the placeholders in a sentence."""
    return {place[1] for place in PLACE.finditer(sentence)}

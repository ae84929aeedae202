"""What the page sends. Anybody can send anything, so each value is checked before it is used."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, Field, ValidationError

from playground.errors import BadInput
from playground.schema import Schema
from playground.server.settings import (
    BEAM,
    COLUMNS,
    SCORE_LIMIT,
    TEXT_LIMIT,
    Range,
    Settings,
    check_temperatures,
    check_text,
    require,
)

WRITTEN_LIMIT = 10_000  # symbols of one run that a branch may stand on
NAME_LIMIT = 80  # characters of a token
HUMAN_LIMIT = 1_000  # characters of a text that a search is compared with
SEARCHED = ("model", "prompt", "seed", "stop")  # the settings that a search has
PLACES, SEEDS = 12, 20  # temperatures and seeds of texts that are measured and not read

Name = Annotated[str, AfterValidator(lambda name: name[:NAME_LIMIT])]
Count = Annotated[int, Field(ge=0)]
M = TypeVar("M", bound=Schema)


class Asked(Schema):
    """What every request says: which page asks, and in which of its ways, where it asks for one thing at a time; the
    number of the request there; the name of its answer; and the model that the browser has all about.

    page: a long random name that the page tells nobody else. Who knew it could end what the page asked for.
    """

    page: Name
    way: Name = ""
    turn: int
    token: Name
    knows: str | None = None


class Had(Schema):
    """The prompt that the browser has rows of, as an edit: `head` and `tail` of the new one's code points are the old
    one's too, and `between` stood between them. skipped: where its cells begin."""

    head: Count
    tail: Count
    between: str
    skipped: Count

    def text(self, prompt: str) -> str:
        """The old prompt. BadInput where it is longer than a prompt may be."""
        return check_text("had", prompt[: self.head] + self.between + prompt[len(prompt) - self.tail :])


class _LookMessage(Asked):
    """What POST stream/look holds."""

    model: str
    prompt: str
    bias: str
    had: Had | None = None


class _WriteMessage(Asked):
    """What POST stream/write holds; the settings and the ids are checked where they are used."""

    settings: dict[str, Any]
    written: list[Any]
    pick: int | None = None
    again: list[Any] = Field(default_factory=list)
    light: bool = False
    had: Had | None = None


class _ScoreMessage(Asked):
    """What POST stream/score holds; both are checked where they are used."""

    model: Any
    text: Any


class _SearchMessage(Asked):
    """What POST stream/search holds; all of it is checked where it is used."""

    settings: dict[str, Any]
    width: Any
    length: Any
    penalty: Any
    human: Any


class _TemperaturesMessage(Asked):
    """What POST stream/temperatures holds; the settings, the numbers and the ids are checked where they are used."""

    settings: dict[str, Any]
    written: list[Any]
    temperatures: Any
    seeds: Any = 1
    had: Had | None = None


class _NextCharacterMessage(Asked):
    """What POST stream/next_character holds; both are checked where they are used."""

    model: Any
    ids: Annotated[list[Any], Field(max_length=TEXT_LIMIT + WRITTEN_LIMIT)]


class Ask(Asked):
    """What POST stream/ask holds: what was typed as the name of a model."""

    text: str


class Fetch(Ask):
    """What POST stream/fetch holds: `text` as it was asked, and `name` as it was offered."""

    name: str


@dataclass(frozen=True)
class Look:
    """A prompt's distributions. sent: the prompt as it came."""

    asked: Asked
    settings: Settings
    sent: str
    had: Had | None


@dataclass(frozen=True)
class Write:
    """What follows a prompt, and the ids that were written after it already; `pick` is an id that the person chose as
    the next one. again: ids that follow as they are, of a run that a browser kept without its rows. light: no rows are
    wanted after the first, because the text is one of many while a hand is on the slider."""

    asked: Asked
    settings: Settings
    sent: str
    had: Had | None
    written: list[int]
    pick: int | None
    again: list[int]
    light: bool


@dataclass(frozen=True)
class Score:
    """A text, and the settings with the model that is to predict it."""

    asked: Asked
    settings: Settings
    text: str


@dataclass(frozen=True)
class Search:
    """A beam search after a prompt: its settings (model, prompt, seed, stop), and a text that a person wrote."""

    asked: Asked
    settings: Settings
    width: int
    length: int
    penalty: float
    human: str


@dataclass(frozen=True)
class Temperatures:
    """What follows a prompt, and the ids that were written after it already, at each of these temperatures. seeds: how
    many; with more than one, only what the texts are like is wanted. `had` is as in Write."""

    asked: Asked
    settings: Settings
    sent: str
    had: Had | None
    written: list[int]
    temperatures: tuple[float, ...]
    seeds: int

    def column(self, n: int) -> Write:
        """One of them. What was chosen by hand is of another text."""
        settings = replace(self.settings, temperature=self.temperatures[n], picks="")
        return Write(self.asked, settings, self.sent, self.had, self.written, None, [], light=False)


@dataclass(frozen=True)
class NextCharacter:
    """The ids of a text, and the settings with the model that is to say what follows."""

    settings: Settings
    ids: list[int]


def asked(data: object) -> Asked:
    """BadInput where this is no request of the page."""
    return _message(Asked, data)


def look(data: object) -> Look:
    """BadInput names all that is wrong with the values."""
    message = _message(_LookMessage, data)
    settings = require({"model": message.model, "prompt": message.prompt, "bias": message.bias})
    return Look(message, settings, message.prompt, _fitting(message.had, settings.prompt))


def write(data: object) -> Write:
    """BadInput names all that is wrong with the values; whether the ids are the model's is not known here."""
    message = _message(_WriteMessage, data)
    settings = require(message.settings)
    if len(message.written) + len(message.again) > WRITTEN_LIMIT:
        raise BadInput("input.run", most=WRITTEN_LIMIT)
    sent = message.settings.get("prompt")
    if not isinstance(sent, str):
        raise BadInput("input.request", field="prompt")
    had = _fitting(message.had, settings.prompt)
    return Write(message, settings, sent, had, message.written, message.pick, message.again, message.light)


def score(data: object) -> Score:
    """BadInput names all that is wrong with the values."""
    message = _message(_ScoreMessage, data)
    text = check_text("text", message.text, SCORE_LIMIT)
    return Score(message, require({"model": message.model, "prompt": ""}), text)


def search(data: object) -> Search:
    """BadInput names all that is wrong with the settings, else the first thing that is wrong beside them."""
    message = _message(_SearchMessage, data)
    settings = require({name: value for name, value in message.settings.items() if name in SEARCHED})
    width, length = BEAM["width"].read("width", message.width), BEAM["length"].read("length", message.length)
    penalty = BEAM["length_penalty"].read("length_penalty", message.penalty)
    human = check_text("human text", message.human, HUMAN_LIMIT)
    return Search(message, settings, int(width), int(length), penalty, human)


def temperatures(data: object) -> Temperatures:
    """BadInput names all that is wrong with the values; whether the ids are the model's is not known here."""
    message = _message(_TemperaturesMessage, data)
    settings = require(message.settings)
    if len(message.written) > WRITTEN_LIMIT:
        raise BadInput("input.run", most=WRITTEN_LIMIT)
    sent = message.settings.get("prompt")
    if not isinstance(sent, str):
        raise BadInput("input.request", field="prompt")
    seeds = Range(1, SEEDS, whole=True).read("seeds", message.seeds)
    found = check_temperatures(message.temperatures, COLUMNS if seeds == 1 else PLACES)
    had = _fitting(message.had, settings.prompt)
    return Temperatures(message, settings, sent, had, message.written, found, int(seeds))


def next_character(data: object) -> NextCharacter:
    """BadInput names all that is wrong with the values; whether the ids are the model's is not known here."""
    message = _message(_NextCharacterMessage, data)
    return NextCharacter(require({"model": message.model, "prompt": ""}), message.ids)


def ask(data: object) -> Ask:
    """BadInput where this is no question about a model."""
    return _message(Ask, data)


def fetch(data: object) -> Fetch:
    """BadInput where this does not say what to download."""
    return _message(Fetch, data)


def parsed(body: bytes) -> Any:
    """The JSON of a body; None, which is no request, where it is none."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _message(kind: type[M], data: object) -> M:
    try:
        return kind.model_validate(data if isinstance(data, dict) else {})
    except ValidationError as error:
        field = error.errors(include_url=False, include_context=False, include_input=False)[0]["loc"][0]
        raise BadInput("input.request", field=field) from None


def _fitting(had: Had | None, prompt: str) -> Had | None:
    """The edit, or BadInput where it is none of this prompt."""
    if had is None:
        return None
    if had.head + had.tail > len(prompt) or had.head + had.tail + len(had.between) > TEXT_LIMIT:
        raise BadInput("input.request", field="had")
    return had

"""The endpoints' answers: their fields, and how numbers and symbols are written in JSON.

JSON has no infinity: it is the word "inf", and minus infinity "-inf", in answers as in arguments. A symbol that is not
whole text (a token can be part of a character's bytes) has U+FFFD for the incomplete part, and its bytes in hex in a
separate field; private-use characters only stand for themselves.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal, TypedDict

from playground.server.settings import jsonable
from playground.text.characters import Encoding

Number = float | str  # or "inf" or "-inf"


class Replaced(TypedDict):
    """A character that the model does not know."""

    position: int
    character: str
    replacement: str


class DistributionAnswer(TypedDict):
    model: str
    start: str
    symbols: list[str]
    probabilities: list[float]
    logits: list[Number]
    entropy_bits: float
    likeliest: str
    replaced: list[Replaced]
    likeliest_id: int
    bytes: list[str | None]


class GenerateAnswer(TypedDict):
    model: str
    start: str
    text: str
    written: str
    ids: list[int]
    u: list[float | None]
    seed: int
    done: bool
    replaced: list[Replaced]
    stopped: Literal["length", "line", "end"] | None
    unfinished: list[int]


class ScoreAnswer(TypedDict):
    model: str
    start: str
    symbols: list[str]
    log_probabilities: list[Number | None]
    bits_per_character: Number
    perplexity: Number
    replaced: list[Replaced]
    ids: list[int]
    bytes: list[str | None]
    nats: Number
    bits_per_symbol: Number
    unit: str
    characters: int


class FoundText(TypedDict):
    """A text in a beam."""

    text: str
    written: str
    ids: list[int]
    log_probability: float
    score: float
    stopped: Literal["length", "line", "end"] | None


class BeamAnswer(TypedDict):
    model: str
    start: str
    beams: list[FoundText]
    replaced: list[Replaced]


class NextCharacterAnswer(TypedDict):
    model: str
    characters: list[str]
    probabilities: list[float]
    bytes: list[str | None]
    ids: list[int | None]
    left_out: float
    left_out_of_all: float
    cut_anew: int
    whole: bool
    changed: float
    replaced: list[Replaced]


class Gap(TypedDict):
    """A gap in a text of /fill."""

    position: int
    likeliest: str
    probabilities: list[float]


class FillAnswer(TypedDict):
    model: str
    symbols: list[str]
    gaps: list[Gap]
    filled: str


class Letter(TypedDict):
    """A character, and its contribution to the verdict."""

    character: str
    share: float


class ClassifyAnswer(TypedDict):
    model: str
    verdict: str
    probabilities: dict[str, float]
    logits: dict[str, float]
    letters: list[Letter]
    replaced: list[Replaced]


class ModelAnswer(TypedDict):
    name: str
    title: str
    kind: str
    parameters: int | None
    validation_nats: float | None
    prompts: list[str]
    unit: str


class Compared(TypedDict):
    model: str
    symbols: list[str]
    bytes_of_symbols: list[str | None]
    probabilities: list[float]
    likeliest: str
    entropy_bits: float
    nats: Number
    counted: int
    characters: int
    uniform_nats: float
    letters_nats: Number | None
    count_nats: Number | None
    parameters: int | None
    bytes: int | None
    microseconds: float
    replaced: list[Replaced]


class CompareAnswer(TypedDict):
    models: list[Compared]


class MeasuredText(TypedDict):
    """A text of /temperatures, and its measures (inference/measures.py)."""

    temperature: Number
    text: str
    written: str
    distinct_words: float | None
    loop_rate: float | None
    known_words: float | None
    surprise: Number | None


class TranslateAnswer(TypedDict):
    model: str
    source: str
    text: str
    log_probability: float
    ended: bool
    replaced: list[Replaced]


class TemperaturesAnswer(TypedDict):
    model: str
    seed: int
    texts: list[MeasuredText]


def numbers(values: Iterable[float | None]) -> list[Any]:
    """Numbers in JSON form."""
    return [jsonable(value) for value in values]


def substitutions(encoding: Encoding) -> list[Replaced]:
    """The characters of a text that were replaced."""
    return [
        {"position": s.position, "character": s.character, "replacement": s.replacement}
        for s in encoding.substitutions
    ]

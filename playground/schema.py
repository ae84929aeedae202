"""Validation of outside values with pydantic models; problems are reported as messages of the catalogues.

Configs, cards, training histories and the page's requests are each a `Schema`. Knows none of them.
"""

from typing import Any, Literal, get_args, get_origin

from annotated_types import Ge, Le, MaxLen
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from playground.words import Message, message

MOST_PROBLEMS = 20  # reported for one value at most
SHOWN = 40  # characters shown of a value within a sentence


class Schema(BaseModel):
    """An object with typed fields: strings are never converted to numbers. Unknown fields are skipped.

    A field's `description` is the code of the sentence that states its constraint, if the type alone does not.
    """

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")


class Wrong(ValueError):
    """Raised by a validator of a Schema: what is wrong, as a message of the catalogues."""

    def __init__(self, said: Message) -> None:
        super().__init__(said)
        self.said = said


def problems(schema: type[BaseModel], error: ValidationError) -> list[Message]:
    """One clause for each problem: unknown fields first, then missing ones, then wrong values."""
    order = {"extra_forbidden": 0, "missing": 1}
    found = sorted(error.errors(include_url=False), key=lambda problem: order.get(problem["type"], 2))
    return [_clause(schema, problem) for problem in found[:MOST_PROBLEMS]]


def show(value: Any) -> str:
    """A value within a sentence: short, and without characters that UTF-8 cannot encode."""
    text = repr(value)
    return text if len(text) <= SHOWN else text[:SHOWN] + "…"


def _clause(schema: type[BaseModel], problem: ErrorDetails) -> Message:
    name = ".".join(str(part) for part in problem["loc"])[: 2 * SHOWN]
    if problem["type"] == "extra_forbidden":
        return message("config.no_field", field=show(problem["loc"][-1]))
    if problem["type"] == "string_unicode" and not name:
        return message("config.no_field", field=show(problem["input"]))
    if problem["type"] == "missing":
        return message("config.missing", field=name)
    if problem["type"] == "value_error" and isinstance(wrong := problem["ctx"]["error"], Wrong):
        return wrong.said
    field = _field(schema, problem["loc"])
    if field and field.description:
        most = next((bound.max_length for bound in field.metadata if isinstance(bound, MaxLen)), None)
        return message(field.description, field=name, most=most)
    wanted = (_expectation(field) if field else None) or message("allowed.other")
    return message("config.field", field=name, wanted=wanted, value=show(problem["input"]))


def _field(schema: type[BaseModel], place: tuple[int | str, ...]) -> FieldInfo | None:
    """The field that a problem's location names; for an entry of a list or table, the field that holds it."""
    found = None
    inside: type[BaseModel] | None = schema
    for part in place:
        if inside is not None and part in inside.model_fields:
            found = inside.model_fields[str(part)]
            inside = _schema_in(found.annotation)
    return found


def _schema_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and get_origin(annotation) is None:
        return annotation if issubclass(annotation, BaseModel) else None
    return next((found for part in get_args(annotation) if (found := _schema_in(part))), None)


def _expectation(field: FieldInfo) -> Message | object:
    """The constraint on a field's value; None if its type alone states it."""
    if get_origin(field.annotation) is Literal:
        words = get_args(field.annotation)
        return words[0] if len(words) == 1 else message("allowed.words", words=words)
    kind = next((part for part in (field.annotation, *get_args(field.annotation)) if part in (int, float, bool)), None)
    low = next((bound.ge for bound in field.metadata if isinstance(bound, Ge)), None)
    high = next((bound.le for bound in field.metadata if isinstance(bound, Le)), None)
    if kind is bool:
        return message("allowed.switch")
    if kind is None or low is None or high is None:
        return None
    return message("allowed.whole" if kind is int else "allowed.number", low=low, high=high)

"""What values from outside must be, as pydantic models, and what is wrong with one, in our own sentences.

A config, a card, a training history and what the page sends are each a `Schema`. Knows none of them.
"""

from typing import Any, Literal, get_args, get_origin

from annotated_types import Ge, Le
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

MOST_PROBLEMS = 20  # that are named of one value
SHOWN = 40  # characters of a value within a sentence


class Schema(BaseModel):
    """An object with typed fields: a text never stands for a number. Unknown fields are passed over.

    A field's `description` says what it must be where its type does not, as the end of "<name> must be …".
    """

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")


def problems(schema: type[BaseModel], error: ValidationError) -> list[str]:
    """One clause for each problem, without a full stop: unknown fields first, then missing ones, then wrong values."""
    found = error.errors(include_url=False)
    order = {"extra_forbidden": 0, "missing": 1}
    found = sorted(found, key=lambda problem: order.get(problem["type"], 2))[:MOST_PROBLEMS]
    return list(dict.fromkeys(_clause(schema, problem) for problem in found))


def shown(value: Any) -> str:
    """A value within a sentence: short, and of characters that every text can hold."""
    text = repr(value)
    return text if len(text) <= SHOWN else text[:SHOWN] + "…"


def _clause(schema: type[BaseModel], problem: ErrorDetails) -> str:
    name = ".".join(str(part) for part in problem["loc"])[: 2 * SHOWN] or "a field's name"
    if problem["type"] == "extra_forbidden":
        return f"{shown(problem['loc'][-1])} is not a field"
    if problem["type"] == "missing":
        return f"{name} is missing"
    if problem["type"] == "string_unicode":
        return f"{name} must hold no half characters (lone surrogates), which are no text"
    if problem["type"] == "value_error":  # of a validator of ours
        return f"{name} {problem['ctx']['error']}"
    field = _field(schema, problem["loc"])
    wanted = _wanted(field) if field else ""
    return f"{name} must be {wanted or 'of another kind'}, not {shown(problem['input'])}"


def _field(schema: type[BaseModel], place: tuple[int | str, ...]) -> FieldInfo | None:
    """The field that a problem's place names; of a list's or a table's entry, the field that holds it."""
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


def _wanted(field: FieldInfo) -> str:
    """What a field's value must be."""
    if field.description:
        return field.description
    kind = next((part for part in (field.annotation, *get_args(field.annotation)) if part in (int, float, bool)), None)
    if get_origin(field.annotation) is Literal:
        words = [str(word) for word in get_args(field.annotation)]
        return words[0] if len(words) == 1 else f"one of {', '.join(words)}"
    if kind is bool:
        return "true or false"
    if kind is None:
        return ""
    low = next((bound.ge for bound in field.metadata if isinstance(bound, Ge)), None)
    high = next((bound.le for bound in field.metadata if isinstance(bound, Le)), None)
    number = "a whole number" if kind is int else "a number"
    return number if low is None or high is None else f"{number} from {low} to {high}"

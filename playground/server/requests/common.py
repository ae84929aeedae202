"""What every request of the page has, and how it is read."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, Field, ValidationError

from playground.errors import BadInput
from playground.schema import Schema
from playground.server.settings import TEXT_LIMIT, Settings, check_text, require

NAME_LIMIT = 80  # characters of a token

Name = Annotated[str, AfterValidator(lambda name: name[:NAME_LIMIT])]
Count = Annotated[int, Field(ge=0)]
M = TypeVar("M", bound=Schema)

DRAWN = ("model", "temperature", "top_k", "top_p", "min_p", "bias", "seed")  # settings of what is drawn after no prompt


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


def asked(data: object) -> Asked:
    """BadInput where this is no request of the page."""
    return message_of(Asked, data)


def parse(body: bytes) -> Any:
    """The JSON of a body; None, which is no request, where it is none."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def message_of(kind: type[M], data: object) -> M:
    """A message of this kind. BadInput names the first field that is missing or of another type."""
    try:
        return kind.model_validate(data if isinstance(data, dict) else {})
    except ValidationError as error:
        field = error.errors(include_url=False, include_context=False, include_input=False)[0]["loc"][0]
        raise BadInput("input.request", field=field) from None


def check_edit(had: Had | None, prompt: str) -> Had | None:
    """The edit, or BadInput where it is none of this prompt."""
    if had is None:
        return None
    if had.head + had.tail > len(prompt) or had.head + had.tail + len(had.between) > TEXT_LIMIT:
        raise BadInput("input.request", field="had")
    return had


def settings_of(given: Mapping[str, Any], names: Collection[str]) -> Settings:
    """The page's settings of these names, and an empty prompt; BadInput names all that is wrong with them."""
    return require({name: value for name, value in given.items() if name in names} | {"prompt": ""})

"""What all requests of the page share, and how they are parsed."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, Field, ValidationError

from playground.errors import BadInput
from playground.schema import Schema
from playground.server.settings import TEXT_LIMIT, Settings, check_text, require
from playground.words import message

NAME_LIMIT = 80  # characters of a token

# What the user typed, as sentences name it.
TEXT, PROMPT = message("named.text"), message("named.prompt")
FIRST_TEXT, HUMAN_TEXT = message("named.first_text"), message("named.human_text")
SENTENCE, REFERENCE, REVIEW = message("named.sentence"), message("named.reference"), message("named.review")

Name = Annotated[str, AfterValidator(lambda name: name[:NAME_LIMIT])]
Count = Annotated[int, Field(ge=0)]
M = TypeVar("M", bound=Schema)

DRAWN = ("model", "temperature", "top_k", "top_p", "min_p", "bias", "seed")  # settings for draws without a prompt


class Envelope(Schema):
    """The fields of every request.

    page:  a long random name, kept secret because anybody who knew it could end the page's requests.
    way:   one of the page's channels; in each a new request replaces the last.
    turn:  the request's number in its channel.
    token: identifies the answer.
    knows: the model whose description the browser already has.
    """

    page: Name
    way: Name = ""
    turn: int
    token: Name
    knows: str | None = None


class PromptEdit(Schema):
    """The prompt whose rows the browser has, as an edit: `head` and `tail` code points are common with the new prompt,
    and `between` was between them. skipped: where its cells begin."""

    head: Count
    tail: Count
    between: str
    skipped: Count

    def text(self, prompt: str) -> str:
        """The old prompt. BadInput if it exceeds the limit of a prompt."""
        return check_text("had", prompt[: self.head] + self.between + prompt[len(prompt) - self.tail :])


def envelope(data: object) -> Envelope:
    """BadInput if this is not a request of the page."""
    return message_of(Envelope, data)


def parse(body: bytes) -> Any:
    """The JSON of a body; None, which no request is, if it is invalid."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def message_of(kind: type[M], data: object) -> M:
    """A message of this kind. BadInput names the first field that is missing or of the wrong type."""
    try:
        return kind.model_validate(data if isinstance(data, dict) else {})
    except ValidationError as error:
        field = error.errors(include_url=False, include_context=False, include_input=False)[0]["loc"][0]
        raise BadInput("input.request", field=field) from None


def check_edit(had: PromptEdit | None, prompt: str) -> PromptEdit | None:
    """The edit; BadInput if it does not fit this prompt."""
    if had is None:
        return None
    if had.head + had.tail > len(prompt) or had.head + had.tail + len(had.between) > TEXT_LIMIT:
        raise BadInput("input.request", field="had")
    return had


def settings_of(given: Mapping[str, Any], names: Collection[str]) -> Settings:
    """The page's settings of these names, with an empty prompt; BadInput names all problems with them."""
    return require({name: value for name, value in given.items() if name in names} | {"prompt": ""})

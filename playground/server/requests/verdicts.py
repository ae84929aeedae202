"""What the Shapes tab asks of a classifier."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from playground import library
from playground.errors import BadInput
from playground.server.requests.common import Asked, message_of
from playground.server.settings import check_text, of_the_hub

TEXT_LIMIT = 1_000  # characters; how many symbols it may have, the walks say


class _ClassifyMessage(Asked):
    """What POST stream/classify holds; both are checked where they are used."""

    model: Any
    text: Any


@dataclass(frozen=True)
class Classify:
    """A text, and the name of the classifier that is to judge it."""

    asked: Asked
    model: str
    text: str


def classify(data: object) -> Classify:
    """BadInput names the first thing that is wrong."""
    message = message_of(_ClassifyMessage, data)
    return Classify(message, check_classifier(message.model), check_review(message.text))


def check_classifier(raw: object) -> str:
    """The name of a bundled classifier, or `owner/name@commit` of a model of the Hub that is here, which may be none.

    BadInput, with the bundled ones, where it is neither.
    """
    names = library.available("classifier")
    if raw in names:
        return str(raw)
    if isinstance(raw, str) and (here := of_the_hub(raw)):
        return here
    raise BadInput("classify.model", names=names, value=repr(str(raw)[:80]))


def check_review(raw: object) -> str:
    """A text in one line, as reviews are learned: a line end is read as a space."""
    return check_text("text", raw, TEXT_LIMIT).replace("\r\n", " \n").replace("\n", " ").replace("\r", " ")

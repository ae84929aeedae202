"""Requests of the Shapes tab to a classifier."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from playground import library
from playground.errors import BadInput
from playground.server.requests.common import REVIEW, Envelope, message_of
from playground.server.settings import check_text, of_the_hub
from playground.words import Message

TEXT_LIMIT = 1_000  # characters; the limit on symbols is MAX_SYMBOLS in inference/classify.py


class _ClassifyMessage(Envelope):
    """The content of POST stream/classify; both are checked where they are used."""

    model: Any
    text: Any


@dataclass(frozen=True)
class Classify:
    """A text, and the name of the classifier to judge it."""

    envelope: Envelope
    model: str
    text: str


def classify(data: object) -> Classify:
    """BadInput names the first problem."""
    message = message_of(_ClassifyMessage, data)
    return Classify(message, check_classifier(message.model), check_review(message.text))


def check_classifier(raw: object) -> str:
    """The name of a bundled classifier, or `owner/name@commit` of a downloaded model, which may be of another kind.

    BadInput, listing the bundled ones, if it is neither.
    """
    names = library.available("classifier")
    if raw in names:
        return str(raw)
    if isinstance(raw, str) and (here := of_the_hub(raw)):
        return here
    raise BadInput("classify.model", names=names, value=repr(str(raw)[:80]))


def check_review(raw: object, name: str | Message = REVIEW) -> str:
    """A text on one line, as in the training data: a line end is read as a space."""
    return check_text(name, raw, TEXT_LIMIT).replace("\r\n", " \n").replace("\n", " ").replace("\r", " ")

"""Requests of the Hub panel."""

from __future__ import annotations

from playground.server.requests.common import Envelope, message_of


class Ask(Envelope):
    """The content of POST stream/ask: what was typed as the name of a model."""

    text: str


class Fetch(Ask):
    """The content of POST stream/fetch: `text` as in the request, and `name` as in the offer."""

    name: str


def ask(data: object) -> Ask:
    """BadInput if this is not a request about a model."""
    return message_of(Ask, data)


def fetch(data: object) -> Fetch:
    """BadInput if this does not say what to download."""
    return message_of(Fetch, data)

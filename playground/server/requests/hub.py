"""What the panel of the Hub sends."""

from __future__ import annotations

from playground.server.requests.common import Asked, message_of


class Ask(Asked):
    """What POST stream/ask holds: what was typed as the name of a model."""

    text: str


class Fetch(Ask):
    """What POST stream/fetch holds: `text` as it was asked, and `name` as it was offered."""

    name: str


def ask(data: object) -> Ask:
    """BadInput where this is no question about a model."""
    return message_of(Ask, data)


def fetch(data: object) -> Fetch:
    """BadInput where this does not say what to download."""
    return message_of(Fetch, data)

"""Helpers of the panel's tests: the page's requests, and the answers."""

from collections.abc import Generator
from contextlib import closing
from typing import Any, Literal

from playground.server import hub_panel, requests, routes
from playground.server.jobs import CancelToken, JobAborted
from tests import stream
from tests.hub.hands import REPO

Messages = Generator[dict[str, Any], None, None]


def messages(kind: Literal["ask", "fetch"], cancel: CancelToken | None = None, **data: Any) -> Messages:
    """The answer, message by message. Setting the token or closing the iterator acts like a page that has left."""
    cancel = cancel or CancelToken()

    def answer() -> Any:
        if kind == "ask":
            return hub_panel.ask(requests.ask(stream.asked(**data)), cancel)
        return hub_panel.fetch(requests.fetch(stream.asked(**data)), cancel)

    try:
        with closing(routes.or_problem("t", answer)) as told:  # type: ignore[type-var]
            for frame in told:
                [(head, _)] = stream.frames(frame)
                yield head
                cancel.check()
    except JobAborted:
        pass
    finally:
        cancel.event.set()


def request_offer(text: str) -> list[dict[str, Any]]:
    return list(messages("ask", text=text))


def request_download(name: str, text: str = REPO) -> list[dict[str, Any]]:
    return list(messages("fetch", text=text, name=name))


def stages(messages: list[dict[str, Any]]) -> list[str]:
    """The stages in order, each once."""
    return list(dict.fromkeys(message["stage"] for message in messages))


def open_link(**query: str) -> stream.Answer:
    """The first answer to a page opened at an address."""
    return stream.opened(query)

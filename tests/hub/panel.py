"""What the tests of the panel are written in: the requests that the page sends, and what is answered."""

from collections.abc import Generator
from contextlib import closing
from typing import Any, Literal

from playground.server import hub_panel, requests, routes
from playground.server.jobs import End, Ended
from tests import stream
from tests.hub.hands import REPO

Messages = Generator[dict[str, Any], None, None]


def messages(kind: Literal["ask", "fetch"], end: End | None = None, **data: Any) -> Messages:
    """What is answered, message by message. Who sets the end, or closes this, is a page that has left."""
    end = end or End()

    def answer() -> Any:
        if kind == "ask":
            return hub_panel.ask(requests.ask(stream.asked(**data)), end)
        return hub_panel.fetch(requests.fetch(stream.asked(**data)), end)

    try:
        with closing(routes.or_problem("t", answer)) as told:  # type: ignore[type-var]
            for frame in told:
                [(head, _)] = stream.frames(frame)
                yield head
                end.check()
    except Ended:
        pass
    finally:
        end.event.set()


def asked(text: str) -> list[dict[str, Any]]:
    return list(messages("ask", text=text))


def brought(name: str, text: str = REPO) -> list[dict[str, Any]]:
    return list(messages("fetch", text=text, name=name))


def stages(messages: list[dict[str, Any]]) -> list[str]:
    """The stages in their order, each once."""
    return list(dict.fromkeys(message["stage"] for message in messages))


def opened(**query: str) -> stream.Answer:
    """What the page of an address is told first."""
    return stream.opened(query)

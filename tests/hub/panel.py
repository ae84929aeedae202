"""What the tests of the panel are written in: the events that the page sends, and what is answered."""

from typing import Any

import gradio as gr

from playground.ui import hub
from tests import stream
from tests.hub.hands import REPO


def event(**data: Any) -> gr.EventData:
    return gr.EventData(None, data)


def asked(text: Any) -> list[dict[str, Any]]:
    return list(hub.ask(set(), event(token="t", text=text)))


def brought(name: str, text: str = REPO) -> list[dict[str, Any]]:
    return list(hub.fetch(set(), event(token="t", text=text, name=name)))


def stages(messages: list[dict[str, Any]]) -> list[str]:
    """The stages in their order, each once."""
    return list(dict.fromkeys(message["stage"] for message in messages))


def opened(**query: str) -> stream.Answer:
    """What the page of an address is told first."""
    return stream.opened(query)

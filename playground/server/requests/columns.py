"""Requests of the Temperatures tab."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from playground.errors import BadInput
from playground.server.requests.common import Envelope, PromptEdit, check_edit, message_of
from playground.server.requests.play import RUN_LIMIT, Write
from playground.server.settings import COLUMNS, Range, Settings, check_temperatures, require

PLACES, SEEDS = 12, 20  # temperatures and seeds of texts that are only measured


class _TemperaturesMessage(Envelope):
    """The content of POST stream/temperatures; the settings, the numbers and the ids are checked where they are
    used."""

    settings: dict[str, Any]
    written: list[Any]
    temperatures: Any
    seeds: Any = 1
    had: PromptEdit | None = None


@dataclass(frozen=True)
class Temperatures:
    """Continuations, at each of these temperatures, of a prompt and the ids already written after it. seeds: how many;
    with more than one, only the texts' measures are returned. `had` is as in Write."""

    envelope: Envelope
    settings: Settings
    sent: str
    had: PromptEdit | None
    written: list[int]
    temperatures: tuple[float, ...]
    seeds: int

    def column(self, n: int) -> Write:
        """The request of one column. Picks belong to another text."""
        settings = replace(self.settings, temperature=self.temperatures[n], picks="")
        return Write(self.envelope, settings, self.sent, self.had, self.written, None, [], light=False)


def temperatures(data: object) -> Temperatures:
    """BadInput names all problems with the values; ids are checked against the model later."""
    message = message_of(_TemperaturesMessage, data)
    settings = require(message.settings)
    if len(message.written) > RUN_LIMIT:
        raise BadInput("input.run", most=RUN_LIMIT)
    sent = message.settings.get("prompt")
    if not isinstance(sent, str):
        raise BadInput("input.request", field="prompt")
    seeds = Range(1, SEEDS, whole=True).read("seeds", message.seeds)
    found = check_temperatures(message.temperatures, COLUMNS if seeds == 1 else PLACES)
    had = check_edit(message.had, settings.prompt)
    return Temperatures(message, settings, sent, had, message.written, found, int(seeds))

"""What the Temperatures tab sends."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from playground.errors import BadInput
from playground.server.requests.common import Asked, Had, check_edit, message_of
from playground.server.requests.play import WRITTEN_LIMIT, Write
from playground.server.settings import COLUMNS, Range, Settings, check_temperatures, require

PLACES, SEEDS = 12, 20  # temperatures and seeds of texts that are measured and not read


class _TemperaturesMessage(Asked):
    """What POST stream/temperatures holds; the settings, the numbers and the ids are checked where they are used."""

    settings: dict[str, Any]
    written: list[Any]
    temperatures: Any
    seeds: Any = 1
    had: Had | None = None


@dataclass(frozen=True)
class Temperatures:
    """What follows a prompt, and the ids that were written after it already, at each of these temperatures. seeds: how
    many; with more than one, only what the texts are like is wanted. `had` is as in Write."""

    asked: Asked
    settings: Settings
    sent: str
    had: Had | None
    written: list[int]
    temperatures: tuple[float, ...]
    seeds: int

    def column(self, n: int) -> Write:
        """One of them. What was chosen by hand is of another text."""
        settings = replace(self.settings, temperature=self.temperatures[n], picks="")
        return Write(self.asked, settings, self.sent, self.had, self.written, None, [], light=False)


def temperatures(data: object) -> Temperatures:
    """BadInput names all that is wrong with the values; whether the ids are the model's is not known here."""
    message = message_of(_TemperaturesMessage, data)
    settings = require(message.settings)
    if len(message.written) > WRITTEN_LIMIT:
        raise BadInput("input.run", most=WRITTEN_LIMIT)
    sent = message.settings.get("prompt")
    if not isinstance(sent, str):
        raise BadInput("input.request", field="prompt")
    seeds = Range(1, SEEDS, whole=True).read("seeds", message.seeds)
    found = check_temperatures(message.temperatures, COLUMNS if seeds == 1 else PLACES)
    had = check_edit(message.had, settings.prompt)
    return Temperatures(message, settings, sent, had, message.written, found, int(seeds))

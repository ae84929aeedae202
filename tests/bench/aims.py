"""What the measurements should reach on two quiet cores, and whether they do: `python -m tests.bench class --check`.

A slower or a busier machine misses some. Ratios, as to the machine's own floor, depend less on it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from tests.bench.classroom import MODELS
from tests.bench.clients import PLAYS
from tests.bench.common import figure, table

LSTM, NAMES = MODELS
BEFORE = 570  # characters a second of 200 visitors, when each text was written by itself
PACE = "characters/s"

Figures = dict[str, Any]  # of a section


@dataclass(frozen=True)
class Aim:
    """Something that a section measures, and its bound. value: from the section's figures."""

    section: str
    words: str
    value: Callable[[Figures], float]
    bound: float
    unit: str = ""
    at_least: bool = False

    def reached(self, figures: Figures) -> bool:
        """False also for what is not a number, as where all clients failed."""
        value = self.value(figures)
        return value >= self.bound if self.at_least else value <= self.bound


def _of_a_class() -> Iterator[Aim]:
    for way, where in (("stream", "the stream"), ("generate", "/generate")):
        words = f"`{LSTM}`, 200 at once, {where}: "
        yield Aim("class", words + "failed", _seen(way, "failed"), 0)
        yield Aim("class", words + "first character, 95 %", _seen(way, "first_95"), 1, "s")
        yield Aim("class", words + "the slowest", _seen(way, "slowest"), PLAYS, PACE, at_least=True)
        yield Aim("class", words + "times the floor", _times_the_floor(way), 2)
        yield Aim("class", words + "all", _seen(way, "all"), 12 * BEFORE, PACE, at_least=True)
    words = f"`{NAMES}`, 200 at once, the stream: all"
    yield Aim("class", words, _seen("stream", "all", NAMES), 40_000, PACE, at_least=True)
    yield Aim("class", "a lone text's step, as in company ÷ alone, the highest", _highest_ratio, 1.6)


def _seen(way: str, name: str, model: str = LSTM) -> Callable[[Figures], float]:
    """What 200 clients at once saw."""
    return lambda found: found["models"][model][way]["200"][name]


def _times_the_floor(way: str) -> Callable[[Figures], float]:
    return lambda found: found["floor"][LSTM]["200"]["cores"] / found["models"][LSTM][way]["200"]["all"]


def _highest_ratio(found: Figures) -> float:
    return max(took["shared"] / took["alone"] for took in found["lone"].values())


def _until_the_bars(found: Figures) -> float:
    return found["ours_first"]["bars_ms"] - found["ours_first"]["paint_ms"]


def _of_scripts(found: Figures, name: str) -> list[float]:
    return [one[name] for one in found["scripts"].values()]


SLOWED = "a move of the slider → painted, processor slowed 6 times"
AIMS = (
    Aim("drag", SLOWED, lambda found: found["slow"]["median_ms"], 33, "ms"),
    Aim("page", "first paint → bars", _until_the_bars, 300, "ms"),
    Aim("bend", "rewritten texts of one visitor", lambda found: found["alone_texts"], 8, "a second", at_least=True),
    Aim("bend", "rewritten texts of the slowest of 30", lambda found: found["slowest"], 1, "a second", at_least=True),
    Aim("stream", "a run of 2,000 steps ÷ its raw size", lambda found: found["run_ratio"], 1.1),
    Aim("stream", "Stop → the server's job has ended", lambda found: found["end_ms"], 200, "ms"),
    *_of_a_class(),
    Aim("share", "pace beside the worst script", lambda found: min(_of_scripts(found, "ratio")), 0.8, at_least=True),
    Aim("share", "a page beside the worst script", lambda found: max(_of_scripts(found, "page")), 1, "s"),
)


def check(results: dict[str, Figures]) -> tuple[str, bool]:
    """The table of the measured sections' aims, and whether all are reached."""
    aims = [aim for aim in AIMS if aim.section in results]
    rows = [
        [
            aim.words,
            f"{figure(aim.value(results[aim.section]))} {aim.unit}".rstrip(),
            f"{'≥' if aim.at_least else '≤'} {figure(aim.bound)}",
            "yes" if aim.reached(results[aim.section]) else "no",
        ]
        for aim in aims
    ]
    return table(["aim", "measured", "wanted", "reached"], rows), all(row[-1] == "yes" for row in rows)

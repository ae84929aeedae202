"""The settings of the page, once: one table of fields serves the controls, the address and the API.

A setting comes in as anything (a number from a slider, a word from a link, JSON from a program) and
leaves as what it should be, or as a sentence that says what was wrong with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from math import inf, isnan
from typing import Any

from playground import library
from playground.errors import BadInput, PlaygroundError
from playground.hub import offers, refs, suggestions
from playground.inference import stopping
from playground.library import Checkpoint
from playground.models.footprint import parameters
from playground.sampling import Sampling
from playground.server import bias as biases
from playground.server import picks, sanitize
from playground.text.characters import Symbols
from playground.words import Message, message

TEXT_LIMIT = 10_000  # characters
NAMED_MODELS = 8  # of those that can be chosen, in a sentence
SCORE_LIMIT = 20_000  # of a text that is scored
WORK_LIMIT = 500_000_000_000  # ids times parameters: about 20 seconds of one core
LEAST_PARAMETERS = 250_000  # some 10 µs: what else is done for an id. An n-gram has none, and looks up about as long
COLUMNS = 6  # temperatures at which one prompt is written on
SEED_LIMIT = 2**53 - 1  # the largest whole number that JavaScript holds exactly


@dataclass(frozen=True)
class Range:
    """The numbers that a setting may take, both ends included."""

    low: float
    high: float
    whole: bool = False

    def read(self, name: str, raw: object) -> float | int:
        """The number that `raw` stands for. Raises BadInput naming the field, the range and the value."""
        try:
            number = float(str(raw).strip().replace("∞", "inf"))
        except ValueError:
            number = float("nan")
        if isinstance(raw, bool) or isnan(number) or not self.low <= number <= self.high:
            raise _not_allowed(name, self.said, raw)
        if not self.whole:
            return number
        if number != int(number):
            raise _not_allowed(name, self.said, raw)
        # Beyond 2^53 a float skips whole numbers; no range reaches there.
        return int(number)

    @property
    def said(self) -> Message:
        """What a setting must be, for a sentence."""
        code = "allowed.whole" if self.whole else "allowed.number"
        return message(code, low=self.low, high="∞" if self.high == inf else self.high)


@dataclass(frozen=True)
class Choice:
    """The words that a setting may be."""

    words: tuple[str, ...]

    def read(self, name: str, raw: object) -> str:
        """The word that `raw` is. Raises BadInput naming the field, the words and the value."""
        if isinstance(raw, str) and raw.strip() in self.words:
            return raw.strip()
        raise _not_allowed(name, self.said, raw)

    @property
    def said(self) -> Message:
        """What a setting must be, for a sentence."""
        return message("allowed.words", words=self.words)


def _not_allowed(name: str, allowed: Message, raw: object) -> BadInput:
    return BadInput("input.setting", name=name, allowed=allowed, value=_show(raw))


def _show(raw: object) -> str:
    text = str(raw)
    return repr(text if len(text) <= 40 else text[:40] + "…")


def _setting(default: Any, allowed: Range | Choice) -> Any:
    return field(default=default, metadata={"choice" if isinstance(allowed, Choice) else "range": allowed})


@dataclass(frozen=True)
class Settings:
    """Everything that the address of the page says. `parse` makes them; the defaults are its own."""

    model: str = library.first()
    prompt: str = "To be or not to b"
    temperature: float = _setting(1.0, Range(0, inf))
    top_k: int = _setting(0, Range(0, 1_000_000, whole=True))
    top_p: float = _setting(1.0, Range(0, 1))
    min_p: float = _setting(0.0, Range(0, 1))
    seed: int = _setting(42, Range(0, SEED_LIMIT, whole=True))
    length: int = _setting(400, Range(1, 2_000, whole=True))
    stop: str = _setting("none", Choice(stopping.STOPS))
    bias: str = ""  # as server/bias.py writes it
    picks: str = ""  # as server/picks.py does

    def sampling(self, vocabulary: Symbols) -> Sampling:
        """The stages for a model with this vocabulary. What the bias names beyond it is passed over."""
        numbers, _ = biases.ids(self.bias, vocabulary.symbols)
        return Sampling(self.temperature, self.top_k, self.top_p, self.min_p, numbers)

    def picked(self, vocabulary: Symbols) -> dict[int, int]:
        """The ids that were chosen by hand, by the number of their step; other names are passed over."""
        return picks.ids(self.picks, vocabulary.symbols)[0]


# What is asked of a beam search beside the settings.
BEAM = {"width": Range(1, 10, whole=True), "length": Range(1, 100, whole=True), "length_penalty": Range(0, 2)}

RANGES: dict[str, Range] = {f.name: f.metadata["range"] for f in fields(Settings) if "range" in f.metadata}
CHOICES: dict[str, Choice] = {f.name: f.metadata["choice"] for f in fields(Settings) if "choice" in f.metadata}
NAMED = {"bias": biases, "picks": picks}  # what names symbols of the model
DEFAULTS: dict[str, Any] = {f.name: f.default for f in fields(Settings)}


def link_name(name: str) -> str:
    """A setting's name in the address, which is also the id of its control, but for `stop`: top_k is top-k."""
    return name.replace("_", "-")


def jsonable(value: Any) -> Any:
    """A setting or a number as JSON can hold it: infinity is the word "inf", minus infinity "-inf"."""
    return {inf: "inf", -inf: "-inf"}.get(value, value) if isinstance(value, float) else value


def parse(raw: Mapping[str, object]) -> tuple[Settings, list[BadInput]]:
    """Read settings by name, with hyphens or underscores; others are passed over.

    A setting that is missing takes its default. One that is bad does too, and an error says so.
    The default of the prompt is the first one that the model's card offers.
    """
    given = {name.replace("-", "_"): value for name, value in raw.items()}
    values: dict[str, Any] = {}
    problems: list[BadInput] = []
    for name in DEFAULTS:
        try:
            if name in given:
                values[name] = _read(name, given[name])
        except BadInput as error:
            problems.append(error)
    settings = Settings(**values)
    if "prompt" not in values and (prompts := _prompts(settings.model)):
        settings = replace(settings, prompt=prompts[0])
    return settings, problems


def require(raw: Mapping[str, object]) -> Settings:
    """Read settings, or raise BadInput with every problem at once."""
    settings, problems = parse(raw)
    if problems:
        raise BadInput("input.problems", problems=[problem.whole for problem in problems])
    return settings


def _read(name: str, raw: object) -> Any:
    if name in RANGES:
        return RANGES[name].read(name, raw)
    if name in CHOICES:
        return CHOICES[name].read(name, raw)
    if name in NAMED:
        return NAMED[name].read(raw)
    text = check_text(name, raw)
    if name == "prompt":
        return text
    if text.endswith(library.SUFFIX):
        return _read(name, text.removesuffix(library.SUFFIX)) + library.SUFFIX
    return text if library.is_bundled(text) else _kept_model(text)


def of_the_hub(text: str) -> str | None:
    """`owner/name@commit` of a model of the Hub that this server has, for a task that is not to continue a text; None
    where a text is no name with an owner. BadInput where that model is not here."""
    source = refs.parse(text)
    return _kept_model(text) if source is not None and source.owned else None


def _kept_model(text: str) -> str:
    """`owner/name@commit` of a model of the Hub that this server has. Nothing that a setting says is ever fetched."""
    source = refs.parse(text)
    if source is not None and (here := kept(source)):
        return here.name
    if source is not None and source.owned:
        raise BadInput("model.not_here", name=_show(source))
    names = library.available()
    some = [*names[:NAMED_MODELS], "…"] if len(names) > NAMED_MODELS else names or message("model.none_yet")
    raise BadInput("model.not_named", meant(text), name=_show(text), names=some)


def meant(text: str) -> list[str]:
    """The models that a text may mean which is the name of none, as far as is known without asking the Hub."""
    source = refs.parse(text)
    others = refs.inside(text) if source is None else suggestions.canonical(source.repo)
    return list(dict.fromkeys([*suggestions.near(text, library.all_cards()), *others]))[: suggestions.MOST]


def kept(source: refs.Source) -> offers.Offer | None:
    """What was downloaded of a source before, if visitors may read it; the Hub is not asked."""
    try:
        return offers.in_cache(source, visitor=True)
    except PlaygroundError:  # it is damaged: fetching it anew will tell
        return None


def _prompts(model: str) -> list[str]:
    """The prompts that a model offers."""
    try:
        card = library.all_cards().get(model) or library.card(model, visitor=True)
    except PlaygroundError:  # opening it will tell
        return []
    return list(sanitize.of_card(card).get("prompts", ()))


def work_of(checkpoint: Checkpoint, ids: int) -> int:
    """What it costs to read or to write so many ids: ids times parameters, of the smallest models a little more."""
    return ids * max(LEAST_PARAMETERS, parameters(checkpoint.model))


def check_work(checkpoint: Checkpoint, ids: int) -> None:
    """BadInput where to read so many ids would keep a core busy for longer than others should wait."""
    if work_of(checkpoint, ids) > WORK_LIMIT:
        most, unit = WORK_LIMIT // work_of(checkpoint, 1), checkpoint.vocabulary.unit
        code = "input.work_tokens" if unit == "token" else "input.work"
        raise BadInput(code, count=ids, most=most)


def check_names(checkpoint: Checkpoint, settings: Settings) -> None:
    """BadInput where a setting names what is no symbol of the model."""
    for setting, kind in NAMED.items():
        _, unknown = kind.ids(getattr(settings, setting), checkpoint.vocabulary.symbols)
        if unknown:
            names = [_show(name) for name in unknown[:5]]
            raise BadInput("input.unknown_symbols", setting=setting, model=checkpoint.name, names=names)


def check_ids(checkpoint: Checkpoint, ids: Sequence[object]) -> None:
    """BadInput where one of them is none of the model's."""
    size = len(checkpoint.vocabulary)
    if any(type(i) is not int or not 0 <= i < size for i in ids):
        raise BadInput("input.written", most=size - 1)


def check_switch(name: str, raw: object) -> bool:
    """Return true or false, or raise BadInput where a switch is something else."""
    if not isinstance(raw, bool):
        raise _not_allowed(name, message("allowed.switch"), raw)
    return raw


def check_temperatures(raw: object, most: int = COLUMNS) -> tuple[float, ...]:
    """Return a list of temperatures, or raise BadInput where it is none, or holds none or more than `most`."""
    if not isinstance(raw, list | tuple) or not 1 <= len(raw) <= most:
        raise BadInput("temperatures.list", most=most, value=_show(raw))
    return tuple(float(RANGES["temperature"].read("temperature", one)) for one in raw)


def check_text(name: str, raw: object, most: int = TEXT_LIMIT) -> str:
    """Return a text, or raise BadInput where it is none, or has more than `most` characters."""
    if not isinstance(raw, str):
        raise _not_allowed(name, message("allowed.text"), raw)
    if len(raw) > most:
        raise BadInput("input.long", name=name, count=len(raw), most=most)
    # Half of a surrogate pair can come from a link or JSON, and no UTF-8 text holds it.
    return raw.encode("utf-8", "replace").decode("utf-8")

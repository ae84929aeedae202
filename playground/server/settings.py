"""The settings of the page, once: one table of fields serves the controls, the address and the API.

A setting can arrive in any form (a number from a slider, a word from a link, JSON from a program) and is converted to
its type, or reported with a sentence that says what is wrong.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from math import inf, isnan
from typing import Any

from playground import library
from playground.errors import BadInput, PlaygroundError
from playground.halves import replace_halves
from playground.hub import offers, refs, suggestions
from playground.inference import stopping
from playground.library import Checkpoint
from playground.models.footprint import parameters
from playground.sampling import Sampling
from playground.server import bias as biases
from playground.server import picks, sanitize
from playground.server.names import short
from playground.text.characters import Symbols
from playground.words import Message, message

TEXT_LIMIT = 10_000  # characters
NAMED_MODELS = 8  # listed in an error message at most
SCORE_LIMIT = 20_000  # characters of a text to score
WORK_LIMIT = 500_000_000_000  # ids times parameters: about 20 seconds of one core
LEAST_PARAMETERS = 250_000  # some 10 µs of fixed work per id; an n-gram has no parameters, but takes about as long
COLUMNS = 6  # temperatures at which one prompt is continued
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
            raise _not_allowed(name, self.requirement, raw)
        if not self.whole:
            return number
        if number != int(number):
            raise _not_allowed(name, self.requirement, raw)
        # Beyond 2^53 a float skips whole numbers; no range reaches there.
        return int(number)

    @property
    def requirement(self) -> Message:
        """The requirement for a setting, for a sentence."""
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
        raise _not_allowed(name, self.requirement, raw)

    @property
    def requirement(self) -> Message:
        """The requirement for a setting, for a sentence."""
        return message("allowed.words", words=self.words)


def _not_allowed(name: str | Message, allowed: Message, raw: object) -> BadInput:
    return BadInput("input.setting", name=name, allowed=allowed, value=short(raw))


def _setting(default: Any, allowed: Range | Choice) -> Any:
    return field(default=default, metadata={"choice" if isinstance(allowed, Choice) else "range": allowed})


@dataclass(frozen=True)
class Settings:
    """Everything in the address of the page. `parse` creates them, with defaults."""

    model: str = library.default_model()
    prompt: str = "To be or not to b"
    temperature: float = _setting(1.0, Range(0, inf))
    top_k: int = _setting(0, Range(0, 1_000_000, whole=True))
    top_p: float = _setting(1.0, Range(0, 1))
    min_p: float = _setting(0.0, Range(0, 1))
    seed: int = _setting(42, Range(0, SEED_LIMIT, whole=True))
    length: int = _setting(400, Range(1, 2_000, whole=True))
    stop: str = _setting("none", Choice(stopping.STOPS))
    bias: str = ""  # in the form of server/bias.py
    picks: str = ""  # in the form of server/picks.py

    def sampling(self, vocabulary: Symbols) -> Sampling:
        """The sampling settings for a model with this vocabulary. Biases of unknown symbols are skipped."""
        numbers, _ = biases.ids(self.bias, vocabulary.symbols)
        return Sampling(self.temperature, self.top_k, self.top_p, self.min_p, numbers)

    def picked_ids(self, vocabulary: Symbols) -> dict[int, int]:
        """The ids picked by hand, by step number; other names are skipped."""
        return picks.ids(self.picks, vocabulary.symbols)[0]


# Parameters of a beam search besides the settings.
BEAM = {"width": Range(1, 10, whole=True), "length": Range(1, 100, whole=True), "length_penalty": Range(0, 2)}

RANGES: dict[str, Range] = {f.name: f.metadata["range"] for f in fields(Settings) if "range" in f.metadata}
CHOICES: dict[str, Choice] = {f.name: f.metadata["choice"] for f in fields(Settings) if "choice" in f.metadata}
NAMED = {"bias": biases, "picks": picks}  # settings that name symbols of the model
DEFAULTS: dict[str, Any] = {f.name: f.default for f in fields(Settings)}


def link_name(name: str) -> str:
    """A setting's name in the address, which is also the id of its control (except for `stop`): top_k is top-k."""
    return name.replace("_", "-")


def jsonable(value: Any) -> Any:
    """A setting or a number as JSON can hold it: infinity is the word "inf", minus infinity "-inf"."""
    return {inf: "inf", -inf: "-inf"}.get(value, value) if isinstance(value, float) else value


def parse(raw: Mapping[str, object]) -> tuple[Settings, list[BadInput]]:
    """Read settings by name, with hyphens or underscores; others are skipped.

    A missing setting gets its default. So does an invalid one, with an error. The default of the prompt is the first
    one in the model's card.
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
    if len(problems) == 1:
        raise problems[0]  # by its code the page recognises that a model is gone
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
    model = text.removesuffix(library.SUFFIX)
    return (model if library.is_bundled(model) else _kept_model(model)) + text[len(model) :]


def of_the_hub(text: str) -> str | None:
    """`owner/name@commit` of a downloaded Hub model, for a task other than continuing text; None if a text is not a
    name with an owner. BadInput if that model is not downloaded."""
    source = refs.parse(text)
    return _kept_model(text) if source is not None and source.owned else None


def _kept_model(text: str) -> str:
    """`owner/name@commit` of a downloaded Hub model. A setting never causes a download."""
    source = refs.parse(text)
    if source is not None and (here := downloaded_offer(source)):
        return here.name
    if source is not None and source.owned:
        raise BadInput("model.not_here", name=short(source))
    names = library.available()
    some = [*names[:NAMED_MODELS], "…"] if len(names) > NAMED_MODELS else names or message("model.none_yet")
    raise BadInput("model.not_named", suggest_models(text), name=short(text), names=some)


def suggest_models(text: str) -> list[str]:
    """Suggested models for an unknown name, as far as known without asking the Hub."""
    source = refs.parse(text)
    others = refs.inside(text) if source is None else suggestions.canonical(source.repo)
    return list(dict.fromkeys([*suggestions.near(text, library.all_cards()), *others]))[: suggestions.MAX_SUGGESTIONS]


def downloaded_offer(source: refs.Source) -> offers.Offer | None:
    """The offer of an earlier download of a source, if visitors may read it; the Hub is not asked."""
    try:
        return offers.in_cache(source, visitor=True)
    except PlaygroundError:  # it is damaged: a new download will show the problem
        return None


def _prompts(model: str) -> list[str]:
    """The prompts that a model's card offers."""
    try:
        card = library.all_cards().get(model) or library.card(model, visitor=True)
    except PlaygroundError:  # opening the model will report it
        return []
    return list(sanitize.of_card(card).get("prompts", ()))


def work_of(checkpoint: Checkpoint, ids: int) -> int:
    """The cost of reading or writing so many ids: ids times parameters, with a minimum for small models."""
    return ids * max(LEAST_PARAMETERS, parameters(checkpoint.model))


def check_work(checkpoint: Checkpoint, ids: int) -> None:
    """BadInput if reading so many ids would keep a core busy for longer than others should wait."""
    if work_of(checkpoint, ids) > WORK_LIMIT:
        most, unit = WORK_LIMIT // work_of(checkpoint, 1), checkpoint.vocabulary.unit
        code = "input.work_tokens" if unit == "token" else "input.work"
        raise BadInput(code, count=ids, most=most)


def check_names(checkpoint: Checkpoint, settings: Settings) -> None:
    """BadInput if a setting names a symbol that the model lacks."""
    for setting, kind in NAMED.items():
        _, unknown = kind.ids(getattr(settings, setting), checkpoint.vocabulary.symbols)
        if unknown:
            names = [short(name) for name in unknown[:5]]
            raise BadInput("input.unknown_symbols", setting=setting, model=checkpoint.name, names=names)


def seeds_from(seed: int, count: int) -> range:
    """So many seeds, from this one on; or the last ones, if it has too few after it."""
    first = min(seed, SEED_LIMIT - count + 1)
    return range(first, first + count)


def check_ids(checkpoint: Checkpoint, ids: Sequence[object]) -> None:
    """BadInput if one of them is not an id of the model."""
    size = len(checkpoint.vocabulary)
    if any(type(i) is not int or not 0 <= i < size for i in ids):
        raise BadInput("input.written", most=size - 1)


def check_switch(name: str, raw: object) -> bool:
    """Return true or false. Raises BadInput for any other value."""
    if not isinstance(raw, bool):
        raise _not_allowed(name, message("allowed.switch"), raw)
    return raw


def check_temperatures(raw: object, most: int = COLUMNS) -> tuple[float, ...]:
    """Return a tuple of temperatures. Raises BadInput unless `raw` is a list of 1 to `most` of them."""
    if not isinstance(raw, list | tuple) or not 1 <= len(raw) <= most:
        raise BadInput("temperatures.list", most=most, value=short(raw))
    return tuple(float(RANGES["temperature"].read("temperature", one)) for one in raw)


def check_text(name: str | Message, raw: object, most: int = TEXT_LIMIT) -> str:
    """Return a text. Raises BadInput unless `raw` is a string of at most `most` characters. name: a message for text
    from the page, so that each language has its own word."""
    if not isinstance(raw, str):
        raise _not_allowed(name, message("allowed.text"), raw)
    if len(raw) > most:
        raise BadInput("input.long", name=name, count=len(raw), most=most)
    return replace_halves(raw)

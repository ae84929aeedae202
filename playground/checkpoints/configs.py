"""Parses a checkpoint's `config.json`: its kind, sizes, start and card, with checked types.

There are two families. Ours contains all of it. GPT-2's has a `config.json` of its own, which gpt2.py translates, a
README that may name its licence, and a `generation_config.json` that may say what ends a text; the rest of its card is
generated. Knows neither weights nor vocabularies.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationError

from playground.checkpoints import card, gpt2, old_names
from playground.checkpoints.card import Card
from playground.errors import BadCheckpoint, BadInput
from playground.models import KINDS, outline
from playground.schema import Schema, Wrong, problems, show
from playground.text.jsonfile import parse
from playground.words import message

FORMAT: Literal[1] = 1
MAX_BYTES = 1_000_000
MAX_START = 100


def _kind(value: Any) -> Any:
    if value not in list(KINDS):
        kinds = message("allowed.words", words=list(KINDS))
        raise Wrong(message("config.field", field="kind", wanted=kinds, value=show(value)))
    return value


def _start(value: Any) -> Any:
    if isinstance(value, str) and any("\ud800" <= c <= "\udfff" for c in value[: MAX_START + 1]):
        raise Wrong(message("config.start_surrogates"))
    return value


class Ours(Schema):
    """The top level of this project's `config.json`. config: the sizes, not yet checked by the kind's own class."""

    format: Literal[1]
    kind: Annotated[str, BeforeValidator(_kind)]
    config: dict[str, Any] = Field(description="config.not_object")
    card: dict[str, Any] = Field(description="config.not_object")
    start: Annotated[
        str, BeforeValidator(_start), Field(min_length=1, max_length=MAX_START, description="config.start")
    ]


@dataclass(frozen=True)
class ParsedConfig:
    """A parsed `config.json`, completed with generated values for GPT-2's family.

    config: not yet checked against the kind's bounds. begins: the ids that may begin a text, best first; None if the
    start is a text. ends: the ids that may end one. query_scales: factors for each layer's queries, applied when the
    weights are read; empty if unchanged.
    """

    kind: str
    config: Mapping[str, Any]
    card: Card
    start: str
    begins: tuple[int, ...] | None = None
    ends: tuple[int, ...] = ()
    query_scales: tuple[float, ...] = ()


def outline_model(parsed: ParsedConfig) -> Any:
    """The model's outline; BadCheckpoint for a configuration out of its bounds."""
    try:
        return outline(parsed.kind, parsed.config)
    except BadInput as error:
        raise BadCheckpoint("config.no_model", problem=error) from None


def read(folder: Path, name: str) -> ParsedConfig:
    """The content of `config.json`, with the type of every top-level field checked. name: the folder's, or
    owner/name."""
    _, parsed = parse(folder / "config.json", MAX_BYTES)
    if not isinstance(parsed, dict):
        raise BadCheckpoint("config.no_object")
    return _of_gpt2(parsed, folder, name) if gpt2.recognises(parsed) else _of_ours(parsed)


def _of_gpt2(parsed: Mapping[str, Any], folder: Path, name: str) -> ParsedConfig:
    config, begins = gpt2.translate(parsed)
    try:
        with (folder / "README.md").open("rb") as file:
            readme = file.read(MAX_BYTES).decode("utf-8", "replace")
    except OSError:
        readme = ""
    generation = _generation(folder)
    begins += gpt2.ids_named(generation, "bos_token_id")
    ends = gpt2.ids_named(generation, "eos_token_id") + gpt2.ids_named({**gpt2.ENDS, **parsed}, "eos_token_id")
    described = gpt2.describe(name.partition("@")[0], readme)
    found = ParsedConfig(gpt2.KIND, config, described, "", begins, ends)
    numbers = sum(t.numel() for t in outline_model(found).state_dict().values())
    counted = described.model_copy(update={"parameters": numbers})
    return replace(found, card=counted, query_scales=gpt2.query_scales(parsed))


def _generation(folder: Path) -> Mapping[str, Any]:
    """The content of `generation_config.json`, which is optional."""
    try:
        _, parsed = parse(folder / "generation_config.json", MAX_BYTES)
    except BadCheckpoint:
        return {}
    return parsed if isinstance(parsed, dict) else {}


def _of_ours(parsed: Mapping[str, Any]) -> ParsedConfig:
    try:
        ours = Ours.model_validate(dict.fromkeys(Ours.model_fields) | dict(parsed))
    except ValidationError as error:
        raise BadCheckpoint("config.problems", problems=problems(Ours, error)) from None
    config = old_names.rename(ours.config, old_names.CONFIG)
    return ParsedConfig(ours.kind, config, card.of(ours.card, ours.kind), ours.start)

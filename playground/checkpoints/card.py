"""A checkpoint's record: what it is, how and from what it was trained, its figures and its samples.

`config.json` keeps it under "card". It may be untrusted: `of` drops every malformed field and keeps the rest, so that
no record breaks the page. Our own, made with `Card(…)`, is checked strictly. server/sanitize.py limits what the page
shows of it; model_card.py writes the README from it.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, Strict, ValidationError, ValidationInfo, ValidatorFunctionWrapHandler, field_validator

from playground.checkpoints import old_names
from playground.schema import Schema

LARGEST = 2**53  # from here on JavaScript does not hold every whole number exactly; no figure comes near it
MAX_ENTRIES = 1_000  # entries kept of a list or a table

Count = Annotated[int, Field(ge=0, lt=LARGEST)]
Number = Annotated[float, Field(gt=-LARGEST, lt=LARGEST, allow_inf_nan=False)]
Unit = Literal["character", "jamo", "code point", "token", "review"]  # what figures count (inference/score.py)
Value = str | bool | int | float
Values = Annotated[dict[str, Value], Field(max_length=MAX_ENTRIES)]


class _Part(Schema):
    """A part of a card. Read with `of`, a malformed field gets its default."""

    @field_validator("*", mode="wrap")
    @classmethod
    def _kept(cls, value: Any, handler: ValidatorFunctionWrapHandler, info: ValidationInfo) -> Any:
        try:
            return handler(value)
        except ValidationError:
            if not (info.context or {}).get("lenient") or info.field_name is None:
                raise
            return cls.model_fields[info.field_name].get_default(call_default_factory=True)


class Corpus(_Part):
    """The training text. split: which part trains and which validates, in words."""

    name: str = ""
    file: str = ""
    licence: str = ""
    credit: str = ""
    split: str = ""


class Figures(_Part):
    """A model's figures on a text: nats and bits per unit, top-1 accuracy, and the number of units.

    epoch: the epoch of the figure, if it has one. characters: the number of units, of whatever kind.
    flipped: for a classifier, the share of verdicts that change when texts are padded and the mask is dropped.
    order: for an n-gram, the length of the longest strings that it counts.
    """

    nats: Number | None = None
    accuracy: Number | None = None
    characters: Count | None = None
    bits: Number | None = None
    unit: Unit | None = None
    epoch: Count | None = None
    flipped: Number | None = None
    order: Count | None = None


class Training(_Part):
    """How a model was trained. scale: the factor applied to its logits; precision: if it is not the recipe's."""

    epochs: Count = 0
    best_epoch: Count = 0
    seconds: Number | None = None
    machine: str = ""
    torch: str = ""
    seed: int | None = None
    scale: Number | None = None
    precision: str | None = None


class Sample(_Part):
    """What the model wrote after a prompt at a temperature, with a fixed seed."""

    temperature: Number = 1.0
    prompt: str = ""
    text: str = ""


class OfLength(_Part):
    """A translator's figures on sources of a length range, the longest with `most` letters; over `pairs` pairs."""

    most: Count = 0
    pairs: Count | None = None
    nats: Number | None = None
    chrf: Number | None = None


class Translation(_Part):
    """A translator's figures on a sample of sentences, decoded greedily.

    chrf: 0 to 100 (training/chrf.py). shuffled: chrF of references assigned to other sentences; human: of second
    translations by people. exact: the share identical to the reference. seen: letters of sources and targets read in
    training, counted each time.
    """

    chrf: Number | None = None
    shuffled: Number | None = None
    human: Number | None = None
    exact: Number | None = None
    sentences: Count | None = None
    seen: Count | None = None
    lengths: Annotated[tuple[OfLength, ...], Strict(False), Field(max_length=MAX_ENTRIES)] = ()


class Trial(_Part):
    """One row of a sweep: changes to the recipe, and what its proxy model reached on held-out training text."""

    changes: Values = Field(default_factory=dict)
    nats: Number | None = None
    epoch: Count | None = None

    @field_validator("changes", mode="before")
    @classmethod
    def _of_today(cls, changes: Any) -> Any:
        return old_names.rename(changes, old_names.SETTINGS)


class Reported(_Part):
    """What a textbook prints for the recipe, for which figure, what differs here, and our own result."""

    source: str = ""
    figure: Literal["validation", "windows", "training"] | None = None
    nats: Number | None = None
    differs: str = ""
    accuracy: Number | None = None
    ours: Figures = Figures()


class Card(_Part):
    """The record of a checkpoint.

    kind: of the model; `config.json` stores it next to the card. bundled: whether the weights are part of the
    repository.
    parameters: how many numbers there are, and `bytes` of them as stored. settings and snapshots: of training by
    gradient, None for an n-gram; snapshots says whether the training history has some. best_count: the result of the
    best n-gram of the same training text on the same validation text (training/wordlists.py). family: for a model from
    elsewhere.
    """

    kind: str = Field(default="", exclude=True)
    title: str = ""
    corpus: Corpus = Corpus()
    licence: str = ""
    language: str = ""
    recipe: str = ""
    bundled: bool = True
    prompts: Annotated[tuple[str, ...], Strict(False)] = ()
    training: Training | None = None
    settings: Values | None = None
    snapshots: bool | None = None
    note: str = ""
    validation: Figures | None = None
    best_count: Figures | None = None
    parameters: Count | None = None
    bytes: Count | None = None
    samples: Annotated[tuple[Sample, ...], Strict(False), Field(max_length=MAX_ENTRIES)] = ()
    sweep: Annotated[tuple[Trial, ...], Strict(False), Field(max_length=MAX_ENTRIES)] = ()
    reported: Reported | None = None
    translation: Translation | None = None
    family: str | None = None

    @field_validator("prompts", mode="before")
    @classmethod
    def _texts(cls, value: Any, info: ValidationInfo) -> Any:
        """From untrusted prompts, those that are strings."""
        lenient = isinstance(value, list) and (info.context or {}).get("lenient")
        return [prompt for prompt in value if isinstance(prompt, str)] if lenient else value

    @property
    def unit(self) -> Unit:
        """The unit of its figures."""
        counted = self.validation.unit if self.validation else None
        return counted or ("token" if self.family else "character")

    def record(self) -> dict[str, Any]:
        """The card as `config.json` stores it; unknown values are left out."""
        return {name: value for name, value in self.model_dump(exclude_none=True).items() if value not in ("", ())}


def of(value: Mapping[str, Any], kind: str = "") -> Card:
    """A card from the content of a `config.json`, which may be untrusted: a malformed field gets its default."""
    value = old_names.rename(value, old_names.CARD)
    known = {name: value[name] for name in Card.model_fields if name in value}
    known["settings"] = old_names.rename(known.get("settings"), old_names.SETTINGS)
    return Card.model_validate({**known, "kind": kind}, context={"lenient": True})

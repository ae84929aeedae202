"""A name -> a Checkpoint: a bundled one, a folder, or one of the Hub; and which of them are in memory.

How a folder is read and written is in folders.py, how it comes from the Hub in offers.py, which of the bundled
folders can be opened in bundled.py, and how much memory all of them may take in memory.py.
"""

import os
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from playground.checkpoints import bundled, card_translation, configs, folders, gpt2_weights, memory, model_card
from playground.checkpoints.by_characters import SUFFIX, by_characters
from playground.checkpoints.card import Card
from playground.checkpoints.folders import Checkpoint, assemble, save
from playground.errors import BadCheckpoint, NotOnHub, UnknownModel, Unreachable
from playground.hub import offers, refs, suggestions, visitors
from playground.models import KINDS, TASKS, WRITE, Task
from playground.models.footprint import Footprint, footprint
from playground.words import message

__all__ = [
    "BUNDLED", "SUFFIX", "Checkpoint", "all_cards", "all_records", "assemble", "available", "card", "first",
    "in_memory", "is_bundled", "load", "loaded", "outline", "save",
]  # fmt: skip

BUNDLED = Path(__file__).resolve().parent.parent / "checkpoints"
FIRST = "shakespeare-lstm"
KEPT = 4  # checkpoints in memory at a time, other than the small ones that are bundled
OUTLINES = 40  # of those without weights
STAYS = 100_000_000  # bytes of a bundled checkpoint that stays in memory
PATIENCE, SHORT = 30.0, 3.0  # seconds to wait for memory, where others do not wait behind it, and where they do
SYMBOL = Footprint(600, 1_000)  # bytes of each symbol of a vocabulary, measured on GPT-2's and on a large one of ours

Read = TypeVar("Read")

_listing = bundled.Listing()


def _none_in_memory() -> "memory.Models[Checkpoint]":
    return memory.Models(KEPT, size_of=lambda made: memory_of(made.model).kept, body_of=lambda made: made.model)


def _no_outlines() -> "memory.Models[Checkpoint]":
    return memory.Models(OUTLINES, size_of=lambda made: _symbols(made).kept, body_of=lambda made: made.model)


def _symbols(checkpoint: Checkpoint) -> Footprint:
    return Footprint(*(len(checkpoint.vocabulary) * size for size in SYMBOL))


_outlines = _no_outlines()  # where the weights are in other processes: the same names
_models = _none_in_memory()  # the bundled ones by name, those of the Hub by owner/name@commit


def available(*tasks: Task) -> list[str]:
    """The names of the bundled checkpoints: Shakespeare's first, and of each corpus the simple kinds first.

    tasks: what their models can be asked; unless given, to continue a text.
    """
    return list(all_cards(*tasks))


def first() -> str:
    """The model of a page whose address names none: Shakespeare's LSTM, or the first there is where that is missing."""
    names = available()
    return FIRST if FIRST in names or not names else names[0]


def all_cards(*tasks: Task) -> dict[str, Card]:
    """The cards of the bundled checkpoints, by name; of which, as `available` says. A folder that is not right is left
    out, and the log says why."""
    wanted = tasks or WRITE
    return {name: card for name, card in _listing.cards(BUNDLED).items() if KINDS[card.kind].task in wanted}


def is_bundled(name: str, *tasks: Task) -> bool:
    """Whether that is the name of a bundled checkpoint; of which, as `available` says.

    It is asked at each request: one that is in memory is not looked for on the disk again.
    """
    here = None if "/" in name else _models.get(name) or _outlines.get(name)
    return KINDS[here.card.kind].task in (tasks or WRITE) if here else name in all_cards(*tasks)


def in_memory() -> list[str]:
    """The names of the checkpoints that are in memory: bundled ones, and owner/name@commit of the Hub."""
    return _models.names()


def loaded(name: str) -> Checkpoint | None:
    """A checkpoint that is in memory, by its own name; it counts as used. Who may read it, `load` asks."""
    found = _models.get(name.removesuffix(SUFFIX))
    return by_characters(found) if found and name.endswith(SUFFIX) else found


def all_records() -> dict[str, Card]:
    """The cards of all trainings whose record is kept, by name, also of those whose weights are not bundled."""
    return _listing.records(BUNDLED)


def card(name_or_path: str | os.PathLike[str], *, visitor: bool = False) -> Card:
    """The record of a checkpoint, without its weights. `visitor` and the errors are those of `load`."""
    place = _place(_without_suffix(name_or_path), visitor)
    if isinstance(place, refs.Source):
        offered = _offer(place, visitor)
        written = configs.read(offered.folder, place.repo)
    elif place.parent == BUNDLED and place.name in (known := all_cards(*TASKS)):
        return known[place.name]
    else:
        written = configs.read(place, place.name)
    return written.card


def load(
    name_or_path: str | os.PathLike[str],
    *,
    visitor: bool = False,
    patience: float = SHORT,
    cancelled: threading.Event | None = None,
) -> Checkpoint:
    """A bundled checkpoint by its name, or any other by its folder, or by `owner/name@revision` on the Hub.

    A bundled one is loaded once, on first use, however many threads ask; a folder is read each time. One of the
    Hub is fetched once and loaded once for each commit, and the latest few stay in memory; its name says the
    commit, and by that name it is found without a question to the Hub.
    visitor: whether a visitor of the page asks: then a folder is no model, and one of the Hub only if it was
    downloaded already and visitors may read it. Else the owner of this machine asks, with the token that is here.
    patience: seconds to wait for memory, which memory.py bounds for all of these together.
    A name that ends with ":characters" is a model of tokens that is asked for characters (by_characters.py).
    UnknownModel when there is none; BadCheckpoint, with what is wrong, when the files do not fit together;
    HubError when it cannot be fetched; BadInput when it is too large for this machine; MemoryTaken when the models in
    use leave no memory for it; Cancelled once that is set while it waits.
    """
    if (whole := _without_suffix(name_or_path)) != name_or_path:
        return by_characters(load(whole, visitor=visitor, patience=patience, cancelled=cancelled))
    place = _place(name_or_path, visitor)
    if isinstance(place, refs.Source):
        return _load_from_hub(place, visitor, patience, cancelled)
    if place.parent != BUNDLED:
        return _load(place, place.name)
    if found := _models.get(place.name):
        return found
    need = _check(lambda: _needed_in(place, place.name), place.name)
    if need.kept <= STAYS:
        return _models.stay(place.name, need.peak, lambda: _load(place, place.name))
    return _models.made(place.name, need.peak, lambda: _load(place, place.name), patience=patience, cancelled=cancelled)


def outline(
    name_or_path: str | os.PathLike[str], *, visitor: bool = False, cancelled: threading.Event | None = None
) -> Checkpoint:
    """The same as `load` gives, with its vocabulary and without its weights: its `model` has sizes and no numbers.

    Of the Hub only what was fetched. The errors are those of `load`, but for what only the weights tell.
    """
    if (whole := _without_suffix(name_or_path)) != name_or_path:
        return by_characters(outline(whole, visitor=visitor, cancelled=cancelled))
    place = _place(name_or_path, visitor)
    if isinstance(place, refs.Source):
        offered = _offer(place, visitor, cancelled)
        folder, name = offered.folder, offered.name
    else:
        folder, name = place, place.name
        if folder.parent != BUNDLED:
            return _check(lambda: folders.read_outline(folder, name), name)
    if found := _outlines.get(name):
        return found
    symbols = _check(lambda: configs.outline_model(configs.read(folder, name)), name).config.vocabulary
    return _outlines.made(
        name,
        symbols * SYMBOL.peak,
        lambda: _check(lambda: folders.read_outline(folder, name), name),
        patience=PATIENCE,
        cancelled=cancelled,
    )


def _load_from_hub(
    source: refs.Source, visitor: bool, patience: float, cancelled: threading.Event | None
) -> Checkpoint:
    found = _models.get(f"{source.repo}@{source.revision}")
    if found and (not visitor or visitors.may_read(source.repo, source.revision)):
        return found
    offered = _offer(source, visitor, cancelled)
    # Before the weights are fetched.
    outline = _check(lambda: configs.outline_model(configs.read(offered.folder, offered.name)), offered.name)
    _models.check(offered.name, memory_of(outline).peak)
    if not visitor:
        for _ in offers.fetch(offered, cancelled=cancelled):
            pass
    need = _check(lambda: _needed_in(offered.folder, offered.name), offered.name)
    return _models.made(
        offered.name, need.peak, lambda: _load(offered.folder, offered.name), patience=patience, cancelled=cancelled
    )


def _offer(source: refs.Source, visitor: bool, cancelled: threading.Event | None = None) -> offers.Offer:
    if visitor:
        return offers.here(source)
    try:
        return offers.offer(source, cancelled=cancelled)
    except (NotOnHub, Unreachable) as error:
        if source.owned or source.repo.lower() in suggestions.CANONICAL:
            raise
        raise _unknown(source.repo, error.suggestions) from error


def _needed_in(folder: Path, name: str) -> Footprint:
    """The memory that the checkpoint of a folder takes."""
    written = configs.read(folder, name)
    outline = configs.outline_model(written)
    need = memory_of(outline)
    if written.begins is None or not outline.config.tied:
        return need
    head = gpt2_weights.head_size(folder)  # it may have an output of its own all the same
    return Footprint(need.kept + head, need.peak + head)


def memory_of(model: Any) -> Footprint:
    """The memory that a checkpoint takes with this model, or with the model of this outline, vocabulary and all."""
    own, symbols = footprint(model), model.config.vocabulary
    return Footprint(own.kept + symbols * SYMBOL.kept, own.peak + symbols * SYMBOL.peak)


def check_memory(name: str, model: Any) -> None:
    """BadInput where this server will never have the memory for a model of this outline."""
    _models.check(name, memory_of(model).peak)


def _without_suffix(name_or_path: str | os.PathLike[str]) -> str | os.PathLike[str]:
    """The name of a model without what says that it is asked for characters."""
    return name_or_path.removesuffix(SUFFIX) if isinstance(name_or_path, str) else name_or_path


def _place(name_or_path: str | os.PathLike[str], visitor: bool = False) -> Path | refs.Source:
    """The folder of a checkpoint, or its source on the Hub. A path, other than a string, is never one of the Hub."""
    name = os.fspath(name_or_path)
    if is_bundled(name, *TASKS):
        return BUNDLED / name
    try:
        if name and not visitor and Path(name).is_dir():
            return Path(name).resolve()
    except (OSError, ValueError):  # a name that no file system takes
        pass
    source = refs.parse(name) if isinstance(name_or_path, str) else None
    if source is not None and source.owned:
        return source
    meant = suggestions.near(name, all_cards())
    if source is None or meant:
        raise _unknown(name, meant)
    return source


def _unknown(name: str, meant: Sequence[str]) -> UnknownModel:
    names = available() or message("model.none_yet")
    return UnknownModel("model.unknown", meant, name=repr(name[:80]), names=names)


def _load(folder: Path, name: str) -> Checkpoint:
    return _check(lambda: folders.read(folder, name), name)


def _check(read: Callable[[], Read], name: str) -> Read:
    """What `read()` gives; its errors say of which checkpoint they are."""
    try:
        return read()
    except BadCheckpoint as error:
        raise BadCheckpoint("checkpoint.of", name=name, problem=error) from None


if __name__ == "__main__":
    tables = {
        "textbooks": lambda: model_card.textbooks(all_records()),
        "translators": lambda: card_translation.table(all_cards("translation")),
    }
    sys.stdout.write(tables.get("".join(sys.argv[1:]), lambda: model_card.table(all_cards(*TASKS)))() + "\n")

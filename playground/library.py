"""From a name to a Checkpoint (bundled, a folder, or from the Hub), and which checkpoints are in memory.

folders.py reads and writes folders, offers.py downloads from the Hub, bundled.py says which bundled folders can be
opened, and memory.py limits the memory of all of them together.
"""

import os
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from playground.checkpoints import bundled, card_translation, configs, folders, gpt2_weights, memory, model_card, tying
from playground.checkpoints.by_characters import SUFFIX, by_characters
from playground.checkpoints.card import Card
from playground.checkpoints.folders import Checkpoint, assemble, save
from playground.errors import BadCheckpoint, NotOnHub, UnknownModel, Unreachable
from playground.hub import offers, refs, suggestions, visitors
from playground.models import KINDS, TASKS, WRITE, Task
from playground.models.config import Config
from playground.models.footprint import Footprint, footprint
from playground.words import message

__all__ = [
    "BUNDLED", "SUFFIX", "Checkpoint", "all_cards", "all_records", "assemble", "available", "card",
    "default_model", "get_loaded", "in_memory", "is_bundled", "load", "outline", "save",
]  # fmt: skip

BUNDLED = Path(__file__).resolve().parent.parent / "checkpoints"
FIRST = "shakespeare-lstm"
KEPT = 4  # checkpoints in memory at a time, besides the small bundled ones
OUTLINES = 40  # checkpoints without weights in memory at a time
STAYS = 100_000_000  # bytes; bundled checkpoints up to this size stay in memory
PATIENCE, SHORT = 30.0, 3.0  # seconds to wait for memory: where nobody else waits meanwhile, and where others do
SYMBOL = Footprint(600, 1_000)  # bytes per symbol of a vocabulary, measured on GPT-2's and on a large one of ours

Read = TypeVar("Read")

_listing = bundled.Listing()


def _none_in_memory() -> "memory.ModelCache[Checkpoint]":
    return memory.ModelCache(KEPT, size_of=lambda made: memory_of(made.model).kept, body_of=lambda made: made.model)


def _no_outlines() -> "memory.ModelCache[Checkpoint]":
    return memory.ModelCache(OUTLINES, size_of=lambda made: _symbols(made).kept, body_of=lambda made: made.model)


def _symbols(checkpoint: Checkpoint) -> Footprint:
    return Footprint(*(len(checkpoint.vocabulary) * size for size in SYMBOL))


_outlines = _no_outlines()  # by the same names, for servers whose weights are in other processes
_models = _none_in_memory()  # bundled ones by name, those from the Hub by owner/name@commit


def available(*tasks: Task) -> list[str]:
    """The names of the bundled checkpoints: Shakespeare's first, and within each corpus the simple kinds first.

    tasks: the tasks that their models can do; by default those that continue a text.
    """
    return list(all_cards(*tasks))


def default_model() -> str:
    """The default model of the page: Shakespeare's LSTM, or the first available one if that is missing."""
    names = available()
    return FIRST if FIRST in names or not names else names[0]


def all_cards(*tasks: Task) -> dict[str, Card]:
    """The cards of the bundled checkpoints by name, filtered by task as in `available`. Invalid folders are left out
    and logged."""
    wanted = tasks or WRITE
    return {name: card for name, card in _listing.cards(BUNDLED).items() if KINDS[card.kind].task in wanted}


def shakespeares() -> dict[str, Config]:
    """The configurations of the bundled Shakespeare models that represent their kinds, by kind."""
    found = all_cards()
    return {kind: outline(f"shakespeare-{kind}").config for kind in KINDS if f"shakespeare-{kind}" in found}


def is_bundled(name: str, *tasks: Task) -> bool:
    """Whether this is the name of a bundled checkpoint, filtered by task as in `available`.

    Called at every request, so checkpoints in memory are not looked up on disk again.
    """
    here = None if "/" in name else _models.get(name) or _outlines.get(name)
    return KINDS[here.card.kind].task in (tasks or WRITE) if here else name in all_cards(*tasks)


def in_memory() -> list[str]:
    """The names of the checkpoints in memory: bundled ones, and owner/name@commit for those from the Hub."""
    return _models.names()


def get_loaded(name: str) -> Checkpoint | None:
    """A checkpoint in memory, by its own name; marks it as used. Does not check access: `load` does."""
    found = _models.get(name.removesuffix(SUFFIX))
    return by_characters(found) if found and name.endswith(SUFFIX) else found


def all_records() -> dict[str, Card]:
    """The cards of all trainings with a stored record, by name, including those whose weights are not bundled."""
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

    A bundled checkpoint is loaded once, on first use, however many threads ask; a folder is read each time. One from
    the Hub is downloaded and loaded once per commit, and the most recent few stay in memory; its name includes the
    commit, and by that name it is found without asking the Hub.
    visitor: whether a visitor of the page asks: then folders are not allowed, and models from the Hub only if they are
    downloaded already and visitors may read them. Otherwise the machine's owner asks, with the local token.
    patience: seconds to wait for memory, which memory.py bounds for all of these together.
    A name that ends with ":characters" is a token model used character by character (by_characters.py). UnknownModel
    when there is none; BadCheckpoint, saying what is wrong, when the files do not fit together; HubError when it cannot
    be downloaded; BadInput when it is too large for this machine; MemoryFull when the models in use leave no memory for
    it; Cancelled if `cancelled` is set during the wait.
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
        return _models.get_or_make_pinned(place.name, need.peak, lambda: _load(place, place.name))
    return _models.get_or_make(
        place.name, need.peak, lambda: _load(place, place.name), patience=patience, cancelled=cancelled
    )


def outline(
    name_or_path: str | os.PathLike[str], *, visitor: bool = False, cancelled: threading.Event | None = None
) -> Checkpoint:
    """The same checkpoint as `load` gives, with its vocabulary but without weights: its `model` has shapes and no
    numbers.

    From the Hub only what is already downloaded. Raises the errors of `load`, except those that only the weights can
    reveal.
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
    return _outlines.get_or_make(
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
    # Before the weights are downloaded.
    outline = _check(lambda: configs.outline_model(configs.read(offered.folder, offered.name)), offered.name)
    _models.check(offered.name, memory_of(outline).peak)
    if not visitor:
        for _ in offers.fetch(offered, cancelled=cancelled):
            pass
    need = _check(lambda: _needed_in(offered.folder, offered.name), offered.name)
    return _models.get_or_make(
        offered.name, need.peak, lambda: _load(offered.folder, offered.name), patience=patience, cancelled=cancelled
    )


def _offer(source: refs.Source, visitor: bool, cancelled: threading.Event | None = None) -> offers.Offer:
    if visitor:
        return offers.offer_on_disk(source)
    try:
        return offers.offer(source, cancelled=cancelled)
    except (NotOnHub, Unreachable) as error:
        if source.owned or source.repo.lower() in suggestions.CANONICAL:
            raise
        raise _unknown(source.repo, error.suggestions) from error


def _needed_in(folder: Path, name: str) -> Footprint:
    """The memory that the checkpoint in a folder takes."""
    written = configs.read(folder, name)
    outline = configs.outline_model(written)
    need = memory_of(outline)
    if written.begins is None or not outline.config.tied:
        return need
    head = gpt2_weights.head_size(folder)  # it may have a separate output matrix all the same
    return Footprint(need.kept + head, need.peak + head)


def memory_of(model: Any) -> Footprint:
    """The memory of a checkpoint with this model or outline, including the vocabulary."""
    own, symbols = footprint(model), model.config.vocabulary
    return Footprint(own.kept + symbols * SYMBOL.kept, own.peak + symbols * SYMBOL.peak)


def check_memory(name: str, model: Any) -> None:
    """BadInput if this server can never have enough memory for a model of this outline."""
    _models.check(name, memory_of(model).peak)


def _without_suffix(name_or_path: str | os.PathLike[str]) -> str | os.PathLike[str]:
    """The name of a model without the suffix ":characters"."""
    return name_or_path.removesuffix(SUFFIX) if isinstance(name_or_path, str) else name_or_path


def _place(name_or_path: str | os.PathLike[str], visitor: bool = False) -> Path | refs.Source:
    """The folder of a checkpoint, or its source on the Hub. A Path (unlike a string) always means a folder."""
    name = os.fspath(name_or_path)
    if is_bundled(name, *TASKS):
        return BUNDLED / name
    try:
        if name and not visitor and Path(name).is_dir():
            return Path(name).resolve()
    except (OSError, ValueError):  # a name that no file system accepts
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
    """The result of `read()`; its errors are given the checkpoint's name."""
    try:
        return read()
    except BadCheckpoint as error:
        raise BadCheckpoint("checkpoint.of", name=name, problem=error) from None


if __name__ == "__main__":
    tables = {
        "textbooks": lambda: model_card.textbooks(all_records()),
        "translators": lambda: card_translation.table(all_cards("translation")),
        "tied": lambda: tying.table(shakespeares()),
    }
    sys.stdout.write(tables.get("".join(sys.argv[1:]), lambda: model_card.table(all_cards(*TASKS)))() + "\n")

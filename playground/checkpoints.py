"""A folder on disk <-> a Checkpoint.

A folder of ours holds `config.json` (kind, sizes, start, card), `model.safetensors` (parameters as float16),
`tokenizer.json`, and `README.md`, the model card that cards.py writes from `config.json`. One of GPT-2's family has
the same names, a `config.json` of its own and tokens instead of characters. Everything is checked against everything
else before weights take memory. How each file is read is in configs.py, weights.py, vocabulary.py and tokens.py, how a
folder comes from the Hub in fetching.py, what stays in memory in memory.py; this room does not know how to train.
"""

import json
import os
import sys
import threading
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from playground import addresses, cards, configs, fetching, gpt2, jsonfile, listing, memory, weights
from playground.errors import BadCheckpoint, BadInput, PlaygroundError, UnknownModel
from playground.models import LanguageModel, outline, values_of
from playground.models.footprint import Footprint, footprint
from playground.tokens import Tokens
from playground.vocabulary import Symbols, Vocabulary

BUNDLED = Path(__file__).resolve().parent.parent / "checkpoints"
SPARE_ROWS = 1_000  # by which an embedding of GPT-2's family may exceed its tokens, to be of a round size
KEPT = 4  # checkpoints in memory at a time, other than the small ones that are bundled
STAYS = 100_000_000  # bytes of a bundled checkpoint that stays in memory
PATIENCE, SHORT = 30.0, 3.0  # seconds to wait for memory, where others do not wait behind it, and where they do
SYMBOL = Footprint(600, 1_000)  # bytes of each symbol of a vocabulary, measured on GPT-2's and on a large one of ours

Read = TypeVar("Read")

_listing = listing.Listing()


def _none_in_memory() -> "memory.Models[Checkpoint]":
    return memory.Models(KEPT, size_of=lambda made: needed(made.model).kept, body_of=lambda made: made.model)


_models = _none_in_memory()  # the bundled ones by name, those of the Hub by owner/name@commit


@dataclass(frozen=True)
class Checkpoint:
    """A model ready to use, with its vocabulary and its record.

    model: in eval mode, float32, on the CPU, asking for no gradients. card: the record in `config.json`, or what is
    known of a model that has none: title, parameters, prompts, family, and licence where its README names one.
    start: what primes the model, so that an empty prompt has a distribution; start_ids: the same as ids.
    end_ids: each of them ends a text; none where the model knows no end.
    """

    name: str
    kind: str
    config: Any
    vocabulary: Symbols
    model: LanguageModel
    card: Mapping[str, Any]
    start: str
    start_ids: tuple[int, ...]
    end_ids: tuple[int, ...] = ()


def available() -> list[str]:
    """The names of the bundled checkpoints: Shakespeare's first, and of each corpus the simple kinds first."""
    return list(all_cards())


def all_cards() -> dict[str, Mapping[str, Any]]:
    """The cards of the bundled checkpoints, by name. A folder that is not right is left out, and the log says why."""
    return _listing.cards(BUNDLED)


def recorded() -> dict[str, Mapping[str, Any]]:
    """The cards of all trainings whose record is kept, by name, also of those whose weights are not bundled."""
    return _listing.records(BUNDLED)


def card(name_or_path: str | os.PathLike[str]) -> Mapping[str, Any]:
    """The record of a checkpoint, and its kind, without its weights. The errors are those of `load`."""
    place = _place(name_or_path)
    if isinstance(place, addresses.Source):
        written = configs.read(fetching.offer(place).folder, place.repo)
    elif place.parent == BUNDLED and place.name in (known := all_cards()):
        return known[place.name]
    else:
        written = configs.read(place, place.name)
    return {**written.card, "kind": written.kind}


def load(
    name_or_path: str | os.PathLike[str], *, patience: float = SHORT, cancelled: threading.Event | None = None
) -> Checkpoint:
    """A bundled checkpoint by its name, or any other by its folder, or by `owner/name@revision` on the Hub.

    A bundled one is loaded once, on first use, however many threads ask; a folder is read each time. One of the
    Hub is fetched once and loaded once for each commit, and the latest few stay in memory; its name says the
    commit, and by that name it is found without a question to the Hub. All of these share the memory that memory.py
    bounds; patience: seconds to wait for it.
    UnknownModel when there is none; BadCheckpoint, with what is wrong, when the files do not fit together;
    HubError when it cannot be fetched; BadInput when it is too large for this machine; MemoryTaken when the models in
    use leave no memory for it; Cancelled once that is set while it waits.
    """
    place = _place(name_or_path)
    if isinstance(place, addresses.Source):
        return _load_from_hub(place, patience, cancelled)
    if place.parent != BUNDLED:
        return _load(place, place.name)
    if found := _models.get(place.name):
        return found
    need = _checked(lambda: needed(configs.outlined(configs.read(place, place.name))), place.name)
    if need.kept <= STAYS:
        return _models.stay(place.name, need.peak, lambda: _load(place, place.name))
    return _models.made(
        place.name, need.peak, lambda: _load(place, place.name), patience=patience, cancelled=cancelled
    )


def _load_from_hub(source: addresses.Source, patience: float, cancelled: threading.Event | None) -> Checkpoint:
    if found := _models.get(f"{source.repo}@{source.revision}"):
        return found
    offered = fetching.offer(source, cancelled=cancelled)
    # Before the weights are fetched.
    need = _checked(lambda: needed(configs.outlined(configs.read(offered.folder, offered.name))), offered.name)
    _models.check(offered.name, need.peak)
    for _ in fetching.fetch(offered, cancelled=cancelled):
        pass
    return _models.made(
        offered.name, need.peak, lambda: _load(offered.folder, offered.name), patience=patience, cancelled=cancelled
    )


def needed(model: Any) -> Footprint:
    """The memory that a checkpoint takes with this model, or with the model of this outline, vocabulary and all."""
    own, symbols = footprint(model), model.config.vocabulary
    return Footprint(own.kept + symbols * SYMBOL.kept, own.peak + symbols * SYMBOL.peak)


def check_memory(name: str, model: Any) -> None:
    """BadInput where this server will never have the memory for a model of this outline."""
    _models.check(name, needed(model).peak)


def assembled(
    name: str,
    kind: str,
    config: Mapping[str, Any],
    tensors: Mapping[str, Tensor],
    vocabulary: Symbols,
    start: str,
    card: Mapping[str, Any],
) -> Checkpoint:
    """A checkpoint from its parts in memory; the tensors become the model's own."""
    model = outline(kind, config)
    model.load_state_dict(tensors, assign=True)
    model.eval().requires_grad_(False)
    return Checkpoint(name, kind, model.config, vocabulary, model, card, start, tuple(vocabulary.encode(start).ids))


def save(
    folder: str | os.PathLike[str],
    kind: str,
    model: LanguageModel,
    vocabulary: Symbols,
    start: str,
    card: Mapping[str, Any],
) -> None:
    """Write a checkpoint's four files, each in one go, so that a reader never finds half a file.

    Parameters become float16; buffers keep their type. `card` gains "parameters" (numbers) and "bytes".
    BadInput for a vocabulary of tokens: what was made elsewhere is kept as it came.
    """
    if vocabulary.unit != "character":
        raise BadInput("Only models of characters are saved: copy the folder that this one came in.")
    assert isinstance(model, nn.Module)
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {name: t.detach().cpu().contiguous() for name, t in model.state_dict().items()}
    tensors |= {name: tensors[name].half() for name, _ in model.named_parameters()}
    jsonfile.replace(folder / "model.safetensors", lambda path: weights.write(path, tensors))
    jsonfile.replace(folder / "tokenizer.json", vocabulary.save)
    sizes = {
        "parameters": sum(t.numel() for t in tensors.values()),
        "bytes": (folder / "model.safetensors").stat().st_size,
    }
    config = {
        "format": configs.FORMAT,
        "kind": kind,
        "config": values_of(model.config),
        "start": start,
        "card": {**card, **sizes},
    }
    text = json.dumps(config, ensure_ascii=False, indent=2) + "\n"
    jsonfile.replace(folder / "config.json", lambda path: path.write_text(text, encoding="utf-8"))
    readme = cards.readme(folder.absolute().name, config)
    jsonfile.replace(folder / "README.md", lambda path: path.write_text(readme, encoding="utf-8"))


def _place(name_or_path: str | os.PathLike[str]) -> Path | addresses.Source:
    """The folder of a checkpoint, or its source on the Hub. A path, other than a string, is never one of the Hub."""
    name = os.fspath(name_or_path)
    if name in available():
        return BUNDLED / name
    try:
        if name and Path(name).is_dir():
            return Path(name).resolve()
    except (OSError, ValueError):  # a name that no file system takes
        pass
    source = addresses.parse(name) if isinstance(name_or_path, str) else None
    if source is not None:
        return source
    names = ", ".join(available()) or "none yet"
    raise UnknownModel(
        f"There is no model {name[:80]!r}: choose one of {names}, or give a checkpoint's folder, "
        "or owner/name on the Hub."
    )


def _load(folder: Path, name: str) -> Checkpoint:
    return _checked(lambda: _assemble(folder, name), name)


def _checked(read: Callable[[], Read], name: str) -> Read:
    """What `read()` gives; its errors say of which checkpoint they are."""
    try:
        return read()
    except BadCheckpoint as error:
        raise BadCheckpoint(f"{name}: {error}") from None


def _assemble(folder: Path, name: str) -> Checkpoint:
    written = configs.read(folder, name)
    model = configs.outlined(written)
    foreign = written.begins is not None  # of GPT-2's family
    vocabulary: Symbols = (Tokens if foreign else Vocabulary).load(folder / "tokenizer.json")
    size, rows = len(vocabulary), model.config.vocabulary
    if size != rows and not (foreign and rows - SPARE_ROWS <= size < rows):
        raise BadCheckpoint(
            f"tokenizer.json has {size:,} symbols, but config.json says {rows:,}: take both from the same checkpoint."
        )
    if written.begins is not None and written.begins >= size:
        raise BadCheckpoint(
            f"config.json begins a text with token {written.begins:,}, but tokenizer.json ends at {size - 1:,}: "
            "take both from the same checkpoint."
        )
    expected = model.state_dict()
    tensors = weights.read(folder / "model.safetensors", expected, _plan_of_gpt2(expected) if foreign else None)
    if written.begins is None:
        checkpoint = assembled(name, written.kind, written.config, tensors, vocabulary, written.start, written.card)
    else:
        for spare in {"embedding.weight", "output.weight"} & tensors.keys():
            tensors[spare] = tensors[spare][:size]  # ids without a token have no text, and are never chosen
        config = {**written.config, "vocabulary": size}
        start = vocabulary.symbols[written.begins]
        checkpoint = assembled(name, written.kind, config, tensors, vocabulary, start, written.card)
        checkpoint = replace(checkpoint, start_ids=(written.begins,))  # spelt out, it may be several tokens
    try:
        with torch.inference_mode():
            logits, _ = checkpoint.model.advance(list(checkpoint.start_ids))  # some kinds prepare tables on first use
    except PlaygroundError:
        raise
    except Exception as error:
        raise BadCheckpoint(f"the model fails at its first step ({type(error).__name__}): train it again.") from error
    if not _can_choose(logits):
        raise BadCheckpoint("the model computes numbers that are not finite at its first step: train it again.")
    return checkpoint


def _can_choose(logits: Tensor) -> bool:
    """Whether the logits of each place leave something to choose: all finite or minus infinity, not all the latter."""
    return bool(((logits.isfinite() | logits.isneginf()).all(-1) & logits.isfinite().any(-1)).all())


def _plan_of_gpt2(expected: Collection[str]) -> weights.Plan:
    def plan(found: Collection[str]) -> tuple[dict[str, weights.Place], list[str]]:
        places = {ours: weights.Place(*place) for ours, place in gpt2.named(expected, found).items()}
        return places, [name for name in found if gpt2.left_out(name, expected)]

    return plan


if __name__ == "__main__":
    asked = cards.textbooks(recorded()) if sys.argv[1:] == ["textbooks"] else cards.table(all_cards())
    sys.stdout.write(asked + "\n")

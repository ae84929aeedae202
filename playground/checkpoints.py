"""A folder on disk <-> a Checkpoint. The one room that knows the `safetensors` library.

A folder holds `config.json` (kind, sizes, start, card), `model.safetensors` (parameters as float16),
`tokenizer.json`, and `README.md`, the model card that cards.py writes from `config.json`. Everything is
checked against everything else before weights take memory. How a folder comes from the Hub is in fetching.py;
it does not know how to train.
"""

import json
import logging
import os
import sys
import threading
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from playground import cards, fetching
from playground.errors import BadCheckpoint, BadInput, PlaygroundError, UnknownModel
from playground.models import KINDS, LanguageModel, outline
from playground.vocabulary import Vocabulary

BUNDLED = Path(__file__).resolve().parent.parent / "checkpoints"
FORMAT = 1
MAX_CONFIG_BYTES = 1_000_000
MAX_WEIGHTS_BYTES = 200_000_000
MAX_START = 100
HUB_KEPT = 4  # checkpoints of the Hub in memory at a time

Read = TypeVar("Read")

_loaded: dict[str, "Checkpoint"] = {}
_from_hub: OrderedDict[str, "Checkpoint"] = OrderedDict()  # by owner/name@commit, the latest used last
_locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
_guard = threading.Lock()


@dataclass(frozen=True)
class Checkpoint:
    """A model ready to use, with its vocabulary and its record.

    model: in eval mode, float32, on the CPU, asking for no gradients. card: the record in `config.json`.
    start: what primes the model, so that an empty prompt has a distribution; start_ids: the same as ids.
    """

    name: str
    kind: str
    config: Any
    vocabulary: Vocabulary
    model: LanguageModel
    card: Mapping[str, Any]
    start: str
    start_ids: tuple[int, ...]


def available() -> list[str]:
    """The names of the bundled checkpoints: Shakespeare's first, and of each corpus the simple kinds first."""
    order = list(KINDS)

    def place(name: str) -> tuple[bool, str, int, str]:
        corpus, kind, *_ = (*name.split("-"), "")
        return corpus != "shakespeare", corpus, order.index(kind) if kind in order else len(order), name

    return sorted((path.parent.name for path in BUNDLED.glob("*/model.safetensors")), key=place)


def recorded() -> dict[str, Mapping[str, Any]]:
    """The cards of all trainings whose record is kept, by name, also of those whose weights are not bundled."""
    return {path.parent.name: card(path.parent) for path in sorted(BUNDLED.glob("*/config.json"))}


def card(name_or_path: str | os.PathLike[str]) -> Mapping[str, Any]:
    """The record of a checkpoint, and its kind, without its weights. The errors are those of `load`."""
    place = _place(name_or_path)
    written = _read_config(fetching.offer(place).folder if isinstance(place, fetching.Source) else place)
    return {**written["card"], "kind": written["kind"]}


def all_cards() -> dict[str, Mapping[str, Any]]:
    """The cards of the bundled checkpoints, by name. A damaged folder is left out, and the log says why."""
    found: dict[str, Mapping[str, Any]] = {}
    for name in available():
        try:
            found[name] = card(name)
        except BadCheckpoint as error:
            logging.getLogger(__name__).warning("%s is left out: %s", name, error)
    return found


def load(name_or_path: str | os.PathLike[str]) -> Checkpoint:
    """A bundled checkpoint by its name, or any other by its folder, or by `owner/name@revision` on the Hub.

    A bundled one is loaded once, on first use, however many threads ask; a folder is read each time. One of the
    Hub is fetched once and loaded once for each commit, and the latest few stay in memory; its name says the
    commit, and by that name it is found without a question to the Hub.
    UnknownModel when there is none; BadCheckpoint, with what is wrong, when the files do not fit together;
    HubError when it cannot be fetched.
    """
    place = _place(name_or_path)
    if isinstance(place, fetching.Source):
        return _load_from_hub(place)
    if place.parent != BUNDLED:
        return _load(place, place.name)
    with _lock(place.name):
        if place.name not in _loaded:
            _loaded[place.name] = _load(place, place.name)
        return _loaded[place.name]


def _load_from_hub(source: fetching.Source) -> Checkpoint:
    if found := _in_memory(f"{source.repo}@{source.revision}"):
        return found
    offered = fetching.offer(source)
    _checked(lambda: _read_config(offered.folder), offered.name)  # before the weights are fetched
    for _ in fetching.fetch(offered):
        pass
    with _lock(offered.name):
        if found := _in_memory(offered.name):
            return found
        checkpoint = _load(offered.folder, offered.name)
        with _guard:
            _from_hub[offered.name] = checkpoint
            while len(_from_hub) > HUB_KEPT:
                _locks.pop(_from_hub.popitem(last=False)[0], None)
        return checkpoint


def _in_memory(name: str) -> Checkpoint | None:
    with _guard:
        if name in _from_hub:
            _from_hub.move_to_end(name)
        return _from_hub.get(name)


def _lock(name: str) -> threading.Lock:
    with _guard:
        return _locks[name]


def assembled(
    name: str,
    kind: str,
    config: Mapping[str, Any],
    weights: Mapping[str, Tensor],
    vocabulary: Vocabulary,
    start: str,
    card: Mapping[str, Any],
) -> Checkpoint:
    """A checkpoint from its parts in memory; the weights become the model's own."""
    model = outline(kind, config)
    model.load_state_dict(weights, assign=True)
    model.eval().requires_grad_(False)
    return Checkpoint(name, kind, model.config, vocabulary, model, card, start, tuple(vocabulary.encode(start).ids))


def save(
    folder: str | os.PathLike[str],
    kind: str,
    model: LanguageModel,
    vocabulary: Vocabulary,
    start: str,
    card: Mapping[str, Any],
) -> None:
    """Write a checkpoint's four files, each in one go, so that a reader never finds half a file.

    Parameters become float16; buffers keep their type. `card` gains "parameters" (numbers) and "bytes".
    """
    assert isinstance(model, nn.Module)
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {name: t.detach().cpu().contiguous() for name, t in model.state_dict().items()}
    tensors |= {name: tensors[name].half() for name, _ in model.named_parameters()}
    _replace(folder / "model.safetensors", lambda path: save_file(tensors, path))
    _replace(folder / "tokenizer.json", vocabulary.save)
    sizes = {
        "parameters": sum(t.numel() for t in tensors.values()),
        "bytes": (folder / "model.safetensors").stat().st_size,
    }
    config = {
        "format": FORMAT,
        "kind": kind,
        "config": asdict(model.config),
        "start": start,
        "card": {**card, **sizes},
    }
    text = json.dumps(config, ensure_ascii=False, indent=2) + "\n"
    _replace(folder / "config.json", lambda path: path.write_text(text, encoding="utf-8"))
    readme = cards.readme(folder.name, config)
    _replace(folder / "README.md", lambda path: path.write_text(readme, encoding="utf-8"))


def _replace(path: Path, write: Any) -> None:
    draft = path.with_name(f".{path.name}.draft")
    write(draft)
    os.replace(draft, path)


def _place(name_or_path: str | os.PathLike[str]) -> Path | fetching.Source:
    """The folder of a checkpoint, or its source on the Hub. A path, other than a string, is never one of the Hub."""
    name = os.fspath(name_or_path)
    if name in available():
        return BUNDLED / name
    try:
        if name and Path(name).is_dir():
            return Path(name).resolve()
    except (OSError, ValueError):  # a name that no file system takes
        pass
    source = fetching.parse(name) if isinstance(name_or_path, str) else None
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
    except BadInput as error:  # a configuration out of its bounds
        raise BadCheckpoint(f"{name}: config.json does not describe a model. {error}") from None


def _assemble(folder: Path, name: str) -> Checkpoint:
    written = _read_config(folder)
    kind, start = written["kind"], written["start"]
    model = outline(kind, written["config"])
    vocabulary = Vocabulary.load(folder / "tokenizer.json")
    if len(vocabulary) != model.config.vocabulary:
        raise BadCheckpoint(
            f"tokenizer.json has {len(vocabulary):,} symbols, but config.json says {model.config.vocabulary:,}: "
            "take both from the same checkpoint."
        )
    weights = _read_weights(folder / "model.safetensors", model.state_dict())
    checkpoint = assembled(name, kind, written["config"], weights, vocabulary, start, written["card"])
    try:
        with torch.inference_mode():
            checkpoint.model.advance(list(checkpoint.start_ids))  # some kinds check or prepare tables on first use
    except PlaygroundError:
        raise
    except Exception as error:
        raise BadCheckpoint(f"the model fails at its first step ({type(error).__name__}): train it again.") from error
    return checkpoint


def _read_config(folder: Path) -> dict[str, Any]:
    """The parsed `config.json`, with every top-level field of its right type."""
    path = folder / "config.json"
    try:
        with path.open("rb") as file:
            data = file.read(MAX_CONFIG_BYTES + 1)
    except OSError as error:
        raise BadCheckpoint(f"config.json cannot be read ({error.strerror}): the folder needs one.") from None
    if len(data) > MAX_CONFIG_BYTES:
        raise BadCheckpoint(f"config.json is larger than {MAX_CONFIG_BYTES:,} bytes: it is not a checkpoint's.")
    try:
        written = json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError):
        raise BadCheckpoint("config.json is not valid JSON: copy or save the checkpoint again.") from None
    if not isinstance(written, dict):
        raise BadCheckpoint("config.json must hold an object: copy or save the checkpoint again.")
    problems = []
    if written.get("format") != FORMAT:
        problems.append(f"format must be {FORMAT}, not {str(written.get('format'))[:40]}")
    if written.get("kind") not in list(KINDS):
        problems.append(f"kind must be one of {', '.join(KINDS)}, not {str(written.get('kind'))[:40]}")
    problems += [f"{name} must be an object" for name in ("config", "card") if not isinstance(written.get(name), dict)]
    start = written.get("start")
    if not isinstance(start, str) or not 1 <= len(start) <= MAX_START:
        problems.append(f"start must be a string of 1 to {MAX_START} characters")
    if problems:
        raise BadCheckpoint(f"config.json: {'; '.join(problems)}.")
    return written


def _read_weights(path: Path, expected: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors of a file, floats as float32, after its header was compared with what the model expects."""
    try:
        size = path.stat().st_size
    except OSError as error:
        raise BadCheckpoint(f"{path.name} cannot be read ({error.strerror}): the folder needs one.") from None
    if size > MAX_WEIGHTS_BYTES:
        raise BadCheckpoint(f"{path.name} has {size:,} bytes, over the limit of {MAX_WEIGHTS_BYTES:,}.")
    try:
        with safe_open(path, framework="pt") as file:
            found = {name: file.get_slice(name) for name in file.keys()}  # noqa: SIM118 (no dict)
            _compare({name: (s.get_shape(), s.get_dtype()) for name, s in found.items()}, expected)
            tensors = {name: file.get_tensor(name) for name in found}
    except (SafetensorError, OSError) as error:
        raise BadCheckpoint(
            f"{path.name} is damaged or cut short ({str(error)[:100]}): copy or download it again."
        ) from None
    tensors = {name: t.float() if t.is_floating_point() else t for name, t in tensors.items()}
    for name, t in tensors.items():
        if t.is_floating_point() and not bool(t.isfinite().all()):
            raise BadCheckpoint(f"{path.name} has numbers in {name} that are not finite: train the model again.")
    return tensors


_FLOATS = ("F16", "BF16", "F32")
_DTYPES = {torch.uint8: "U8", torch.int8: "I8", torch.int16: "I16", torch.int32: "I32", torch.int64: "I64"}


def _compare(found: Mapping[str, tuple[list[int], str]], expected: Mapping[str, Tensor]) -> None:
    problems = [f"{name} is missing" for name in expected if name not in found]
    problems += [f"{name[:80]} is not part of the model" for name in found if name not in expected]
    for name, tensor in expected.items():
        if name not in found:
            continue
        shape, dtype = found[name]
        if list(shape) != list(tensor.shape):
            problems.append(f"{name} must have shape {list(tensor.shape)}, not {shape}")
        elif dtype not in (_FLOATS if tensor.is_floating_point() else (_DTYPES[tensor.dtype],)):
            problems.append(f"{name} has the wrong type of number, {dtype}")
    if problems:
        more = f"; and {len(problems) - 10} more" if len(problems) > 10 else ""
        raise BadCheckpoint(f"model.safetensors does not fit config.json: {'; '.join(problems[:10])}{more}.")


if __name__ == "__main__":
    asked = cards.textbooks(recorded()) if sys.argv[1:] == ["textbooks"] else cards.table(all_cards())
    sys.stdout.write(asked + "\n")

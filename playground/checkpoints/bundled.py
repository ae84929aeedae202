"""The folders in `checkpoints/`: which of them can be opened, and their cards.

A folder's `config.json` is read once, and again when one of its files changes. Invalid folders are left out and logged
once, in one line. Weights and vocabularies are not read here; problems in them show when a checkpoint is opened.
"""

import logging
import os
import threading
from dataclasses import dataclass
from pathlib import Path

from playground.checkpoints import configs, shards
from playground.checkpoints.card import Card
from playground.errors import PlaygroundError
from playground.models import KINDS
from playground.text.plaintext import line

CONFIG, TOKENIZER = "config.json", "tokenizer.json"
WEIGHTS = (shards.WEIGHTS, shards.INDEX)  # either of them
FILES = (CONFIG, TOKENIZER, *WEIGHTS, "README.md")
UNREADABLE = "its config.json cannot be understood ({}): copy or save the checkpoint again."

Cards = dict[str, Card]
# For each file of a folder its modification time, size and inode; None if it does not exist.
Mark = tuple[tuple[int, int, int] | None, ...]


@dataclass(frozen=True)
class _FolderScan:
    """What was found in a folder. problem: why it cannot be opened; empty if it can, or is not meant to be."""

    mark: Mark
    card: Card | None = None
    problem: str = ""
    opens: bool = False


class Listing:
    """The checkpoints of a folder of folders. Threads share it."""

    def __init__(self) -> None:
        self._known: dict[str, _FolderScan] = {}  # by path
        self._guard = threading.Lock()

    def cards(self, place: Path) -> Cards:
        """The cards of those that can be opened, by name: Shakespeare's first, and within each corpus simple kinds
        first.

        A card is the record in `config.json` without its malformed fields.
        """
        found = {name: looked.card for name, looked in self._look(place).items() if looked.opens and looked.card}
        return {name: found[name] for name in sorted(found, key=_order)}

    def records(self, place: Path) -> Cards:
        """The cards of all records, by name, including those without weights."""
        found = self._look(place)
        return {name: card for name in sorted(found) if (card := found[name].card) is not None}

    def _look(self, place: Path) -> dict[str, _FolderScan]:
        """The content of each folder; only what has changed since the last call is read."""
        try:
            with os.scandir(place) as entries:
                listed = [entry for entry in entries if not entry.name.startswith(".")]
        except OSError:  # there is no such folder, so there are no checkpoints
            listed = []
        with self._guard:
            now: dict[str, _FolderScan] = {}
            for entry in listed:
                mark, known = _mark(entry.path), self._known.get(entry.path)
                looked = known if known is not None and known.mark == mark else _look(entry, mark)
                if looked.problem and (known is None or known.problem != looked.problem):
                    _warn(entry.name, looked.problem)
                now[entry.path] = looked
            self._known = now
            return {entry.name: now[entry.path] for entry in listed}


def _order(name: str) -> tuple[bool, str, int, str]:
    corpus, kind, *_ = (*name.split("-"), "")
    kinds = list(KINDS)
    return corpus != "shakespeare", corpus, kinds.index(kind) if kind in kinds else len(kinds), name


def _mark(path: str) -> Mark:
    marks: list[tuple[int, int, int] | None] = []
    for name in FILES:
        try:
            found = os.stat(f"{path}/{name}")  # noqa: PTH116 (at each request, and a Path takes three times as long)
            marks.append((found.st_mtime_ns, found.st_size, found.st_ino))
        except OSError:
            marks.append(None)
    return tuple(marks)


def _look(entry: os.DirEntry[str], mark: Mark) -> _FolderScan:
    if any("\ud800" <= c <= "\udfff" for c in entry.name):
        return _FolderScan(mark, problem="its name is no text that a page can hold: rename it.")
    try:
        return _read(Path(entry.path), mark)
    except PlaygroundError as error:
        return _FolderScan(mark, problem=str(error))
    except OSError as error:
        return _FolderScan(mark, problem=f"it cannot be read ({error.strerror}): change its permissions, or remove it.")
    except Exception as error:  # noqa: BLE001 (whatever a file holds, the other folders must stay)
        return _FolderScan(mark, problem=UNREADABLE.format(type(error).__name__))


def _read(folder: Path, mark: Mark) -> _FolderScan:
    if not folder.is_dir():
        return _FolderScan(mark, problem="it is no folder, and a checkpoint is one.")
    has = {file: (folder / file).is_file() for file in FILES}
    if not has[CONFIG]:
        problem = f"it has no {CONFIG}. A training that was ended leaves such a folder: remove it."
        return _FolderScan(mark, problem=problem)
    parsed = configs.read(folder, folder.name)
    configs.outline_model(parsed)
    card = parsed.card
    if not any(has[file] for file in WEIGHTS):
        # A record may be kept without weights on purpose; then the record says so.
        problem = "" if not card.bundled else f"it has no {WEIGHTS[0]}: copy it there, or train it again."
        return _FolderScan(mark, card, problem)
    if not has[TOKENIZER]:
        return _FolderScan(mark, card, f"it has no {TOKENIZER}: copy it there, or train it again.")
    return _FolderScan(mark, card, opens=True)


def _warn(name: str, problem: str) -> None:
    shown = name if name.isprintable() else ascii(name)
    logging.getLogger(__name__).warning("checkpoints/%s is left out: %s", shown, line(problem, 500))

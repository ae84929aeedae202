"""Names that checkpoints of before 2026-12 have in their files, and those of today.

Every reader of a folder goes through here, so that a stranger's older checkpoint goes on loading.
"""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

CONFIG = {"inner": "d_ff"}
CARD = {"story": "snapshots", "choice": "sweep"}
SETTINGS = {"rate": "lr", "average": "ema_decay", "held_back": "calibration_split"}
TENSORS = {"places.weight": "position_embedding.weight"}
HISTORY = {"tellings": "snapshots"}
ROW = {"twin": "proxy"}  # of a sweep
FILES = {"story.json": "history.json", "choice.json": "sweep.json"}


def rename(values: Any, names: Mapping[str, str]) -> Any:
    """A table with today's names. One that has both an old name and its new one keeps the new one's value."""
    if not isinstance(values, dict) or not names.keys() & values.keys():
        return values
    return {names.get(name, name): value for name, value in values.items() if names.get(name) not in values}


def tensor(name: str, stored: Collection[str]) -> str:
    """The name that a tensor of the model has in the files."""
    older = next((old for old, new in TENSORS.items() if new == name), name)
    return older if name not in stored and older in stored else name


def file(folder: Path, name: str) -> Path:
    """A file of a folder, under its older name where only that is there."""
    older = next((folder / old for old, new in FILES.items() if new == name), folder / name)
    return older if older.exists() and not (folder / name).exists() else folder / name

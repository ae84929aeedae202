"""Names used in checkpoint files before 2026-12, and today's names.

Every reader of a folder uses this module, so that older checkpoints still load.
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
    """A table with today's names. If both an old name and its new one are present, the new one's value is kept."""
    if not isinstance(values, dict) or not names.keys() & values.keys():
        return values
    return {names.get(name, name): value for name, value in values.items() if names.get(name) not in values}


def tensor(name: str, stored: Collection[str]) -> str:
    """The stored name of a model's tensor."""
    older = next((old for old, new in TENSORS.items() if new == name), name)
    return older if name not in stored and older in stored else name


def file(folder: Path, name: str) -> Path:
    """A file of a folder, or its older name if only that exists."""
    older = next((folder / old for old, new in FILES.items() if new == name), folder / name)
    return older if older.exists() and not (folder / name).exists() else folder / name

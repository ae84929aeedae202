"""A JSON file: written in one go, and read, also from a stranger, no further than it may be long."""

import json
import os
from pathlib import Path
from typing import Any

from playground.errors import BadCheckpoint


def parsed(path: Path, limit: int) -> tuple[str, Any]:
    """The text of a JSON file and what it says; BadCheckpoint when it is missing, over `limit` bytes, or no JSON."""
    try:
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except OSError as error:
        raise BadCheckpoint(f"{path.name} cannot be read ({error.strerror}): the folder needs one.") from None
    if len(data) > limit:
        raise BadCheckpoint(f"{path.name} is larger than {limit:,} bytes: too large for a checkpoint's.")
    try:
        text = data.decode("utf-8")
        return text, json.loads(text)
    except (ValueError, RecursionError):
        raise BadCheckpoint(f"{path.name} is not valid JSON: copy or save the checkpoint again.") from None


def save(path: Path, value: Any) -> None:
    """Write a value, so that a reader never finds half a file."""
    draft = path.with_name(f".{path.name}.draft")
    draft.write_text(json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")
    os.replace(draft, path)

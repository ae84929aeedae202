"""Atomic file writes, and JSON reads limited in size, as the file may be untrusted."""

import errno
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playground.errors import BadCheckpoint


def parse(path: Path, limit: int) -> tuple[str, Any]:
    """The text of a JSON file and its value; BadCheckpoint when it is missing, over `limit` bytes, or invalid JSON."""
    try:
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except OSError as error:
        raise BadCheckpoint("file.unreadable", file=path.name, problem=error.strerror) from None
    if len(data) > limit:
        raise BadCheckpoint("file.large", file=path.name, most=limit)
    try:
        text = data.decode("utf-8")
        return text, json.loads(text)
    except (ValueError, RecursionError):
        raise BadCheckpoint("file.no_json", file=path.name) from None


def save(path: Path, value: Any) -> None:
    """Write a value atomically: a reader never finds half a file."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n"
    replace(path, lambda draft: draft.write_text(text, encoding="utf-8"))


def replace(path: Path, write: Callable[[Path], Any]) -> None:
    """Let `write` fill a draft, then move it into the file's place; OSError, leaving no draft, if that fails."""
    draft = path.with_name(f".{path.name}.draft")
    try:
        write(draft)
        os.replace(draft, path)
    except OSError:
        draft.unlink(missing_ok=True)
        raise
    except Exception as error:  # each library that writes raises its own error where the disk is full
        draft.unlink(missing_ok=True)
        raise OSError(errno.EIO, str(error)[:100], str(path)) from error

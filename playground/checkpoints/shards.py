"""The files that hold a model's weights: one `model.safetensors`, or several shards that an index names.

The index is a JSON object whose `weight_map` says in which shard each tensor is (`transformers`' format). It may be
untrusted, so its length, the number of shards and their names are restricted here: a shard is in the folder of its
index. Knows nothing about the files' content.
"""

import re
from pathlib import Path

from playground.errors import BadCheckpoint
from playground.text.jsonfile import parse

WEIGHTS = "model.safetensors"
INDEX = "model.safetensors.index.json"
MAX_INDEX = 1_000_000  # bytes
MAX_SHARDS = 100

_NAME = re.compile(r"[A-Za-z0-9_][\w.-]{0,150}\.safetensors", re.ASCII)


def weight_map(index: Path) -> dict[str, str]:
    """For each tensor the name of the shard that holds it; BadCheckpoint for an invalid index."""
    _, written = parse(index, MAX_INDEX)
    found = written.get("weight_map") if isinstance(written, dict) else None
    if not isinstance(found, dict) or not found or not all(isinstance(shard, str) for shard in found.values()):
        raise BadCheckpoint("shards.no_map", file=index.name)
    names = sorted(set(found.values()))
    if wrong := [name for name in names if not _NAME.fullmatch(name)]:
        raise BadCheckpoint("shards.no_file", file=index.name, name=repr(wrong[0][:80]))
    if len(names) > MAX_SHARDS:
        raise BadCheckpoint("shards.many", file=index.name, count=len(names), most=MAX_SHARDS)
    return found


def of_folder(folder: Path) -> tuple[list[str], dict[str, str]]:
    """The names of a folder's weight files, and the weight map, empty if there is one file.

    A single file takes precedence over an index, as in `transformers`. BadCheckpoint as in `weight_map`.
    """
    if (folder / WEIGHTS).exists() or not (folder / INDEX).exists():
        return [WEIGHTS], {}
    tensors = weight_map(folder / INDEX)
    return sorted(set(tensors.values())), tensors

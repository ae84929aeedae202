"""A folder of checkpoints as one is found: sound ones, some whose records lack or twist something, and what is none."""

import json
import shutil
import tempfile
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import torch

from playground import library
from playground.models import build
from playground.text.characters import Vocabulary
from tests import small_gpt2
from tests.small_record import SMALL_CARD

VOCABULARY = Vocabulary.from_text("\n abcdefgh")
CARD = SMALL_CARD.model_copy(update={"title": "Letters · LSTM"})
MARKUP = "<img src=x onerror=alert(1)>|`**b**`"

# Of folders that can be opened: what their cards are changed to, the title that is due, the prompts, and two figures.
CHANGED: dict[str, tuple[Mapping[str, Any], str, list[str], int | None, float | None]] = {
    "letters-lstm": ({}, "Letters · LSTM", ["abc", "de"], 1154, 2.0),
    "no-title": ({"title": None}, "no-title", ["abc", "de"], 1154, 2.0),
    "title-of-a-number": ({"title": 7, "prompts": "abc"}, "title-of-a-number", [], 1154, 2.0),
    "prompts-of-all-sorts": ({"prompts": ["ab", 7, None, ["c"], {"d": 1}, "e\ud800"]}, "", ["ab", "e�"], 1154, 2.0),
    "numbers-as-strings": ({"parameters": "1154", "validation": {"nats": "2.0"}}, "", ["abc", "de"], None, None),
    "not-a-number": ({"parameters": float("inf"), "validation": {"nats": float("nan")}}, "", ["abc", "de"], None, None),
    "validation-of-a-list": ({"parameters": True, "validation": [2.0]}, "", ["abc", "de"], None, None),
    "huge-card": ({"title": "x" * 300_000, "prompts": ["y" * 300_000, "ab"]}, "x" * 200, ["ab"], 1154, 2.0),
    "many-prompts": ({"prompts": ["abc"] * 5_000}, "", ["abc"] * 12, 1154, 2.0),
    "training-of-a-word": ({"training": "long", "corpus": "none", "bytes": "many"}, "", ["abc", "de"], 1154, 2.0),
    "a name with spaces": ({}, "", ["abc", "de"], 1154, 2.0),
    "한국어-lstm": ({"title": "편지 · LSTM", "prompts": ["가"]}, "편지 · LSTM", ["가"], 1154, 2.0),
    "quotes'\"&<b>": ({"title": MARKUP, "prompts": [MARKUP]}, MARKUP, [MARKUP], 1154, 2.0),
    "__proto__": ({"title": "A prototype"}, "A prototype", ["abc", "de"], 1154, 2.0),
    "Named like a title": ({"title": "Another"}, "Another", ["abc", "de"], 1154, 2.0),
    "other": ({"title": "named LIKE a title"}, "named LIKE a title", ["abc", "de"], 1154, 2.0),
}
# Of what is left out: a part of what the log says of it.
LEFT_OUT = {
    "weights-alone": "no config.json",
    "drafts-alone": "no config.json",
    "empty-folder": "no config.json",
    "no-tokenizer": "no tokenizer.json",
    "record-alone": "no model.safetensors",
    "empty-config": "not valid JSON",
    "config-of-a-list": "must hold an object",
    "config-of-nothing": "format must be 1",
    "config-of-depth": "not valid JSON",
    "absurd-sizes": "hidden must be",
    "config-is-a-folder": "no config.json",
    "weights-are-a-folder": "no model.safetensors",
    "loop": "no folder",
    "nowhere": "no folder",
    "letters.zip": "no folder",
    "no-text-\udcff": "rename it",
}


def write(place: Path, gpt2: bool = False) -> None:
    """Write them all under a folder, and more of what nobody need be told of."""
    for name, (changes, *_) in CHANGED.items():
        _save(place / name, changes)
    for name in LEFT_OUT:
        _spoil(place, name)
    _save(place / "record-on-purpose", {"bundled": False})
    (place / "record-on-purpose" / "model.safetensors").unlink()
    (place / ".hidden").mkdir()
    (place / ".DS_Store").write_bytes(b"\0")
    if gpt2:
        small_gpt2.write(place / "a-gpt2", 300)


@cache
def _files() -> dict[str, bytes]:
    torch.manual_seed(1)
    model = build("lstm", {"vocabulary": len(VOCABULARY), "embedding": 4, "hidden": 8}).eval()
    with tempfile.TemporaryDirectory() as folder:
        library.save(folder, "lstm", model, VOCABULARY, "\n", CARD)
        return {path.name: path.read_bytes() for path in Path(folder).iterdir()}


def whole(place: Path) -> None:
    """Write one sound checkpoint."""
    place.mkdir(parents=True)
    for name, content in _files().items():
        (place / name).write_bytes(content)


def _save(folder: Path, changes: Mapping[str, Any]) -> None:
    whole(folder)
    config = json.loads((folder / "config.json").read_text("utf-8"))
    config["card"] |= changes
    (folder / "config.json").write_text(json.dumps(config), "utf-8")


def _spoil(place: Path, name: str) -> None:
    folder = place / name
    if name == "loop":
        folder.symlink_to(name)
    elif name == "nowhere":
        folder.symlink_to("there/is/none")
    elif name == "letters.zip":
        folder.write_bytes(b"PK\x03\x04")
    else:
        whole(folder)
        _SPOILS.get(name, _kept)(folder)


def _kept(folder: Path) -> None:
    """Nothing is wrong with it but its name."""


def _only(*kept: str) -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        for path in folder.iterdir():
            if path.name not in kept:
                path.unlink()

    return spoil


def _config(text: str) -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        (folder / "config.json").write_text(text, "utf-8")

    return spoil


def _drafts(folder: Path) -> None:
    for path in list(folder.iterdir()):
        path.rename(path.with_name(f".{path.name}.draft"))


def _folder_for(name: str) -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        (folder / name).unlink()
        (folder / name).mkdir()

    return spoil


def _absurd(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text("utf-8"))
    config["config"] |= {"hidden": 10**30}
    (folder / "config.json").write_text(json.dumps(config), "utf-8")


_SPOILS: dict[str, Callable[[Path], None]] = {
    "weights-alone": _only("model.safetensors"),
    "drafts-alone": _drafts,
    "empty-folder": _only(),
    "no-tokenizer": _only("config.json", "model.safetensors", "README.md"),
    "record-alone": _only("config.json", "README.md", "tokenizer.json"),
    "empty-config": _config(""),
    "config-of-a-list": _config("[]"),
    "config-of-nothing": _config("{}"),
    "config-of-depth": _config("[" * 100_000),
    "absurd-sizes": _absurd,
    "config-is-a-folder": _folder_for("config.json"),
    "weights-are-a-folder": _folder_for("model.safetensors"),
}


def copied(source: Path, place: Path, *names: str) -> None:
    """Copy sound checkpoints."""
    for name in names:
        shutil.copytree(source / name, place / name)

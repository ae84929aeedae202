"""A checkpoint from before 2026-12, whose files have older names, still loads unchanged."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from playground.checkpoints import old_names
from playground.library import card, load, save
from playground.models import build
from playground.training import history, records
from tests.odd_folders import VOCABULARY
from tests.small_record import SMALL_CARD

SIZES: dict[str, Any] = {"width": 8, "layers": 1, "heads": 2, "window": 6, "positions": "learned", "d_ff": 12}


def turned(names: dict[str, str]) -> dict[str, str]:
    return {new: old for old, new in names.items()}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A checkpoint written today, converted to the older names."""
    torch.manual_seed(2)
    model = build("transformer", {"vocabulary": len(VOCABULARY), **SIZES}).eval()
    settings = {"lr": 0.002, "ema_decay": 0.99, "calibration_split": 0.05, "batch": 8}
    made = SMALL_CARD.model_copy(update={"settings": settings, "snapshots": True})
    path = tmp_path / "older"
    save(path, "transformer", model, VOCABULARY, "\n", made)
    config = json.loads((path / "config.json").read_text("utf-8"))
    config["config"] = old_names.rename(config["config"], turned(old_names.CONFIG))
    config["card"]["sweep"] = [{"changes": {"rate": 0.1}, "nats": 2.0, "epoch": 3}]
    config["card"]["settings"] = old_names.rename(config["card"]["settings"], turned(old_names.SETTINGS))
    config["card"] = old_names.rename(config["card"], turned(old_names.CARD))
    (path / "config.json").write_text(json.dumps(config), "utf-8")
    tensors = load_file(path / "model.safetensors")
    tensors["places.weight"] = tensors.pop("position_embedding.weight")
    save_file(tensors, path / "model.safetensors")
    return path


def test_a_folder_with_older_names_loads(folder: Path) -> None:
    written = json.loads((folder / "config.json").read_text("utf-8"))
    assert written["config"]["inner"] == 12
    assert written["card"]["settings"].keys() == {"rate", "average", "held_back", "batch"}
    assert written["card"].keys() >= {"story", "choice"}
    found = load(folder)
    assert found.config.d_ff == 12
    stored = load_file(folder / "model.safetensors")["places.weight"].float()
    model: Any = found.model
    assert torch.equal(model.position_embedding.weight, stored)
    about = card(folder)
    assert about.settings == {"lr": 0.002, "ema_decay": 0.99, "calibration_split": 0.05, "batch": 8}
    assert about.snapshots is True
    assert [row.changes for row in about.sweep] == [{"lr": 0.1}]


def test_a_history_and_a_sweep_with_older_names_load(tmp_path: Path) -> None:
    row = {"epoch": 1, "loss": 2.0, "seconds": 3.0, "nats": 1.5, "accuracy": 0.5}
    told = {"epoch": 0, "texts": ["ab"], "logits": [0.5, 1]}
    older = {"format": 1, "temperatures": [1.0], "symbols": ["a", "b"], "curve": [row], "tellings": [told]}
    (tmp_path / "story.json").write_text(json.dumps(older))
    assert history.load(tmp_path).snapshots[0].texts == ("ab",)
    history.save(tmp_path, history.begin("a", ("a",)))
    assert history.load(tmp_path).snapshots == []  # a file with current names comes first
    rows = [{"changes": {"rate": 0.1}, "twin": {"average": 0.9}, "text": "x", "nats": 1.0, "epoch": 1, "seconds": 2}]
    (tmp_path / "choice.json").write_text(json.dumps({"format": 1, "rows": rows}))
    [found] = records.load_sweep(tmp_path)
    assert (found["changes"], found["proxy"]) == ({"lr": 0.1}, {"ema_decay": 0.9})


def test_a_current_name_wins_over_its_older_one() -> None:
    assert old_names.rename({"rate": 1, "lr": 2, "batch": 3}, old_names.SETTINGS) == {"lr": 2, "batch": 3}
    assert old_names.rename(["rate"], old_names.SETTINGS) == ["rate"]

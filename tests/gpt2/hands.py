"""Helpers of the GPT-2 tests: a small model made by the library, and its folder with changes."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor
from transformers import GPT2Config, GPT2LMHeadModel

V = 420  # tokens
P = 12  # positions
SIZES: dict[str, Any] = {"n_embd": 24, "n_layer": 3, "n_head": 3, "n_positions": P}


def reference(**changes: Any) -> Any:
    """A random model made by the library, with weights large enough that every input matters."""
    torch.manual_seed(7)
    config = GPT2Config(**{"vocab_size": V, "bos_token_id": 0, "eos_token_id": 0, **SIZES, **changes})
    config.architectures = ["GPT2LMHeadModel"]
    model = GPT2LMHeadModel(config).eval().requires_grad_(False)
    for p in model.parameters():
        p.copy_(torch.randn_like(p) * 0.3)
    return model


def make_folder(folder: Path, model: Any, tokenizer: str, change: Callable[[dict[str, Tensor]], object] = dict) -> Path:
    """The model's folder as the library writes it, after changing its tensors with `change`."""
    folder.mkdir()
    tensors = dict(model.state_dict())
    if model.config.tie_word_embeddings:
        del tensors["lm_head.weight"]
    tensors = {name: t.clone() for name, t in tensors.items()}
    change(tensors)
    save_file(tensors, folder / "model.safetensors", {"format": "pt"})
    (folder / "config.json").write_text(json.dumps(model.config.to_dict()))
    (folder / "tokenizer.json").write_text(tokenizer)
    return folder


def load_with_transformers(folder: Path) -> Any:
    """The library's model of a folder."""
    return GPT2LMHeadModel.from_pretrained(folder, dtype=torch.float32).eval().requires_grad_(False)


def rename(tensors: dict[str, Tensor], change: Callable[[str], str]) -> None:
    renamed = {change(name): t for name, t in tensors.items()}
    tensors.clear()
    tensors.update(renamed)


def edit(folder: Path, **changes: Any) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def edit_weights(folder: Path, change: Callable[[dict[str, Tensor]], object]) -> None:
    tensors = load_file(folder / "model.safetensors")
    change(tensors)
    save_file(tensors, folder / "model.safetensors")

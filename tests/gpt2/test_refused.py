"""Every kind of GPT-2 folder that is refused, with the message, before reading weights if possible."""

import json
import struct
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from playground.checkpoints import configs, gpt2, weights
from playground.errors import BadCheckpoint
from playground.hub import listing
from playground.library import card, load
from playground.models import KINDS
from playground.text import tokenizer_file
from tests.gpt2.hands import V, edit, edit_weights


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"scale_attn_weights": 0}, "scale_attn_weights must be true or false, not 0"),
        ({"scale_attn_by_inverse_layer_idx": "yes"}, "scale_attn_by_inverse_layer_idx must be true or false"),
        ({"add_cross_attention": True}, "add_cross_attention must be false"),
        ({"add_cross_attention": 1}, "add_cross_attention must be false, not 1"),
        ({"is_encoder_decoder": True}, "is_encoder_decoder must be false"),
        ({"quantization_config": {"bits": 4}}, "quantization_config must be left out"),
        ({"auto_map": {"AutoModel": "evil.Model"}}, "auto_map must be left out"),
        ({"architectures": ["GPT2ForSequenceClassification"]}, "architectures must be GPT2LMHeadModel, not "),
        ({"architectures": "GPT2LMHeadModel"}, "architectures must be"),
        ({"architectures": [["GPT2LMHeadModel"]]}, "architectures must be"),
        ({"activation_function": "swish"}, "activation_function must be one of gelu_new, .*, not 'swish'"),
        ({"activation_function": ["gelu"]}, "activation_function must be one of"),
        ({"vocab_size": "many"}, "config.json does not describe a model.* vocabulary must be a whole number"),
        ({"n_embd": 10**6}, "config.json does not describe a model.* width must be a whole number"),
        ({"n_embd": 25}, "width must be a multiple of heads"),
        ({"n_layer": 49}, "layers must be a whole number from 1 to 48, not 49"),
        ({"n_layer": None}, "layers must be a whole number"),
        ({"n_head": 0}, "heads must be a whole number"),
        ({"n_positions": 10**5}, "window must be a whole number from 1 to 4,096"),
        ({"n_inner": -1}, "d_ff must be a whole number"),
        ({"n_inner": 10**5}, "d_ff must be a whole number"),
        ({"vocab_size": 10**9}, "vocabulary must be a whole number from 1 to 200,000"),
        ({"layer_norm_epsilon": 0}, "epsilon must be a number"),
        ({"layer_norm_epsilon": float("nan")}, "epsilon must be a number"),
        ({"tie_word_embeddings": "yes"}, "tie_word_embeddings must be true or false, not 'yes'"),
        ({"n_embd": 4096, "n_head": 64, "n_layer": 48}, "numbers are too many; at most 500,000,000"),
        ({"vocab_size": V - 1}, r"transformer.wte.weight must have shape \[419, 24\], not \[420, 24\]"),
        ({"vocab_size": V + 9}, r"transformer.wte.weight must have shape \[429, 24\], not \[420, 24\]"),
        ({"n_positions": 13}, r"transformer.wpe.weight must have shape \[13, 24\], not \[12, 24\]"),
        ({"n_layer": 4}, "transformer.h.3.ln_1.weight is missing"),
        ({"n_layer": 2}, "transformer.h.2.attn.c_attn.bias is not part of the model"),
        ({"n_inner": 20}, r"transformer.h.0.mlp.c_fc.weight must have shape \[24, 20\], not \[24, 96\]"),
        ({"tie_word_embeddings": False}, "lm_head.weight is missing"),
        ({"model_type": "gpt_neo"}, "format must be 1"),
    ],
)
def test_unsupported_configs_are_refused(changes: dict[str, Any], said: str, folder: Path) -> None:
    edit(folder, **changes)
    with pytest.raises(BadCheckpoint, match=f"^tiny: .*{said}"):
        load(folder)


def test_all_unsupported_settings_are_named_at_once(folder: Path) -> None:
    edit(folder, scale_attn_weights=3, add_cross_attention=True, activation_function="x" * 500)
    with pytest.raises(BadCheckpoint) as caught:
        card(folder)
    said = str(caught.value)
    assert all(name in said for name in ("scale_attn_weights", "add_cross_attention", "activation_function"))
    assert len(said) < 400


def test_every_tensor_is_checked_before_any_is_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def change(tensors: dict[str, Tensor]) -> None:
        del tensors["transformer.ln_f.bias"]
        tensors["transformer.extra"] = torch.zeros(2)
        tensors["transformer.wte.weight"] = torch.zeros(3, 3)
        tensors["transformer.h.0.attn.c_proj.weight"] = torch.zeros(24, 24, dtype=torch.int8)
        tensors["transformer.h.1.ln_1.weight"] = torch.zeros(24).to(torch.float8_e4m3fn)
        tensors["transformer.h.2.attn.c_attn.weight"] = tensors["transformer.h.2.attn.c_attn.weight"].T.contiguous()

    edit_weights(folder, change)
    monkeypatch.setattr(weights, "_own", lambda *_: pytest.fail("a tensor was read"))
    with pytest.raises(BadCheckpoint) as caught:
        load(folder)
    said = str(caught.value)
    assert "transformer.ln_f.bias is missing" in said
    assert "transformer.extra is not part of the model" in said
    assert "transformer.wte.weight must have shape [420, 24], not [3, 3]" in said
    assert "transformer.h.0.attn.c_proj.weight has the wrong type of number, I8" in said
    assert "transformer.h.1.ln_1.weight has the wrong type of number, F8_E4M3" in said
    assert "transformer.h.2.attn.c_attn.weight must have shape [24, 72], not [72, 24]" in said
    assert said.endswith("Take both from the same checkpoint, or save it again.")


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -float("inf")])
def test_weights_that_are_not_finite_are_refused(bad: float, folder: Path) -> None:
    edit_weights(folder, lambda tensors: tensors["transformer.h.1.mlp.c_fc.weight"][3].fill_(bad))
    with pytest.raises(BadCheckpoint, match=r"numbers in transformer\.h\.1\.mlp\.c_fc\.weight that are not finite"):
        load(folder)


def test_weights_whose_sums_are_not_finite_are_refused(folder: Path) -> None:
    edit_weights(folder, lambda tensors: tensors["transformer.ln_f.weight"].fill_(3e38))
    with pytest.raises(BadCheckpoint, match=r"^tiny: the model computes numbers that are not finite at its first step"):
        load(folder)


@pytest.mark.parametrize("kept", [0, 5, 500, -1])
def test_truncated_weights_are_refused(folder: Path, kept: int) -> None:
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(BadCheckpoint, match="damaged or cut short"):
        load(folder)


def test_a_header_that_promises_the_moon_is_refused(folder: Path) -> None:
    header = json.dumps({"wte.weight": {"dtype": "F32", "shape": [2**40], "data_offsets": [0, 2**42]}}).encode()
    (folder / "model.safetensors").write_bytes(struct.pack("<Q", len(header)) + header)
    with pytest.raises(BadCheckpoint, match="damaged or cut short"):
        load(folder)


def test_names_with_and_without_the_prefix_at_once_are_refused(folder: Path) -> None:
    edit_weights(folder, lambda tensors: tensors.update({"wte.weight": tensors["transformer.wte.weight"].clone()}))
    with pytest.raises(BadCheckpoint, match=r"wte\.weight twice, as transformer\.wte\.weight and as wte\.weight: save"):
        load(folder)


def test_a_pickle_is_never_opened(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(BadCheckpoint, match=r"model\.safetensors cannot be read"):
        load(folder)


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "model.safetensors"])
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(BadCheckpoint, match=f"tiny: {name} cannot be read"):
        load(folder)


def test_the_same_limits_apply_to_download_and_reading() -> None:
    assert {
        "config.json": configs.MAX_BYTES,
        "tokenizer.json": tokenizer_file.MAX_BYTES,
        "model.safetensors": weights.MAX_BYTES,
    } == listing.MAX_BYTES
    assert gpt2.KIND in KINDS

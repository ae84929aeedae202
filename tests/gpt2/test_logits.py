"""GPT-2 models: the same logits as `transformers` for the same weights, in every file format."""

import struct
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from playground.library import load
from tests.gpt2.hands import P, V, make_folder, reference
from tests.models.hands import assert_close, in_chunks


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"n_inner": 20},
        {"n_embd": 15, "n_head": 5},  # an odd width of each head
        {"activation_function": "gelu"},
        {"activation_function": "gelu_pytorch_tanh"},
        {"activation_function": "relu"},
        {"tie_word_embeddings": False},
        {"layer_norm_epsilon": 0.01},
        {"reorder_and_upcast_attn": True},
        {"scale_attn_weights": False},
        {"scale_attn_by_inverse_layer_idx": True},
        {"scale_attn_by_inverse_layer_idx": True, "scale_attn_weights": False},
        {"scale_attn_by_inverse_layer_idx": True, "reorder_and_upcast_attn": True, "n_embd": 15, "n_head": 5},
    ],
)
def test_logits_equal_transformers(changes: dict[str, Any], tmp_path: Path, tokenizer: str) -> None:
    theirs = reference(**changes)
    c = load(make_folder(tmp_path / "tiny", theirs, tokenizer))
    ids = torch.randint(V, (2, P), generator=torch.Generator().manual_seed(1))
    expected = theirs(ids).logits
    assert expected.std() > 0.3
    assert_close(in_chunks(c.model, ids, [P]), expected)
    assert_close(in_chunks(c.model, ids, [1] * P), expected)
    assert_close(in_chunks(c.model, ids, [5, 1, 1, P - 7]), expected)
    model: Any = c.model
    with torch.inference_mode():
        assert model.views.current() is not None  # a step of one text is NumPy's
    assert_close(in_chunks(c.model, ids[:1], [1] * P), expected[:1])


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_other_precisions_are_read_as_float32(dtype: torch.dtype, tmp_path: Path, tokenizer: str) -> None:
    theirs, ids = reference(), torch.arange(P)[None]
    for p in theirs.parameters():
        p.copy_(p.to(dtype).float())

    def convert(tensors: dict[str, torch.Tensor]) -> None:
        tensors.update({name: tensor.to(dtype) for name, tensor in tensors.items()})

    path = make_folder(tmp_path / "tiny", theirs, tokenizer, convert)
    assert {t.dtype for t in load_file(path / "model.safetensors").values()} == {dtype}
    c = load(path)
    assert_close(in_chunks(c.model, ids, [P]), theirs(ids).logits)
    state: Any = c.model
    assert {t.dtype for t in state.state_dict().values()} == {torch.float32}


def test_a_file_saved_by_the_library_itself(tmp_path: Path, tokenizer: str) -> None:
    theirs = reference()
    theirs.save_pretrained(tmp_path / "saved")
    (tmp_path / "saved" / "tokenizer.json").write_text(tokenizer)
    c, ids = load(tmp_path / "saved"), torch.arange(P)[None]
    assert_close(in_chunks(c.model, ids, [P]), theirs(ids).logits)


def test_a_text_continues_beyond_the_last_position(folder: Path) -> None:
    """The last half of the positions is read again, like the library does for the ids from there on."""
    theirs, c = reference(), load(folder)
    ids = torch.randint(V, (1, 40), generator=torch.Generator().manual_seed(1))
    H = P // 2
    begins = [0 if i < P else (i - H) // (P - H) * (P - H) for i in range(40)]
    expected = torch.cat([theirs(ids[:, begins[i] : i + 1]).logits[:, -1:] for i in range(40)], dim=1)
    for sizes in ([40], [1] * 40, [10, 1, 1, 1, 1, 20, 6]):
        assert_close(in_chunks(c.model, ids, sizes), expected)


def test_a_loaded_model_does_not_change_with_its_file(folder: Path) -> None:
    c, ids = load(folder), torch.arange(P)[None]
    before = in_chunks(c.model, ids, [P])
    path = folder / "model.safetensors"
    with path.open("r+b") as file:
        file.seek(8 + struct.unpack("<Q", path.read_bytes()[:8])[0])
        file.write(bytes(path.stat().st_size - file.tell()))
    assert torch.equal(in_chunks(c.model, ids, [P]), before)

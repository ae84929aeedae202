"""GPT-2 files as they are found: other names, other layouts, one tensor for two, two for one.

The logits are those that `transformers` gives for the same folder; where it would leave tensors random, those of the
model that was saved.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file, save_model
from torch import Tensor

from playground.checkpoints import weights
from playground.errors import BadCheckpoint
from playground.library import card, load
from playground.models import registry
from tests.gpt2.hands import SIZES, P, V, edit, edit_weights, load_with_transformers, make_folder, reference, rename
from tests.models.hands import assert_close, in_chunks

Tensors = dict[str, Tensor]
IDS = torch.arange(P)[None]
EMBEDDING, HEAD = "transformer.wte.weight", "lm_head.weight"


def bare(tensors: Tensors) -> None:
    rename(tensors, lambda name: name.removeprefix("transformer."))


def as_head(tensors: Tensors) -> None:
    tensors[HEAD] = tensors.pop(EMBEDDING)


def as_head_and_bare(tensors: Tensors) -> None:
    as_head(tensors)
    bare(tensors)


def with_masks(tensors: Tensors, prefix: str = "transformer.") -> None:
    """What older versions of the library wrote too."""
    for layer in range(SIZES["n_layer"]):
        tensors[f"{prefix}h.{layer}.attn.bias"] = torch.ones(1, 1, P, P, dtype=torch.bool).tril()
        tensors[f"{prefix}h.{layer}.attn.masked_bias"] = torch.tensor(-1e4)


def bare_with_masks(tensors: Tensors) -> None:
    bare(tensors)
    with_masks(tensors, "")


def twice(tensors: Tensors) -> None:
    tensors[HEAD] = tensors[EMBEDDING].clone()


def with_a_head(tensors: Tensors) -> None:
    """The head differs only in its last number, so all of them must be compared."""
    twice(tensors)
    tensors[HEAD][-1, -1] += 3


def with_other_heads(tensors: Tensors) -> None:
    tensors["v_head.summary.weight"] = torch.ones(1, SIZES["n_embd"])
    tensors["multiple_choice_head.summary.bias"] = torch.ones(1)


def without_biases(tensors: Tensors) -> None:
    for name in [name for name in tensors if name.endswith(".bias")]:
        del tensors[name]


def without_biases_of_norms(tensors: Tensors) -> None:
    for name in [name for name in tensors if name.endswith(".bias") and ".ln_" in name]:
        del tensors[name]


def without_biases_of_products(tensors: Tensors) -> None:
    for name in [name for name in tensors if name.endswith(".bias") and ".c_" in name]:
        del tensors[name]


CHANGES: list[Callable[[Tensors], None]] = [
    *(bare, as_head, as_head_and_bare, with_masks, bare_with_masks, twice, with_a_head, with_other_heads),
    *(without_biases, without_biases_of_norms, without_biases_of_products),
]


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("said", [True, None])
def test_logits_equal_transformers(
    change: Callable[[Tensors], None], said: bool | None, tmp_path: Path, tokenizer: str
) -> None:
    folder = make_folder(tmp_path / "tiny", reference(), tokenizer, change)
    if said is None:  # a config that does not say whether the output is the embedding
        path = folder / "config.json"
        path.write_text(json.dumps({k: v for k, v in json.loads(path.read_text()).items() if not k.startswith("tie")}))
    assert_close(in_chunks(load(folder).model, IDS, [P]), load_with_transformers(folder)(IDS).logits)


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("change", [twice, with_a_head])
def test_the_tensors_decide_whether_the_output_is_the_embedding(
    change: Callable[[Tensors], None], tied: bool, tmp_path: Path, tokenizer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_folder(tmp_path / "tiny", reference(), tokenizer, change)
    edit(folder, tie_word_embeddings=tied)
    sizes, part = [], weights.StoredTensors._part

    def watched(stored: weights.StoredTensors, *given: Any) -> Tensor:
        found = part(stored, *given)
        sizes.append(found.numel())
        return found

    monkeypatch.setattr(weights, "COMPARED", 1000)  # numbers in memory at once
    monkeypatch.setattr(weights.StoredTensors, "_part", watched)
    c = load(folder)
    assert max(sizes) <= 1000
    assert sum(sizes) == 2 * V * SIZES["n_embd"]
    assert_close(in_chunks(c.model, IDS, [P]), load_with_transformers(folder)(IDS).logits)
    assert_close(in_chunks(c.model, IDS, [1] * P), load_with_transformers(folder)(IDS).logits)
    assert c.config.tied is (change is twice)
    own = 0 if change is twice else V * SIZES["n_embd"]
    model: Any = c.model
    assert c.card.parameters == sum(p.numel() for p in model.parameters()) == reference().num_parameters() + own


def test_a_separate_head_counts_as_parameters(tmp_path: Path, tokenizer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "MAX_NUMBERS", reference().num_parameters())
    load(make_folder(tmp_path / "same", reference(), tokenizer, twice))
    folder = make_folder(tmp_path / "tiny", reference(), tokenizer, with_a_head)
    assert card(folder).parameters == registry.MAX_NUMBERS
    with pytest.raises(BadCheckpoint, match=r"tiny: config\.json does not describe a model.*numbers are too many"):
        load(folder)


def test_files_saved_by_the_libraries_themselves(tmp_path: Path, tokenizer: str) -> None:
    theirs = reference()
    theirs.save_pretrained(tmp_path / "saved")
    (tmp_path / "saved" / "tokenizer.json").write_text(tokenizer)
    assert_close(in_chunks(load(tmp_path / "saved").model, IDS, [P]), theirs(IDS).logits)
    # safetensors keeps one of the two names, and says in the metadata which it dropped.
    path = tmp_path / "saved" / "model.safetensors"
    save_model(theirs, str(path))
    assert HEAD in load_file(path) and EMBEDDING not in load_file(path)
    assert_close(in_chunks(load(tmp_path / "saved").model, IDS, [P]), theirs(IDS).logits)


@pytest.mark.parametrize("change", [dict, as_head])
def test_a_file_with_one_shared_tensor(change: Callable[[Tensors], Any], tmp_path: Path, tokenizer: str) -> None:
    """A config that says they are two: the file's metadata knows better, and without it nobody does."""
    theirs = reference()
    folder = make_folder(tmp_path / "tiny", theirs, tokenizer, change)
    edit(folder, tie_word_embeddings=False)
    kept, lost = (HEAD, EMBEDDING) if change is as_head else (EMBEDDING, HEAD)
    bare_lost = lost.removeprefix("transformer.")
    with pytest.raises(
        BadCheckpoint, match=f"only {kept}, and {bare_lost} is missing: set tie_word_embeddings to true"
    ):
        load(folder)
    path = folder / "model.safetensors"
    save_file(load_file(path), path, {lost: kept})
    c = load(folder)
    assert_close(in_chunks(c.model, IDS, [P]), theirs(IDS).logits)
    assert c.card.parameters == theirs.num_parameters()
    # With a corrected config, the library reads the file as we do.
    edit(folder, tie_word_embeddings=True)
    assert_close(load_with_transformers(folder)(IDS).logits, theirs(IDS).logits)


@pytest.mark.parametrize(
    "prefix",
    [
        *("_orig_mod.", "module.", "model.", "transformer.", "_forward_module.", "gpt.", "base_model.model."),
        *("_orig_mod.module.", "module._orig_mod.", "model.transformer.", "module.module.", "_orig_mod.model.module."),
    ],
)
@pytest.mark.parametrize("change", [dict, bare, as_head, with_a_head])
def test_prefixes_of_training_scripts(
    prefix: str, change: Callable[[Tensors], Any], tmp_path: Path, tokenizer: str
) -> None:
    theirs = load_with_transformers(make_folder(tmp_path / "plain", reference(), tokenizer, change))

    def changed(tensors: Tensors) -> None:
        change(tensors)
        with_masks(tensors, "" if change is bare else "transformer.")
        rename(tensors, lambda name: prefix + name)

    c = load(make_folder(tmp_path / "tiny", reference(), tokenizer, changed))
    assert_close(in_chunks(c.model, IDS, [P]), theirs(IDS).logits)


@pytest.mark.parametrize(
    "name_of",
    [
        lambda name: f"module.{name}" if name.startswith("transformer") else name,
        lambda name: name if name.startswith("transformer") else f"_orig_mod.{name}",
        lambda name: name.replace(".h.", ".h._orig_mod.").replace(".attn.", "._fsdp_wrapped_module.attn."),
        lambda name: name.replace("h.0.", "_orig_mod.h.0._checkpoint_wrapped_module.").replace("transformer.h", "h"),
    ],
)
def test_prefixes_of_some_tensors_only(name_of: Callable[[str], str], tmp_path: Path, tokenizer: str) -> None:
    theirs = reference(tie_word_embeddings=False)
    c = load(make_folder(tmp_path / "tiny", theirs, tokenizer, lambda tensors: rename(tensors, name_of)))
    assert_close(in_chunks(c.model, IDS, [P]), theirs(IDS).logits)


def test_two_names_of_one_tensor_are_refused(folder: Path) -> None:
    edit_weights(folder, lambda tensors: tensors.update({"module.h.1.ln_1.bias": torch.zeros(SIZES["n_embd"])}))
    with pytest.raises(BadCheckpoint, match=r"h\.1\.ln_1\.bias twice, as module\.h\.1\.ln_1\.bias and as transformer"):
        load(folder)


@pytest.mark.parametrize("biases", [True, False])
def test_transposed_matrices_of_linear_layers(biases: bool, tmp_path: Path, tokenizer: str) -> None:
    """minGPT's and nanoGPT's files, which `transformers` refuses: the square matrices lie as the others do."""
    theirs = reference()

    def turned(tensors: Tensors) -> None:
        for name, tensor in tensors.items():
            if ".c_" in name and name.endswith(".weight"):
                tensors[name] = tensor.T.contiguous()
        if not biases:
            without_biases(tensors)

    folder = make_folder(tmp_path / "tiny", theirs, tokenizer, turned)
    if not biases:
        for name, p in theirs.named_parameters():
            if name.endswith("bias"):
                p.zero_()
    assert_close(in_chunks(load(folder).model, IDS, [P]), theirs(IDS).logits)


def test_other_heads_of_a_model_are_ignored(folder: Path) -> None:
    edit(folder, architectures=["GPT2DoubleHeadsModel"])
    edit_weights(folder, with_other_heads)
    assert_close(in_chunks(load(folder).model, IDS, [P]), load_with_transformers(folder)(IDS).logits)


@pytest.mark.parametrize(
    ("changes", "change", "said"),
    [
        ({}, lambda ts: ts.pop("transformer.h.1.ln_1.bias"), "transformer.h.1.ln_1.bias is missing"),
        ({}, lambda ts: ts.pop("transformer.h.1.attn.c_attn.bias"), "transformer.h.1.attn.c_attn.bias is missing"),
        ({}, lambda ts: ts.pop("transformer.h.1.ln_1.weight"), "transformer.h.1.ln_1.weight is missing"),
        ({}, lambda ts: ts.pop(EMBEDDING), "transformer.wte.weight is missing"),
        ({"tie_word_embeddings": False}, lambda ts: ts.pop(EMBEDDING), "lm_head.weight is missing"),
        ({}, lambda ts: ts.update({"lm_head.bias": torch.zeros(V)}), "lm_head.bias is not part of the model"),
        ({}, lambda ts: ts.update({HEAD: torch.zeros(V + 1, 24)}), r"lm_head.weight must have shape \[420, 24\], not"),
        ({}, lambda ts: ts.update({HEAD: torch.full((V, 24), torch.nan)}), "numbers in lm_head.weight .* not finite"),
    ],
)
def test_inconsistent_files_are_refused(
    changes: dict[str, Any], change: Callable[[Tensors], Any], said: str, folder: Path
) -> None:
    edit(folder, **changes)
    edit_weights(folder, change)
    with pytest.raises(BadCheckpoint, match=f"^tiny: .*{said}"):
        load(folder)

"""GPT-2's family: the same logits as `transformers` on the same weights, and every folder that is refused."""

import json
import struct
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor
from transformers import GPT2Config, GPT2LMHeadModel

from playground import checkpoints, configs, fetching, gpt2, tokens, weights
from playground.checkpoints import card, load
from playground.errors import BadCheckpoint, BadInput
from playground.generation import read
from playground.models import KINDS, outline
from playground.scoring import score
from tests.test_models import close, in_chunks
from tests.test_tokens import END, trained

P = 12  # positions
SIZES: dict[str, Any] = {"n_embd": 24, "n_layer": 3, "n_head": 3, "n_positions": P}


@pytest.fixture(scope="session")
def tokenizer() -> str:
    """A small `tokenizer.json`, whose token 0 ends a text."""
    return trained([END]).to_str()


def reference(**changes: Any) -> Any:
    """A random model of the library, with weights large enough that every input matters."""
    torch.manual_seed(7)
    config = GPT2Config(**{"vocab_size": V, "bos_token_id": 0, "eos_token_id": 0, **SIZES, **changes})
    config.architectures = ["GPT2LMHeadModel"]
    model = GPT2LMHeadModel(config).eval().requires_grad_(False)
    for p in model.parameters():
        p.copy_(torch.randn_like(p) * 0.3)
    return model


V = 420


def written(folder: Path, model: Any, tokenizer: str, change: Callable[[dict[str, Tensor]], object] = dict) -> Path:
    """The model's folder as the library writes it, after `change` of its tensors."""
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


@pytest.fixture
def folder(tmp_path: Path, tokenizer: str) -> Path:
    return written(tmp_path / "tiny", reference(), tokenizer)


def edit(folder: Path, **changes: Any) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def edit_weights(folder: Path, change: Callable[[dict[str, Tensor]], object]) -> None:
    tensors = load_file(folder / "model.safetensors")
    change(tensors)
    save_file(tensors, folder / "model.safetensors")


# The same logits.


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
    ],
)
def test_logits_are_transformers(changes: dict[str, Any], tmp_path: Path, tokenizer: str) -> None:
    theirs = reference(**changes)
    c = load(written(tmp_path / "tiny", theirs, tokenizer))
    ids = torch.randint(V, (2, P), generator=torch.Generator().manual_seed(1))
    expected = theirs(ids).logits
    assert expected.std() > 0.3
    close(in_chunks(c.model, ids, [P]), expected)
    close(in_chunks(c.model, ids, [1] * P), expected)
    close(in_chunks(c.model, ids, [5, 1, 1, P - 7]), expected)
    model: Any = c.model
    with torch.inference_mode():
        assert model.views.now() is not None  # a step of one text is NumPy's
    close(in_chunks(c.model, ids[:1], [1] * P), expected[:1])


def without_prefix(tensors: dict[str, Tensor]) -> None:
    renamed = {name.removeprefix("transformer."): t for name, t in tensors.items()}
    tensors.clear()
    tensors.update(renamed)


def with_buffers(tensors: dict[str, Tensor]) -> None:
    """What older versions of the library wrote too."""
    for layer in range(SIZES["n_layer"]):
        tensors[f"transformer.h.{layer}.attn.bias"] = torch.ones(1, 1, P, P, dtype=torch.bool).tril()
        tensors[f"transformer.h.{layer}.attn.masked_bias"] = torch.tensor(-1e4)
    tensors["lm_head.weight"] = torch.full((V, SIZES["n_embd"]), torch.nan)  # of no use where it is tied


def both(tensors: dict[str, Tensor]) -> None:
    with_buffers(tensors)
    without_prefix(tensors)


@pytest.mark.parametrize("change", [without_prefix, with_buffers, both])
def test_every_way_to_write_the_names(change: Any, tmp_path: Path, tokenizer: str) -> None:
    theirs, ids = reference(), torch.arange(P)[None]
    c = load(written(tmp_path / "tiny", theirs, tokenizer, change))
    close(in_chunks(c.model, ids, [P]), theirs(ids).logits)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_read_as_float32(dtype: torch.dtype, tmp_path: Path, tokenizer: str) -> None:
    theirs, ids = reference(), torch.arange(P)[None]
    for p in theirs.parameters():
        p.copy_(p.to(dtype).float())
    path = written(tmp_path / "tiny", theirs, tokenizer, lambda ts: ts.update({n: t.to(dtype) for n, t in ts.items()}))
    assert {t.dtype for t in load_file(path / "model.safetensors").values()} == {dtype}
    c = load(path)
    close(in_chunks(c.model, ids, [P]), theirs(ids).logits)
    state: Any = c.model
    assert {t.dtype for t in state.state_dict().values()} == {torch.float32}


def test_what_the_library_saves_itself(tmp_path: Path, tokenizer: str) -> None:
    theirs = reference()
    theirs.save_pretrained(tmp_path / "saved")
    (tmp_path / "saved" / "tokenizer.json").write_text(tokenizer)
    c, ids = load(tmp_path / "saved"), torch.arange(P)[None]
    close(in_chunks(c.model, ids, [P]), theirs(ids).logits)


def test_behind_the_last_position_the_text_goes_on(folder: Path) -> None:
    """The last half of the positions is read anew: what the library gives for the ids from there on."""
    theirs, c = reference(), load(folder)
    ids = torch.randint(V, (1, 40), generator=torch.Generator().manual_seed(1))
    H = P // 2
    begins = [0 if i < P else (i - H) // (P - H) * (P - H) for i in range(40)]
    expected = torch.cat([theirs(ids[:, begins[i] : i + 1]).logits[:, -1:] for i in range(40)], dim=1)
    for sizes in ([40], [1] * 40, [10, 1, 1, 1, 1, 20, 6]):
        close(in_chunks(c.model, ids, sizes), expected)


@pytest.mark.parametrize("tied", [True, False])
def test_rows_without_a_token_are_left_out(tied: bool, tmp_path: Path, tokenizer: str) -> None:
    """Some embeddings are larger than their vocabulary, because a round size is quicker to train."""
    theirs, ids = reference(vocab_size=448, tie_word_embeddings=tied), torch.arange(P)[None]
    c = load(written(tmp_path / "tiny", theirs, tokenizer))
    assert c.config.vocabulary == V == len(c.vocabulary)
    close(in_chunks(c.model, ids, [P]), theirs(ids).logits[..., :V])
    close(in_chunks(c.model, ids, [1] * P), theirs(ids).logits[..., :V])


def test_a_loaded_model_does_not_change_with_its_file(folder: Path) -> None:
    c, ids = load(folder), torch.arange(P)[None]
    before = in_chunks(c.model, ids, [P])
    path = folder / "model.safetensors"
    with path.open("r+b") as file:
        file.seek(8 + struct.unpack("<Q", path.read_bytes()[:8])[0])
        file.write(bytes(path.stat().st_size - file.tell()))
    assert torch.equal(in_chunks(c.model, ids, [P]), before)


# What is made of a folder.


def test_a_folder_becomes_a_checkpoint(folder: Path) -> None:
    c, theirs = load(folder), reference()
    assert (c.name, c.kind, c.start, c.start_ids, c.vocabulary.unit) == ("tiny", "transformer", END, (0,), "token")
    assert len(c.vocabulary) == V == len(c.vocabulary.symbols)
    assert asdict(c.config) == {
        "vocabulary": V, "width": 24, "layers": 3, "heads": 3, "window": P, "dropout": 0.0, "positions": "learned",
        "activation": "gelu_tanh", "biases": True, "tied": True, "inner": 0, "epsilon": 1e-5,
    }  # fmt: skip
    model: Any = c.model
    assert not model.training
    assert not any(p.requires_grad for p in model.parameters())
    # The embedding is there once.
    assert sum(t.numel() for t in model.state_dict().values()) == theirs.num_parameters() == c.card["parameters"]
    assert model.output_weight is model.embedding.weight


def test_the_card_is_ours(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    found = card(folder)
    assert (found["title"], found["family"], found["kind"]) == ("tiny", "gpt2", "transformer")
    assert found["parameters"] == reference().num_parameters()
    assert len(found["prompts"]) == 4
    assert "licence" not in found
    (folder / "README.md").write_text("---\nlanguage: en\nlicense: apache-2.0\n---\n# Tiny\nlicense: other\n")
    assert card(folder)["licence"] == "apache-2.0"


@pytest.mark.parametrize(
    ("readme", "licence"),
    [
        ("---\nlicense: mit\n---\n", "mit"),
        ('---\r\nlicense: "cc-by-4.0"\r\n---\r\n', "cc-by-4.0"),
        ("\n---\n\nlicense: mit\n\n---", "mit"),
        ("license: mit", ""),
        ("---\ntags: [a]\n---\nlicense: mit\n---\n", ""),
        ("---\nlicense:\n- mit\n---\n", ""),
        ("---\nlicense: <b>mit\n---\n", ""),
        ("---\nlicense: " + "x" * 100 + "\n---\n", ""),
        ("---\n" * 2 + "license: mit", ""),
        ("---" + "\n" * 1_000_000, ""),
        ("", ""),
    ],
    ids=range(11),
)
def test_the_licence_of_a_readme(readme: str, licence: str) -> None:
    assert gpt2.licence_of(readme) == licence


@pytest.mark.parametrize(
    ("changes", "begins"),
    [
        ({"bos_token_id": 5, "eos_token_id": 6}, 5),
        ({"bos_token_id": None, "eos_token_id": 6}, 6),
        ({"bos_token_id": None, "eos_token_id": [7, 8]}, 7),
        ({"bos_token_id": 10**6, "eos_token_id": 6}, 6),
    ],
)
def test_the_start_is_a_token(changes: dict[str, Any], begins: int, folder: Path) -> None:
    edit(folder, **changes)
    c = load(folder)
    assert c.start_ids == (begins,)
    assert c.start == c.vocabulary.symbols[begins]
    expected = in_chunks(c.model, torch.tensor([[begins]]), [1])
    assert read(c, []).logits.tolist() == expected[0].tolist()


def test_a_bare_config_has_the_librarys_defaults() -> None:
    config, begins = gpt2.translated({"model_type": "gpt2"})
    model = outline("transformer", config)
    assert sum(t.numel() for t in model.state_dict().values()) == 124_439_808  # "124M"
    assert (begins, model.config.window, model.config.activation) == (50_256, 1024, "gelu_tanh")
    older = {"model_type": "gpt2", "n_ctx": 512, "activation_function": "gelu_new"}
    assert gpt2.translated(older)[0]["window"] == 512


def test_a_prompt_is_read_and_scored_in_tokens(folder: Path) -> None:
    theirs, c = reference(), load(folder)
    encoded = c.vocabulary.encode("To be, 한글")
    assert len(encoded.ids) < P
    ids = torch.tensor([[0, *encoded.ids]])
    expected = torch.log_softmax(theirs(ids).logits[0].double(), -1)
    found = score(c, encoded.ids, 9)
    wanted = [expected[i, id].item() for i, id in enumerate(encoded.ids)]
    assert found.log_probabilities == pytest.approx(wanted, abs=1e-4)
    close(torch.from_numpy(read(c, encoded.ids).logits), theirs(ids).logits[0])


# What is refused.


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"scale_attn_weights": False}, "scale_attn_weights must be true, not False"),
        ({"scale_attn_by_inverse_layer_idx": True}, "scale_attn_by_inverse_layer_idx must be false, not True"),
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
        ({"bos_token_id": -1, "eos_token_id": V}, "bos_token_id or eos_token_id must be in the vocabulary"),
        ({"bos_token_id": True, "eos_token_id": "0"}, "bos_token_id or eos_token_id must be in the vocabulary"),
        ({"vocab_size": "many"}, "bos_token_id or eos_token_id must be in the vocabulary"),
        ({"n_embd": 10**6}, "config.json does not describe a model.* width must be a whole number"),
        ({"n_embd": 25}, "width must be a multiple of heads"),
        ({"n_layer": 49}, "layers must be a whole number from 1 to 48, not 49"),
        ({"n_layer": None}, "layers must be a whole number"),
        ({"n_head": 0}, "heads must be a whole number"),
        ({"n_positions": 10**5}, "window must be a whole number from 1 to 4096"),
        ({"n_inner": -1}, "inner must be a whole number"),
        ({"n_inner": 10**5}, "inner must be a whole number"),
        ({"vocab_size": 10**9}, "vocabulary must be a whole number from 1 to 200000"),
        ({"layer_norm_epsilon": 0}, "epsilon must be a number"),
        ({"layer_norm_epsilon": float("nan")}, "epsilon must be a number"),
        ({"tie_word_embeddings": "yes"}, "tied must be true or false, not 'yes'"),
        ({"n_embd": 4096, "n_head": 64, "n_layer": 48}, "numbers are too many; at most 500,000,000"),
        ({"vocab_size": V - 1}, "tokenizer.json has 420 symbols, but config.json says 419"),
        ({"vocab_size": V + 1001}, "tokenizer.json has 420 symbols, but config.json says 1,421"),
        ({"vocab_size": V + 9}, r"transformer.wte.weight must have shape \[429, 24\], not \[420, 24\]"),
        ({"vocab_size": V + 9, "bos_token_id": V}, "begins a text with token 420, but tokenizer.json ends at 419"),
        ({"n_positions": 13}, r"transformer.wpe.weight must have shape \[13, 24\], not \[12, 24\]"),
        ({"n_layer": 4}, "transformer.h.3.ln_1.weight is missing"),
        ({"n_layer": 2}, "transformer.h.2.attn.c_attn.bias is not part of the model"),
        ({"n_inner": 20}, r"transformer.h.0.mlp.c_fc.weight must have shape \[24, 20\], not \[24, 96\]"),
        ({"tie_word_embeddings": False}, "lm_head.weight is missing"),
        ({"model_type": "gpt_neo"}, "format must be 1"),
    ],
)
def test_configs_that_are_refused(changes: dict[str, Any], said: str, folder: Path) -> None:
    edit(folder, **changes)
    with pytest.raises(BadCheckpoint, match=f"^tiny: .*{said}"):
        load(folder)


def test_all_that_cannot_be_computed_is_named_at_once(folder: Path) -> None:
    edit(folder, scale_attn_weights=False, add_cross_attention=True, activation_function="x" * 500)
    with pytest.raises(BadCheckpoint) as caught:
        card(folder)
    said = str(caught.value)
    assert all(name in said for name in ("scale_attn_weights", "add_cross_attention", "activation_function"))
    assert len(said) < 400


def test_every_tensor_is_compared_before_one_is_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def change(tensors: dict[str, Tensor]) -> None:
        del tensors["transformer.ln_f.bias"]
        tensors["transformer.extra"] = torch.zeros(2)
        tensors["transformer.wte.weight"] = torch.zeros(3, 3)
        tensors["transformer.h.0.attn.c_proj.weight"] = torch.zeros(24, 24, dtype=torch.int8)
        tensors["transformer.h.1.ln_1.weight"] = torch.zeros(24, dtype=torch.float64)
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
    assert "transformer.h.1.ln_1.weight has the wrong type of number, F64" in said
    assert "transformer.h.2.attn.c_attn.weight must have shape [24, 72], not [72, 24]" in said


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
    with pytest.raises(BadCheckpoint, match=r"fit config\.json: wte\.weight is not part of the model"):
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


def test_a_vocabulary_of_characters_does_not_do(folder: Path) -> None:
    from playground.vocabulary import Vocabulary

    Vocabulary.from_text("".join(map(chr, range(0x4E00, 0x4E00 + V)))).save(folder / "tokenizer.json")
    with pytest.raises(BadCheckpoint, match="must have the pre-tokenizer ByteLevel"):
        load(folder)


def test_it_is_not_saved_as_one_of_ours(folder: Path, tmp_path: Path) -> None:
    c = load(folder)
    with pytest.raises(BadInput, match="Only models of characters are saved"):
        checkpoints.save(tmp_path / "copy", c.kind, c.model, c.vocabulary, c.start, c.card)
    assert not (tmp_path / "copy").exists()


def test_names_and_shapes_lead_both_ways() -> None:
    """Each tensor of the Transformer has one place in the library's file, and nothing there is left over."""
    for tied in (True, False):
        theirs = reference(tie_word_embeddings=tied).state_dict()
        config, _ = gpt2.translated({"model_type": "gpt2", **SIZES, "vocab_size": V, "bos_token_id": 0,
                                     "tie_word_embeddings": tied})  # fmt: skip
        ours = outline("transformer", config).state_dict()
        places = gpt2.named(ours, theirs)
        assert list(places) == list(ours)
        left = {name for name in theirs if gpt2.left_out(name, ours)}
        assert {name for name, _ in places.values()} == set(theirs) - left
        assert left == ({"lm_head.weight"} if tied else set())
        for name, (there, transposed) in places.items():
            assert list(ours[name].shape) == list(theirs[there].shape)[:: -1 if transposed else 1]


def test_what_is_fetched_is_bounded_as_what_is_read() -> None:
    assert {
        "config.json": configs.MAX_BYTES,
        "tokenizer.json": tokens.MAX_BYTES,
        "model.safetensors": weights.MAX_BYTES,
    } == fetching.MOST
    assert gpt2.KIND in KINDS

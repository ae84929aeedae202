"""What becomes of a GPT-2 folder: a checkpoint, its card, its start, and the mapping of tensors."""

from pathlib import Path
from typing import Any

import pytest
import torch

from playground import library
from playground.checkpoints import gpt2, gpt2_weights
from playground.errors import BadInput
from playground.inference.prefill import prefill
from playground.inference.score import log_probabilities
from playground.library import card, load
from playground.models import outline
from tests.gpt2.hands import SIZES, P, V, reference
from tests.models.hands import assert_close
from tests.text.test_tokens import END


def test_a_folder_becomes_a_checkpoint(folder: Path) -> None:
    c, theirs = load(folder), reference()
    assert (c.name, c.kind, c.start, c.start_ids, c.vocabulary.unit) == ("tiny", "transformer", END, (0,), "token")
    assert len(c.vocabulary) == V == len(c.vocabulary.symbols)
    assert c.config.model_dump() == {
        "vocabulary": V, "width": 24, "layers": 3, "heads": 3, "window": P, "dropout": 0.0, "positions": "learned",
        "activation": "gelu_tanh", "biases": True, "tied": True, "d_ff": 0, "epsilon": 1e-5,
    }  # fmt: skip
    model: Any = c.model
    assert not model.training
    assert not any(p.requires_grad for p in model.parameters())
    # The embedding is there once.
    assert sum(t.numel() for t in model.state_dict().values()) == theirs.num_parameters() == c.card.parameters
    assert model.output_weight is model.embedding.weight


def test_the_card_has_our_fields(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    found = card(folder)
    assert (found.title, found.family, found.kind) == ("tiny", "gpt2", "transformer")
    assert found.parameters == reference().num_parameters()
    assert len(found.prompts) == 4
    assert found.licence == ""
    (folder / "README.md").write_text("---\nlanguage: en\nlicense: apache-2.0\n---\n# Tiny\nlicense: other\n")
    assert card(folder).licence == "apache-2.0"


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


def test_a_minimal_config_uses_the_librarys_defaults() -> None:
    config, begins = gpt2.translate({"model_type": "gpt2"})
    model = outline("transformer", config)
    assert sum(t.numel() for t in model.state_dict().values()) == 124_439_808  # "124M"
    assert (begins, model.config.window, model.config.activation) == ((50_256, 50_256), 1024, "gelu_tanh")
    older = {"model_type": "gpt2", "n_ctx": 512, "activation_function": "gelu_new"}
    assert gpt2.translate(older)[0]["window"] == 512


def test_a_prompt_is_read_and_scored_in_tokens(folder: Path) -> None:
    theirs, c = reference(), load(folder)
    encoded = c.vocabulary.encode("To be, 한글")
    assert len(encoded.ids) < P
    ids = torch.tensor([[0, *encoded.ids]])
    expected = torch.log_softmax(theirs(ids).logits[0].double(), -1)
    found = [p for piece in log_probabilities(c, encoded.ids) for p in piece]
    wanted = [expected[i, id].item() for i, id in enumerate(encoded.ids)]
    assert found == pytest.approx(wanted, abs=1e-4)
    assert_close(torch.from_numpy(prefill(c, encoded.ids).logits), theirs(ids).logits[0])


def test_names_and_shapes_map_both_ways() -> None:
    """Each tensor of the Transformer maps to one of the library's model, and none there is left over."""
    for tied in (True, False):
        theirs = reference(tie_word_embeddings=tied).state_dict()
        config, _ = gpt2.translate({"model_type": "gpt2", **SIZES, "vocab_size": V, "bos_token_id": 0,
                                     "tie_word_embeddings": tied})  # fmt: skip
        ours = outline("transformer", config).state_dict()
        names = [gpt2_weights.their_name(name) for name in ours]
        assert len(set(names)) == len(names)
        found = {gpt2_weights.bare(name): t for name, t in theirs.items()}
        assert {*names} == {*found} - ({"lm_head.weight"} if tied else set())
        for name, there in zip(ours, names, strict=True):
            turned = -1 if gpt2_weights.is_matrix(there) else 1
            assert list(ours[name].shape) == list(found[there].shape)[::turned]


def test_a_gpt2_is_not_saved_in_our_format(folder: Path, tmp_path: Path) -> None:
    c = load(folder)
    with pytest.raises(BadInput, match="Only models of characters are saved"):
        library.save(tmp_path / "copy", c.kind, c.model, c.vocabulary, c.start, c.card)
    assert not (tmp_path / "copy").exists()

"""Checkpoints: saving and loading round-trips, every broken folder is refused with a reason, and loading happens
once."""

import json
import shutil
import struct
import threading
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from playground import library
from playground.checkpoints import configs, folders, model_card, weights
from playground.checkpoints.card import Sample
from playground.errors import BadCheckpoint, UnknownModel
from playground.library import available, card, load, save
from playground.models import KINDS, build
from playground.models.ngram import NGram
from playground.text.characters import Vocabulary
from tests.small_record import SMALL_CARD

VOCABULARY = Vocabulary.from_text("\n abcdefgh")
SIZES: dict[str, dict[str, Any]] = {
    "bigram": {"width": 4},
    "rnn": {"embedding": 4, "hidden": 8},
    "gru": {"embedding": 4, "hidden": 8},
    "lstm": {"embedding": 4, "hidden": 8},
    "convnet": {"width": 8, "layers": 3, "kernel": 2, "cycle": 2},
    "transformer": {"width": 8, "layers": 2, "heads": 2, "window": 5},
}
CARD = SMALL_CARD.model_copy(update={"samples": (Sample(temperature=0.5, prompt="abc", text="def\n\ngh"),)})


def _model(kind: str) -> Any:
    torch.manual_seed(1)
    if kind == "ngram":
        return NGram.from_counts(torch.randint(len(VOCABULARY), (500,)), order=3, vocabulary=len(VOCABULARY))
    model = build(kind, {"vocabulary": len(VOCABULARY), **SIZES[kind]}).eval()
    for p in model.parameters():
        p.data = p.data.half().float()  # what float16 can hold, so that saving loses nothing
    return model


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    save(tmp_path / "letters", "lstm", _model("lstm"), VOCABULARY, "\n", CARD)
    return tmp_path / "letters"


def _edit(folder: Path, **changes: Any) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def _edit_weights(folder: Path, change: Any) -> None:
    path = folder / "model.safetensors"
    tensors = load_file(path)
    change(tensors)
    save_file(tensors, path)


@pytest.mark.parametrize("kind", ["ngram", *SIZES])
def test_a_saved_checkpoint_loads_unchanged(kind: str, tmp_path: Path) -> None:
    model = _model(kind)
    save(tmp_path / "c", kind, model, VOCABULARY, "\n", CARD)
    c = load(tmp_path / "c")
    assert (c.name, c.kind, c.config, c.start, c.start_ids) == ("c", kind, model.config, "\n", (0,))
    assert c.vocabulary.symbols == VOCABULARY.symbols
    ids = torch.randint(len(VOCABULARY), (2, 30))
    with torch.inference_mode():
        # Where in memory the weights lie changes the order of sums.
        torch.testing.assert_close(c.model.advance(ids)[0], model.advance(ids)[0], atol=1e-6, rtol=1e-5)
    assert isinstance(c.model, torch.nn.Module)
    assert not c.model.training
    assert not any(p.requires_grad for p in c.model.parameters())
    assert c.card.bytes == (tmp_path / "c" / "model.safetensors").stat().st_size


def test_parameters_are_stored_as_float16_and_used_as_float32(folder: Path) -> None:
    assert {t.dtype for t in load_file(folder / "model.safetensors").values()} == {torch.float16}
    assert {t.dtype for t in load(folder).model.state_dict().values()} == {torch.float32}


def test_the_card_is_written_from_the_record(folder: Path) -> None:
    text = (folder / "README.md").read_text()
    assert text.startswith("---\nlicense: mit\nlanguage: en\n")
    assert "| 2.0000 | 2.8850 | 25.00% | 100 characters |" in text
    assert "    python -m playground.training letters --text letters.txt" in text
    assert "    abcdef\n\n    gh\n" in text
    assert text == model_card.readme("letters", json.loads((folder / "config.json").read_text()))


def test_the_card_is_read_without_the_weights(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    assert card(folder).title == "Letters · test"


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "tokenizer.json"])
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(BadCheckpoint, match=f"letters: {name} cannot be read"):
        load(folder)


@pytest.mark.parametrize("kept", [0, 5, 60, 500, -1])
def test_truncated_weights_are_refused(folder: Path, kept: int) -> None:
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(BadCheckpoint, match="damaged or cut short"):
        load(folder)


def test_a_header_that_promises_the_moon_is_refused(folder: Path) -> None:
    header = json.dumps({"w": {"dtype": "F32", "shape": [2**40], "data_offsets": [0, 2**42]}}).encode()
    (folder / "model.safetensors").write_bytes(struct.pack("<Q", len(header)) + header)
    with pytest.raises(BadCheckpoint, match="damaged or cut short"):
        load(folder)


@pytest.mark.parametrize(
    ("name", "limit"),
    [
        ("config.json", configs.MAX_BYTES),
        ("model.safetensors", weights.MAX_BYTES),
        ("tokenizer.json", 10_000_000),
    ],
)
def test_an_oversized_file_is_refused(folder: Path, name: str, limit: int) -> None:
    with (folder / name).open("r+b") as file:
        file.truncate(limit + 1)
    with pytest.raises(BadCheckpoint, match=f"{name} (is larger than|has) "):
        load(folder)


def test_all_unfitting_weights_are_named_at_once(folder: Path) -> None:
    def change(tensors: dict[str, torch.Tensor]) -> None:
        del tensors["output.bias"]
        tensors["extra"] = torch.zeros(2)
        tensors["embedding.weight"] = torch.zeros(3, 3)
        tensors["output.weight"] = tensors["output.weight"].to(torch.int32)

    _edit_weights(folder, change)
    with pytest.raises(BadCheckpoint) as caught:
        load(folder)
    said = str(caught.value)
    assert "output.bias is missing" in said
    assert "extra is not part of the model" in said
    assert "embedding.weight must have shape [10, 4], not [3, 3]" in said
    assert "output.weight has the wrong type of number, I32" in said


def test_an_endless_header_is_refused_before_the_library_reads_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tensors = load_file(folder / "model.safetensors")
    save_file(tensors, folder / "model.safetensors", {"more": "x" * (weights.MAX_HEADER - 2_000)})
    load(folder)
    save_file(tensors, folder / "model.safetensors", {"more": "x" * weights.MAX_HEADER})
    monkeypatch.setattr(weights, "safe_open", None)
    with pytest.raises(BadCheckpoint, match=r"model\.safetensors has a header of 2,.* bytes, over the limit of 2,0"):
        load(folder)


def test_weights_whose_sums_are_not_finite_are_refused(folder: Path) -> None:
    def change(tensors: dict[str, torch.Tensor]) -> None:
        tensors["output.bias"] = torch.full(tensors["output.bias"].shape, 3.4e38)
        tensors["output.weight"] = torch.full(tensors["output.weight"].shape, 3.4e38)
        tensors["output.weight"][0] *= -1  # whichever way the hidden state points, one sum is too large

    _edit_weights(folder, change)
    with pytest.raises(BadCheckpoint, match=r"^letters: the model computes numbers that are not finite at its first"):
        load(folder)


@pytest.mark.parametrize(
    ("logits", "fine"),
    [
        ([[0.0, 1.0]], True),
        ([[0.0, -torch.inf]], True),
        ([[-torch.inf, -torch.inf]], False),
        ([[0.0, torch.inf]], False),
        ([[0.0, torch.nan]], False),
        ([[0.0, 1.0], [-torch.inf, -torch.inf]], False),
    ],
)
def test_logits_are_not_degenerate(logits: list[list[float]], fine: bool) -> None:
    assert folders._can_choose(torch.tensor([logits])) is fine


def test_weights_that_are_not_finite_are_refused(folder: Path) -> None:
    _edit_weights(folder, lambda tensors: tensors["output.bias"].fill_(float("nan")))
    with pytest.raises(BadCheckpoint, match=r"output\.bias that are not finite"):
        load(folder)


@pytest.mark.parametrize("text", ["{", "[]", "\ud7ff" * 3, "[" * 100_000])
def test_a_config_must_be_an_object(folder: Path, text: str) -> None:
    (folder / "config.json").write_text(text)
    with pytest.raises(BadCheckpoint, match=r"config\.json"):
        load(folder)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"format": 2}, "format must be 1, not 2"),
        ({"kind": "perceptron"}, "kind must be one of bigram, .*, not 'perceptron'"),
        ({"kind": ["lstm"]}, "kind must be one of"),
        ({"format": "\ud800"}, r"format must be 1, not '\\ud800'"),
        ({"kind": "\ud800"}, r"kind must be one of bigram, .*, not '\\ud800'"),
        ({"start": "\ud800"}, "start must hold no half characters"),
        ({"start": "a\udfff"}, "start must hold no half characters"),
        ({"config": None, "card": 3, "start": ""}, "config must be an object; card must be an object; start must"),
        ({"config": {"vocabulary": 10, "hidden": 10**12, "colour": 1}}, "'colour' is not a field; hidden must be"),
        ({"config": {"vocabulary": 10, "hidden": 4096, "layers": 48}}, "too many"),
        ({"config": {"vocabulary": 11, "embedding": 4, "hidden": 8}}, "10 symbols, but config.json says 11"),
        ({"config": {"vocabulary": 10, "embedding": 4, "hidden": 9}}, "must have shape"),
        ({"kind": "gru"}, "must have shape"),
    ],
)
def test_invalid_configs_are_refused(folder: Path, changes: dict[str, Any], said: str) -> None:
    _edit(folder, **changes)
    with pytest.raises(BadCheckpoint, match=said):
        load(folder)


@pytest.mark.parametrize("name", ["", "no-such-model", "a/b/c", "../checkpoints", "\0", "x" * 5000])
def test_an_unknown_name_lists_the_bundled_models(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(UnknownModel) as caught:
        load(name)
    assert all(n in str(caught.value) for n in available())


def test_bundled_models_are_listed_shakespeare_and_simple_kinds_first() -> None:
    names = available()
    assert names[:3] == ["shakespeare-bigram", "shakespeare-ngram", "shakespeare-rnn"]
    shakespeares = [n for n in names if n.startswith("shakespeare")]
    assert names[: len(shakespeares)] == shakespeares
    kinds = [kind for kind, what in KINDS.items() if what.task == "language"]
    assert [n for n in shakespeares if n.count("-") == 1] == [f"shakespeare-{kind}" for kind in kinds]


def test_a_record_without_weights_is_read_but_not_offered(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "BUNDLED", folder.parent)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert available() == ["letters"] == list(library.all_records())
    (folder / "model.safetensors").unlink()
    assert available() == []
    assert library.all_records()["letters"].title == "Letters · test"
    with pytest.raises(UnknownModel):
        load("letters")


def test_thirty_threads_load_a_model_once(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(folder, tmp_path / "bundled" / "letters-lstm")
    monkeypatch.setattr(library, "BUNDLED", tmp_path / "bundled")
    monkeypatch.setattr(library, "_models", library._none_in_memory())
    calls = []
    slowly = library._load
    together = threading.Barrier(30)

    def counted(folder: Path, name: str) -> library.Checkpoint:
        calls.append(folder)
        return slowly(folder, name)

    monkeypatch.setattr(library, "_load", counted)
    got: list[library.Checkpoint] = []

    def ask() -> None:
        together.wait()
        got.append(load("letters-lstm"))

    threads = [threading.Thread(target=ask) for _ in range(30)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert len(calls) == 1
    assert len(got) == 30
    assert all(c is got[0] for c in got)
    assert available() == ["letters-lstm"]

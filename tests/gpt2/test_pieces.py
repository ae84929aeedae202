"""A whole folder with a tokenizer that is not byte-level: loaded, read, written, and shown by the page."""

from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import PreTrainedTokenizerFast

from playground.inference.generate import generate
from playground.inference.prefill import prefill
from playground.library import Checkpoint, load
from playground.sampling import Sampling
from playground.server import wire
from tests import stream
from tests.gpt2.hands import make_folder, reference
from tests.models.hands import assert_close
from tests.small_tokenizers import KINDS, korean, word_piece, write

PROMPT = "하느님이 뷁 To"


def whole(folder: Path, name: str) -> tuple[Checkpoint, Any, Any]:
    """A folder with a random model and a tokenizer: as it is loaded, and the model and the tokenizer of the library."""
    tokenizer = KINDS[name]()
    theirs = reference(vocab_size=tokenizer.get_vocab_size(), n_positions=64, bos_token_id=1, eos_token_id=1)
    path = make_folder(folder / name, theirs, tokenizer.to_str())
    write(path, tokenizer, eos_token="[SEP]" if name == "word_piece" else "</s>")
    return load(path), theirs, PreTrainedTokenizerFast.from_pretrained(path)


def stray(tokenizer: Any, id: int) -> bool:
    """Whether an id is a single byte. If such bytes make no character, the library also loses their neighbours."""
    return str(tokenizer.convert_ids_to_tokens(id)).startswith("<0x") or "\ufffd" in tokenizer.decode([id])


@pytest.mark.parametrize("name", KINDS)
def test_logits_and_texts_equal_transformers(name: str, tmp_path: Path) -> None:
    c, theirs, tokenizer = whole(tmp_path, name)
    for prompt in (PROMPT, ""):
        encoding = c.vocabulary.encode(prompt)
        assert encoding.ids == tokenizer(prompt, add_special_tokens=False).input_ids
        reading = prefill(c, encoding.ids)
        assert_close(torch.from_numpy(reading.logits), theirs(torch.tensor([[*c.start_ids, *encoding.ids]])).logits[0])
        stream = generate(c, reading, Sampling(temperature=0.8), seed=3)
        ids = [next(stream).id for _ in range(30)]
        ids = [id for id in ids if not stray(tokenizer, id)]
        found = c.vocabulary.join("", [*encoding.ids, *ids])
        assert found == tokenizer.decode([*encoding.ids, *ids], skip_special_tokens=True)
        if prompt:  # what is typed stays as it is typed
            assert c.vocabulary.join(prompt, ids) == prompt + c.vocabulary.decode(ids)


def test_start_and_end_tokens(tmp_path: Path) -> None:
    c, _, _ = whole(tmp_path, "korean")
    assert (c.start, c.start_ids, c.start_source, c.end_ids) == ("</s>", (1,), "config", (1,))
    c, _, _ = whole(tmp_path, "word_piece")
    assert c.start == "[UNK]"  # which its configuration names
    assert [c.vocabulary.symbols[id] for id in c.end_ids] == ["[UNK]"]


def prompt_answer(c: Checkpoint, prompt: str) -> stream.Answer:
    return stream.told(c, prompt)


def test_the_cells_of_a_prompt_are_its_tokens_as_typed(tmp_path: Path) -> None:
    c, _, _ = whole(tmp_path, "korean")
    found = prompt_answer(c, "하느님이 뷁뷁 To</s>")
    assert found["prompt"]["cells"] == [["하느님", 1], ["이", 1], [" ", 1], ["뷁뷁", 1], [" To", 1], ["</s>", 1]]
    assert found["prompt"]["unknown"] == {"3": "<unk>"}
    assert (found["about"]["special"], found["about"]["drops_first_space"]) == ([0, 1, 2], True)
    assert prompt_answer(c, "뷁")["prompt"]["cells"] == [["뷁", 2]]
    assert prompt_answer(c, "뷁")["prompt"]["unknown"] == {"0": "<unk>"}


def test_white_space_without_a_token_belongs_to_the_next_cell(tmp_path: Path) -> None:
    c, _, _ = whole(tmp_path, "word_piece")
    found = prompt_answer(c, "to  to\n뷁")["prompt"]
    assert "".join(text for text, _ in found["cells"]) == "to  to\n뷁"
    assert [text for text, _ in found["cells"]][-1] == "\n뷁"
    assert found["unknown"] == {str(len(found["cells"]) - 1): "[UNK]"}


def test_an_unknown_character_has_a_cell_of_its_own(tmp_path: Path) -> None:
    c, _, _ = whole(tmp_path, "byte_level_part")
    found = prompt_answer(c, "a<b")["prompt"]
    assert found["cells"] == [["a", 1], ["<", 0], ["b", 1]]
    assert found["unknown"] == {"1": ""}


def test_a_long_prompt_shows_the_unknown_characters_of_its_visible_cells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    c, _, _ = whole(tmp_path, "korean")
    monkeypatch.setattr(wire, "SHOWN_CELLS", 3)
    answer = prompt_answer(c, "하느님이 뷁뷁 To")
    assert len(answer.rows) == 4
    found = answer["prompt"]
    assert found["cells"] == [[" ", 1], ["뷁뷁", 1], [" To", 1]]
    assert (found["skipped"], found["unknown"]) == (4, {"1": "<unk>"})


def test_the_special_ids_are_sent_once(tmp_path: Path) -> None:
    c, _, _ = whole(tmp_path, "korean")
    assert prompt_answer(c, "나")["about"]["special"] == [0, 1, 2]
    assert stream.told(c, "나", knows=c.name)["about"] is None


@pytest.mark.parametrize("make", [korean, word_piece])
def test_a_start_that_differs_from_the_configuration_is_reported(make: Any, tmp_path: Path) -> None:
    tokenizer = make()
    theirs = reference(vocab_size=tokenizer.get_vocab_size(), bos_token_id=50_256, eos_token_id=50_256)
    c = load(make_folder(tmp_path / "tiny", theirs, tokenizer.to_str()))
    start = "</s>" if make is korean else "[CLS]"
    assert prompt_answer(c, "나")["about"]["card"]["start"] == {"text": start, "source": "tokenizer"}
    assert "start" not in prompt_answer(whole(tmp_path, "korean")[0], "나")["about"]["card"]

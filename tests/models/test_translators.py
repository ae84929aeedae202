"""The translators: a source and a target are one text, and other texts in the batch change nothing."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from playground.errors import BadInput
from playground.models import build
from playground.models.pair import LONGEST, NEVER
from playground.models.seq2seq_transformer import ROOM
from tests.models.hands import SMALL, assert_close, model_of
from tests.models.test_steps import in_place, swap_data, there_and_back

KINDS = [kind for kind in SMALL if kind.startswith("seq2seq")]
SEPARATOR = 10
PAIRS = [[3, 4, 5, SEPARATOR, 2, 3, 4, 2], [7, 8, 1, 9, 6, SEPARATOR, 1, 2, 1, 3, 3], [5, SEPARATOR, 4]]


@pytest.fixture(scope="module", params=KINDS)
def model(request: pytest.FixtureRequest) -> Any:
    """A small one whose weights are float16 numbers, like those of the files."""
    made = model_of(request.param)
    for parameter in made.parameters():
        parameter.data = parameter.data.half().float()
        parameter.requires_grad_(False)
    return made


def teacher_forced(model: Any, ids: list[int]) -> Tensor:
    at = ids.index(SEPARATOR)
    return model.teach(torch.tensor([ids[:at]]), torch.tensor([ids[at:]]))[0]


@pytest.mark.parametrize("ids", PAIRS)
def test_one_text_equals_source_and_target_read_separately(model: Any, ids: list[int]) -> None:
    logits, _ = model.advance([0, *ids])
    at = ids.index(SEPARATOR)
    assert_close(logits[0, at + 1 :], teacher_forced(model, ids))
    assert (logits[0, : at + 1, SEPARATOR] == 0).all()
    assert (logits[0, : at + 1, :SEPARATOR] == NEVER).all()


@pytest.mark.parametrize("ids", PAIRS)
def test_steps_equal_one_pass(model: Any, ids: list[int]) -> None:
    whole, _ = model.advance([0, *ids])
    _, state = model.advance([0])
    for t, id in enumerate(ids, 1):
        row, state = model.step([id], state)
        np.testing.assert_allclose(row[0], whole[0, t].numpy(), atol=1e-5)


def test_encode_gives_the_state_after_the_separator(model: Any) -> None:
    for ids in PAIRS:
        source = ids[: ids.index(SEPARATOR)]
        encoded, (_, read) = model.encode(source), model.advance([0, *source, SEPARATOR])
        assert all(torch.equal(a, b) for a, b in zip(encoded.parts, read.parts, strict=True))
        assert torch.equal(encoded.source, read.source)
        assert bool(encoded.writes.all())


def test_an_end_resets_the_state(model: Any) -> None:
    fresh, _ = model.advance([0, *PAIRS[0]])
    after, _ = model.advance([0, *PAIRS[1], 0, *PAIRS[0]])
    assert_close(after[:, -len(PAIRS[0]) :], fresh[:, 1:])


def test_other_texts_in_the_batch_change_no_bit(model: Any) -> None:
    def alone(ids: list[int]) -> list[np.ndarray]:
        _, state = model.advance([0])
        rows = []
        for id in ids:
            row, state = model.step([id], state)
            rows.append(row[0].copy())
        return rows

    for company in ([0], [0, 1], [0, 1, 2, 1], [2, 0] * 8):
        texts = [PAIRS[i] for i in company]
        state = model.merge([model.advance([0])[1] for _ in texts])
        own = [alone(ids) for ids in texts]
        for t in range(max(map(len, texts))):
            going = [row for row, ids in enumerate(texts) if t < len(ids)]
            kept = model.select(state, going)
            rows, after = model.step([texts[row][t] for row in going], kept)
            for at, row in enumerate(going):
                assert np.array_equal(rows[at], own[row][t]), (company, t)
            parts = {row: model.select(after, [at]) for at, row in enumerate(going)}
            state = model.merge([parts.get(row, model.select(state, [row])) for row in range(len(texts))])


def test_a_state_is_a_value(model: Any) -> None:
    _, state = model.advance([0, *PAIRS[1]])
    first, _ = model.step([3], state)
    model.step([4], state)
    again, _ = model.step([3], state)
    assert np.array_equal(first, again)


def test_a_source_has_an_end(model: Any) -> None:
    model.advance([0, *[3] * LONGEST, SEPARATOR, 1])
    with pytest.raises(BadInput, match=str(LONGEST)):
        model.advance([0, *[3] * (LONGEST + 1)])
    with pytest.raises(BadInput, match=str(LONGEST)):
        model.encode([3] * (LONGEST + 1))
    empty, _ = model.advance([0, SEPARATOR, 1])
    assert empty.isfinite().all()


def test_attention_weights_sum_to_one(model: Any) -> None:
    looked = model.attention(PAIRS[1][:5], PAIRS[1][5:])
    if looked is None:
        assert model.config.attention == "none"
        return
    assert looked.shape == (6, 5)
    assert looked.sum(1) == pytest.approx(np.ones(6), abs=1e-5)
    assert (looked >= 0).all()


@pytest.mark.parametrize("hidden", [1, 4])
def test_luongs_attention_by_hand(hidden: int) -> None:
    """One unit in each direction, all weights 0 but those that the keys are made from: what is left is simple."""
    config = {"vocabulary": 4, "attention": "luong", "embedding": 1, "encoder": 1, "hidden": hidden, "readout": 1}
    model: Any = build("seq2seq", config).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
        model.embedding.weight[:, 0] = torch.tensor([0.0, 1.0, 2.0, 0.0])
        model.forwards.w_ih[2] = 1  # h' = (h + tanh(x)) / 2, as r and z are σ(0)
        model.decoder.b_ih[2 * hidden :] = 1  # every unit of h is tanh(1) / 2 after the first step
        model.keys.weight[:, 0] = 1  # every unit of a key is what the left-to-right unit remembers
    looked = model.attention([1, 2], [3])
    memory = [math.tanh(1) / 2, math.tanh(1) / 4 + math.tanh(2) / 2]
    h = math.tanh(1) / 2
    e = [math.exp(hidden * h * m / math.sqrt(hidden)) for m in memory]
    assert looked[0].tolist() == pytest.approx([e[0] / sum(e), e[1] / sum(e)], abs=1e-6)


def test_targets_longer_than_the_transformers_window_continue() -> None:
    model = model_of("seq2seq-transformer")
    ids = [0, 3, SEPARATOR, *[1, 2, 3, 4] * (ROOM // 4 + 3)]
    whole, _ = model.advance(ids)
    _, state = model.advance(ids[:50])
    for id, row in zip(ids[50:], whole[0, 50:].detach().numpy(), strict=True):
        found, state = model.step([id], state)
        np.testing.assert_allclose(found[0], row, atol=1e-4)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("change", [in_place, swap_data, there_and_back])
def test_a_step_follows_the_weights(kind: str, change: Callable[[Any], None]) -> None:
    model = model_of(kind)
    before, _ = model.step([4], model.encode([1, 2, 3]))
    change(model)
    after, _ = model.step([4], model.encode([1, 2, 3]))
    with torch.inference_mode():
        whole, _ = model.advance([1, 2, 3, model.separator, 4])
    assert not np.array_equal(after, before)
    np.testing.assert_allclose(after[0], whole[0, -1].numpy(), rtol=1e-4, atol=1e-4)

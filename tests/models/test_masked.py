"""The masked model: a case by hand, what a gap hides, and windows of longer texts."""

import math
from typing import Any

import pytest
import torch

from playground.errors import BadInput
from playground.models import build
from playground.models.config import configure, values_of
from playground.models.masked import MaskedConfig, MaskedLM

V = 5


def small(context: int = 8, seed: int = 1) -> MaskedLM:
    torch.manual_seed(seed)
    model: MaskedLM = build("masked", {"vocabulary": V, "width": 8, "layers": 2, "heads": 2, "context": context})
    for parameter in model.parameters():  # as large as a trained one's, so that what is read shows in the logits
        torch.nn.init.normal_(parameter, std=0.5)
    return model.eval()


@torch.inference_mode()
def test_a_case_by_hand() -> None:
    """One layer, one head, whose values are the ids' own vectors and whose scores are the distances alone: a gap is
    the mean of its neighbours, weighted by e to the power of each distance's score."""
    model: MaskedLM = build("masked", {"vocabulary": 2, "width": 2, "layers": 1, "heads": 1, "context": 3})
    for parameter in model.parameters():
        parameter.zero_()
    model.embedding.weight.copy_(torch.tensor([[1.0, -1.0], [-1.0, 1.0], [0.0, 0.0]]))  # the mask is no direction
    block: Any = model.blocks[0]
    block.norm_1.weight.fill_(1)  # the norm of (1, −1) is itself, except for epsilon
    block.attention.qkv.weight[4:] = torch.eye(2)  # queries and keys are 0
    block.attention.out.weight.copy_(torch.eye(2))
    model.norm.weight.fill_(1)
    model.output.weight.copy_(torch.eye(2))
    assert model.distances is not None
    # From the gap in the middle: the left neighbour counts e, the right one 1, itself 1.
    model.distances.copy_(torch.tensor([[[0.0, 1.0, 0.0, 0.0, 0.0]]]))
    x = (math.e - 1) / (math.e + 2)  # what attention adds to the gap's first feature: (e · 1 + 1 · −1 + 0) ÷ (e + 2)
    n = x / math.sqrt(x * x + 1e-5)  # the last norm; the features are x and −x
    [logits] = model.eval().fill([0, 1, 1], [1])
    assert logits.tolist() == pytest.approx([n, -n], abs=1e-4)
    model.distances.copy_(torch.tensor([[[0.0, 0.0, 0.0, 1.0, 0.0]]]))  # now the right one counts e
    [logits] = model.fill([0, 1, 1], [1])
    assert logits.tolist() == pytest.approx([-n, n], abs=1e-4)


@torch.inference_mode()
def test_the_letter_at_a_gap_is_not_read_and_all_others_are() -> None:
    model, ids = small(), [0, 1, 2, 3, 4, 0]
    before = model.fill(ids, [2, 4])
    assert torch.equal(model.fill([0, 1, 4, 3, 0, 0], [2, 4]), before)
    for changed in (0, 1, 3, 5):
        other = [(id + 1) % V if i == changed else id for i, id in enumerate(ids)]
        assert not torch.allclose(model.fill(other, [2, 4]), before, atol=1e-3)
    assert not torch.allclose(model.fill(ids, [2]), before[:1], atol=1e-3)  # the other gap is read now
    assert torch.allclose(model.fill(ids, [2], hidden=[2, 4]), before[:1], atol=1e-5)
    assert torch.allclose(model.fill(torch.tensor(ids), [4, 2]), before.flip(0), atol=1e-5)  # in the order asked for


@torch.inference_mode()
@pytest.mark.parametrize(("position", "begin"), [(0, 0), (3, 0), (4, 0), (5, 1), (11, 7), (16, 12), (19, 12)])
def test_in_a_longer_text_the_window_around_each_gap_is_read(position: int, begin: int) -> None:
    model = small(context=8)
    ids = torch.randint(V, (20,), generator=torch.Generator().manual_seed(2))
    got = model.fill(ids, [position, 9])
    inside = [place - begin for place in (position, 9) if begin <= place < begin + 8]
    assert torch.allclose(got[0], model.fill(ids[begin : begin + 8], inside)[0], atol=1e-5)


@torch.inference_mode()
def test_many_gaps_of_a_long_text_equal_single_requests() -> None:
    model = small(context=8)
    ids = torch.randint(V, (300,), generator=torch.Generator().manual_seed(2)).tolist()
    gaps = list(range(3, 300, 5))
    together = model.fill(ids, gaps)
    alone = torch.cat([model.fill(ids, [gap], hidden=gaps) for gap in gaps])
    assert torch.allclose(together, alone, atol=1e-4)


@torch.inference_mode()
def test_only_distances_matter() -> None:
    """The same window elsewhere in a text gives the same."""
    model = small(context=4)
    once = model.fill([0, 1, 2, 3], [2])
    assert torch.allclose(model.fill([4, 4, 0, 1, 2, 3, 4], [4]), once, atol=1e-5)


@torch.inference_mode()
def test_learned_positions_are_the_only_source_of_order() -> None:
    torch.manual_seed(1)
    model: MaskedLM = build("masked", {"vocabulary": V, "width": 8, "heads": 2, "context": 4, "positions": "learned"})
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    model.eval()
    assert not torch.allclose(model.fill([0, 1, 2, 3], [3]), model.fill([2, 0, 1, 3], [3]), atol=1e-3)
    # Of a longer text the window is read, and its places are numbered from its beginning.
    assert torch.allclose(model.fill([4, 4, 0, 1, 2, 3], [5]), model.fill([0, 1, 2, 3], [3]), atol=1e-5)
    assert model.position_embedding is not None
    model.position_embedding.weight.zero_()
    assert torch.allclose(model.fill([0, 1, 2, 3], [3]), model.fill([2, 0, 1, 3], [3]), atol=1e-5)


def test_records_of_models_with_distances_are_unchanged() -> None:
    assert "positions" not in values_of(configure(MaskedConfig, {"vocabulary": V}))
    learned = values_of(configure(MaskedConfig, {"vocabulary": V, "positions": "learned"}))
    assert configure(MaskedConfig, learned).positions == "learned"


def test_training_mode_computes_the_same() -> None:
    model, ids = small(), torch.tensor([[0, 1, V, 3], [4, V, 2, 1]])
    with torch.no_grad():
        assert torch.allclose(model.train()(ids), model.eval()(ids), atol=1e-5)


@pytest.mark.parametrize(
    ("ids", "positions", "code"),
    [([], [0], "input.batch"), ([0, V], [0], "input.id"), ([0], [1], "fill.position"), ([0], [-1], "fill.position")],
)
def test_invalid_input_is_refused(ids: list[int], positions: list[int], code: str) -> None:
    with pytest.raises(BadInput) as error:
        small().fill(ids, positions)
    assert error.value.code == code


def test_without_gaps_the_answer_is_empty() -> None:
    assert small().fill([0, 1], []).shape == (0, V)


def test_heads_must_divide_the_width() -> None:
    with pytest.raises(BadInput, match="8"):
        build("masked", {"vocabulary": V, "width": 8, "heads": 3})

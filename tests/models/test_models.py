"""Every kind behind `advance`: one pass = chunks = steps, states that fork, ids that are refused."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from playground.errors import BadInput
from playground.models import KINDS, WRITE, build
from playground.models.recurrent import locked_dropout
from tests.models.hands import ALL, SMALL, V, assert_close, built, in_chunks, model_of, text


def test_the_registry_lists_the_language_models_in_order() -> None:
    found = [kind for kind, what in KINDS.items() if what.task in WRITE]
    translators = ["seq2seq", "seq2seq-transformer"]
    assert found == ["bigram", "ngram", "rnn", "gru", "lstm", "convnet", "transformer", *translators]


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.parametrize("batch", [1, 3])
def test_steps_chunks_and_one_pass_agree(kind: str, batch: int) -> None:
    model, ids = model_of(kind), text(60, batch)
    whole = in_chunks(model, ids, [60])
    assert whole.shape == (batch, 60, V)
    assert whole.dtype == torch.float32
    assert_close(in_chunks(model, ids, [1] * 60), whole)
    assert_close(in_chunks(model, ids, [2, 1, 1, 20, 3, 30, 1, 2]), whole)


@pytest.mark.parametrize("kind", ALL)
def test_a_list_is_a_batch_of_one(kind: str) -> None:
    model, ids = model_of(kind), text(9)
    with torch.inference_mode():
        from_list, _ = model.advance(ids[0].tolist())
    assert torch.equal(from_list, in_chunks(model, ids, [9]))


@pytest.mark.parametrize("kind", ALL)
def test_an_old_state_can_be_advanced_again(kind: str) -> None:
    """Branches from one state, interleaved as beams do; each equals its own text read in one pass."""
    model, ids = model_of(kind), text(40)
    with torch.inference_mode():
        _, root = model.advance(ids)
        branches = [[(i * k + k) % V for i in range(12)] for k in (1, 2, 3)]
        states = [root] * 3
        got: list[list[Tensor]] = [[], [], []]
        for i in range(12):
            for b in range(3):
                logits, states[b] = model.advance([branches[b][i]], states[b])
                got[b].append(logits)
        for b in range(3):
            whole = in_chunks(model, torch.cat([ids, torch.tensor([branches[b]])], dim=1), [52])
            assert_close(torch.cat(got[b], dim=1), whole[:, 40:])
        again, _ = model.advance(branches[0], root)
        assert_close(again, torch.cat(got[0], dim=1))


@pytest.mark.parametrize("kind", ALL)
def test_the_past_matters_and_the_future_does_not(kind: str) -> None:
    model, ids = model_of(kind), text(30)
    changed = ids.clone()
    changed[0, 20] = (changed[0, 20] + 1) % V
    a, b = in_chunks(model, ids, [30]), in_chunks(model, changed, [30])
    assert_close(a[:, :20], b[:, :20])
    assert (a[:, 20:22] - b[:, 20:22]).abs().max() > 1e-3


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.parametrize("ids", [[], torch.zeros(1, 0, dtype=torch.int64), torch.zeros(3, dtype=torch.int64)])
def test_no_ids_are_refused(kind: str, ids: Any) -> None:
    with pytest.raises(BadInput, match="ids must be"):
        model_of(kind).advance(ids)


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.parametrize("wrong", [-1, V])
def test_an_id_out_of_range_is_refused(kind: str, wrong: int) -> None:
    with pytest.raises(BadInput, match=f"0 to {V - 1}"):
        model_of(kind).advance([0, wrong])


def test_an_rnn_by_hand() -> None:
    """tanh(0.5 · 1 + 0.25 · h) with one feature: 0.46211716, then tanh(0.5 + 0.25 · 0.46211716) = 0.54800759."""
    model = build("rnn", {"vocabulary": 2, "embedding": 1, "hidden": 1, "layers": 1}).eval()
    values = {
        "embedding.weight": [[1.0], [0.0]],
        "layers.0.w_ih": [[0.5]],
        "layers.0.w_hh": [[0.25]],
        "layers.0.b_ih": [0.0],
        "layers.0.b_hh": [0.0],
        "output.weight": [[1.0], [-2.0]],
        "output.bias": [0.0, 0.0],
    }
    model.load_state_dict({name: torch.tensor(value) for name, value in values.items()})
    logits = in_chunks(model, torch.tensor([[0, 0]]), [2])
    torch.testing.assert_close(logits[0, :, 0], torch.tensor([0.46211716, 0.54800759]))
    torch.testing.assert_close(logits[0, :, 1], torch.tensor([-0.92423431, -1.09601519]))


@pytest.mark.parametrize(("kind", "gates"), [("rnn", nn.RNN), ("gru", nn.GRU), ("lstm", nn.LSTM)])
def test_recurrent_layers_equal_torchs(kind: str, gates: Any) -> None:
    model, ids = model_of(kind), text(25, 2)
    reference = gates(5, 16, num_layers=3, batch_first=True)
    ours = [p for layer in model.layers for p in (layer.w_ih, layer.w_hh, layer.b_ih, layer.b_hh)]
    with torch.no_grad():
        for theirs, p in zip(reference.parameters(), ours, strict=True):
            theirs.copy_(p)
        expected = model.output(reference(model.embedding(ids))[0])
    assert_close(in_chunks(model, ids, [25]), expected)


@pytest.mark.parametrize("kind", [kind for kind in SMALL if not kind.startswith("seq2seq")])
def test_dropout_acts_in_training_only(kind: str) -> None:
    torch.manual_seed(0)
    model, ids = built(kind, dropout=0.5), text(10)
    assert not torch.equal(model.advance(ids)[0], model.advance(ids)[0])
    model.eval()
    assert torch.equal(model.advance(ids)[0], model.advance(ids)[0])


def test_locked_dropout_keeps_the_mean_and_drops_whole_features() -> None:
    torch.manual_seed(1)
    x = torch.ones(400, 5, 50)
    for p in (0.1, 0.3, 0.5):
        y = locked_dropout(x, p, training=True)
        assert torch.equal(y, y[:, :1].expand_as(y))  # a feature is there for the whole window, or not at all
        assert sorted(set(y.flatten().tolist())) == pytest.approx([0, 1 / (1 - p)])
        assert y.mean().item() == pytest.approx(1, abs=0.05)
    assert locked_dropout(x, 0.5, training=False) is x

"""Every kind behind `advance`: one pass = chunks = steps, states that fork, configurations that are refused."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from playground.errors import BadInput
from playground.models import KINDS, build, outline, values_of
from playground.models.ngram import NGram
from playground.models.recurrent import locked_dropout
from playground.models.transformer import CHUNK, TransformerConfig

V = 11
SMALL: dict[str, dict[str, Any]] = {
    "rnn": {"vocabulary": V, "embedding": 5, "hidden": 16, "layers": 3},
    "gru": {"vocabulary": V, "embedding": 5, "hidden": 16, "layers": 3},
    "lstm": {"vocabulary": V, "embedding": 5, "hidden": 16, "layers": 3},
    "transformer": {"vocabulary": V, "width": 24, "layers": 3, "heads": 2, "window": 7},
    # The same kind, otherwise configured.
    "lstm/one-hot": {"vocabulary": V, "embedding": 0, "hidden": 16, "layers": 2},
    "gru/one-hot": {"vocabulary": V, "embedding": 0, "hidden": 16, "layers": 2},
    "transformer/learned": {
        "vocabulary": V, "width": 22, "layers": 2, "heads": 2, "window": 8, "positions": "learned",
        "activation": "gelu", "inner": 30, "epsilon": 1e-3,
    },
    "transformer/gpt2": {
        "vocabulary": V, "width": 24, "layers": 2, "heads": 3, "window": 7, "positions": "learned",
        "activation": "gelu_tanh", "biases": True, "tied": True,
    },
}  # fmt: skip
ALL = [*SMALL, "ngram"]


def built(kind: str, **changes: Any) -> Any:
    return build(kind.partition("/")[0], {**SMALL[kind], **changes})


def model_of(kind: str) -> Any:
    """A small random model, with weights large enough that every input matters."""
    torch.manual_seed(3)
    if kind == "ngram":
        return NGram.from_counts(torch.randint(V, (2000,)), order=4, vocabulary=V)
    model = built(kind).eval()
    with torch.no_grad():
        for p in model.parameters():
            p.copy_(torch.randn_like(p) * 0.4)
    return model


def text(length: int, batch: int = 1) -> Tensor:
    return torch.randint(V, (batch, length), generator=torch.Generator().manual_seed(5))


@torch.inference_mode()
def in_chunks(model: Any, ids: Tensor, sizes: list[int]) -> Tensor:
    state, parts = None, []
    for part in ids.split(sizes, dim=1):
        logits, state = model.advance(part, state)
        parts.append(logits)
    return torch.cat(parts, dim=1)


def close(a: Tensor, b: Tensor) -> None:
    torch.testing.assert_close(a, b, rtol=0, atol=1e-4)


def test_the_registry_has_the_five_kinds() -> None:
    assert list(KINDS) == ["ngram", "rnn", "gru", "lstm", "transformer"]


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.parametrize("batch", [1, 3])
def test_steps_chunks_and_one_pass_agree(kind: str, batch: int) -> None:
    model, ids = model_of(kind), text(60, batch)
    whole = in_chunks(model, ids, [60])
    assert whole.shape == (batch, 60, V)
    assert whole.dtype == torch.float32
    close(in_chunks(model, ids, [1] * 60), whole)
    close(in_chunks(model, ids, [2, 1, 1, 20, 3, 30, 1, 2]), whole)


@pytest.mark.parametrize("kind", ALL)
def test_a_list_is_a_batch_of_one(kind: str) -> None:
    model, ids = model_of(kind), text(9)
    with torch.inference_mode():
        from_list, _ = model.advance(ids[0].tolist())
    assert torch.equal(from_list, in_chunks(model, ids, [9]))


@pytest.mark.parametrize("kind", ALL)
def test_an_old_state_can_be_advanced_again(kind: str) -> None:
    """Branches from one state, interleaved, as beams and people do; each equals its own text read in one pass."""
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
            close(torch.cat(got[b], dim=1), whole[:, 40:])
        again, _ = model.advance(branches[0], root)
        close(again, torch.cat(got[0], dim=1))


@pytest.mark.parametrize("kind", ALL)
def test_the_past_matters_and_the_future_does_not(kind: str) -> None:
    model, ids = model_of(kind), text(30)
    changed = ids.clone()
    changed[0, 20] = (changed[0, 20] + 1) % V
    a, b = in_chunks(model, ids, [30]), in_chunks(model, changed, [30])
    close(a[:, :20], b[:, :20])
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


def test_an_rnn_worked_out_by_hand() -> None:
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
def test_recurrent_layers_compute_what_torch_names_so(kind: str, gates: Any) -> None:
    model, ids = model_of(kind), text(25, 2)
    reference = gates(5, 16, num_layers=3, batch_first=True)
    ours = [p for layer in model.layers for p in (layer.w_ih, layer.w_hh, layer.b_ih, layer.b_hh)]
    with torch.no_grad():
        for theirs, p in zip(reference.parameters(), ours, strict=True):
            theirs.copy_(p)
        expected = model.output(reference(model.embedding(ids))[0])
    close(in_chunks(model, ids, [25]), expected)


def test_a_transformer_sees_its_layers_times_its_window_and_no_further() -> None:
    """Three layers of a window of 7 reach 3 · (7 − 1) = 18 positions back."""
    model, ids = model_of("transformer"), text(40)
    last = in_chunks(model, ids, [40])[:, -1]
    for back, matters in ((18, True), (19, False)):
        changed = ids.clone()
        changed[0, 39 - back] = (changed[0, 39 - back] + 1) % V
        difference = (in_chunks(model, changed, [40])[:, -1] - last).abs().max()
        assert (difference > 1e-6) == matters


def test_a_transformer_attends_as_the_definition_says() -> None:
    """One layer, one pair of features a head, against attention written out with rotation matrices."""
    torch.manual_seed(0)
    model = build("transformer", {"vocabulary": V, "width": 4, "layers": 1, "heads": 2, "window": 3}).eval()
    attention = model.blocks[0].attention
    x = torch.randn(1, 6, 4)
    with torch.inference_mode():
        got = attention(x, model._turns(0, 6, x.device), model._mask(6, 6, x.device), None, 6)
    q, k, v = (attention.qkv.weight.detach() @ x[0].T).T.view(6, 3, 2, 2).unbind(1)  # (6, heads, 2)
    out = torch.zeros(6, 2, 2)
    for t in range(6):
        for h in range(2):
            seen = range(max(0, t - 2), t + 1)
            turned = [_turn(q[t, h], t) @ _turn(k[s, h], s) / 2**0.5 for s in seen]
            weights = torch.softmax(torch.stack(turned), 0)
            out[t, h] = sum(w * v[s, h] for w, s in zip(weights, seen, strict=True))
    expected = (attention.out.weight.detach() @ out.view(6, 4).T).T
    torch.testing.assert_close(got[0], expected, rtol=0, atol=1e-5)


def _turn(pair: Tensor, angle: float) -> Tensor:
    cos, sin = torch.tensor(float(angle)).cos(), torch.tensor(float(angle)).sin()
    return torch.stack([cos * pair[0] - sin * pair[1], sin * pair[0] + cos * pair[1]])


LEARNED = [kind for kind in SMALL if kind.startswith("transformer/")]


@torch.inference_mode()
def by_definition(model: Any, ids: Tensor) -> Tensor:
    """Learned positions as the docstring says: each id at the end of the ids that it is read after, from position 0."""
    W = model.config.window
    H = W // 2
    rows = []
    for i in range(ids.shape[1]):
        begin = 0 if i < W else (i - H) // (W - H) * (W - H)
        assert i - begin < W
        assert i < W or i - begin >= H
        rows.append(model.advance(ids[:, begin : i + 1])[0][:, -1:])
    return torch.cat(rows, dim=1)


@pytest.mark.parametrize("kind", LEARNED)
@pytest.mark.parametrize("window", [1, 2, 3, 7, 8])
def test_learned_positions_begin_again_when_the_window_is_full(kind: str, window: int) -> None:
    torch.manual_seed(3)
    model, ids = built(kind, window=window).eval(), text(40, 2)
    with torch.no_grad():
        for p in model.parameters():
            p.copy_(torch.randn_like(p) * 0.4)
    expected = by_definition(model, ids)
    close(in_chunks(model, ids, [40]), expected)
    close(in_chunks(model, ids, [9, 1, 1, 1, 20, 8]), expected)
    close(in_chunks(model, ids[:1], [1] * 40), expected[:1])
    close(model.train().advance(ids)[0], expected)  # there is no dropout in it


def test_learned_positions_matter() -> None:
    model = model_of("transformer/learned")
    logits = in_chunks(model, torch.zeros(1, 8, dtype=torch.int64), [8])[0]
    assert all((logits[i] - logits[j]).abs().max() > 1e-3 for i in range(8) for j in range(i))


def test_a_long_window_is_read_anew_in_parts() -> None:
    """Half of the window is more than what is read at once."""
    model = build("transformer", {**SMALL["transformer/gpt2"], "window": 2 * CHUNK + 10}).eval()
    ids = text(2 * CHUNK + 30)
    again = ids[:, CHUNK + 5 :]
    close(in_chunks(model, ids, [2 * CHUNK + 30])[:, -20:], in_chunks(model, again, [CHUNK + 25])[:, -20:])


def test_a_fork_from_a_full_window_leaves_the_other_alone() -> None:
    model, ids = model_of("transformer/gpt2"), text(7)
    with torch.inference_mode():
        _, full = model.advance(ids)
        one, _ = model.advance([1], full)
        two, _ = model.advance([2], full)
        close(one, by_definition(model, torch.cat([ids, torch.tensor([[1]])], 1))[:, -1:])
        close(two, by_definition(model, torch.cat([ids, torch.tensor([[2]])], 1))[:, -1:])
        assert torch.equal(model.advance([1], full)[0], one)


@pytest.mark.parametrize("kind", LEARNED)
def test_learned_positions_are_learned(kind: str) -> None:
    """Ids that count down from a start: only who knows the position knows the next."""
    torch.manual_seed(1)
    model, ids = built(kind), torch.tensor([[*range(10, 3, -1)]]).expand(4, -1)
    optimizer = torch.optim.Adam(model.parameters(), 1e-2)
    losses = []
    for _ in range(30):
        logits, state = model.advance(ids[:, :-1])
        assert state is None
        loss = nn.functional.cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.2 < 2 < losses[0]
    assert model.places.weight.grad[:6].abs().min() > 0


def test_what_is_usual_is_not_recorded() -> None:
    usual = {**SMALL["transformer"], "dropout": 0.0}
    assert values_of(TransformerConfig(**usual)) == usual
    told = {**SMALL["transformer/learned"], "dropout": 0.0}
    assert values_of(TransformerConfig(**told)) == told


def test_a_transformer_reads_long_texts_in_parts() -> None:
    model, ids = model_of("transformer"), text(CHUNK + 40)
    close(in_chunks(model, ids, [CHUNK + 40]), in_chunks(model, ids, [100, CHUNK - 100, 40]))


def test_a_step_of_a_transformer_allocates_no_new_cache() -> None:
    model = model_of("transformer")
    with torch.inference_mode():
        _, first = model.advance([1])
        _, second = model.advance([2], first)
        _, fork = model.advance([2], first)
    assert second.cache is first.cache
    assert fork.cache is not first.cache


@pytest.mark.parametrize("kind", SMALL)
def test_dropout_acts_in_training_only(kind: str) -> None:
    torch.manual_seed(0)
    model, ids = built(kind, dropout=0.5), text(10)
    assert not torch.equal(model.advance(ids)[0], model.advance(ids)[0])
    model.eval()
    assert torch.equal(model.advance(ids)[0], model.advance(ids)[0])


def test_every_problem_of_a_configuration_is_named_at_once() -> None:
    with pytest.raises(BadInput) as caught:
        build("lstm", {"hidden": 10**9, "layers": "two", "dropout": float("nan"), "colour": 1})
    said = str(caught.value)
    assert "'colour' is not a field" in said
    assert "vocabulary is missing" in said
    assert "hidden must be a whole number from 1 to 4096, not 1000000000" in said
    assert "layers must be a whole number from 1 to 48, not 'two'" in said
    assert "dropout must be a number from 0.0 to 0.9, not nan" in said


def test_words_and_switches_are_checked_too() -> None:
    with pytest.raises(BadInput) as caught:
        build("transformer", {"vocabulary": 9, "positions": "sine", "activation": ["gelu"], "tied": 1, "biases": "no"})
    said = str(caught.value)
    assert "positions must be one of rotary, learned, not 'sine'" in said
    assert "activation must be one of relu2, relu, gelu, gelu_tanh, not ['gelu']" in said
    assert "tied must be true or false, not 1" in said
    assert "biases must be true or false, not 'no'" in said


@pytest.mark.parametrize(
    ("kind", "config", "said"),
    [
        ("perceptron", {}, "kind must be one of ngram"),
        ("gru", {"vocabulary": True}, "vocabulary"),
        ("gru", {"vocabulary": 65.0}, "vocabulary"),
        ("transformer", {"vocabulary": 65, "width": 30, "heads": 4}, "multiple of twice heads"),
        ("transformer", {"vocabulary": 65, "width": 30, "heads": 4, "positions": "learned"}, "multiple of heads"),
        ("lstm", {"vocabulary": 65, "hidden": 4096, "layers": 48}, "too many"),
        ("lstm", {"vocabulary": 200_000, "embedding": 4096}, "too many"),
        ("lstm", {"vocabulary": 2_000, "embedding": 0}, "embedding must be at least 1 where the vocabulary is over"),
    ],
)
def test_absurd_models_are_refused_before_they_take_memory(kind: str, config: dict[str, Any], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        outline(kind, config)


def test_an_outline_takes_no_memory() -> None:
    assert all(t.is_meta for t in outline("lstm", {"vocabulary": 65}).state_dict().values())


def test_locked_dropout_keeps_the_mean_and_drops_whole_features() -> None:
    torch.manual_seed(1)
    x = torch.ones(400, 5, 50)
    for p in (0.1, 0.3, 0.5):
        y = locked_dropout(x, p, training=True)
        assert torch.equal(y, y[:, :1].expand_as(y))  # a feature is there for the whole window, or not at all
        assert sorted(set(y.flatten().tolist())) == pytest.approx([0, 1 / (1 - p)])
        assert y.mean().item() == pytest.approx(1, abs=0.05)
    assert locked_dropout(x, 0.5, training=False) is x

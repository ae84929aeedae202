"""The Transformer: what it attends to, and learned positions that start again when the window is full."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from playground.models import build
from playground.models.transformer import CHUNK
from tests.models.hands import SMALL, V, assert_close, built, in_chunks, model_of, text


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
    """Learned positions as in the docstring: each id is the last of the ids it is read after, from position 0."""
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
def test_learned_positions_start_again_when_the_window_is_full(kind: str, window: int) -> None:
    torch.manual_seed(3)
    model, ids = built(kind, window=window).eval(), text(40, 2)
    with torch.no_grad():
        for p in model.parameters():
            p.copy_(torch.randn_like(p) * 0.4)
    expected = by_definition(model, ids)
    assert_close(in_chunks(model, ids, [40]), expected)
    assert_close(in_chunks(model, ids, [9, 1, 1, 1, 20, 8]), expected)
    assert_close(in_chunks(model, ids[:1], [1] * 40), expected[:1])
    assert_close(model.train().advance(ids)[0], expected)  # there is no dropout in it


def test_learned_positions_matter() -> None:
    model = model_of("transformer/learned")
    logits = in_chunks(model, torch.zeros(1, 8, dtype=torch.int64), [8])[0]
    assert all((logits[i] - logits[j]).abs().max() > 1e-3 for i in range(8) for j in range(i))


def test_a_long_window_is_read_again_in_parts() -> None:
    """Half of the window is more than what is read at once."""
    model = build("transformer", {**SMALL["transformer/gpt2"], "window": 2 * CHUNK + 10}).eval()
    ids = text(2 * CHUNK + 30)
    again = ids[:, CHUNK + 5 :]
    assert_close(in_chunks(model, ids, [2 * CHUNK + 30])[:, -20:], in_chunks(model, again, [CHUNK + 25])[:, -20:])


def test_a_fork_from_a_full_window_leaves_the_other_alone() -> None:
    model, ids = model_of("transformer/gpt2"), text(7)
    with torch.inference_mode():
        _, full = model.advance(ids)
        one, _ = model.advance([1], full)
        two, _ = model.advance([2], full)
        assert_close(one, by_definition(model, torch.cat([ids, torch.tensor([[1]])], 1))[:, -1:])
        assert_close(two, by_definition(model, torch.cat([ids, torch.tensor([[2]])], 1))[:, -1:])
        assert torch.equal(model.advance([1], full)[0], one)


@pytest.mark.parametrize("kind", LEARNED)
def test_learned_positions_are_learned(kind: str) -> None:
    """Ids that count down from a start: only a model that knows the position can predict the next."""
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
    assert model.position_embedding.weight.grad[:6].abs().min() > 0


def test_a_transformer_reads_long_texts_in_parts() -> None:
    model, ids = model_of("transformer"), text(CHUNK + 40)
    assert_close(in_chunks(model, ids, [CHUNK + 40]), in_chunks(model, ids, [100, CHUNK - 100, 40]))


def test_a_step_of_a_transformer_allocates_no_new_cache() -> None:
    model = model_of("transformer")
    with torch.inference_mode():
        _, first = model.advance([1])
        _, second = model.advance([2], first)
        _, fork = model.advance([2], first)
    assert second.cache is first.cache
    assert fork.cache is not first.cache

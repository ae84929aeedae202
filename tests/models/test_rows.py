"""Steps of several texts at once: each text's numbers are bit-identical alone and in any batch."""

from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from playground import library
from playground.inference.prefill import prefill
from playground.models import build
from playground.models.fast import half, rows
from playground.models.fast.steps import sigmoid_
from tests.models.hands import ALL, SMALL, V, assert_close, in_chunks, model_of, text

BUNDLED = ("shakespeare-lstm", "shakespeare-gru", "shakespeare-rnn", "names-gru", "shakespeare-transformer",
           "shakespeare-convnet", "shakespeare-bigram", "shakespeare-ngram")  # fmt: skip


def state_of(model: Any, ids: list[int]) -> Any:
    with torch.inference_mode():
        return model.advance(ids)[1]


def logits_alone(model: Any, state: Any, ids: list[int]) -> NDArray[np.float32]:
    """The logits (T, V) after each id of one text alone."""
    state, found = model.merge([state]), []
    for id in ids:
        logits, state = model.step([id], state)
        found.append(logits[0])
    return np.stack(found)


def check_joining_and_leaving(model: Any, begins: list[Any], texts: Any, seed: int) -> None:
    """Texts (N, T) join and leave at random steps, each begun at its own step; each equals the text alone."""
    dice = np.random.default_rng(seed)
    N, T = texts.shape
    begin = dice.integers(0, T, N)
    leaves = begin + dice.integers(1, T + 1, N)
    expected = [logits_alone(model, begins[n], texts[n, : leaves[n] - begin[n]].tolist()) for n in range(N)]
    here: list[int] = []
    state: Any = None
    seen = 0
    for t in range(int(leaves.max())):
        come = [n for n in range(N) if begin[n] == t]
        if come:
            state = model.merge([*([state] if here else []), *(begins[n] for n in come)])
            here += come
        stay = [place for place, n in enumerate(here) if leaves[n] > t]
        if len(stay) < len(here):
            dice.shuffle(stay)  # the order is nobody's business
            state, here = model.select(state, stay), [here[place] for place in stay]
        if not here:
            continue
        logits, state = model.step([int(texts[n, t - begin[n]]) for n in here], state)
        for place, n in enumerate(here):
            np.testing.assert_array_equal(logits[place], expected[n][t - begin[n]])
            seen += 1
    assert seen == int((leaves - begin).sum())


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.parametrize("rounded", [True, False])
def test_a_text_is_the_same_in_every_batch(kind: str, rounded: bool) -> None:
    model = model_of(kind)
    if rounded:
        with torch.no_grad():
            for p in model.parameters():
                p.copy_(p.half().float())
    dice = np.random.default_rng(4)
    begins = [state_of(model, dice.integers(0, V, 1 + n % 13).tolist()) for n in range(16)]
    check_joining_and_leaving(model, begins, dice.integers(0, V, (16, 10)), seed=5)


@pytest.mark.parametrize("name", BUNDLED)
def test_a_text_of_a_bundled_model_is_the_same_in_every_batch(name: str) -> None:
    checkpoint = library.load(name)
    dice = np.random.default_rng(6)
    symbols = len(checkpoint.vocabulary)
    begins = [prefill(checkpoint, dice.integers(0, symbols, 1 + n % 7).tolist()).state for n in range(66)]
    check_joining_and_leaving(checkpoint.model, begins, dice.integers(0, symbols, (66, 5)), seed=7)


@pytest.mark.parametrize("kind", ALL)
def test_steps_of_several_texts_equal_those_of_each_alone(kind: str) -> None:
    model, ids = model_of(kind), text(40, 3)
    lengths = (5, 12, 17)
    state = model.merge([state_of(model, ids[n, :length].tolist()) for n, length in enumerate(lengths)])
    found = []
    for t in range(20):
        logits, state = model.step([int(ids[n, length + t]) for n, length in enumerate(lengths)], state)
        assert logits.dtype == np.float32
        found.append(logits)
    for n, length in enumerate(lengths):
        whole = in_chunks(model, ids[n : n + 1, : length + 20], [length + 20])[0, length:]
        assert_close(torch.from_numpy(np.stack(found)[:, n]), whole)


@pytest.mark.parametrize("kind", ALL)
def test_texts_can_be_taken_out_of_a_batch_and_twice(kind: str) -> None:
    model, ids = model_of(kind), text(9, 3)
    with torch.inference_mode():
        _, batch = model.advance(ids)
    chosen = model.select(batch, [2, 0, 2])
    once, further = model.step([1, 2, 3], chosen)
    again, _ = model.step([1, 2, 3], chosen)
    np.testing.assert_array_equal(once, again)  # a state is a value
    for place, (row, id) in enumerate([(2, 1), (0, 2), (2, 3)]):
        alone_ = in_chunks(model, torch.cat([ids[row], torch.tensor([id])])[None], [10])
        assert_close(torch.from_numpy(once[place]), alone_[0, -1])
    with torch.inference_mode():  # what was merged goes back into advance
        logits, _ = model.advance(torch.tensor([[1, 2], [3, 4], [5, 6]]), further)
    whole = in_chunks(model, torch.cat([ids[0], torch.tensor([2, 3, 4])])[None], [12])
    assert_close(logits[1], whole[0, -2:])


@pytest.mark.parametrize("kind", SMALL)
def test_steps_follow_changed_weights(kind: str) -> None:
    model, ids = model_of(kind), [*text(4)[0].tolist(), V - 1, 3]  # a translator gets a source and a target
    state = model.merge([state_of(model, ids)] * 2)
    with torch.no_grad():
        model.requires_grad_(False)
        before, _ = model.step([1, 2], state)
        for p in model.parameters():
            p.mul_(1.5)
        after, _ = model.step([1, 2], state)
        fresh, _ = model.advance(torch.tensor([[1], [2]]), state)
    assert np.abs(after - before).max() > 1e-3
    np.testing.assert_allclose(after, fresh[:, 0].numpy(), atol=1e-4)


@pytest.mark.parametrize("kind", SMALL)
def test_a_model_in_training_mode_can_step(kind: str) -> None:
    model = model_of(kind)
    state = model.merge([state_of(model, [1, 2, 3])])
    if kind.startswith("transformer"):
        return  # which keeps no state in training
    model.train()
    logits, _ = model.step([4], state)
    assert logits.shape == (1, V)


SHAPES = [(2048, 512), (1280, 320), (65, 512), (672, 224), (27, 224), (576, 192), (7, 13), (1, 1)]


@pytest.mark.skipif(not half.has_half(), reason="this machine has no products of float16 weights")
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("way", ["padded", "summed"])
def test_a_row_has_the_same_bits_in_any_batch_size(way: str, shape: tuple[int, int]) -> None:
    sizes = half.padded_sizes(*shape) if way == "padded" else half.summed_sizes(*shape)
    if not sizes:
        pytest.skip("this machine's kernels sum otherwise")
    assert sizes[-1] == half.LARGEST
    weights = torch.randn(shape, generator=torch.Generator().manual_seed(2)).half().float()
    product = (half.padded_product if way == "padded" else half.summed_product)(weights, sizes)
    x = np.random.default_rng(3).standard_normal((150, shape[1]), np.float32)
    together = product(x)
    np.testing.assert_allclose(together, x @ weights.numpy().T, rtol=1e-4, atol=1e-3)
    for B in (*range(1, 20), 59, 60, 61, 119, 121):
        np.testing.assert_array_equal(product(x[:B].copy()), together[:B])
        np.testing.assert_array_equal(product(x[-B:].copy()), together[-B:])


@pytest.mark.parametrize("length", [*range(1, 36), 64, 100, 512, 1000])
def test_a_sigmoid_has_the_same_bits_alone_and_among_others(length: int) -> None:
    x = np.random.default_rng(4).standard_normal((200, 2 * length), np.float32) * 5
    together = x[:, :length].copy()
    sigmoid_(together)
    np.testing.assert_allclose(together, 1 / (1 + np.exp(-x[:, :length])), atol=1e-6)
    strided = x.copy()
    sigmoid_(strided[:, :length])
    np.testing.assert_array_equal(strided[:, :length], together)
    for n in range(len(x)):
        alone = x[n, :length].copy()
        sigmoid_(alone)
        np.testing.assert_array_equal(alone, together[n])


def test_weights_outside_float16_are_not_rounded() -> None:
    model = build("lstm", SMALL["lstm"]).eval().requires_grad_(False)
    assert not rows.is_half(model.output.weight)
    make = rows.Products(model)
    x = np.random.default_rng(3).standard_normal((4, 16), np.float32)
    np.testing.assert_array_equal(make(model.output.weight)(x), np.matvec(model.output.weight.numpy(), x))


def test_a_machine_without_safe_numbers_computes_row_by_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(half, "padded_sizes", lambda *shape: (half.LARGEST,))
    monkeypatch.setattr(half, "summed_sizes", lambda *shape: ())
    assert half.half_product(torch.ones(1000, 1000)) is None
    monkeypatch.setattr(rows, "has_half", lambda: False)
    model = model_of("gru")
    begins = [state_of(model, [1, n]) for n in range(9)]
    check_joining_and_leaving(model, begins, np.random.default_rng(1).integers(0, V, (9, 6)), seed=2)


def test_a_large_model_is_not_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    model = model_of("gru")
    with_copies = model.derived_footprint()
    monkeypatch.setattr(rows, "MOST_COPIED", 10)
    assert not rows.may_copy(model)
    assert model.derived_footprint().kept <= with_copies.kept

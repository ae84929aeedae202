"""A step in NumPy: the same as torch's, never behind the weights, and near what its matrix products cost."""

import copy
import pickle
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from playground.models import build
from playground.models.fast import recurrent
from playground.models.fast.steps import ONE_THREAD_SIZE, product
from tests.bench.floor import floor
from tests.models.hands import SMALL, assert_close, built, in_chunks, model_of, text

# The kinds whose step of one text goes through NumPy; a translator's rows are those of test_translators.py.
IN_NUMPY = [kind for kind in SMALL if not kind.startswith("seq2seq")]


def by_torch(model: Any, ids: Tensor) -> Tensor:
    """Id by id the other way: torch computes batches of two."""
    return in_chunks(model, ids.expand(2, -1), [1] * ids.shape[1])[:1]


def by_numpy(model: Any, ids: Tensor) -> Tensor:
    with torch.inference_mode():
        assert model.views.current() is not None
    return in_chunks(model, ids, [1] * ids.shape[1])


@pytest.mark.parametrize("kind", IN_NUMPY)
def test_a_step_is_the_same_both_ways(kind: str) -> None:
    model, ids = model_of(kind), text(50)
    torch.testing.assert_close(by_numpy(model, ids), by_torch(model, ids), rtol=1e-5, atol=2e-5)


@pytest.mark.parametrize("kind", ["rnn", "gru", "lstm"])
def test_a_vocabulary_too_large_for_a_table(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recurrent, "MAX_TABLE", 0)
    model, ids = model_of(kind), text(20)
    assert_close(by_numpy(model, ids), by_torch(model, ids))
    assert model.views.known[1].table is None


@pytest.mark.parametrize("kind", ["transformer", "transformer/gpt2"])
def test_attention_scores_of_any_size(kind: str) -> None:
    """Attention of a few hundred nats overflows float32, unless the largest score is taken off first."""
    model, ids = model_of(kind), text(30)
    with torch.no_grad():
        for block in model.blocks:
            block.attention.qkv.weight *= 12
    expected = by_torch(model, ids)
    assert expected.isfinite().all()
    torch.testing.assert_close(by_numpy(model, ids), expected, rtol=1e-3, atol=2e-3)


def in_place(model: Any) -> None:
    with torch.no_grad():
        for p in model.parameters():
            p.mul_(1.5)


def descend(model: Any) -> None:
    optimizer = torch.optim.SGD(model.parameters(), 0.5)
    model.train()
    model.advance(text(9))[0].square().mean().backward()
    optimizer.step()
    model.eval()


def load(model: Any) -> None:
    model.load_state_dict({name: t * 1.5 for name, t in model.state_dict().items()})


def assign(model: Any) -> None:
    model.load_state_dict({name: t * 1.5 for name, t in model.state_dict().items()}, assign=True)


def swap_data(model: Any) -> None:
    for p in model.parameters():
        p.data = p.data * 1.5


def swap_parameter(model: Any) -> None:
    holder = model.output or model.embedding  # tied, the embedding is the output
    holder.weight = nn.Parameter(holder.weight.detach() * 1.5)


def there_and_back(model: Any) -> None:
    model.half().float()


@pytest.mark.parametrize("kind", IN_NUMPY)
@pytest.mark.parametrize("change", [in_place, descend, load, assign, swap_data, swap_parameter, there_and_back])
def test_a_step_follows_the_weights(kind: str, change: Callable[[Any], None]) -> None:
    model, ids = model_of(kind), text(12)
    before = by_numpy(model, ids)
    change(model)
    after = by_numpy(model, ids)
    assert not torch.equal(after, before)
    assert_close(after, by_torch(model, ids))


@pytest.mark.parametrize("kind", IN_NUMPY)
@pytest.mark.parametrize("copied", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])
def test_a_copy_has_weights_of_its_own(kind: str, copied: Callable[[Any], Any]) -> None:
    model, ids = model_of(kind), text(12)
    before = by_numpy(model, ids)
    other = copied(model)
    in_place(other)
    assert torch.equal(by_numpy(model, ids), before)
    assert_close(by_numpy(other, ids), by_torch(other, ids))


@pytest.mark.parametrize("kind", IN_NUMPY)
def test_unsupported_cases_use_torch(kind: str) -> None:
    model = model_of(kind)
    assert model.views.current() is None  # its parameters ask for gradients
    logits, state = model.advance([1])
    logits, state = model.advance([2], state)
    assert logits.requires_grad
    with torch.no_grad():
        assert model.views.current() is not None
        model.advance([3], state)
        assert model.train().views.current() is None
        assert model.eval().views.current() is not None
        assert model.double().views.current() is None
        logits, _ = model.advance([1, 2])
        assert logits.dtype == torch.float64
    with torch.inference_mode():
        made = built(kind).eval()
        assert_close(in_chunks(made, text(9), [1] * 9), in_chunks(made, text(9), [9]))


@pytest.mark.parametrize("kind", ["rnn", "gru", "lstm"])
def test_a_state_from_training_may_be_bfloat16(kind: str) -> None:
    model, ids = model_of(kind), text(12)
    with torch.inference_mode():
        _, state = model.advance(ids)
        rounded = recurrent._each(lambda part: part.bfloat16(), state)
        exact, _ = model.advance([1], recurrent._each(lambda part: part.float(), rounded))
        logits, after = model.advance([1], rounded)
        assert_close(logits, exact)
        model.advance([1, 2], after)


@pytest.mark.timed
def test_a_large_matrix_is_multiplied_in_parts_on_one_thread() -> None:
    w, x = torch.randn(2 * ONE_THREAD_SIZE // 512 + 100, 512), torch.randn(512)
    times = product(w)
    torch.testing.assert_close(torch.from_numpy(times(x.numpy())), w @ x, rtol=1e-5, atol=1e-4)
    others = []
    for _ in range(20):  # of which one at least is not disturbed by what else this process does
        all_threads, this_one = time.process_time(), time.thread_time()
        for _ in range(20):
            times(x.numpy())
        this_one = time.thread_time() - this_one
        others.append((time.process_time() - all_threads - this_one) / this_one)
    assert min(others) < 0.5


LIKE_THE_BUNDLED: dict[str, dict[str, Any]] = {
    "rnn": {"embedding": 64, "hidden": 512},
    "gru": {"embedding": 16, "hidden": 128, "layers": 1},
    "lstm": {"embedding": 64, "hidden": 128, "layers": 1},
    "convnet": {"width": 128, "layers": 6, "kernel": 3, "cycle": 6},
    "transformer": {"width": 128, "layers": 4, "heads": 4, "window": 64},
}


@pytest.mark.parametrize("activation", ["relu2", "relu", "gelu", "gelu_tanh"])
def test_every_activation_is_the_same_both_ways(activation: str) -> None:
    torch.manual_seed(2)
    model, ids = built("transformer/gpt2", activation=activation).eval(), text(20)
    with torch.no_grad():
        for p in model.parameters():
            p.copy_(torch.randn_like(p) * 0.4)
    torch.testing.assert_close(by_numpy(model, ids), by_torch(model, ids), rtol=1e-5, atol=2e-5)


def test_large_tied_matrices() -> None:
    """Products in parts, of which the last is smaller, as in a step with a vocabulary of 50,000."""
    sizes = {"vocabulary": 7_001, "width": 320, "layers": 1, "heads": 4, "window": 9}
    torch.manual_seed(2)
    model = build("transformer", {**sizes, "positions": "learned", "biases": True, "tied": True}).eval()
    ids = torch.randint(7_001, (1, 12))
    assert model.output_weight.numel() > 5 * ONE_THREAD_SIZE
    assert_close(by_numpy(model, ids), by_torch(model, ids))


@pytest.mark.timed
@pytest.mark.parametrize("kind", LIKE_THE_BUNDLED)
def test_a_step_costs_little_more_than_its_products(kind: str) -> None:
    """The benchmark measures the exact cost; this test only catches gross mistakes, on the busiest machine."""
    model = build(kind, {"vocabulary": 60, **LIKE_THE_BUNDLED[kind]}).eval().requires_grad_(False)
    bare: Any = SimpleNamespace(kind=kind, model=model, config=model.config)
    products = floor(bare, [])
    with torch.inference_mode():
        _, state = model.advance(list(range(60)) * 3)
        _, state = model.advance([1], state)

        def step() -> None:
            nonlocal state
            _, state = model.advance([1], state)

        step_us, floor_us = (min(seconds_of(work) for _ in range(30)) for work in (step, products))
    assert step_us < 6 * floor_us, f"{step_us:.1f} µs, and {floor_us:.1f} µs for the products alone"


def seconds_of(work: Callable[[], object]) -> float:
    begun = time.thread_time_ns()
    for _ in range(20):
        work()
    return (time.thread_time_ns() - begun) / 20_000

"""The cost of reading: counts by hand, times by a fake clock, and how the kinds differ."""

from collections.abc import Iterator
from itertools import count

import numpy as np
import pytest
import torch

from playground.inference import costs as costing
from playground.inference.costs import (
    ENOUGH,
    MOST_STEPS,
    PIECE,
    STEPS,
    Cost,
    Costs,
    learning_bytes,
    peak_bytes,
    state_bytes,
    without_window,
)
from playground.library import Checkpoint, load
from playground.models.tensor_memory import peak_memory
from tests.inference.test_generate import checkpoint_of


def costs(checkpoint: Checkpoint, walk: Costs) -> list[Cost]:
    return [cost for cost in walk.steps(checkpoint) if cost is not None]


def test_states_are_counted_by_hand() -> None:
    """float32: two layers of 12 for an RNN, h and c for an LSTM; keys and values of 2 layers of 16 for 8 symbols of a
    Transformer; 1 + 2 + 4 + 1 last inputs of 12 for a convolutional network; and nothing for a bigram."""
    recurrent = {"rnn": 4 * 24, "gru": 4 * 24, "lstm": 4 * 48}
    due = {"bigram": 0, **recurrent, "convnet": 4 * 12 * 8, "transformer": 4 * 2 * 2 * 16 * 8}
    for kind, size in due.items():
        [first, second] = costs(checkpoint_of(kind), Costs(2 * PIECE))
        if kind == "transformer":  # what is read at once is kept for a while beside its window
            assert size <= first.state <= size * (PIECE + 8) / 8
        else:
            assert (first.state, second.state) == (size, size)


def test_full_attention_keeps_the_whole_text() -> None:
    found = costs(checkpoint_of("transformer"), Costs(4 * PIECE, whole=True))
    assert [cost.symbols for cost in found] == [PIECE, 2 * PIECE, 4 * PIECE]
    assert [cost.state for cost in found] == [4 * 2 * 2 * 16 * cost.symbols for cost in found]


def test_times_are_read_from_the_clock() -> None:
    ticks: Iterator[int] = count()
    found = list(Costs(4 * PIECE, seconds=99).steps(checkpoint_of("rnn"), lambda: float(next(ticks))))
    told = [cost for cost in found if cost is not None]
    assert [cost.read for cost in told] == [1, 2, 4]  # a tick for each piece
    assert {cost.step for cost in told} == {1}
    assert next(ticks) == 2 * (4 + 3 * STEPS)


@pytest.mark.parametrize(("tick", "steps"), [(1.0, STEPS), (ENOUGH / 40, 40), (1e-9, MOST_STEPS)])
def test_fast_steps_are_repeated_until_they_took_long_enough(tick: float, steps: int) -> None:
    ticks = count()
    found = list(Costs(PIECE).steps(checkpoint_of("rnn"), lambda: tick * next(ticks)))
    assert [cost.step for cost in found if cost is not None] == [pytest.approx(tick)]
    assert next(ticks) == pytest.approx(2 * (1 + steps), abs=2)  # a sum of 40 times may round to either side of it


def test_the_measurement_ends_at_its_time_limit() -> None:
    ticks = count()
    walk = Costs(8 * PIECE, seconds=1.5)
    found = [cost for cost in walk.steps(checkpoint_of("rnn"), lambda: float(next(ticks))) if cost]
    assert [cost.symbols for cost in found] == [PIECE, 2 * PIECE]


def test_without_a_window_the_model_is_the_same() -> None:
    bundled = load("shakespeare-transformer")
    wide = without_window(bundled, 1_000)
    assert wide.model.config.window == 1_000
    assert wide.model.output_weight.data_ptr() == bundled.model.output_weight.data_ptr()
    ids = np.random.default_rng(3).integers(0, 65, (1, 300))
    with torch.inference_mode():
        short, long = (one.model.advance(torch.from_numpy(ids))[0] for one in (bundled, wide))
    torch.testing.assert_close(short[:, :256], long[:, :256], rtol=0, atol=1e-4)
    assert (short[:, 290:] - long[:, 290:]).abs().max() > 1e-3
    assert bundled.model.config.window == 256


def test_the_state_after_a_step_is_counted() -> None:
    checkpoint = checkpoint_of("convnet")
    with torch.inference_mode():
        _, state = checkpoint.model.advance([1, 2, 3])
        _, after = checkpoint.model.advance([4], state)
    assert state_bytes(after) == state_bytes(state) == 4 * 12 * 8


def test_peak_memory_by_hand() -> None:
    """Of 1,000 float32: a sum and its double; three numbers, their first sum and the second; a view takes nothing."""
    ones = torch.ones(1_000)
    assert peak_memory(lambda: (ones + 1) * 2) == 8_000
    assert peak_memory(lambda: ones.view(10, 100)[2:]) == 0

    def three() -> None:
        first = ones + 1
        second = first + 1
        third = second.view(10, 100) + 1
        first + second + third.flatten()

    assert peak_memory(three) == 5 * 4_000


def test_memory_kept_for_the_backward_pass_by_hand() -> None:
    """A bigram keeps what its product takes: the 16 numbers of each of 10 symbols, and the symbols, which are int64."""
    bigram = checkpoint_of("bigram")
    width = bigram.model.config.width
    assert learning_bytes(bigram, [0] * 10) == 10 * (4 * width + 8)
    assert bigram.model.training is False
    assert not any(parameter.requires_grad for parameter in bigram.model.parameters())


@pytest.mark.parametrize("kind", ["rnn", "gru", "lstm", "convnet", "transformer"])
def test_memory_is_linear_except_for_training_attention(kind: str) -> None:
    """Twice the text needs twice the memory to learn from, and beside the weights the same to read; full attention
    keeps three numbers a head and a layer for each pair of symbols."""
    checkpoint = load(f"shakespeare-{kind}")
    if kind == "transformer":
        checkpoint = without_window(checkpoint, 512)
    ids = np.random.default_rng(1).integers(0, 65, 512).tolist()
    one, two, four = (learning_bytes(checkpoint, ids[:n]) for n in (128, 256, 512))
    bent, later = two - one - (four - two) / 2, (four - two) - 2 * (two - one)
    if kind == "transformer":
        assert later > 0.2 * (two - one)
    else:
        assert abs(later) < 0.01 * (two - one)
        assert bent == pytest.approx(0, abs=0.01 * one)
    small, large = (peak_bytes(checkpoint, ids[:n]) for n in (256, 512))
    kept = costs(checkpoint, Costs(512, seconds=99))[-1].state
    assert kept <= large
    assert large < (3 if kind == "transformer" else 1.05) * small


def test_memory_is_counted_up_to_a_length(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(costing, "COUNTED", PIECE)
    first, second = costs(checkpoint_of("lstm"), Costs(2 * PIECE))
    assert first.peak and first.learn and first.peak < first.learn
    assert (second.peak, second.learn) == (None, None)


@pytest.mark.parametrize("kind", ["convnet", "transformer"])
def test_reading_at_once_is_faster_than_one_by_one(kind: str) -> None:
    """The benchmark measures by how much; here only that it is, on the busiest machine."""
    found = costs(load(f"shakespeare-{kind}"), Costs(256))
    assert found[-1].read / 256 < found[-1].step

"""Generation: what a seed determines, what a step holds, and where a run can be resumed."""

import dataclasses
from collections.abc import Sequence
from itertools import islice
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from playground.checkpoints.card import Card
from playground.errors import BadInput
from playground.inference.generate import Step, generate
from playground.inference.prefill import Prefill, pieces, prefill
from playground.library import Checkpoint
from playground.models import KINDS, WRITE, build
from playground.models.ngram import NGram
from playground.models.tasks import as_batch
from playground.sampling import Sampling, dice, distribution, draw
from playground.text.characters import Vocabulary

SYMBOLS = "\n abcdefgh"
SMALL = {
    "bigram": {"width": 5},
    "rnn": {"embedding": 5, "hidden": 12, "layers": 2},
    "gru": {"embedding": 5, "hidden": 12, "layers": 2},
    "lstm": {"embedding": 5, "hidden": 12, "layers": 2},
    "convnet": {"width": 12, "layers": 4, "kernel": 2, "cycle": 3},
    "transformer": {"width": 16, "layers": 2, "heads": 2, "window": 8},
    "seq2seq": {"embedding": 5, "encoder": 6, "hidden": 12, "readout": 10},
    "seq2seq-transformer": {"width": 16, "layers": 2, "heads": 2},
}
PROMPT = [3, 1, 4, 1, 5]
WARM = Sampling(0.9, 6, 0.95, 0.01)


def checkpoint_of(kind: str) -> Checkpoint:
    """A small model with random weights, large enough that what came before matters."""
    torch.manual_seed(11)
    V = len(SYMBOLS)
    if kind == "ngram":
        model: Any = NGram.from_counts(torch.randint(V, (3000,)), order=4, vocabulary=V)
    else:
        model = build(kind, {"vocabulary": V, **SMALL[kind]}).eval().requires_grad_(False)
        for p in model.parameters():
            p.copy_(torch.randn_like(p) * 0.6)
    return Checkpoint(kind, kind, model.config, Vocabulary.from_text(SYMBOLS), model, Card(), "\n", (0,))


@pytest.fixture(scope="module", params=[kind for kind, what in KINDS.items() if what.task in WRITE])
def checkpoint(request: pytest.FixtureRequest) -> Checkpoint:
    return checkpoint_of(request.param)


def written(
    checkpoint: Checkpoint,
    length: int,
    *,
    prompt: Sequence[int] = PROMPT,
    sampling: Sampling = WARM,
    seed: int = 1,
    first: int = 0,
) -> list[Step]:
    steps = generate(checkpoint, prefill(checkpoint, prompt), sampling, seed=seed, first=first)
    return list(islice(steps, length))


def ids_of(steps: Sequence[Step]) -> list[int]:
    return [step.id for step in steps]


def test_a_seed_determines_the_text(checkpoint: Checkpoint) -> None:
    once = ids_of(written(checkpoint, 60, seed=5))
    assert once == ids_of(written(checkpoint, 60, seed=5))
    assert once != ids_of(written(checkpoint, 60, seed=6))


def test_a_shorter_run_is_a_prefix_of_a_longer_one(checkpoint: Checkpoint) -> None:
    assert ids_of(written(checkpoint, 13)) == ids_of(written(checkpoint, 40))[:13]


def test_a_run_resumed_at_a_step_continues_unchanged(checkpoint: Checkpoint) -> None:
    whole = written(checkpoint, 30)
    for t in (0, 1, 17):
        rest = written(checkpoint, 30 - t, prompt=[*PROMPT, *ids_of(whole[:t])], first=t)
        assert ids_of(rest) == ids_of(whole[t:])
        assert [step.u for step in rest] == [step.u for step in whole[t:]]


def test_greedy_takes_the_first_of_equally_likely_symbols(checkpoint: Checkpoint) -> None:
    for step in written(checkpoint, 30, sampling=Sampling(0)):
        assert step.id == int(np.argmax(step.logits))


def test_greedy_does_not_depend_on_the_seed(checkpoint: Checkpoint) -> None:
    one, other = (written(checkpoint, 20, sampling=Sampling(0), seed=seed) for seed in (1, 2))
    assert ids_of(one) == ids_of(other)


def test_at_infinity_only_the_draws_decide(checkpoint: Checkpoint) -> None:
    V = len(SYMBOLS)
    steps = written(checkpoint, 50, sampling=Sampling(float("inf")), seed=9)
    assert ids_of(steps) == [int(V * dice(9, t)) for t in range(50)]


def test_a_step_holds_everything_that_determined_it(checkpoint: Checkpoint) -> None:
    for t, step in enumerate(written(checkpoint, 25, seed=3, first=100)):
        assert step.logits.shape == (len(SYMBOLS),)
        assert step.logits.dtype == np.float32
        assert step.u == dice(3, 100 + t)
        assert step.id == draw(distribution(step.logits, WARM), step.u)


def test_a_written_text_is_read_with_the_same_rows(checkpoint: Checkpoint) -> None:
    steps = written(checkpoint, 25)
    again = prefill(checkpoint, [*PROMPT, *ids_of(steps)]).logits
    np.testing.assert_allclose(again[len(PROMPT) : -1], [step.logits for step in steps], rtol=0, atol=1e-4)


def test_prefill_has_a_row_before_each_symbol_and_one_after_all(checkpoint: Checkpoint) -> None:
    whole = prefill(checkpoint, PROMPT)
    assert whole.logits.shape == (len(PROMPT) + 1, len(SYMBOLS))
    for n in range(len(PROMPT) + 1):
        part = prefill(checkpoint, PROMPT[:n])
        np.testing.assert_allclose(part.logits, whole.logits[: n + 1], rtol=0, atol=1e-4)


@pytest.mark.parametrize("rows", [1, 2, len(PROMPT), len(PROMPT) + 1, 100])
def test_only_the_last_rows_can_be_requested(rows: int, checkpoint: Checkpoint) -> None:
    whole = prefill(checkpoint, PROMPT)
    part = prefill(checkpoint, PROMPT, rows=rows)
    np.testing.assert_array_equal(part.logits, whole.logits[-rows:])
    assert part.logits.shape == (min(rows, len(PROMPT) + 1), len(SYMBOLS))
    one, other = (generate(checkpoint, reading, WARM, seed=1) for reading in (whole, part))
    assert ids_of([*islice(one, 10)]) == ids_of([*islice(other, 10)])


@pytest.mark.parametrize("rows", [None, 1, 2, len(PROMPT), 100])
def test_without_the_start_there_is_a_row_after_each_symbol(rows: int | None, checkpoint: Checkpoint) -> None:
    found = prefill(checkpoint, PROMPT, rows=rows, start=False)
    logits, state = checkpoint.model.advance(torch.tensor([PROMPT]))
    expected = logits[0].numpy()[-(rows or 99) :]
    np.testing.assert_allclose(found.logits, expected, rtol=0, atol=1e-5)
    further, _ = checkpoint.model.advance([2], state)
    reading = prefill(checkpoint, [2], rows=1, after=found, start=False)
    np.testing.assert_allclose(reading.logits, further[0].numpy(), rtol=0, atol=1e-5)


def test_without_the_start_a_prompt_is_read_in_pieces_too(
    checkpoint: Checkpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = prefill(checkpoint, PROMPT, start=False)
    monkeypatch.setattr("playground.inference.prefill.PIECE", 2 * len(SYMBOLS))
    found = list(pieces(checkpoint, PROMPT, start=False))
    assert [(begin, len(piece.logits)) for begin, piece in found] == [(1, 2), (3, 2), (5, 1)]
    np.testing.assert_allclose(prefill(checkpoint, PROMPT, start=False).logits, whole.logits, rtol=0, atol=1e-4)


def test_an_empty_prompt_without_the_start_is_refused(checkpoint: Checkpoint) -> None:
    with pytest.raises(BadInput, match="There is nothing to predict from: give a text, or set start to true"):
        prefill(checkpoint, [], start=False)


def test_no_rows_are_refused(checkpoint: Checkpoint) -> None:
    with pytest.raises(BadInput, match="rows must be at least 1, not 0"):
        prefill(checkpoint, PROMPT, rows=0)


@pytest.mark.parametrize("numbers", [1, 10, 30, 40, 60])
def test_a_prompt_is_read_in_pieces(numbers: int, checkpoint: Checkpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    long = dataclasses.replace(checkpoint, start_ids=(0, 3, 4))
    for prompt in ([], [5], PROMPT * 3):
        monkeypatch.undo()
        whole = prefill(long, prompt)
        monkeypatch.setattr("playground.inference.prefill.PIECE", numbers)
        parts = list(pieces(long, prompt))
        assert all(piece.logits.size <= max(numbers, len(SYMBOLS)) for _, piece in parts)
        begins = np.cumsum([0, *(len(piece.logits) for _, piece in parts)])
        assert [begin for begin, _ in parts] == begins[:-1].tolist()
        for rows in (None, 1, 4):
            found = prefill(long, prompt, rows=rows)
            np.testing.assert_allclose(found.logits, whole.logits[-(rows or 99) :], rtol=0, atol=1e-4)
            assert found.logits.base is None or found.logits.base.size <= max(numbers, len(SYMBOLS))


def test_pieces_do_not_change_earlier_rows(checkpoint: Checkpoint) -> None:
    for _ in pieces(checkpoint, PROMPT):
        assert not torch.is_inference_mode_enabled()


def test_an_empty_prompt_begins_a_text(checkpoint: Checkpoint) -> None:
    reading = prefill(checkpoint, [])
    expected, _ = checkpoint.model.advance(torch.tensor([[0]]))  # the checkpoint's start, "\n"
    assert reading.logits.shape == (1, len(SYMBOLS))
    np.testing.assert_array_equal(reading.logits[0], expected[0, -1].numpy())
    assert len(written(checkpoint, 10, prompt=[])) == 10


def test_two_runs_can_start_from_one_prefill(checkpoint: Checkpoint) -> None:
    reading = prefill(checkpoint, PROMPT)
    one, other = generate(checkpoint, reading, WARM, seed=1), generate(checkpoint, reading, WARM, seed=2)
    taken = [(next(one).id, next(other).id) for _ in range(20)]  # alternately, from the same state
    assert [a for a, _ in taken] == ids_of(written(checkpoint, 20, seed=1))
    assert [b for _, b in taken] == ids_of(written(checkpoint, 20, seed=2))


class Counting:
    """A model whose favourite after id i is i + 1: its state is the number of ids it was given."""

    config = None

    def __init__(self) -> None:
        self.calls: list[list[int]] = []

    def advance(self, ids: Any, state: int | None = None) -> tuple[torch.Tensor, int]:
        ids = as_batch(ids, len(SYMBOLS), torch.device("cpu"))
        self.calls.append(ids[0].tolist())
        logits = torch.nn.functional.one_hot((ids + 1) % len(SYMBOLS), len(SYMBOLS)).float()
        return logits, (state or 0) + ids.shape[1]

    def step(self, ids: Sequence[int], state: list[int]) -> tuple[Any, list[int]]:
        logits, after = self.advance(ids, state[0])
        return logits[:, 0].numpy(), [after]

    def merge(self, states: Sequence[int]) -> list[int]:
        return list(states)

    def select(self, state: list[int], rows: Sequence[int]) -> list[int]:
        return [state[row] for row in rows]


def counting() -> tuple[Checkpoint, Counting]:
    model = Counting()
    return Checkpoint("counting", "rnn", None, Vocabulary.from_text(SYMBOLS), model, Card(), "\n", (0,)), model


@given(st.lists(st.integers(0, len(SYMBOLS) - 1), max_size=8), st.integers(1, 12))
def test_each_step_advances_once_by_the_id_that_was_drawn(prompt: list[int], length: int) -> None:
    checkpoint, model = counting()
    reading = prefill(checkpoint, prompt)
    assert isinstance(reading, Prefill)
    assert reading.state == len(prompt) + 1
    steps = list(islice(generate(checkpoint, reading, Sampling(0), seed=0), length))
    last = prompt[-1] if prompt else 0
    assert ids_of(steps) == [(last + 1 + t) % len(SYMBOLS) for t in range(length)]
    # The whole prompt in one pass, then one id at a time, and none after the last requested one.
    assert model.calls == [[0, *prompt], *([i] for i in ids_of(steps)[:-1])]

"""Beam search: numbers by hand; with a width of one it is greedy, and wide enough it is exhaustive."""

import time
from collections.abc import Sequence
from itertools import islice, pairwise
from math import exp, inf, log
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from playground import library
from playground.checkpoints.card import Card
from playground.errors import BadCheckpoint, BadInput
from playground.inference.beam import Beam, BeamStep, Hypothesis, texts
from playground.inference.generate import generate
from playground.inference.prefill import prefill
from playground.inference.stopping import Stop
from playground.library import Checkpoint
from playground.models import KINDS, WRITE
from playground.sampling import Sampling
from playground.text.characters import Vocabulary
from tests.inference.test_generate import PROMPT, SYMBOLS, checkpoint_of

START = 3  # before every text


class Markov:
    """Each symbol's logits depend on the previous one alone: a row of the table for each symbol, and one for the
    start."""

    config = None

    def __init__(self, table: Sequence[Sequence[float]]) -> None:
        self.table = torch.tensor(table, dtype=torch.float32)

    def advance(self, ids: torch.Tensor, state: Any = None) -> tuple[torch.Tensor, list[int]]:
        return self.table[ids], ids[:, -1].tolist()

    def step(self, ids: Sequence[int], state: list[int]) -> tuple[Any, list[int]]:
        assert len(ids) == len(state)
        return self.table[list(ids)].numpy(), list(ids)

    def merge(self, states: Sequence[list[int]]) -> list[int]:
        return [one for state in states for one in state]

    def select(self, state: list[int], rows: Sequence[int]) -> list[int]:
        return [state[row] for row in rows]


def markov(*table: Sequence[float]) -> Checkpoint:
    """The rows are probabilities after a, b, c and at the start."""
    logits = [[log(p) if p else -inf for p in row] for row in table]
    model: Any = Markov(logits)
    return Checkpoint("m", "", None, Vocabulary.from_text("abc"), model, Card(), "", (START,))


SHORT_SIGHTED = markov([0.4, 0.3, 0.3], [0.9, 0.05, 0.05], [0.2, 0.3, 0.5], [0.5, 0.4, 0.1])


def run_search(checkpoint: Checkpoint, beam: Beam) -> list[BeamStep]:
    return [step for step in beam.steps(checkpoint) if step is not None]


def found(
    checkpoint: Checkpoint, width: int, stop: Stop, penalty: float = 0, ids: Sequence[int] = ()
) -> list[Hypothesis]:
    return texts(run_search(checkpoint, Beam(ids, width, stop, penalty)))


def test_a_width_of_two_beats_greedy() -> None:
    [greedy] = found(SHORT_SIGHTED, 1, Stop(2))
    assert greedy.ids == [0, 0]
    assert exp(greedy.log_probability) == pytest.approx(0.5 * 0.4)
    best, second = found(SHORT_SIGHTED, 2, Stop(2))
    assert [best.ids, second.ids] == [[1, 0], [0, 0]]
    assert exp(best.log_probability) == pytest.approx(0.4 * 0.9)
    assert np.exp(best.log_probabilities) == pytest.approx([0.4, 0.9])
    assert (best.score, best.stopped) == (best.log_probability, "length")


def test_a_step_lists_kept_and_dropped_texts_with_their_probability() -> None:
    first, second = run_search(SHORT_SIGHTED, Beam([], 2, Stop(2)))
    assert [(b.parent, b.id) for b in first.kept] == [(0, 0), (0, 1)]
    assert [(b.parent, b.id) for b in first.dropped] == [(0, 2)]
    assert [exp(b.logp) for b in first.kept + first.dropped] == pytest.approx([0.5, 0.4, 0.1])
    assert (first.looked_at, second.looked_at) == (3, 6)
    assert first.dropped_mass == pytest.approx(0.1)
    assert exp(first.log_mass) == pytest.approx(0.9)
    assert [(b.parent, b.id) for b in second.kept] == [(1, 0), (0, 0)]  # 0.36 and 0.20
    assert [(b.parent, b.id) for b in second.dropped] == [(0, 1), (0, 2)]  # 0.15 each: the lower id first
    assert exp(second.log_mass) == pytest.approx(0.56)
    assert second.dropped_mass == pytest.approx((0.9 - 0.56) / 0.9)


def test_an_ended_text_keeps_its_place_while_it_is_among_the_best() -> None:
    """c ends a text: it comes at once with 0.3, and b leads to an a that is almost certain."""
    model = markov([0.3, 0.2, 0.5], [0.96, 0.02, 0.02], [1, 0, 0], [0.1, 0.6, 0.3])
    stop = Stop(3, frozenset({2}), "line")
    steps = run_search(model, Beam([], 2, stop))
    assert [[(b.parent, b.id, b.stopped) for b in step.kept] for step in steps] == [
        [(0, 1, None), (0, 2, "line")],
        [(0, 0, None), (1, None, "line")],  # ba 0.576, c 0.3
        [(1, None, "line"), (0, 2, "line")],  # c 0.3, bac 0.288
    ]
    assert steps[1].looked_at == 3 + 1
    assert steps[1].dropped_mass == pytest.approx((0.6 * 0.04) / 0.9)
    assert steps[2].dropped_mass == pytest.approx((0.576 * 0.5) / 0.876)
    assert [text.ids for text in texts(steps)] == [[2], [1, 0, 2]]


def test_the_length_penalty_of_wu_et_al_favours_the_longer_text() -> None:
    model = markov([0.3, 0.2, 0.5], [0.96, 0.02, 0.02], [1, 0, 0], [0.1, 0.6, 0.3])
    best, other = found(model, 2, Stop(3, frozenset({2})), penalty=1)
    assert [best.ids, other.ids] == [[1, 0, 2], [2]]
    assert best.score == pytest.approx(log(0.288) / (8 / 6), rel=1e-6)
    assert other.score == pytest.approx(log(0.3), rel=1e-6)  # of length 1, by (5 + 1) ÷ 6
    assert best.log_probability == pytest.approx(log(0.288), rel=1e-6)


def test_a_search_ends_with_its_texts_and_ended_texts_may_be_dropped() -> None:
    model = markov([1 / 3] * 3, [1 / 3] * 3, [1 / 3] * 3, [0, 0, 1])
    steps = run_search(model, Beam([], 3, Stop(9, frozenset({2}))))
    assert len(steps) == 1  # all texts are c, and c ends them
    assert steps[0].dropped == []
    assert steps[0].dropped_mass == 0
    model = markov([1, 0, 0], [1, 0, 0], [1, 0, 0], [0.45, 0.45, 0.1])
    first, second = run_search(model, Beam([], 3, Stop(2, frozenset({2})), penalty=9))
    assert [b.id for b in first.kept] == [0, 1, 2]
    assert [(b.parent, b.id) for b in second.kept] == [(0, 0), (1, 0), (2, None)]
    first, second = run_search(model, Beam([], 2, Stop(2, frozenset({1})), penalty=9))
    assert [(b.parent, b.id) for b in second.kept] == [(0, 0), (1, None)]
    wide = markov([0.5, 0.5, 0], [1, 0, 0], [1, 0, 0], [0.9, 0.1, 0])
    first, second = run_search(wide, Beam([], 2, Stop(2, frozenset({1}))))
    assert [(b.parent, b.id) for b in second.kept] == [(0, 0), (0, 1)]
    assert [(b.parent, b.id) for b in second.dropped] == [(1, None)]
    assert second.dropped_mass == pytest.approx(0.1)


def test_impossible_texts_are_never_kept() -> None:
    model = markov([0, 1, 0], [1, 0, 0], [1, 0, 0], [0.5, 0.5, 0])
    assert [text.ids for text in found(model, 9, Stop(3))] == [[0, 1, 0], [1, 0, 1]]


def test_ties_are_ordered_by_beam_and_then_by_id() -> None:
    even = markov(*[[1 / 3] * 3] * 4)
    assert [text.ids for text in found(even, 4, Stop(2))] == [[0, 0], [0, 1], [0, 2], [1, 0]]


@pytest.mark.parametrize(("width", "penalty", "code"), [(0, 0.0, "beam.width"), (1, -0.5, "beam.penalty")])
def test_an_empty_beam_and_a_negative_penalty_are_refused(width: int, penalty: float, code: str) -> None:
    with pytest.raises(BadInput) as error:
        Beam([], width, Stop(1), penalty)
    assert error.value.code == code


def test_non_finite_logits_are_refused() -> None:
    with pytest.raises(BadCheckpoint, match="m has no distribution"):
        found(markov([0, 0, 0], [1, 0, 0], [1, 0, 0], [1, 0, 0]), 1, Stop(2))


def all_texts(checkpoint: Checkpoint, stop: Stop, penalty: float) -> list[tuple[float, list[int]]]:
    """The score and ids of every possible text, by brute force."""
    texts: list[tuple[float, list[int]]] = []

    def go_on(ids: list[int], before: list[float]) -> None:
        state = prefill(checkpoint, ids)
        row = state.logits[-1].astype(np.float64)
        logps = row - row.max() - np.log(np.exp(row - row.max()).sum())
        for id, logp in enumerate(logps):
            now, sums = [*ids, id], [*before, float(logp)]
            if stop.reason(id, len(now)):
                texts.append((sum(sums) / ((5 + len(now)) / 6) ** penalty, now))
            else:
                go_on(now, sums)

    go_on([], [])
    return sorted(texts, key=lambda text: -text[0])


ROWS = st.lists(st.floats(-4, 4), min_size=3, max_size=3)


@given(st.lists(ROWS, min_size=4, max_size=4), st.sampled_from([0.0, 0.7]), st.sampled_from([(), (2,)]))
def test_a_beam_of_all_texts_equals_exhaustive_search(
    table: list[list[float]], penalty: float, ends: tuple[int, ...]
) -> None:
    model = markov(*[[exp(x) for x in row] for row in table])
    stop = Stop(3, frozenset(ends))
    steps = run_search(model, Beam([], 3**3, stop, penalty))
    all_of_them = all_texts(model, stop, penalty)
    assert [text.score for text in texts(steps)] == pytest.approx([score for score, _ in all_of_them], abs=1e-5)
    assert {tuple(text.ids) for text in texts(steps)} == {tuple(ids) for _, ids in all_of_them}
    assert [step.dropped_mass for step in steps] == [0] * len(steps)
    assert steps[-1].log_mass == pytest.approx(0, abs=1e-6)


@given(st.lists(ROWS, min_size=4, max_size=4), st.integers(1, 6), st.sampled_from([(), (2,)]))
def test_kept_and_dropped_texts_are_all_candidates(table: list[list[float]], width: int, ends: tuple[int, ...]) -> None:
    steps = run_search(markov(*[[exp(x) for x in row] for row in table]), Beam([], width, Stop(5, frozenset(ends))))
    masses = pairwise([0.0, *(step.log_mass for step in steps)])
    for step, (before, after) in zip(steps, masses, strict=True):
        assert exp(after - before) + step.dropped_mass == pytest.approx(1, abs=1e-9)
        assert [b.score for b in step.kept + step.dropped] == sorted([b.score for b in step.kept + step.dropped])[::-1]
        assert len(step.kept) <= width
    for text in texts(steps):
        assert sum(text.log_probabilities) == pytest.approx(text.log_probability, abs=1e-9)


@pytest.fixture(scope="module", params=[kind for kind, what in KINDS.items() if what.task in WRITE])
def small(request: pytest.FixtureRequest) -> Checkpoint:
    return checkpoint_of(request.param)


def test_a_beam_of_one_is_greedy(small: Checkpoint) -> None:
    greedy = [step.id for step in islice(generate(small, prefill(small, PROMPT), Sampling(0), seed=1), 40)]
    [text] = found(small, 1, Stop(40), ids=PROMPT)
    assert text.ids == greedy
    end = greedy[7]
    [stopped] = found(small, 1, Stop(40, frozenset({end}), "end"), ids=PROMPT)
    assert stopped.ids == greedy[: greedy.index(end) + 1]
    assert stopped.stopped == "end"


def test_texts_of_a_beam_are_bit_identical_to_single_runs(small: Checkpoint) -> None:
    """Like a run of its own whose symbols are all picked."""
    for text in found(small, 6, Stop(12), ids=PROMPT):
        picks = dict(enumerate(text.ids))
        steps = list(islice(generate(small, prefill(small, PROMPT), Sampling(), seed=1, picks=picks), 12))
        rows = np.stack([step.logits for step in steps]).astype(np.float64)
        shifted = rows - rows.max(axis=-1, keepdims=True)
        logps = (shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True)))[np.arange(12), text.ids]
        assert text.log_probability == np.add.accumulate(logps)[-1]


def test_a_beam_over_all_of_a_small_model_is_exhaustive(small: Checkpoint) -> None:
    stop = Stop(2)
    best = all_texts(small, stop, 0)
    got = found(small, len(SYMBOLS) ** 2, stop)
    assert [text.ids for text in got[:5]] == [ids for _, ids in best[:5]]
    assert [text.score for text in got] == pytest.approx([score for score, _ in best], abs=1e-4)


@pytest.mark.timed
def test_a_beam_of_five_over_sixty_characters_takes_half_a_second() -> None:
    checkpoint = library.load("shakespeare-lstm")
    ids = checkpoint.vocabulary.encode("To be or not to b").ids
    seconds = []
    for _ in range(4):
        begun = time.thread_time()
        assert len(run_search(checkpoint, Beam(ids, 5, Stop(60)))) == 60
        seconds.append(time.thread_time() - begun)
    # Processor time, as other processes may run meanwhile; the first search warms the model up.
    assert min(seconds[1:]) < 0.5, seconds

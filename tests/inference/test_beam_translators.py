"""A beam over a translation: a beam of all translations equals exhaustive search, and a width of one is greedy.

The exhaustive search reads each possible target as in training, in one pass; the beam writes letter by letter.
"""

from collections.abc import Iterator, Sequence
from itertools import islice, product
from typing import Any

import pytest
import torch

from playground import library
from playground.checkpoints.card import Card
from playground.inference.beam import Beam, Hypothesis, texts
from playground.inference.generate import generate
from playground.inference.prefill import prefill
from playground.inference.stopping import Stop
from playground.library import Checkpoint
from playground.models import build
from playground.sampling import Sampling
from playground.text.characters import Vocabulary

SYMBOLS = "\nab→"  # the end of a target, two letters, and the separator
V, END, SEPARATOR = len(SYMBOLS), 0, len(SYMBOLS) - 1
LENGTH = 4
SOURCES = [[1], [1, 2, 2, 1, 1]]
GRU: dict[str, Any] = {"embedding": 5, "encoder": 6, "hidden": 12, "readout": 10}
KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    "none": ("seq2seq", GRU | {"attention": "none"}),
    "luong": ("seq2seq", GRU | {"attention": "luong"}),
    "bahdanau": ("seq2seq", GRU | {"attention": "bahdanau", "score": 7}),
    "transformer": ("seq2seq-transformer", {"width": 16, "layers": 2, "heads": 2}),
}


@pytest.fixture(scope="module", params=KINDS)
def translator(request: pytest.FixtureRequest) -> Checkpoint:
    """A tiny one with random weights, large enough that source and target matter."""
    kind, config = KINDS[request.param]
    torch.manual_seed(3)
    model = build(kind, {"vocabulary": V, **config}).eval().requires_grad_(False)
    for p in model.parameters():
        p.copy_(torch.randn_like(p) * 0.6)
    return Checkpoint(kind, kind, model.config, Vocabulary.from_text(SYMBOLS), model, Card(), "\n", (END,))


def test_the_kinds_are_the_bundled_ones() -> None:
    bundled = [library.load(name) for name in library.available("translation")]
    assert sorted((one.kind, getattr(one.config, "attention", None)) for one in bundled) == sorted(
        (kind, config.get("attention")) for kind, config in KINDS.values()
    )


def search(checkpoint: Checkpoint, source: Sequence[int], width: int, penalty: float = 0) -> list[Hypothesis]:
    """The texts of a beam after a source; each ends with END or at LENGTH."""
    beam = Beam([*source, SEPARATOR], width, Stop(LENGTH, frozenset({END}), "end"), penalty)
    return texts([step for step in beam.steps(checkpoint) if step is not None])


def log_probabilities(checkpoint: Checkpoint, source: Sequence[int], target: Sequence[int]) -> list[float]:
    """The log-probability of each letter of a target, read as in training."""
    logits = checkpoint.model.teach(torch.tensor([source]), torch.tensor([[SEPARATOR, *target[:-1]]]))[0]
    rows = logits.double().log_softmax(-1)
    return [float(row[id]) for row, id in zip(rows, target, strict=True)]


def every_target() -> Iterator[tuple[int, ...]]:
    """Every possible target: END only as the last letter, and required if the target is shorter than LENGTH."""
    letters = range(1, V)
    for length in range(LENGTH):
        yield from ((*before, END) for before in product(letters, repeat=length))
    yield from product(letters, repeat=LENGTH)


@pytest.mark.parametrize("penalty", [0, 0.7])
@pytest.mark.parametrize("source", SOURCES, ids=str)
def test_a_beam_of_all_translations_equals_exhaustive_search(
    translator: Checkpoint, source: list[int], penalty: float
) -> None:
    scores = {
        target: sum(log_probabilities(translator, source, target)) / ((5 + len(target)) / 6) ** penalty
        for target in every_target()
    }
    got = search(translator, source, V**LENGTH, penalty)
    assert {tuple(text.ids) for text in got} == scores.keys()
    assert [text.score for text in got] == pytest.approx(sorted(scores.values(), reverse=True), abs=1e-4)
    assert scores[tuple(got[0].ids)] == pytest.approx(max(scores.values()), abs=1e-4)
    for text in got:
        own = log_probabilities(translator, source, text.ids)
        assert text.log_probabilities == pytest.approx(own, abs=1e-4)
        assert text.stopped == ("end" if text.ids[-1] == END else "length")


@pytest.mark.parametrize("source", SOURCES, ids=str)
def test_a_beam_of_one_is_greedy(translator: Checkpoint, source: list[int]) -> None:
    """The most likely letter each time, given the prefix as in training; the same as the text written at
    temperature 0."""
    target: list[int] = []
    while len(target) < LENGTH and END not in target:
        each = [log_probabilities(translator, source, [*target, id])[-1] for id in range(V)]
        target.append(each.index(max(each)))
    [text] = search(translator, source, 1)
    assert text.ids == target
    steps = generate(translator, prefill(translator, [*source, SEPARATOR]), Sampling(0), seed=1)
    assert [step.id for step in islice(steps, len(target))] == target

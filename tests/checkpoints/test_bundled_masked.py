"""The bundled masked model: its card's figures measured again, and what its right side tells."""

from pathlib import Path

import pytest
import torch

from playground import library
from playground.training import masks
from playground.training.recipes import RECIPES

NAME = "shakespeare-masked"
LIMIT = 1.311  # nats per gap
LENGTH = 128


@pytest.fixture(scope="module")
def validation(corpus: Path) -> torch.Tensor:
    return masks.MaskStudy(RECIPES[NAME], corpus).validation_ids


@pytest.fixture(scope="module")
def corpus() -> Path:
    file = Path(__file__).parents[3] / "shared" / "corpora" / RECIPES[NAME].corpus.file
    if not file.exists():
        pytest.skip(f"the text is not at {file}")
    return file


def test_the_weights_measure_what_the_card_says(validation: torch.Tensor) -> None:
    card = library.card(NAME)
    said, measured = card.validation, masks.evaluate_gaps(library.load(NAME).model, validation)
    assert said
    assert measured.characters == said.characters == 871 * 20
    assert measured.nats == pytest.approx(said.nats, abs=1e-3)
    assert measured.accuracy == pytest.approx(said.accuracy, abs=1e-3)
    assert measured.nats < LIMIT
    assert (card.parameters or 0) <= 3_000_000


def test_what_stands_behind_a_gap_helps_it(validation: torch.Tensor) -> None:
    """The same model at the same gaps, once with the letters behind each hidden."""
    model, gap = library.load(NAME).model, LENGTH // 2
    nats = {"both": 0.0, "left": 0.0}
    with torch.inference_mode():
        for row in validation[: 40 * LENGTH].view(-1, LENGTH):
            for name, hidden in (("both", []), ("left", range(gap + 1, LENGTH))):
                nats[name] -= float(model.fill(row, [gap], hidden).log_softmax(-1)[0, row[gap]]) / 40
    assert nats["both"] < nats["left"] - 0.3

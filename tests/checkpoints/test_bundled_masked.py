"""The bundled masked model: its card's figures measured again, what its right side tells, and what positions cost."""

import re
from pathlib import Path

import pytest
import torch

from playground import library
from playground.training import masks, sweep, texts
from playground.training.recipes import RECIPES
from playground.words import LANGUAGES, catalogue

NAME = "shakespeare-masked"
LIMIT, RIGHT = 1.311, 0.61  # nats per gap, and the share of gaps whose letter is the most likely one
LENGTH = 128


@pytest.fixture(scope="module")
def validation(corpus: Path) -> torch.Tensor:
    return masks.MaskTask(RECIPES[NAME], corpus).validation_ids


@pytest.fixture(scope="module")
def corpus() -> Path:
    file = Path(__file__).parents[3] / "shared" / "corpora" / RECIPES[NAME].corpus.file
    if not file.exists():
        pytest.skip(f"the text is not at {file}")
    return file


def test_the_weights_reproduce_the_cards_figures(validation: torch.Tensor) -> None:
    card = library.card(NAME)
    said, measured = card.validation, masks.evaluate_gaps(library.load(NAME).model, validation)
    assert said
    assert measured.characters == said.characters == 871 * 20
    assert measured.nats == pytest.approx(said.nats, abs=1e-3)
    assert measured.accuracy == pytest.approx(said.accuracy, abs=1e-3)
    assert measured.nats < LIMIT
    assert measured.accuracy > RIGHT
    assert (card.parameters or 0) <= 3_000_000


def test_letters_after_a_gap_improve_its_prediction(validation: torch.Tensor) -> None:
    """The same model at the same gaps, once with the following letters hidden."""
    model, gap = library.load(NAME).model, LENGTH // 2
    nats = {"both": 0.0, "left": 0.0}
    with torch.inference_mode():
        for row in validation[: 40 * LENGTH].view(-1, LENGTH):
            for name, hidden in (("both", []), ("left", range(gap + 1, LENGTH))):
                nats[name] -= float(model.fill(row, [gap], hidden).log_softmax(-1)[0, row[gap]]) / 40
    assert nats["both"] < nats["left"] - 0.3


def test_positions_learn_later_what_distances_learn_at_once_and_the_page_says_so(corpus: Path) -> None:
    """All were trained alike (training/sweep.py), but for what a row says. Letters are counted in what the proxies
    learned, and measured at the gaps that evaluated them."""
    rows = [(row.changes, row.nats or 0.0) for row in library.card(NAME).sweep]
    learned = [(changes, nats) for changes, nats in rows if "positions" in changes]
    relative = rows[0][1]
    short = [nats for changes, nats in learned if "epochs" not in changes]
    long = [nats for changes, nats in learned if changes.get("epochs") == 24]
    assert (len(rows), len(short), len(long)) == (15, 8, 3)
    vocabulary, ids, _ = texts.prepare(RECIPES[NAME].corpus, corpus)
    counts = torch.bincount(ids[: int(len(ids) * sweep.SCALE**2)], minlength=len(vocabulary)).double() + 1
    measured = ids[int(len(ids) * (1 - sweep.MEASURED_BY)) :]
    windows = measured[: len(measured) // LENGTH * LENGTH].view(-1, LENGTH)
    counted = float(-(counts / counts.sum()).log()[windows[masks.evaluated_places(windows.shape)]].mean())
    assert relative < min(long) < max(long) < 2 < min(short) < max(short) < counted
    told = [f"{nats:.2f}" for nats in (relative, min(short), min(long), counted)]
    for language in LANGUAGES:
        assert re.findall(r"\d\.\d\d", catalogue(language)["shape_gap_places"]) == told
    note = library.card(NAME).note
    assert note == RECIPES[NAME].note
    without_warmup = [nats for changes, nats in learned if not {"epochs", "warmup"} & {*changes}]
    spread = [f"{nats:.2f}" for nats in (min(without_warmup), max(without_warmup))]
    assert {*told, *spread} <= set(re.findall(r"\d\.\d\d", note))

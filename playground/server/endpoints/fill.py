"""/fill: the symbols at the gaps of a text, by a model that reads both sides of them."""

import threading

import numpy as np

from playground.engine import ENGINE
from playground.errors import BadInput
from playground.inference.filling import Fill
from playground.sampling import Sampling, distribution, ranks
from playground.server import gaps, programs
from playground.server.answers import FillAnswer
from playground.server.endpoints.common import Temperature
from playground.server.settings import RANGES, check_text


def fill(
    model: str = gaps.MASKED,
    text: str = "To be, or not to be, that is the _uestion",
    gap: str = "_",
    temperature: Temperature = 1.0,
) -> FillAnswer:
    """The symbols at the gaps of a text, by a masked language model: it reads what is before and after each of them.

    Each gap is one symbol, and is filled as if the others stayed open.

    Args:
        model: name of a model that fills gaps, such as shakespeare-masked.
        text: the text with its gaps, at most 2,000 characters and 50 gaps.
        gap: the character that marks a gap in the text; choose one that the text does not contain otherwise.
        temperature: a number of at least 0, or inf.

    Returns:
        symbols, the model's vocabulary in the order of its ids; gaps, in the order of the text, each with position (in
        characters of the text), probabilities (one per symbol) and likeliest (the likeliest symbol); filled, the text
        with the likeliest symbol in each gap.
    """
    with programs.share() as share:
        name, given = gaps.check_model(model), check_text("text", text, gaps.LIMIT)
        sampling = Sampling(float(RANGES["temperature"].read("temperature", temperature)))
        mark = check_text("gap", gap, gaps.LIMIT)
        if len(mark) != 1:
            raise BadInput("fill.mark", value=repr(mark[:40]))
        pieces = given.split(mark)
        gaps.check_pieces(pieces)
        checkpoint = gaps.open_masked(name, threading.Event())
        ids, positions = gaps.read_pieces(checkpoint, pieces)
        share.spend(gaps.work(checkpoint, len(ids), len(positions)))
        query = ENGINE.query(checkpoint.name, Fill(ids, positions), threading.Event(), requester=share.requester)
        rows = np.concatenate(list(query))
        symbols, places = list(checkpoint.vocabulary.symbols), [i for i, c in enumerate(given) if c == mark]
        best = [symbols[int(ranks(row)[0])] for row in rows]
        return {
            "model": name,
            "symbols": symbols,
            "gaps": [
                {"position": place, "likeliest": likeliest, "probabilities": distribution(row, sampling).tolist()}
                for place, likeliest, row in zip(places, best, rows, strict=True)
            ],
            "filled": "".join(part for pair in zip(pieces, [*best, ""], strict=True) for part in pair),
        }

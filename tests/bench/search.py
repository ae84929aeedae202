"""The Search tab's route with the tab's own question, and a wider and longer beam: until its parts are there."""

import time
from collections.abc import Iterator
from itertools import count
from typing import Any

from tests.bench.common import application, figure, median, messages, table

MODELS = ("shakespeare-ngram", "shakespeare-lstm", "shakespeare-transformer")
BEAMS = ((3, 12), (5, 60))  # width, length
PARTS = {"beams": "the beam's texts", "samples": "greedy and ten samples", "done": "all, with 100 symbols along"}
SEEDS = count(1_000)  # each asks anew: an answer that was given is kept


def _heads(address: str, model: str, width: int, length: int) -> Iterator[dict[str, Any]]:
    settings = {"model": model, "prompt": "To be or not to b", "seed": next(SEEDS), "stop": "none"}
    beam = {"width": width, "length": length, "penalty": 0, "human": "To be, or not to be, that is the question:"}
    return messages(address, "search", {"settings": settings, **beam})


def measure(quick: bool, app: str | None = None) -> dict[str, Any]:
    """Seconds until each part, of each model and beam: medians of five."""
    results: dict[str, Any] = {}
    beams = ((2, 6),) if quick else BEAMS
    with application(app) as address:
        for model in MODELS:
            list(_heads(address, model, 1, 1))  # the model is in memory
            for width, length in beams:
                times: dict[str, list[float]] = {part: [] for part in PARTS}
                for _ in range(1 if quick else 5):
                    begun = time.perf_counter()
                    for head in _heads(address, model, width, length):
                        for part in PARTS.keys() & head.keys():
                            times[part].append(time.perf_counter() - begun)
                results[f"{model}, {width} over {length}"] = {part: median(seen) for part, seen in times.items()}
    return results


def report(result: dict[str, Any]) -> str:
    rows = [
        (f"`{name.partition(',')[0]}`", name.partition(", ")[2], *(f"{figure(of[part])} s" for part in PARTS))
        for name, of in result.items()
    ]
    about = "From the request on, over the stream; the model is in memory, and nobody else asks."
    return f"{table(('model', 'beam', *PARTS.values()), rows)}\n\n{about}"

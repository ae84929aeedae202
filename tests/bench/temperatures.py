"""The Temperatures tab's route with the tab's own question, and with its twenty seeds: until all of it is there."""

import time
from collections.abc import Iterator
from itertools import count
from typing import Any

from tests import stream
from tests.bench.common import application, figure, median, messages, table

MODELS = ("shakespeare-ngram", "shakespeare-lstm", "shakespeare-transformer")
COLUMNS = [0.2, 0.5, 1, 1.2]
CURVES = [0, 0.2, 0.35, 0.5, 0.65, 0.8, 1, 1.2, 1.5, 2, 4]  # as web/core/seeds.js has them
PARTS = ("first", "columns", "again", "curves")
SEEDS = count(1_000, 20)  # each asks anew: a text that was written is kept


def _heads(address: str, model: str, seed: int, length: int, **values: Any) -> Iterator[dict[str, Any]]:
    settings = stream.settings(model=model, prompt="To be or not to b", seed=seed, length=length)
    return messages(address, "temperatures", {"settings": settings, "written": [], **values})


def measure(quick: bool, app: str | None = None) -> dict[str, Any]:
    """Seconds until each part, of each model: medians of five, and of the curves one."""
    results: dict[str, Any] = {}
    column, curve, wanted = (40, 20, CURVES[:2]) if quick else (400, 200, CURVES)
    with application(app) as address:
        for model in MODELS:
            list(_heads(address, model, next(SEEDS), column, temperatures=[1]))  # the model is in memory
            times: dict[str, list[float]] = {part: [] for part in PARTS}
            for _ in range(1 if quick else 5):
                seed, begun = next(SEEDS), time.perf_counter()
                heads = _heads(address, model, seed, column, temperatures=COLUMNS)
                next(heads)
                times["first"].append(time.perf_counter() - begun)
                assert sum("measures" in head for head in heads) == len(COLUMNS)
                times["columns"].append(time.perf_counter() - begun)
                begun = time.perf_counter()
                list(_heads(address, model, seed, column, temperatures=COLUMNS))
                times["again"].append(time.perf_counter() - begun)
            begun = time.perf_counter()
            heads = _heads(address, model, next(SEEDS), curve, temperatures=wanted, seeds=20)
            assert sum("measures" in head for head in heads) == 20 * len(wanted)
            times["curves"].append(time.perf_counter() - begun)
            results[model] = {part: median(seen) for part, seen in times.items()}
    return results


def report(result: dict[str, Any]) -> str:
    rows = [(f"`{name}`", *(f"{figure(of[part])} s" for part in PARTS)) for name, of in result.items()]
    heads = ("model", "first frame", "four columns of 400", "the same again", "220 texts of 200")
    about = "From the request on, over the stream; the model is in memory, and nobody else asks."
    return f"{table(heads, rows)}\n\n{about}"

"""The Models tab's own questions, of its five models at once: until each kind of answer is there."""

import time
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat
from typing import Any

from tests.bench.common import application, figure, median, messages, table

MODELS = [f"shakespeare-{kind}" for kind in ("ngram", "rnn", "gru", "lstm", "transformer")]
PROMPT, ENDS = "To be or not to ", "bcdefg"  # each round has an end of its own: what was asked before is known
PARTS = {"compare": "bars and figures", "write": "200 characters each", "reach": "how far back, from the prompt"}


def _open(address: str, model: str, prompt: str) -> dict[str, float]:
    """Seconds until a model has all its answers of a kind; the tab asks one after the other."""
    look = {"model": model, "prompt": prompt, "bias": "", "had": None}
    settings = {"model": model, "prompt": prompt, "length": 200, "seed": 42, "stop": "none"}
    write: dict[str, Any] = {"settings": settings, "written": [], "pick": None}
    begun, found = time.perf_counter(), {}
    for kind, data in (("compare", look), ("write", write), ("reach", look)):
        for message in messages(address, kind, data):
            assert not message.get("problem"), message
        found[kind] = time.perf_counter() - begun
    return found


def measure(quick: bool, app: str | None = None) -> dict[str, Any]:
    """Seconds from the first request until the last of five models has an answer of each kind: medians of five; and of
    one model the average over the passage, once."""
    times: dict[str, list[float]] = {part: [] for part in PARTS}
    with application(app) as address, ThreadPoolExecutor(len(MODELS)) as pool:
        # After the first round the models are in memory, and their speed is known.
        for end in ENDS[:1] if quick else ENDS:
            every = list(pool.map(_open, repeat(address), MODELS, repeat(PROMPT + end)))
            if quick or end != ENDS[0]:
                for part, seen in times.items():
                    seen.append(max(one[part] for one in every))
        begun = time.perf_counter()
        list(messages(address, "average", {"model": MODELS[0], "prompt": "", "bias": ""}))
        average = time.perf_counter() - begun
    return {part: median(seen) for part, seen in times.items()} | {"average": average}


def report(result: dict[str, Any]) -> str:
    named = PARTS | {"average": "the n-gram's average over 200 places, once"}
    rows = [(said, f"{figure(result[part])} s") for part, said in named.items()]
    about = "Over the stream, five models at once, in memory; nobody else asks."
    return f"{table(('until there is', 'after'), rows)}\n\n{about}"

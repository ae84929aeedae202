"""A text of 20,000 characters in the Score tab's route: until the first numbers, until the last, and how it ends."""

import time
from pathlib import Path
from typing import Any

from tests.bench.common import REPOSITORY, application, figure, median, messages, table

MODELS = ("shakespeare-ngram", "shakespeare-lstm", "shakespeare-transformer")
LENGTH = 20_000
CORPUS = REPOSITORY.parent / "shared" / "corpora" / "tinyshakespeare.txt"
LINE = "But, soft! what light through yonder window breaks? It is the east, and Juliet is the sun.\n"


def text(corpus: Path = CORPUS) -> str:
    """The end of Tiny Shakespeare, which no model learned; where the file is not here, a line many times."""
    whole = corpus.read_text("utf-8") if corpus.is_file() else LINE * (LENGTH // len(LINE) + 1)
    return whole[-LENGTH:]


def measure(quick: bool, app: str | None = None) -> dict[str, Any]:
    """Seconds until the first numbers and until the last, of each model: medians of three."""
    content, repeats = (text()[:2_000], 1) if quick else (text(), 3)
    results = {}
    with application(app) as address:
        for model in MODELS:
            list(messages(address, "score", {"model": model, "text": "To be"}))  # the model is in memory
            firsts, lasts, bits = [], [], 0.0
            for _ in range(repeats):
                begun, first = time.perf_counter(), 0.0
                for message in messages(address, "score", {"model": model, "text": content}):
                    if "n" in message and not first:
                        first = time.perf_counter() - begun
                    bits = message.get("bits_per_character", bits)
                firsts.append(first)
                lasts.append(time.perf_counter() - begun)
            results[model] = {"first": median(firsts), "last": median(lasts), "bits": bits}
    return {"characters": len(content), "models": results}


def report(result: dict[str, Any]) -> str:
    rows = [
        (f"`{name}`", f"{figure(of['first'])} s", f"{figure(of['last'])} s", f"{of['bits']:.3f}")
        for name, of in result["models"].items()
    ]
    head = ("model", "first numbers", "all numbers", "bits per character")
    about = f"{result['characters']:,} characters at once, read in pieces that others may come between."
    return f"{table(head, rows)}\n\n{about}"

"""Stored results of the cost measurements (costs.py), so that the section has something to show at once.

    POST stream/kept_costs    the rows of both, measured on this server or else stored, with "kept": true in stored
                              models' rows; last {"measured": true}, or false if costs were not measured here

costs.json holds the stored results:

    python -m playground.server.kept_costs          measures and writes it, on an otherwise idle machine
    python -m playground.server.kept_costs table    prints its tables, for the README

Its form:

    {"costs": [{"model": "shakespeare-rnn", …, "weights": "9b2e…"}, {"symbols": 64, …}, …],
     "gradients": [{…, "norms": […]}, …]}

A time is the minimum of three rounds. "weights" has the first digits of their SHA-256: rows for other weights are
ignored.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, Literal

from playground import library, threads
from playground.server import costs, frames, passage
from playground.server.jobs import CancelToken

FILE = Path(__file__).with_name("costs.json")
ROUNDS = 3
TIMES = ("read", "step")  # of a length, in seconds
Which = Literal["costs", "gradients"]
Rows = list[dict[str, Any]]

WHICH: tuple[Which, ...] = ("costs", "gradients")
READ = (256, 1_024, 4_096)  # symbols, of the table of times
LEARNED = (256, 512, 1_024)  # and of the table of memory
ALONE = 256  # context length at which a lone symbol is compared with one of a text read at once


def main(arguments: list[str]) -> int:
    """Run the command; the exit status is 0 when done."""
    if arguments == ["table"]:
        sys.stdout.write(tables() + "\n")
        return 0
    threads.limit_this_thread()
    cancel = CancelToken()
    rounds = [_rows(costs.measure_costs(cancel)) for _ in range(ROUNDS)]
    found: dict[Which, Rows] = {
        "costs": [_least(same) for same in zip(*rounds, strict=True)],
        "gradients": _rows(costs.measure_gradients(cancel)),
    }
    parts = [f'  {json.dumps(name)}: [\n{_lines(rows)}\n  ]' for name, rows in found.items()]
    FILE.write_text("{\n" + ",\n".join(parts) + "\n}\n", "utf-8")
    return 0


def _rows(measured: Iterable[dict[str, Any]]) -> Rows:
    """Without the progress, and each model with its weights' digest."""
    rows = [{name: _short(value) for name, value in row.items()} for row in measured if "done" not in row]
    return [{**row, "weights": _weights(row["model"])} if "model" in row else row for row in rows]


def _short(value: Any) -> Any:
    if isinstance(value, list):
        return [_short(one) for one in value]
    return float(f"{value:.4g}") if isinstance(value, float) else value


def _least(same: tuple[dict[str, Any], ...]) -> dict[str, Any]:
    """The minimum of the same row over several rounds."""
    return {**same[0], **{name: min(row[name] for row in same) for name in TIMES if name in same[0]}}


def _lines(rows: Rows) -> str:
    return ",\n".join(f"    {json.dumps(row, ensure_ascii=False, separators=(',', ':'))}" for row in rows)


def _weights(name: str) -> str:
    return passage.digest(library.BUNDLED / name / "model.safetensors")


def known_rows(cancel: CancelToken) -> Iterator[bytes]:
    """The frames of both; nothing is measured for them."""
    for which in WHICH:
        for row in costs.known(which) or kept_rows(which):
            yield frames.frame(row)
    yield frames.frame({"measured": costs.known("costs") is not None})


def kept_rows(which: Which) -> Rows:
    """The stored rows for the bundled models with unchanged weights, a model's row before those of its lengths."""
    rows, known = [], False
    for row in _kept()[which]:
        if "model" in row:
            known = row["weights"] == _weights(row["model"]) != ""
        if known:
            kept = {"kept": True} if "model" in row else {}
            rows.append({**{name: value for name, value in row.items() if name != "weights"}, **kept})
    return rows


def tables() -> str:
    """Markdown: the times and the memory of each model."""
    models: dict[str, dict[int, dict[str, Any]]] = {}
    for row in _kept()["costs"]:
        if "model" in row:
            at = models[f"`{row['model']}`" + (", no window" if row["whole"] else "")] = {}
        else:
            at[row["symbols"]] = row
    reads = [f"{n:,}" for n in READ]
    heads = ["model", f"{reads[0]} read, ms", *reads[1:], f"next after {reads[0]}, ms", f"after {reads[-1]}"]
    heads += ["alone ÷ at once", f"kept of {reads[-1]}"]
    times = _table(heads, [_times(name, at) for name, at in models.items()])
    heads = ["model", f"kept of {LEARNED[-1]:,}", "most while they are read"]
    heads += [f"to learn from {n:,}" for n in LEARNED]
    memory = _table(heads, [_memory(name, at) for name, at in models.items()])
    return f"{times}\n\n{memory}"


def _times(name: str, at: dict[int, dict[str, Any]]) -> list[str]:
    steps = [f"{1e3 * at[n]['step']:.2f}" for n in (READ[0], READ[-1])]
    alone = at[ALONE]["step"] / (at[ALONE]["read"] / ALONE)
    reads = [f"{1e3 * at[n]['read']:,.0f}" for n in READ]
    return [name, *reads, *steps, f"{alone:.1f} ×", f"{at[READ[-1]]['state'] / 1e3:,.1f} kB"]


def _memory(name: str, at: dict[int, dict[str, Any]]) -> list[str]:
    last = at[LEARNED[-1]]
    return [name, *map(megabytes, (last["state"], last["peak"], *(at[n]["learn"] for n in LEARNED)))]


def megabytes(size: int) -> str:
    """A size in the format of the memory table."""
    return f"{size / 1e6:,.{3 if size < 1e6 else 1}f} MB"


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---", *["--:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


@cache
def _kept() -> dict[Which, Rows]:
    found: dict[Which, Rows] = json.loads(FILE.read_text("utf-8"))
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

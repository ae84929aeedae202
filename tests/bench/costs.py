"""What reading costs in each kind, as the Shapes tab measures it: of n symbols, of the next one, and its state."""

from dataclasses import asdict
from typing import Any

from playground import threads
from playground.inference.costs import PIECE, Costs
from playground.library import load
from playground.server.costs import KINDS, MOST, models

AT = (256, 1_024, 4_096)  # symbols
LEARNED = (256, 512, 1_024)  # symbols, of the table of memory
ONE = 256  # at which a symbol by itself is compared with one of a text that is read at once


def measure(quick: bool, app: str | None = None) -> dict[str, Any]:
    """The costs of each model, by its name; the quickest of three rounds. The page is not asked."""
    threads.one_here()
    rows = []
    asked = [(name, False) for name in models(KINDS)] + [("shakespeare-transformer", True)]
    for name, whole in asked:
        checkpoint = load(name)
        rounds = [
            [cost for cost in Costs(2 * PIECE if quick else MOST, whole, 60.0).steps(checkpoint) if cost]
            for _ in range(1 if quick else 3)
        ]
        best = [
            {**asdict(same[0]), "read": min(cost.read for cost in same), "step": min(cost.step for cost in same)}
            for same in zip(*rounds, strict=True)
        ]
        rows.append({"model": name, "whole": whole, "costs": best})
    return {"rows": rows}


def report(found: dict[str, Any]) -> str:
    """A Markdown table."""
    lines = [
        "| model | 256 read, ms | 1,024 | 4,096 | next after 256, ms | after 4,096 | alone ÷ at once | kept of 4,096 |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for row in found["rows"]:
        at = {cost["symbols"]: cost for cost in row["costs"]}
        last = row["costs"][-1]
        first = at.get(ONE, last)
        reads = [f"{1e3 * at[n]['read']:,.0f}" if n in at else "–" for n in AT]
        times = first["step"] / (first["read"] / first["symbols"])
        cells = [_name(row), *reads, f"{1e3 * first['step']:.2f}", f"{1e3 * last['step']:.2f}", f"{times:.1f} ×"]
        lines.append(f"| {' | '.join(cells)} | {last['state'] / 1e3:,.1f} kB |")
    return "\n".join(lines) + "\n\n" + memory(found["rows"])


def memory(rows: list[dict[str, Any]]) -> str:
    """A Markdown table of the memory: of what is kept, at most while it is read, and of what is kept to learn."""
    some = [cost["symbols"] for cost in rows[0]["costs"] if cost["learn"]]
    few = [n for n in some if n in LEARNED] or some
    heads = [f"to learn from {n:,}" for n in few]
    lines = [
        f"| model | kept of {few[-1]:,} | most while they are read | {' | '.join(heads)} |",
        f"|---|{'--:|' * (len(few) + 2)}",
    ]
    for row in rows:
        at = {cost["symbols"]: cost for cost in row["costs"]}
        sizes = [at[few[-1]]["state"], at[few[-1]]["peak"], *(at[n]["learn"] for n in few)]
        cells = [_name(row), *map(_megabytes, sizes)]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _megabytes(size: int | None) -> str:
    return "–" if size is None else f"{size / 1e6:,.{3 if size < 1e6 else 1}f} MB"


def _name(row: dict[str, Any]) -> str:
    return f"`{row['model']}`" + (", no window" if row["whole"] else "")

"""How much context the bundled models use, averaged over the passages (passage.py), as a command:

    python -m playground.server.averages          rewrites averages.json; takes some minutes
    python -m playground.server.averages table    prints the stored results, for the README
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from typing import Any

from playground import library, threads
from playground.engine import ENGINE
from playground.inference.reach import Loss
from playground.library import Checkpoint
from playground.server import comparing, passage
from playground.server.jobs import CancelToken

LIMIT = 0.05  # nats of divergence: small beside the 1.2 to 1.5 per character
SHOWN = ("1", "2", "4", "8", "16", "32", "64", "128")


def main(arguments: list[str]) -> int:
    """Run the command; the exit status is 0 when done."""
    if arguments == ["table"]:
        sys.stdout.write(table() + "\n")
        return 0
    threads.limit_this_thread()
    models = {}
    for name in library.available("language"):
        models[name] = measure(ENGINE.open(name, CancelToken().event))
        sys.stdout.write(f"{name}: {len(models[name]['losses'])} rows\n")
        sys.stdout.flush()
    lines = [f"  {json.dumps(name)}: {json.dumps(found, separators=(',', ':'))}" for name, found in models.items()]
    passage.AVERAGES.write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")
    return 0


def measure(checkpoint: Checkpoint, contexts: int | None = None) -> dict[str, Any]:
    """A model's entry in averages.json. contexts: only that many, shortest first."""
    query = comparing.average_query(checkpoint, CancelToken())
    some = query if contexts is None else replace(query, contexts=query.contexts[:contexts])
    losses = [(step.given, *passage.mean(step)) for step in some.steps(checkpoint) if isinstance(step, Loss)]
    text, weights = passage.digests(checkpoint)
    return {
        "passage": text,
        "weights": weights,
        "symbols": len(query.ids),
        "losses": [(given, *(_short(value) for value in figures)) for given, *figures in losses],
    }


def _short(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.6g}")


def table() -> str:
    """A Markdown table of the divergence by context length, and of the sufficient context."""
    lines = [
        f"| model | {' | '.join(SHOWN)} | symbols to within {LIMIT} nats |",
        f"|---|{'--:|' * (len(SHOWN) + 1)}",
    ]
    for name, found in passage.averages().items():
        gaps = {given: gap for given, gap, _ in found["losses"]}
        cells = [f"{gaps[given]:.3f}" if given in gaps else "" for given in SHOWN]
        enough = passage.enough_context([*gaps.items()], LIMIT)
        lines.append(f"| `{name}` | {' | '.join(cells)} | {'–' if enough is None else f'{enough:.0f}'} |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

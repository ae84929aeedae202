"""How far back the bundled models look, averaged over the passage (passage.py), as a command:

    python -m playground.server.averages          writes averages.json anew; it takes some minutes
    python -m playground.server.averages table    prints what is kept, for the README
"""

from __future__ import annotations

import json
import sys
from typing import Any

from playground import library, threads
from playground.engine import ENGINE
from playground.errors import BadInput
from playground.inference.reach import Loss, Reach
from playground.library import Checkpoint
from playground.server import comparing, passage
from playground.server.jobs import End

LIMIT = 0.05  # nats of divergence: what is less is small beside the 1.2 to 1.5 that a character has
SHOWN = ("1", "2", "4", "8", "16", "32", "64", "128")


def main(arguments: list[str]) -> int:
    """Run the command; the exit status is 0 when done."""
    if arguments == ["table"]:
        sys.stdout.write(table() + "\n")
        return 0
    threads.one_here()
    models = {}
    for name in library.available("language"):
        try:
            models[name] = measure(ENGINE.open(name, End().event))
        except BadInput as error:  # the passage is not of its letters
            sys.stdout.write(f"{error}\n")
            continue
        sys.stdout.write(f"{name}: {len(models[name]['losses'])} rows\n")
        sys.stdout.flush()
    lines = [f"  {json.dumps(name)}: {json.dumps(found, separators=(',', ':'))}" for name, found in models.items()]
    head = f'{{"passage": "{passage.digest(passage.PASSAGE)}", "models": {{\n'
    passage.AVERAGES.write_text(head + ",\n".join(lines) + "\n}}\n", "utf-8")
    return 0


def measure(checkpoint: Checkpoint, contexts: int | None = None) -> dict[str, Any]:
    """What averages.json has of a model. contexts: only so many of them, the shortest first."""
    walk = comparing.average_walk(checkpoint, End())
    some = walk if contexts is None else Reach(walk.ids, walk.places, walk.contexts[:contexts], walk.letters)
    losses = [(step.given, *passage.mean(step)) for step in some.steps(checkpoint) if isinstance(step, Loss)]
    weights = library.BUNDLED / checkpoint.name / "model.safetensors"
    return {
        "weights": passage.digest(weights),
        "symbols": len(walk.ids),
        "losses": [(given, *(_short(value) for value in figures)) for given, *figures in losses],
    }


def _short(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.6g}")


def table() -> str:
    """A Markdown table of the divergence by how much a model is given, and of how much suffices."""
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

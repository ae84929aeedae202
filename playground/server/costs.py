"""What reading costs in each kind, and how far back a mistake is felt: measured on this machine, once for all visitors.

    POST stream/costs       {"model", "kind", "title", "parameters", "whole"} begins what is measured of a model, then
                            {"symbols", "read", "step", "state", "peak", "learn"} for each length (inference/costs.py):
                            seconds and bytes; the last two are null where they are not counted
    POST stream/gradients   {"model", "kind", "title", "norms": [0.5, …]}, by how far back (inference/gradients.py)

    POST stream/kept_costs  the rows of both that are known already, and {"measured": false} where no costs are

The first two have {"done": share} between their rows, and end with {"measured": true}. The models are Shakespeare's, as
they are bundled; "whole" is the Transformer once more, attending to all of a text, as it does where it has no window.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Any

from playground import library
from playground.engine import ENGINE
from playground.inference.costs import COUNTED, Costs
from playground.inference.gradients import Gradients
from playground.library import Checkpoint
from playground.models.footprint import parameters
from playground.server import frames, sanitize
from playground.server.cache import Cache
from playground.server.jobs import End
from playground.server.passage import PASSAGE
from playground.server.settings import work_of
from playground.server.shares import UNBOUNDED, Share

KINDS, GATED = ("rnn", "gru", "lstm", "convnet", "transformer"), ("rnn", "gru", "lstm")
MOST = 4_096  # symbols: by then what is quadratic is seen to be
BACK, PLACES = 64, 24  # of a gradient: symbols, and places of the passage
TWICE = 3  # times: COUNTED symbols are read once more, and passed over to learn, and so are half as many, and so on
BACKWARD = 3  # times the work of reading: what a gradient takes

Rows = Iterator[dict[str, Any]]

_measured: Cache[list[dict[str, Any]]] = Cache(2)


def costs(end: End, share: Share = UNBOUNDED) -> Iterator[bytes]:
    """Yield a frame for each model and length as it is measured, with the progress between them."""
    return _once("costs", lambda: _costs(end, share), end)


def gradients(end: End, share: Share = UNBOUNDED) -> Iterator[bytes]:
    """Yield a frame for each recurrent kind: its gradient, by how many steps it reaches back."""
    return _once("gradients", lambda: _gradients(end, share), end)


def kept(end: End) -> Iterator[bytes]:
    """The frames of both, as far as they were measured already: nothing is measured for this."""
    for name in ("costs", "gradients"):
        for row in _measured.get(name) or ():
            yield frames.frame(row)
    yield frames.frame({"measured": _measured.get("costs") is not None})


def _once(name: str, measure: Callable[[], Rows], end: End) -> Iterator[bytes]:
    """The rows, which are measured by who asks first; the others wait and are told how far that is."""
    for done in _measured.wait(name, end.event):
        yield frames.frame({"done": done})
    found = _measured.get(name)
    if found is None:
        found = []
        with _measured.making(name) as tell:
            for row in measure():
                if "done" in row:
                    tell(row["done"])
                else:
                    found.append(row)
                yield frames.frame(row)
            _measured.put(name, found)
    else:
        yield from map(frames.frame, found)
    yield frames.frame({"measured": True})


def models(kinds: tuple[str, ...]) -> list[str]:
    """The bundled models that stand for these kinds, in this order."""
    found = library.all_cards()
    return [f"shakespeare-{kind}" for kind in kinds if f"shakespeare-{kind}" in found]


def _costs(end: End, share: Share) -> Rows:
    names = models(KINDS)
    asked = [(name, False) for name in names] + [(name, True) for name in names if name.endswith("-transformer")]
    for i, (name, whole) in enumerate(asked):
        checkpoint = ENGINE.open(name, end.event)
        share.spend(work_of(checkpoint, MOST + TWICE * COUNTED))
        yield {**_about(checkpoint), "parameters": parameters(checkpoint.model), "whole": whole}
        for cost in ENGINE.walk(name, Costs(MOST, whole), end.event, asker=share.asker):
            yield asdict(cost)
            yield {"done": (i + cost.symbols / MOST) / len(asked)}


def _gradients(end: End, share: Share) -> Rows:
    names = models(GATED)
    for i, name in enumerate(names):
        checkpoint = ENGINE.open(name, end.event)
        walk = passage(checkpoint)
        share.spend(work_of(checkpoint, BACKWARD * len(walk.places) * (walk.back + walk.warm)))
        [norms] = ENGINE.walk(name, walk, end.event, asker=share.asker)
        yield {**_about(checkpoint), "norms": norms}
        yield {"done": (i + 1) / len(names)}


def passage(checkpoint: Checkpoint) -> Gradients:
    """Places of the passage, spread evenly behind the first that has enough before it."""
    ids = checkpoint.vocabulary.encode(PASSAGE.read_text("utf-8")).ids
    first = BACK + 1 + Gradients.warm
    places = [first + i * (len(ids) - 1 - first) // (PLACES - 1) for i in range(PLACES)]
    return Gradients(ids, places, BACK)


def _about(checkpoint: Checkpoint) -> dict[str, Any]:
    title = sanitize.title(checkpoint.name, checkpoint.card)
    return {"model": checkpoint.name, "kind": checkpoint.kind, "title": title}

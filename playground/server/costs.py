"""The cost of reading for each kind, and how far back the gradient of the loss reaches: measured on this machine, once
for all visitors.

    POST stream/costs       {"model", "kind", "title", "parameters", "whole"} starts a model's measurements, then
                            {"symbols", "read", "step", "state", "peak", "learn"} for each length (inference/costs.py):
                            seconds and bytes; the last two are null where they are not counted
    POST stream/gradients   {"model", "kind", "title", "norms": [0.5, …]}, by how far back (inference/gradients.py)

They have {"done": share} between their rows, and end with {"measured": true}. The models are the bundled ones of
Shakespeare; "whole" is the Transformer again, attending to the whole text, without a window.
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
from playground.server.jobs import CancelToken
from playground.server.passage import SHAKESPEARE, file_of
from playground.server.settings import work_of
from playground.server.shares import UNBOUNDED, Share

KINDS, GATED = ("rnn", "gru", "lstm", "convnet", "transformer"), ("rnn", "gru", "lstm")
MAX_SYMBOLS = 4_096  # symbols: long enough for quadratic growth to show
BACK, PLACES = 64, 24  # of a gradient: symbols, and positions in the passage
TWICE = 3  # times: COUNTED symbols are read again, and in a training pass, and so are half as many, and so on
BACKWARD = 3  # cost of a gradient relative to reading

Rows = Iterator[dict[str, Any]]

_measured: Cache[list[dict[str, Any]]] = Cache(2)


def costs(cancel: CancelToken, share: Share = UNBOUNDED) -> Iterator[bytes]:
    """Yield a frame for each model and length as it is measured, with the progress between them."""
    return _once("costs", lambda: measure_costs(cancel, share), cancel)


def gradients(cancel: CancelToken, share: Share = UNBOUNDED) -> Iterator[bytes]:
    """Yield a frame for each recurrent kind: its gradient, by distance in steps."""
    return _once("gradients", lambda: measure_gradients(cancel, share), cancel)


def known(name: str) -> list[dict[str, Any]] | None:
    """The rows of "costs" or "gradients" if they were measured on this server, without the progress."""
    return _measured.get(name)


def _once(name: str, measure: Callable[[], Rows], cancel: CancelToken) -> Iterator[bytes]:
    """The rows. The first caller measures; the others wait and receive its progress."""
    for done in _measured.wait(name, cancel.event):
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
    """The bundled models that represent these kinds, in this order."""
    found = library.all_cards()
    return [f"shakespeare-{kind}" for kind in kinds if f"shakespeare-{kind}" in found]


def measure_costs(cancel: CancelToken, share: Share = UNBOUNDED) -> Rows:
    """The rows of each kind, with progress between them."""
    names = models(KINDS)
    asked = [(name, False) for name in names] + [(name, True) for name in names if name.endswith("-transformer")]
    for i, (name, whole) in enumerate(asked):
        checkpoint = ENGINE.open(name, cancel.event)
        share.spend(work_of(checkpoint, MAX_SYMBOLS + TWICE * COUNTED))
        yield {**_about(checkpoint), "parameters": parameters(checkpoint.model), "whole": whole}
        for cost in ENGINE.query(name, Costs(MAX_SYMBOLS, whole), cancel.event, requester=share.requester):
            yield asdict(cost)
            yield {"done": (i + cost.symbols / MAX_SYMBOLS) / len(asked)}


def measure_gradients(cancel: CancelToken, share: Share = UNBOUNDED) -> Rows:
    """The rows of each recurrent kind, with progress between them."""
    names = models(GATED)
    for i, name in enumerate(names):
        checkpoint = ENGINE.open(name, cancel.event)
        query = passage(checkpoint)
        share.spend(work_of(checkpoint, BACKWARD * len(query.places) * (query.back + query.warm)))
        [norms] = ENGINE.query(name, query, cancel.event, requester=share.requester)
        yield {**_about(checkpoint), "norms": norms}
        yield {"done": (i + 1) / len(names)}


def passage(checkpoint: Checkpoint) -> Gradients:
    """Evenly spaced positions in the passage of Shakespeare, after the first with enough context."""
    ids = checkpoint.vocabulary.encode(file_of(SHAKESPEARE).read_text("utf-8")).ids
    first = BACK + 1 + Gradients.warm
    places = [first + i * (len(ids) - 1 - first) // (PLACES - 1) for i in range(PLACES)]
    return Gradients(ids, places, BACK)


def _about(checkpoint: Checkpoint) -> dict[str, Any]:
    title = sanitize.title(checkpoint.name, checkpoint.card)
    return {"model": checkpoint.name, "kind": checkpoint.kind, "title": title}

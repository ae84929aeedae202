"""Comparing: what the Models tab asks of one model, and the yardsticks beside it.

`compare` answers with a prompt's distributions, as reading.py has them, and a frame of figures:

    {"nats", "symbols", "characters", "parameters", "bytes", "microseconds", "validation": nats or null,
     "yardsticks": {"model": "shakespeare-ngram", "uniform", "letters", "count"}}

nats are −ln p of the whole prompt; of the yardsticks too: all symbols alike, each as often as it stands in the text
that was learned, and the n-gram that counted it. The last two are null where no bundled n-gram counted this model's
text; else the body has the (V,) float64 frequencies of the letters. microseconds: of one symbol of one text, measured
here within the last minute or so.

`reach` says how far back a model looks from the end of a prompt, `average` the same of 200 places in a passage: a frame
{"given": "16", "divergence", "surprise"} for each amount that it is given (inference/reach.py), with {"done": 0.25}
between them, and at last {"places": 200, "of": 1692}; `kept_average` is the same where it is known
already, as that of the bundled models is (passage.py), else {"places": 0}. `evidence` is one frame: {"size": 65,
"levels": […]}.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from math import log
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playground import library
from playground.engine import ENGINE
from playground.engine.base import Asker
from playground.errors import BadInput
from playground.inference import score as scoring
from playground.inference.compare import Letters, Speed
from playground.inference.evidence import Evidence
from playground.inference.reach import Loss, Reach, count_steps, doublings
from playground.inference.walk import Walk
from playground.library import Checkpoint
from playground.models.footprint import parameters
from playground.sampling import folding
from playground.server import frames, passage, reading, requests
from playground.server.cache import Cache
from playground.server.jobs import End
from playground.server.settings import check_work, jsonable, work_of
from playground.server.shares import UNBOUNDED, Share
from playground.text.characters import Encoding

_speeds: Cache[float] = Cache(40, seconds=60)
_letters: Cache[NDArray[np.float64]] = Cache(40)
_averages: Cache[list[dict[str, Any]]] = Cache(100)


@dataclass(frozen=True)
class Figures:
    """What models are compared by. The yardsticks are None where no bundled n-gram counted what this model learned."""

    nats: float
    symbols: int
    characters: int
    parameters: int | None
    bytes: int | None
    microseconds: float
    uniform: float
    counting: str | None
    letters: float | None
    count: float | None


def compare(asked: requests.Look, end: End, share: Share = UNBOUNDED) -> Iterator[bytes]:
    """Yield the prompt's distributions, then the figures. The errors are those of `reading.answer`."""
    yield frames.frame(*reading.answer(asked, end, share, exact=False))
    checkpoint = ENGINE.open(asked.settings.model, end.event)
    text = asked.settings.prompt
    found = figures(checkpoint, text, end.event, share)
    share_of = letters_of(checkpoint, end.event, share.asker)
    validation = checkpoint.card.validation
    head = {
        "nats": jsonable(found.nats),
        "symbols": found.symbols,
        "characters": found.characters,
        "parameters": found.parameters,
        "bytes": found.bytes,
        "microseconds": found.microseconds,
        "validation": validation.nats if validation else None,
        "yardsticks": {
            "model": found.counting,
            "uniform": found.uniform,
            "letters": jsonable(found.letters),
            "count": jsonable(found.count),
        },
    }
    yield frames.frame(head, b"" if share_of is None else share_of.astype("<f8").tobytes())


def figures(checkpoint: Checkpoint, text: str, cancelled: threading.Event, share: Share) -> Figures:
    """What a model gives a text, and what it takes. What was reserved for it, or can be, is the share's."""
    encoding = checkpoint.vocabulary.encode(text)
    ids = encoding.ids
    check_work(checkpoint, len(ids))
    share.spend(work_of(checkpoint, len(ids)))
    asked = (checkpoint.name, scoring.LogProbabilities(ids), cancelled)
    nats = -sum(sum(piece) for piece in ENGINE.walk(*asked, asker=share.asker)) if ids else 0.0
    counting = counting_model(checkpoint, cancelled)
    letters = letters_of(checkpoint, cancelled, share.asker)
    count = None
    if counting is not None and letters is not None:
        walk = scoring.LogProbabilities(ids)
        pieces = ENGINE.walk(counting.name, walk, cancelled, asker=share.asker) if ids else ()
        count = 0.0 - sum(sum(piece) for piece in pieces)
    return Figures(
        nats=nats + 0.0,
        symbols=len(ids),
        characters=_characters(text, encoding),
        parameters=_parameters(checkpoint),
        bytes=checkpoint.card.bytes,
        microseconds=1e6 * speed_of(checkpoint, cancelled, share.asker),
        uniform=len(ids) * log(len(checkpoint.vocabulary)),
        counting=counting.name if counting else None,
        letters=None if letters is None else _nats(letters, ids),
        count=count,
    )


def _characters(text: str, encoding: Encoding) -> int:
    return scoring.characters_of(text, encoding) if encoding.ids else 0


def _parameters(checkpoint: Checkpoint) -> int | None:
    return checkpoint.card.parameters or parameters(checkpoint.model) or None


def _nats(letters: NDArray[np.float64], ids: list[int]) -> float:
    with np.errstate(divide="ignore"):
        return 0.0 - float(np.log(letters[np.asarray(ids, np.int64)]).sum())


def speed_of(checkpoint: Checkpoint, cancelled: threading.Event, asker: Asker) -> float:
    """Seconds a symbol, measured within the last minute or so."""
    known = _speeds.get(checkpoint.name)
    if known is None:
        [known] = ENGINE.walk(checkpoint.name, Speed(), cancelled, asker=asker)
        _speeds.put(checkpoint.name, known)
    return known


def counting_model(checkpoint: Checkpoint, cancelled: threading.Event) -> Checkpoint | None:
    """The bundled n-gram that counted the text which this model learned, in the same symbols."""
    corpus = checkpoint.card.corpus.name
    for name, card in library.all_cards().items() if corpus else ():
        if card.kind == "ngram" and card.corpus.name == corpus:
            found = ENGINE.open(name, cancelled)
            if found.vocabulary.symbols == checkpoint.vocabulary.symbols:
                return found
    return None


def letters_of(checkpoint: Checkpoint, cancelled: threading.Event, asker: Asker) -> NDArray[np.float64] | None:
    """How often each symbol stands in the text which this model learned, (V,); None where no bundled n-gram counted
    it."""
    counting = counting_model(checkpoint, cancelled)
    if counting is None:
        return None
    known = _letters.get(counting.name)
    if known is None:
        [known] = ENGINE.walk(counting.name, Letters(), cancelled, asker=asker)
        _letters.put(counting.name, known)
    return known


def reach(asked: requests.Look, end: End, share: Share = UNBOUNDED) -> Iterator[bytes]:
    """How far back a model looks from the end of a prompt."""
    checkpoint = ENGINE.open(asked.settings.model, end.event)
    ids = checkpoint.vocabulary.encode(asked.settings.prompt).ids
    contexts = doublings(len(checkpoint.start_ids) + len(ids))
    walk = Reach(ids, [len(ids)], contexts, _letters_or_none(checkpoint, end, share))
    work = len(ids) + sum(walk.contexts)
    check_work(checkpoint, work)
    share.spend(work_of(checkpoint, work))
    for step in _asked(checkpoint, walk, end, share):
        if isinstance(step, Loss):
            yield frames.frame(_mean(step))
    yield frames.frame({"places": 1, "of": len(ids)})


def kept_average(asked: requests.Look, end: End, share: Share = UNBOUNDED) -> Iterator[bytes]:
    """The same as `average` where it is known already; else none of it."""
    known = _known_average(ENGINE.open(asked.settings.model, end.event))
    return map(frames.frame, known or [{"places": 0}])


def average(asked: requests.Look, end: End, share: Share = UNBOUNDED) -> Iterator[bytes]:
    """The same of places in the passage, worked out once for all visitors."""
    checkpoint = ENGINE.open(asked.settings.model, end.event)
    name = checkpoint.name
    known = passage.kept_losses(checkpoint)
    if known is None:
        for done in _averages.wait(name, end.event):
            yield frames.frame({"done": done})
        known = _averages.get(name)
    if known is not None:
        yield from map(frames.frame, known)
        return
    with _averages.making(name) as tell:
        walk = average_walk(checkpoint, end, share)
        share.spend(work_of(checkpoint, len(walk.ids) + len(walk.places) * sum(walk.contexts)))
        steps = max(1, count_steps(checkpoint, walk))
        found = []
        for step in _asked(checkpoint, walk, end, share):
            if isinstance(step, Loss):
                found.append(_mean(step))
                yield frames.frame(found[-1])
            else:
                tell(step / steps)
                yield frames.frame({"done": step / steps})
        found.append({"places": len(walk.places), "of": len(walk.ids)})
        _averages.put(name, found)
        yield frames.frame(found[-1])


def average_walk(checkpoint: Checkpoint, end: End, share: Share = UNBOUNDED) -> Reach:
    """The question behind an average. BadInput where the passage is none for this model."""
    return passage.reach(checkpoint, _letters_or_none(checkpoint, end, share))


def _known_average(checkpoint: Checkpoint) -> list[dict[str, Any]] | None:
    return _averages.get(checkpoint.name) or passage.kept_losses(checkpoint)


def _asked(checkpoint: Checkpoint, walk: Walk[Loss | int], end: End, share: Share) -> Iterator[Loss | int]:
    return ENGINE.walk(checkpoint.name, walk, end.event, asker=share.asker)


def _letters_or_none(checkpoint: Checkpoint, end: End, share: Share) -> list[float]:
    letters = letters_of(checkpoint, end.event, share.asker)
    return [] if letters is None else letters.tolist()


def _mean(loss: Loss) -> dict[str, Any]:
    divergence, surprise = passage.mean(loss)
    return {"given": loss.given, "divergence": jsonable(divergence), "surprise": jsonable(surprise)}


def evidence(asked: requests.Look, end: End, share: Share = UNBOUNDED) -> Iterator[bytes]:
    """The counts behind an n-gram's prediction after a prompt."""
    checkpoint = ENGINE.open(asked.settings.model, end.event)
    size = len(checkpoint.vocabulary)
    if size > folding.LONG:
        raise BadInput("evidence.kind", name=checkpoint.name)
    ids = checkpoint.vocabulary.encode(asked.settings.prompt).ids
    share.spend(work_of(checkpoint, 1))
    [levels] = ENGINE.walk(checkpoint.name, Evidence(ids), end.event, asker=share.asker)
    yield frames.frame({"size": size, "levels": [asdict(level) for level in levels]})

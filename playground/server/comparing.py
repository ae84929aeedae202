"""Comparison: one model's data for the Models tab, with yardsticks.

`compare` answers with a prompt's distributions, as in reading.py, and a frame of figures:

    {"nats", "symbols", "characters", "parameters", "bytes", "microseconds", "validation": nats or null,
     "yardsticks": {"model": "shakespeare-ngram", "uniform", "letters", "count", "unseen": {"nats", "order", "unit"}}}

nats are −ln p of the whole prompt; also for the yardsticks: the uniform distribution, the symbol frequencies of the
training text, and an n-gram of that text. letters is null if the model's files have no frequencies; otherwise the body
has them, (V,) float64. model and count are null if there is no bundled n-gram of this model's text; unseen is the best
n-gram's result on the validation text, null if the card has none. microseconds: for one symbol of one text, measured
here within the last minute or so.

`reach` says how much context a model uses at the end of a prompt, `average` the same for 200 positions in a passage: a
frame {"given": "16", "divergence", "surprise"} for each context length (inference/reach.py), with {"done": 0.25}
between them, and finally {"places": 200, "of": 1692, "passage": "shakespeare"}; `kept_average` is the same if it is
known already, as for the bundled models (passage.py), otherwise {"places": 0}. `evidence` is one frame: {"size": 65,
"levels": […]}.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from math import log
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playground import library
from playground.engine import ENGINE
from playground.engine.base import Requester
from playground.errors import BadInput
from playground.inference import score as scoring
from playground.inference.compare import Speed
from playground.inference.evidence import Evidence
from playground.inference.query import Query
from playground.inference.reach import FullAnswers, Log, Loss, Reach, count_steps, doublings
from playground.library import Checkpoint
from playground.models.footprint import parameters
from playground.sampling import folding
from playground.server import frames, passage, reading, requests
from playground.server.cache import Cache, once
from playground.server.jobs import CancelToken
from playground.server.settings import WORK_LIMIT, check_work, jsonable, work_of
from playground.server.shares import UNBOUNDED, Share
from playground.text.characters import Encoding

LETTERS, COUNT = "letters", "count"  # names of the yardsticks besides the uniform one (inference/reach.py)

_speeds: Cache[float] = Cache(40, seconds=60)
_averages: Cache[list[dict[str, Any]]] = Cache(100)
# A class requests the same when the tab opens: computed once per model and prompt.
_nats: Cache[list[float]] = Cache(1_000)
_reaches: Cache[list[bytes]] = Cache(200)  # one is 1 kB
_evidence: Cache[list[bytes]] = Cache(100)  # one of 65 symbols is 20 kB


@dataclass(frozen=True)
class ComparisonFigures:
    """The figures for comparing models. letters is None if a model's files have no symbol frequencies; counting and
    count if there is no bundled n-gram of its text."""

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


def compare(request: requests.Look, cancel: CancelToken, share: Share = UNBOUNDED) -> Iterator[bytes]:
    """Yield the prompt's distributions, then the figures. The errors are those of `reading.answer`."""
    yield frames.frame(*reading.answer(request, cancel, share, exact=False))
    checkpoint = ENGINE.open(request.settings.model, cancel.event)
    text = request.settings.prompt
    found = measure_model(checkpoint, text, cancel.event, share)
    share_of = letters_of(checkpoint)
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
            "unseen": best_count_of(checkpoint),
        },
    }
    yield frames.frame(head, b"" if share_of is None else share_of.astype("<f8").tobytes())


def measure_model(checkpoint: Checkpoint, text: str, cancelled: threading.Event, share: Share) -> ComparisonFigures:
    """A model's figures for a text, and its cost. Charged to the share."""
    encoding = checkpoint.vocabulary.encode(text)
    ids = encoding.ids
    check_work(checkpoint, len(ids))
    counting = counting_model(checkpoint, cancelled)
    letters = letters_of(checkpoint)
    return ComparisonFigures(
        nats=nats_of(checkpoint, text, ids, cancelled, share),
        symbols=len(ids),
        characters=_characters(text, encoding),
        parameters=_parameters(checkpoint),
        bytes=checkpoint.card.bytes,
        microseconds=1e6 * speed_of(checkpoint, cancelled, share.requester),
        uniform=len(ids) * log(len(checkpoint.vocabulary)),
        counting=counting.name if counting else None,
        letters=None if letters is None else _letters_nats(letters, ids),
        count=None if counting is None else nats_of(counting, text, ids, cancelled, share),
    )


def nats_of(checkpoint: Checkpoint, text: str, ids: list[int], cancelled: threading.Event, share: Share) -> float:
    """−ln p of a whole text."""

    def total() -> Iterator[float]:
        share.spend(work_of(checkpoint, len(ids)))
        query = scoring.LogProbabilities(ids)
        pieces = ENGINE.query(checkpoint.name, query, cancelled, requester=share.requester) if ids else ()
        yield 0.0 - sum(sum(piece) for piece in pieces)

    [nats] = once(_nats, _key(checkpoint, text), cancelled, total)
    return nats


def _key(checkpoint: Checkpoint, text: str) -> str:
    return f"{checkpoint.name}\n{text}"


def _characters(text: str, encoding: Encoding) -> int:
    return scoring.characters_of(text, encoding) if encoding.ids else 0


def _parameters(checkpoint: Checkpoint) -> int | None:
    return checkpoint.card.parameters or parameters(checkpoint.model) or None


def _letters_nats(letters: NDArray[np.float64], ids: list[int]) -> float:
    return 0.0 - float(np.log(letters[np.asarray(ids, np.int64)]).sum())


def speed_of(checkpoint: Checkpoint, cancelled: threading.Event, requester: Requester) -> float:
    """Seconds per symbol, measured within the last minute or so."""
    known = _speeds.get(checkpoint.name)
    if known is None:
        [known] = ENGINE.query(checkpoint.name, Speed(), cancelled, requester=requester)
        _speeds.put(checkpoint.name, known)
    return known


def counting_model(checkpoint: Checkpoint, cancelled: threading.Event) -> Checkpoint | None:
    """The bundled n-gram of this model's training text, with the same symbols."""
    corpus = checkpoint.card.corpus.name
    for name, card in library.all_cards().items() if corpus else ():
        if card.kind == "ngram" and card.corpus.name == corpus:
            found = ENGINE.open(name, cancelled)
            if found.vocabulary.symbols == checkpoint.vocabulary.symbols:
                return found
    return None


def letters_of(checkpoint: Checkpoint) -> NDArray[np.float64] | None:
    """The frequency of each symbol in this model's training text, (V,), all above 0; None if its files have none."""
    return checkpoint.words.frequencies(len(checkpoint.vocabulary)) if checkpoint.words else None


def best_count_of(checkpoint: Checkpoint) -> dict[str, Any] | None:
    """The loss of the best n-gram of this model's text on the validation text, from its card; None if it has none."""
    best = checkpoint.card.best_count
    if best is None or best.nats is None or best.order is None:
        return None
    return {"nats": best.nats, "order": best.order, "unit": checkpoint.card.unit}


def yardsticks_of(
    checkpoint: Checkpoint, ids: Sequence[int], places: Sequence[int], cancel: CancelToken, share: Share
) -> dict[str, Log]:
    """The distributions that a model's predictions at some places of a text are compared with, beside the uniform one
    (reach.py): the letters' frequencies, and what the n-gram of the same text predicts, unless it is this model."""
    letters, counting = letters_of(checkpoint), counting_model(checkpoint, cancel.event)
    found = {} if letters is None else {LETTERS: np.log(letters)}
    if counting is not None and counting.name != checkpoint.name:
        share.spend(work_of(counting, len(ids)))
        query = FullAnswers(ids, places)
        [found[COUNT]] = ENGINE.query(counting.name, query, cancel.event, requester=share.requester)
    return found


def reach(request: requests.Look, cancel: CancelToken, share: Share = UNBOUNDED) -> Iterator[bytes]:
    """How much context a model uses at the end of a prompt."""
    checkpoint = ENGINE.open(request.settings.model, cancel.event)
    ids = checkpoint.vocabulary.encode(request.settings.prompt).ids
    check_work(checkpoint, len(ids))
    contexts = doublings(len(checkpoint.start_ids) + len(ids))
    while work_of(checkpoint, work := len(ids) + sum(contexts)) > WORK_LIMIT:
        contexts.pop()  # the longest ones would take too long

    def losses() -> Iterator[bytes]:
        query = Reach(ids, [len(ids)], contexts, yardsticks_of(checkpoint, ids, [len(ids)], cancel, share))
        share.spend(work_of(checkpoint, work))
        for step in _run_query(checkpoint, query, cancel, share):
            if isinstance(step, Loss):
                yield frames.frame(_mean(step))
        yield frames.frame({"places": 1, "of": len(ids)})

    return once(_reaches, _key(checkpoint, request.settings.prompt), cancel.event, losses)


def kept_average(request: requests.Look, cancel: CancelToken, share: Share = UNBOUNDED) -> Iterator[bytes]:
    """The same as `average` if it is known already; otherwise nothing."""
    known = _known_average(ENGINE.open(request.settings.model, cancel.event))
    return map(frames.frame, known or [{"places": 0}])


def average(request: requests.Look, cancel: CancelToken, share: Share = UNBOUNDED) -> Iterator[bytes]:
    """The same averaged over positions of the passage, computed once for all visitors."""
    checkpoint = ENGINE.open(request.settings.model, cancel.event)
    name = checkpoint.name
    known = passage.kept_losses(checkpoint)
    if known is None:
        for done in _averages.wait(name, cancel.event):
            yield frames.frame({"done": done})
        known = _averages.get(name)
    if known is not None:
        yield from map(frames.frame, known)
        return
    with _averages.making(name) as tell:
        query = average_query(checkpoint, cancel, share)
        share.spend(work_of(checkpoint, len(query.ids) + len(query.places) * sum(query.contexts)))
        steps = max(1, count_steps(checkpoint, query))
        found = []
        for step in _run_query(checkpoint, query, cancel, share):
            if isinstance(step, Loss):
                found.append(_mean(step))
                yield frames.frame(found[-1])
            else:
                tell(step / steps)
                yield frames.frame({"done": step / steps})
        found.append(passage.about(checkpoint, len(query.places), len(query.ids)))
        _averages.put(name, found)
        yield frames.frame(found[-1])


def average_query(checkpoint: Checkpoint, cancel: CancelToken, share: Share = UNBOUNDED) -> Reach:
    """The query behind an average. BadInput if the passage does not fit this model."""
    query = passage.reach(checkpoint)
    return replace(query, yardsticks=yardsticks_of(checkpoint, query.ids, query.places, cancel, share))


def _known_average(checkpoint: Checkpoint) -> list[dict[str, Any]] | None:
    return _averages.get(checkpoint.name) or passage.kept_losses(checkpoint)


def _run_query(
    checkpoint: Checkpoint, query: Query[Loss | int], cancel: CancelToken, share: Share
) -> Iterator[Loss | int]:
    return ENGINE.query(checkpoint.name, query, cancel.event, requester=share.requester)


def _mean(loss: Loss) -> dict[str, Any]:
    divergence, surprise = passage.mean(loss)
    return {"given": loss.given, "divergence": jsonable(divergence), "surprise": jsonable(surprise)}


def evidence(request: requests.Look, cancel: CancelToken, share: Share = UNBOUNDED) -> Iterator[bytes]:
    """The counts behind an n-gram's prediction after a prompt."""
    checkpoint = ENGINE.open(request.settings.model, cancel.event)
    size = len(checkpoint.vocabulary)
    if size > folding.LONG:
        raise BadInput("evidence.kind", name=checkpoint.name)
    ids = checkpoint.vocabulary.encode(request.settings.prompt).ids

    def counts() -> Iterator[bytes]:
        share.spend(work_of(checkpoint, 1))
        [levels] = ENGINE.query(checkpoint.name, Evidence(ids), cancel.event, requester=share.requester)
        yield frames.frame({"size": size, "levels": [asdict(level) for level in levels]})

    return once(_evidence, _key(checkpoint, request.settings.prompt), cancel.event, counts)

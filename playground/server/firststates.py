"""One to many: names from two initial states and one interpolated between them, for the Shapes tab. The answer is one
frame:

    {"model", "title", "start", "symbols": ["\\n", "a", …], "one": "", "other": "chris", "share": 0.5,
     "seeds": [5, 6, …], "texts": [[{"text": "ava", "ended": true}, …], …]}

The texts are those of the first state, of the interpolated one, and of the second, each with the given seeds; `one` and
`other` are as the model read them. A text ends before a line end, or after LONGEST symbols, and then is not `ended`.
The body has the three rows of float32 logits of the first symbol.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from playground.engine import ENGINE
from playground.inference import firststates, stopping
from playground.inference.firststates import FirstLogits, SampledStep
from playground.library import Checkpoint
from playground.models.footprint import text_size
from playground.server import frames, requests, sanitize
from playground.server.cache import Cache, once
from playground.server.jobs import CancelToken
from playground.server.requests.firststates import TEXTS
from playground.server.settings import check_work, seeds_from, work_of
from playground.server.shares import UNBOUNDED, Share

LONGEST = 24  # symbols of a name

_ANSWERS: Cache[list[bytes]] = Cache(300)  # one is 5 kB


def first_states(request: requests.FirstStates, cancel: CancelToken, share: Share = UNBOUNDED) -> Iterator[bytes]:
    """The frame that answers. A class sends the same request, so recent answers are cached."""
    return once(_ANSWERS, repr(request), cancel.event, lambda: iter([_answer(request, cancel, share)]))


def _answer(request: requests.FirstStates, cancel: CancelToken, share: Share) -> bytes:
    settings = request.settings
    checkpoint = ENGINE.open(settings.model, cancel.event)
    vocabulary = checkpoint.vocabulary
    one, other = (vocabulary.encode(text).ids for text in (request.one, request.other))
    ends = stopping.stop_of(checkpoint, "line", LONGEST).ids
    seeds = seeds_from(settings.seed, TEXTS)
    shares = (0, request.share, 1)
    check_work(checkpoint, len(one) + len(other))
    written = len(shares) * TEXTS
    share.reserve(work_of(checkpoint, len(one) + len(other) + written * LONGEST), written * text_size(checkpoint.model))
    query = firststates.FirstStates(one, other, shares, settings.sampling(vocabulary), seeds, LONGEST, min(ends))
    rows: list[list[float]] = []
    steps: list[list[int]] = []
    for found in ENGINE.query(checkpoint.name, query, cancel.event, requester=share.requester):
        if isinstance(found, FirstLogits):
            share.done(work_of(checkpoint, len(one) + len(other)))
            rows = found.rows
        elif isinstance(found, SampledStep):
            share.done(work_of(checkpoint, len(found.ids)))
            steps.append(found.ids)
    texts = [_text(checkpoint, ids, min(ends)) for ids in zip(*steps, strict=True)]
    head = {
        "model": checkpoint.name,
        "title": sanitize.title(checkpoint.name, checkpoint.card),
        "start": checkpoint.start,
        "symbols": list(vocabulary.symbols),
        "one": vocabulary.decode(one),
        "other": vocabulary.decode(other),
        "share": request.share,
        "seeds": list(seeds),
        "texts": [texts[i : i + TEXTS] for i in range(0, written, TEXTS)],
    }
    return frames.frame(head, np.asarray(rows, "<f4").tobytes())


def _text(checkpoint: Checkpoint, ids: tuple[int, ...], stop: int) -> dict[str, object]:
    ended = stop in ids
    own = ids[: ids.index(stop)] if ended else ids
    return {"text": checkpoint.vocabulary.decode(own), "ended": ended}

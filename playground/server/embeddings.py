"""A bigram's two matrices and its map, from which the page computes one-hot → embedding → context.

    POST stream/embeddings   {"model", "title", "symbols", "width": 16, "share": [0.4, 0.2]}

The body has float32 numbers: the embeddings (V, d), the contexts (V, d), a row for each symbol, and its place (V, 2).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from playground.engine import ENGINE
from playground.inference.embeddings import Embeddings
from playground.server import frames, requests, sanitize
from playground.server.cache import Cache
from playground.server.comparing import letters_of
from playground.server.jobs import CancelToken
from playground.server.settings import work_of
from playground.server.shares import UNBOUNDED, Share

_answers: Cache[bytes] = Cache(20)


def embeddings(request: requests.Look, cancel: CancelToken, share: Share = UNBOUNDED) -> Iterator[bytes]:
    """The frame that answers, computed once for all visitors. BadInput if the model is not a bigram."""
    checkpoint = ENGINE.open(request.settings.model, cancel.event)
    answer = _answers.get(checkpoint.name)
    if answer is None:
        share.spend(work_of(checkpoint, 1))
        letters = letters_of(checkpoint)
        query = Embeddings([] if letters is None else letters.tolist())
        [found] = ENGINE.query(checkpoint.name, query, cancel.event, requester=share.requester)
        head = {
            "model": checkpoint.name,
            "title": sanitize.title(checkpoint.name, checkpoint.card),
            "symbols": checkpoint.vocabulary.symbols,
            "width": found.embedding.shape[1],
            "share": found.share,
        }
        numbers = (found.embedding, found.context, found.places)
        answer = frames.frame(head, b"".join(np.asarray(part, "<f4").tobytes() for part in numbers))
        _answers.put(checkpoint.name, answer)
    yield answer

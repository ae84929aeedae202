"""The exact next-character distribution of a token model, for the bars of Play: one approximation per frame, each
better than the last.

    {"outcomes": ["e", " ", "\\uf7eb", 50256, …], "left_out": 0.0003, "left_out_of_all": 0.04, "cut_anew": 2,
     "whole": false, "read": 40, "changed": 0.61, "size": 4, "folded": false}

An outcome is a character in the model's symbol notation, or the id of a special token. The body is a row of their
log-probabilities, as frames.py writes it; a long row is folded, and the outcomes are those sent individually. The first
answer is the sum over the tokens that begin with a character.
"""

from __future__ import annotations

from collections.abc import Iterator
from threading import Event

import numpy as np

from playground.engine import ENGINE
from playground.errors import BadInput
from playground.inference.covers import MEMORY, TAIL
from playground.inference.next_character import Characters, NextCharacter
from playground.library import Checkpoint
from playground.models.footprint import parameters
from playground.sampling import folding
from playground.server import frames, requests
from playground.server.jobs import CancelToken
from playground.server.settings import check_ids, check_work, work_of
from playground.server.shares import UNBOUNDED, Share


def next_character(request: requests.NextCharacter, cancel: CancelToken, share: Share = UNBOUNDED) -> Iterator[bytes]:
    """Yield the distribution of the next character, the first approximation first, then better ones."""
    checkpoint = ENGINE.open(request.settings.model, cancel.event)
    check_ids(checkpoint, request.written)
    prompt = checkpoint.vocabulary.encode(request.settings.prompt).ids
    if request.left > len(prompt):
        raise BadInput("input.request", field="left")
    ids = [*prompt[: len(prompt) - request.left], *request.written]
    check_work(checkpoint, len(ids))
    for answer in answers(checkpoint, ids, cancel.event, share):
        logits = np.log(answer.probabilities).astype(np.float32)
        long = frames.is_long(logits)
        head = {
            "size": len(logits),
            "folded": long,
            "outcomes": answer.outcomes[: folding.KEEP] if long else answer.outcomes,
            "left_out": answer.left_out,
            "left_out_of_all": answer.left_out_of_all,
            "cut_anew": answer.cut_anew,
            "whole": answer.whole,
            "read": answer.read,
            "changed": answer.changed,
        }
        yield frames.frame(head, frames.row(logits))


def answers(checkpoint: Checkpoint, ids: list[int], cancelled: Event, share: Share) -> Iterator[Characters]:
    """The engine's answers. Their maximum cost is taken from the share first, and the unused part is returned."""
    query, each = NextCharacter(tuple(ids)), work_of(checkpoint, 1)
    share.reserve(each * (len(ids) + TAIL + query.most_read(parameters(checkpoint.model))), MEMORY)
    share.done(each * (len(ids) + TAIL))
    read = 0
    for answer in ENGINE.query(checkpoint.name, query, cancelled, requester=share.requester):
        share.done(each * (answer.read - read))
        read = answer.read
        yield answer

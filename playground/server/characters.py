"""The true next character of a model of tokens, for the bars of Play: an answer to a frame, each better than the last.

    {"outcomes": ["e", " ", "\\uf7eb", 50256, …], "left_out": 0.0003, "left_out_of_all": 0.04, "cut_anew": 2,
     "whole": false, "read": 40, "changed": 0.61, "size": 4, "folded": false}

An outcome is a character as the symbols of the model have it, or the id of a special token. The body is a row of the
logarithms of their probabilities, as frames.py writes it; where it is long, it is folded, and the outcomes are those
that are left in it. The first answer is the sum over the tokens that begin with a character.
"""

from __future__ import annotations

from collections.abc import Iterator
from threading import Event

import numpy as np

from playground.engine import ENGINE
from playground.inference.covers import MEMORY, TAIL
from playground.inference.next_character import Characters, NextCharacter
from playground.library import Checkpoint
from playground.models.footprint import parameters
from playground.sampling import folding
from playground.server import frames, requests
from playground.server.jobs import End
from playground.server.settings import check_ids, check_work, work_of
from playground.server.shares import UNBOUNDED, Share


def next_character(asked: requests.NextCharacter, end: End, share: Share = UNBOUNDED) -> Iterator[bytes]:
    """Yield the distribution of the next character, the first approximation first, then better ones."""
    checkpoint = ENGINE.open(asked.settings.model, end.event)
    check_ids(checkpoint, asked.ids)
    check_work(checkpoint, len(asked.ids))
    for answer in answers(checkpoint, asked.ids, end.event, share):
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
    """What the engine answers. What it may cost is taken from the share before, and given back where it was less."""
    walk, each = NextCharacter(tuple(ids)), work_of(checkpoint, 1)
    share.reserve(each * (len(ids) + TAIL + walk.most_read(parameters(checkpoint.model))), MEMORY)
    share.done(each * (len(ids) + TAIL))
    read = 0
    for answer in ENGINE.walk(checkpoint.name, walk, cancelled, asker=share.asker):
        share.done(each * (answer.read - read))
        read = answer.read
        yield answer

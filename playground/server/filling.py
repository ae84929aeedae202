"""The gap, for the Shapes tab: what stands there from both sides and from the left alone; what a masked model writes.

POST stream/gaps is answered with one frame:

    {"model", "title", "left": {"model", "title"}, "symbols": […], "left_symbols": […], "names": {}}

Its body has the logits of the gaps, float32: of the masked model first, one row a gap, and then as many of the language
model that reads from the left. That one reads the letters that stood in the gaps before: it is told more.

POST stream/stretch is answered with a frame for each gap that is filled, in three orders side by side, and at the end
with the texts, beside what the language model writes after the same prompt with the same dice:

    {"length": 60}
    {"order": "surest", "place": 7, "symbol": "e", "u": 0.31, "probability": 0.8}      place: from 0, after the prompt
    {"texts": {"left": {"text", "known_words", "surprise"}, …, "model": {…}}, "title": "…"}

known_words is the share of whole words that the language model's training text has, surprise its mean −log₂ p of the
letters that were written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from math import log
from typing import Any

import numpy as np

from playground import library
from playground.engine import ENGINE
from playground.inference import measures, score
from playground.inference.filling import ORDERS, Fill, FromLeft, Writing
from playground.inference.samples import Samples
from playground.library import Checkpoint
from playground.server import frames, gaps, requests, sanitize
from playground.server.cache import Cache, once
from playground.server.jobs import End
from playground.server.settings import work_of
from playground.server.shares import UNBOUNDED, Share
from playground.text import unicode_text

# The latest answers, whole: a class opens the section with one text.
_GAPS: Cache[list[bytes]] = Cache(200)  # of 50 gaps one is 30 kB
_STRETCHES: Cache[list[bytes]] = Cache(100)  # one is 30 kB at most


def fill(asked: requests.Gaps, end: End, share: Share = UNBOUNDED) -> Iterator[bytes]:
    """Yield one frame: the logits of all gaps, from both sides and from the left. BadInput as gaps.py has it."""
    return once(_GAPS, repr(asked), end.event, lambda: _fill(asked, end, share))


def stretch(asked: requests.Stretch, end: End, share: Share = UNBOUNDED) -> Iterator[bytes]:
    """Yield the length, each gap as it is filled in each order, then the texts with their measures."""
    return once(_STRETCHES, repr(asked), end.event, lambda: _stretch(asked, end, share))


def _fill(asked: requests.Gaps, end: End, share: Share) -> Iterator[bytes]:
    masked = gaps.open_masked(asked.model, end.event)
    ids, positions = gaps.read_pieces(masked, asked.pieces)
    left = ENGINE.open(library.first(), end.event)
    before = [len(left.vocabulary.encode(asked.text[:gap]).ids) for gap in asked.gaps]
    cost = gaps.work(masked, len(ids), len(positions)) + work_of(left, before[-1] + 1)
    share.reserve(cost)
    both = list(ENGINE.walk(masked.name, Fill(ids, positions), end.event, asker=share.asker))
    read = left.vocabulary.encode(asked.text[: asked.gaps[-1]]).ids
    alone = list(ENGINE.walk(left.name, FromLeft(read, before), end.event, asker=share.asker))
    share.done(cost)
    symbols = [list(one.vocabulary.symbols) for one in (masked, left)]
    head = {
        **_name_and_title(masked),
        "left": _name_and_title(left),
        "symbols": symbols[0],
        "left_symbols": symbols[1],
        "names": unicode_text.names({*"".join(symbols[0]), *"".join(symbols[1])}),
    }
    rows = [np.concatenate(of).astype("<f4").tobytes() for of in (both, alone)]
    yield frames.frame(head, b"".join(rows))


def _stretch(asked: requests.Stretch, end: End, share: Share) -> Iterator[bytes]:
    masked, left = gaps.open_masked(asked.model, end.event), ENGINE.open(library.first(), end.event)
    prompt, n = gaps.letters(masked, asked.prompt), asked.length
    ids, positions = [*prompt, *[0] * n], range(len(prompt), len(prompt) + n)
    reads = work_of(left, (1 + len(ORDERS) + 1) * len(ids))
    steps = gaps.work(masked, len(ids), n)
    share.reserve(len(ORDERS) * n * steps + reads)
    sampling, seed = asked.settings.sampling(masked.vocabulary), asked.settings.seed
    walks = {
        order: ENGINE.walk(
            masked.name, Writing(ids, tuple(positions), order, sampling, seed), end.event, asker=share.asker
        )
        for order in ORDERS
    }
    yield frames.frame({"length": n})
    symbols = masked.vocabulary.symbols
    written: dict[str, dict[int, int]] = {order: {} for order in ORDERS}
    for _ in range(n):
        for order, walk in walks.items():
            one = next(walk)
            share.done(steps)
            place = one.place - len(prompt)
            written[order][place] = one.id
            told = {"place": place, "symbol": symbols[one.id], "u": one.u, "probability": one.probability}
            yield frames.frame({"order": order, **told})
    sampling = asked.settings.sampling(left.vocabulary)
    given = left.vocabulary.encode(asked.prompt).ids
    beside = ENGINE.walk(left.name, Samples(given, [sampling], [seed], n), end.event, asker=share.asker)
    drawn = [step.ids[0] for step in beside]
    found = {"model": left.vocabulary.decode(drawn)}
    for name, own in written.items():
        found[name] = masked.vocabulary.decode([own[i] for i in range(n)])
    measured = {name: _measure(left, asked.prompt, text, end, share) for name, text in found.items()}
    share.done(reads)
    yield frames.frame({"texts": measured, "title": _name_and_title(left)["title"]})


def _measure(left: Checkpoint, prompt: str, text: str, end: End, share: Share) -> dict[str, Any]:
    """A written text, and what it is like to the language model."""
    encoding = left.vocabulary.encode(prompt + text)
    pieces = ENGINE.walk(left.name, score.LogProbabilities(encoding.ids), end.event, asker=share.asker)
    bits = [-p / log(2) for piece in pieces for p in piece]
    own: Sequence[float] = [b for b, at in zip(bits, encoding.offsets, strict=True) if at >= len(prompt)]
    found = asdict(measures.measure(prompt, prompt + text, own, left.words, whole=False))
    return {"text": text, "known_words": found["known_words"], "surprise": found["surprise"]}


def _name_and_title(checkpoint: Checkpoint) -> dict[str, str]:
    return {"model": checkpoint.name, "title": sanitize.title(checkpoint.name, checkpoint.card)}

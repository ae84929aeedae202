"""Byte pairs: a text's most frequent neighbours, merged step by step, for the Shapes tab. One frame answers:

    {"characters": 1200, "alphabet": 41, "words": 240, "kinds": 130,         of the text, as pairs.py counts them
     "merges": [["t", "h", 27], …],         left, right, and how many neighbours they were in what they are learned from
     "joined": [0, null, 17, …],            of each place between two characters, the merge that joins them
     "learned": {"characters": 1115394, "alphabet": 65, "words": 294763, "kinds": 15057},       of that text,
     "shakespeare": {…},                                                         of Tiny Shakespeare
     "tokens": {"title": "GPT-2", "size": 50257, "starts": [0, 3, …]}}      where each begins; null where none are here

Tokens are those of the page's model, where that has some, else GPT-2's. Its own vocabulary is not bundled: where it was
not downloaded, how it cuts the section's first text is known, and no other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from playground import library
from playground.engine import ENGINE
from playground.errors import PlaygroundError
from playground.library import Checkpoint
from playground.server import frames, requests, sanitize
from playground.server.jobs import End
from playground.server.shares import UNBOUNDED, Share
from playground.text import pairs

MOST = 400  # merges of a text of its own
GPT2 = "openai-community/gpt2"
WORK = 50_000_000  # of the share of a visitor: some 2 ms of a core


def answer(asked: requests.Pairs, end: End, share: Share = UNBOUNDED) -> Iterator[bytes]:
    """Yield one frame: the merges, and the text in characters, pairs, words and GPT-2's tokens, counted."""
    share.spend(WORK)
    own = pairs.learn(asked.text, MOST)
    learned = own if asked.source == "text" else pairs.shakespeare()
    merges = [(merge.left, merge.right) for merge in learned.merges]
    yield frames.frame({
        **_counts(own),
        "merges": [[merge.left, merge.right, merge.count] for merge in learned.merges],
        "joined": pairs.merge_ranks(asked.text, merges),
        "learned": _counts(learned),
        "shakespeare": _counts(pairs.shakespeare()),
        "tokens": _tokens(asked, end),
    })  # fmt: skip


def _counts(learned: pairs.Learned) -> dict[str, Any]:
    return {name: value for name, value in asdict(learned).items() if name != "merges"}


def _tokens(asked: requests.Pairs, end: End) -> dict[str, Any] | None:
    checkpoint = _with_tokens(asked.settings.model, end)
    if checkpoint is None:
        known = pairs.gpt2_cut()
        return {"title": "GPT-2", "size": known.size, "starts": known.starts} if asked.text == known.text else None
    vocabulary = checkpoint.vocabulary
    return {
        "title": sanitize.title(checkpoint.name, checkpoint.card),
        "size": len(vocabulary),
        "starts": vocabulary.encode(asked.text).offsets,
    }


def _with_tokens(model: str, end: End) -> Checkpoint | None:
    """The page's model where it has tokens; else GPT-2, where a visitor may read what was downloaded of it."""
    checkpoint = ENGINE.open(model, end.event)
    if checkpoint.vocabulary.unit == "token":
        return checkpoint
    try:
        return library.outline(GPT2, visitor=True, cancelled=end.event)
    except PlaygroundError:  # it is not here, or does not fit
        return None

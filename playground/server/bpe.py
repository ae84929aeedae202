"""Byte pairs: a text's most frequent pairs, merged step by step, for the Shapes tab. The answer is one frame:

    {"characters": 1200, "alphabet": 41, "words": 240, "kinds": 130,         of the text, as bpe.py counts them
     "merges": [["t", "h", 27], …],         left, right, and how often they were neighbours there
     "joined": [0, null, 17, …],            of each place between two characters, the merge that joins them
     "learned": {"characters": 1115394, "alphabet": 65, "words": 294763, "kinds": 15057},       of that text,
     "shakespeare": {…},                                                         of Tiny Shakespeare
     "tokens": {"title": "GPT-2", "size": 50257, "starts": [0, 3, …]}}      where each begins; null where none are here

Tokens are those of the page's model if it has any, otherwise GPT-2's. GPT-2's vocabulary is not bundled: without a
download only its cut of the section's default text is known.
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
from playground.server.jobs import CancelToken
from playground.server.shares import UNBOUNDED, Share
from playground.text import bpe

MAX_MERGES = 400  # merges learned from the visitor's text
GPT2 = "openai-community/gpt2"
WORK = 50_000_000  # charged to the visitor's share: some 2 ms of a core


def answer(request: requests.BytePairs, cancel: CancelToken, share: Share = UNBOUNDED) -> Iterator[bytes]:
    """Yield one frame: the merges, and the text's counts in characters, pairs, words and GPT-2's tokens."""
    share.spend(WORK)
    own = bpe.learn(request.text, MAX_MERGES)
    learned = own if request.source == "text" else bpe.shakespeare()
    merges = [(merge.left, merge.right) for merge in learned.merges]
    yield frames.frame({
        **_counts(own),
        "merges": [[merge.left, merge.right, merge.count] for merge in learned.merges],
        "joined": bpe.merge_ranks(request.text, merges),
        "learned": _counts(learned),
        "shakespeare": _counts(bpe.shakespeare()),
        "tokens": _tokens(request, cancel),
    })  # fmt: skip


def _counts(learned: bpe.LearnedMerges) -> dict[str, Any]:
    return {name: value for name, value in asdict(learned).items() if name != "merges"}


def _tokens(request: requests.BytePairs, cancel: CancelToken) -> dict[str, Any] | None:
    checkpoint = _with_tokens(request.settings.model, cancel)
    if checkpoint is None:
        known = bpe.gpt2_cut()
        return {"title": "GPT-2", "size": known.size, "starts": known.starts} if request.text == known.text else None
    vocabulary = checkpoint.vocabulary
    return {
        "title": sanitize.title(checkpoint.name, checkpoint.card),
        "size": len(vocabulary),
        "starts": vocabulary.encode(request.text).offsets,
    }


def _with_tokens(model: str, cancel: CancelToken) -> Checkpoint | None:
    """The page's model if it has tokens; otherwise GPT-2, if it was downloaded and visitors may read it."""
    checkpoint = ENGINE.open(model, cancel.event)
    if checkpoint.vocabulary.unit == "token":
        return checkpoint
    try:
        return library.outline(GPT2, visitor=True, cancelled=cancel.event)
    except PlaygroundError:  # it is not available, or does not fit
        return None

"""What the server tells the browser about a run: plain JSON, logits as base64 of little-endian numbers.

A message is cumulative. While a run is written, each one holds all the chunks so far, so one that gets lost
or merged on the way loses nothing, and gradio sends only what was added.

    {"id": "…",                    new for every answer; an answer to the player carries its request's token
     "model": "shakespeare-lstm", "card": {…}, "unit": "character", "start": "\\n",
     "normalizer": "none",         "nfd" where symbols are composed to show them
     "symbols": ["\\n", " ", …],   null where the browser knows them already
     "special": [0],               the ids of special tokens; null as the symbols are
     "drops_first_space": false,   whether a text is shown without the space that its first symbol begins with
     "names": {"\\u200d": "zero width joiner"},     of what cannot be seen in the symbols and the cells
     "folded": false,              whether the rows are: see folding.py
     "prompt": {"text": "…", "cells": [["T", 1], …], "unknown": {"3": "e"}, "skipped": 0,
                "ids": […], "logits": "…"},      one row before each id
     "first": 0,                   the number of the first written step in the chunks
     "chunks": [{"ids": […], "us": […], "logits": "…"}, …],
     "tip": "…",                   the row after the last step so far
     "done": true,                 false while there are more to come
     "stopped": "length",          why a run ended there: "length", "line" or "end"; null before that, and for none
     "stops": ["none", "line"],    where a run of this model may end before its length (stopping.py)
     "settings": {…}}              what the run is written under, in the address's own names

A prompt's cell is one character as people count them (a grapheme cluster, with what shows nothing after it) or one
token, and the number of its ids. `unknown` is by the number of the cell; `skipped` counts code points.

A row is V float32; a folded one is the numbers K and R, the rank and the logit of the id that came next (0 where
none did), K ids and their logits, and R counts and their means: uint32 the whole numbers, float32 the others. Among
the K are all ids to which the settings give a bias. Logits are the model's own, without it.
"""

from __future__ import annotations

import base64
import struct
from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict
from itertools import pairwise
from typing import Any
from uuid import uuid4

import numpy as np

from playground.inference import stopping
from playground.inference.generate import Step
from playground.inference.prefill import Logits, Prefill
from playground.library import Checkpoint
from playground.sampling import folding
from playground.server import bias as biases
from playground.server import sanitize
from playground.server.settings import Settings, jsonable
from playground.text import unicode_text
from playground.text.characters import Encoding

SHOWN_CELLS = 1_000  # of a longer prompt the model reads all, and the page shows the last ones
SHOWN_FOLDED = 300  # a folded row is 12 kB


def message(
    checkpoint: Checkpoint,
    settings: Settings,
    encoding: Encoding,
    prefilled: Prefill,
    *,
    first: int = 0,
    tip: Logits | None = None,
    knows: str | None = None,
) -> dict[str, Any]:
    """A run without chunks yet.

    prefilled: the prompt, with as many rows as `needed` says, or more. first: the number of the first chunk's first
    step. tip: the row that stands after what was written, if anything was. knows: the model whose symbols the browser
    has already.
    """
    vocabulary = checkpoint.vocabulary
    also = biased(checkpoint, settings)
    symbols = None if knows == checkpoint.name else list(vocabulary.symbols)
    starts = _starts(checkpoint, settings.prompt, encoding)
    visible = settings.prompt[starts[0] :] if starts else ""
    return {
        "id": uuid4().hex[:12],
        "model": checkpoint.name,
        "card": sanitize.of_card(checkpoint.card) | _told_start(checkpoint),
        "unit": vocabulary.unit,
        "start": checkpoint.start,
        "normalizer": vocabulary.normalizer,
        "symbols": symbols,
        "special": None if symbols is None else sorted(vocabulary.special),
        "drops_first_space": vocabulary.drops_first_space,
        "names": unicode_text.names(set(visible).union(*(symbols or ()))),
        "folded": _long(prefilled.logits),
        "prompt": _prompt(settings.prompt, encoding, prefilled.logits, starts, also),
        "first": first,
        "chunks": [],
        "tip": rows(prefilled.logits[-1:] if tip is None else tip[None], also=also),
        "done": True,
        "stopped": None,
        "stops": list(stopping.stops_of(checkpoint)),
        "settings": plain(settings),
    }


def _told_start(checkpoint: Checkpoint) -> dict[str, Any]:
    """What stands before every text, and where it comes from, unless the model's own files say it."""
    if checkpoint.start_source in ("own", "config"):
        return {}
    return {"start": {"text": checkpoint.start, "source": checkpoint.start_source}}


def needed(checkpoint: Checkpoint, prompt: str, encoding: Encoding) -> int:
    """How many rows of a prompt's logits a message shows."""
    starts = _starts(checkpoint, prompt, encoding)
    return 1 + (sum(offset >= starts[0] for offset in encoding.offsets) if starts else 0)


def _starts(checkpoint: Checkpoint, text: str, encoding: Encoding) -> list[int]:
    """Where the cells begin that are shown of a prompt, the last of them."""
    folded = len(checkpoint.vocabulary) > folding.LONG
    return cell_starts(checkpoint, text, encoding)[-(SHOWN_FOLDED if folded else SHOWN_CELLS) :]


def cell_starts(checkpoint: Checkpoint, text: str, encoding: Encoding) -> list[int]:
    """Where the cells of a text begin: its characters or its tokens."""
    characters = checkpoint.vocabulary.unit == "character"
    lost = (s.position for s in encoding.substitutions if not s.replacement)  # what has no token has a cell too
    return _characters(text, encoding) if characters else sorted({0, *encoding.offsets, *lost} if text else ())


def _characters(text: str, encoding: Encoding) -> list[int]:
    """Where the characters of a text begin that were read as something, the first at 0.

    What shows nothing and has no id goes with the character before it. Where it is a symbol of its own, it is a
    character of its own too.
    """
    heard = {*encoding.offsets, *(s.position for s in encoding.substitutions)}
    clusters = pairwise([*unicode_text.clusters(text), len(text)])
    starts = {begin for begin, end in clusters if not heard.isdisjoint(range(begin, end))}
    shown = {p for p in heard if unicode_text.is_invisible(text[p])} & set(encoding.offsets)
    starts |= shown | {p + 1 for p in shown} & heard
    return sorted(starts - {min(starts)} | {0}) if starts else []


def biased(checkpoint: Checkpoint, settings: Settings) -> Collection[int]:
    """The ids to which the settings give a bias."""
    return biases.ids(settings.bias, checkpoint.vocabulary.symbols)[0]


def _prompt(
    text: str, encoding: Encoding, logits: Logits, starts: list[int], also: Collection[int]
) -> dict[str, Any]:
    """The prompt's cells, and the rows before their ids."""
    shown = cells_of(text, encoding, starts)
    ids = shown["ids"]
    return {
        "text": text,
        **shown,
        "skipped": starts[0] if starts else 0,
        "logits": rows(logits[-1 - len(ids) : -1], ids, also),
    }


def cells_of(text: str, encoding: Encoding, starts: list[int]) -> dict[str, Any]:
    """The cells of a text that begin at `starts`, each with the number of its ids; these ids; and what is unknown.

    `unknown` has what stands for a cell that is not in the vocabulary, by the cell's number.
    """
    cells = [bisect_right(starts, offset) - 1 for offset in encoding.offsets]  # of each id; −1 before the first
    counts = Counter(cells)
    ids = [id for id, cell in zip(encoding.ids, cells, strict=True) if cell >= 0]
    unknown = {bisect_right(starts, s.position) - 1: s.replacement for s in encoding.substitutions}
    return {
        "cells": [[text[a:b], counts[i]] for i, (a, b) in enumerate(pairwise([*starts, len(text)]))],
        "unknown": {str(cell): replacement for cell, replacement in unknown.items() if cell >= 0},
        "ids": ids,
    }


def chunk(steps: Iterable[Step], also: Collection[int] = ()) -> dict[str, Any]:
    """Some steps, in the order they were written. also: ids that no row may fold."""
    steps = list(steps)
    ids = [step.id for step in steps]
    return {
        "ids": ids,
        "us": [step.u for step in steps],
        "logits": rows(np.stack([step.logits for step in steps]), ids, also),
    }


def rows(logits: Logits, ids: Sequence[int] | None = None, also: Collection[int] = ()) -> str:
    """Rows (N, V) as the module's docstring has them, packed. ids: what came after each; also: what no row folds."""
    if not _long(logits):
        return pack(logits)
    came: Sequence[int | None] = ids or [None] * len(logits)
    return _base64(b"".join(_folded(row, id, also) for row, id in zip(logits, came, strict=True)))


def _long(logits: Logits) -> bool:
    return logits.shape[-1] > folding.LONG


def _folded(row: Logits, id: int | None, also: Collection[int]) -> bytes:
    short = folding.fold(row, also=also)
    place, logit = (0, 0.0) if id is None else (folding.rank(row, id), row[id])
    head = struct.pack("<IIIf", len(short.ids), len(short.counts), place, logit)
    parts = (short.ids, "<u4"), (short.logits, "<f4"), (short.counts, "<u4"), (short.means, "<f4")
    return head + b"".join(part.astype(dtype).tobytes() for part, dtype in parts)


def pack(logits: Logits) -> str:
    """Base64 of little-endian float32, row after row."""
    return _base64(np.ascontiguousarray(logits, dtype="<f4").tobytes())


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def plain(settings: Settings) -> dict[str, Any]:
    """Settings as JSON: an infinite temperature is the word "inf"."""
    return {name: jsonable(value) for name, value in asdict(settings).items()}

"""What the server tells the browser of a prompt and of a run: the heads of its frames (frames.py), plain JSON.

An answer begins with a head. The body has the rows of the prompt that the browser does not have yet and, where
something is written, the row that the first step is drawn from.

    {"id": "…",                    the token of the request, or a new name
     "model": "shakespeare-lstm",
     "about": {…},                 of the model, see `about`; null where the browser has it already
     "names": {"\\u200d": "zero width joiner"},     of what cannot be seen in the cells
     "prompt": {…},                see `prompt_message`
     "first": 0,                   the number of the first step that follows; null where nothing is written
     "length": 400,                how many follow at most
     "settings": {…}}              what is written under, in the address's own names; the prompt is in `prompt`

Then come the steps, in as many frames as it takes: {"n": 12, "done": false, "stopped": null}, each with a block. The
last one is `done`, and says why the run ended: "length", "line" or "end". A problem is one frame: {"problem": "…"} or
{"code": "…"}.

A prompt's cell is one character as people count them (a grapheme cluster, with what shows nothing after it) or one
token, and the number of its ids. `unknown` is by the number of the cell; `skipped` counts code points.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

from playground.inference import stopping
from playground.library import Checkpoint
from playground.sampling import folding
from playground.server import bias as biases
from playground.server import sanitize
from playground.server.settings import Settings, jsonable
from playground.text import unicode_text
from playground.text.by_characters import TokenCharacters
from playground.text.characters import Encoding

SHOWN_CELLS = 1_000  # of a longer prompt the model reads all, and the page shows the last ones
SHOWN_FOLDED = 300  # a folded row is 12 kB


@dataclass(frozen=True)
class Shown:
    """What the page shows of a prompt.

    begin: where its first cell begins in the text, in code points. first: how many ids stand before that.
    starts, cells: of each cell where it begins, and its text with the number of its ids and what stands for it, if
    anything does. ids: of the whole prompt.
    """

    text: str
    begin: int
    first: int
    starts: list[int]
    cells: list[tuple[str, int, str | None]]
    ids: list[int]


def show(checkpoint: Checkpoint, text: str, encoding: Encoding, begin: int = 0) -> Shown:
    """The last cells of a prompt.

    begin: where the browser's cells begin. They are not asked to begin earlier while half of what is shown is there:
    for what stands before them the browser has no rows, and nobody could advance backwards.
    """
    most = SHOWN_FOLDED if len(checkpoint.vocabulary) > folding.LONG else SHOWN_CELLS
    starts = cell_starts(checkpoint, text, encoding)
    at = max(0, len(starts) - most)
    later = bisect_right(starts, begin - 1)
    if at < later <= len(starts) - most // 2:
        at = later
    starts = starts[at:]
    shows = cells_of(text, encoding, starts)
    cells = [(cell, count, shows["unknown"].get(str(i))) for i, (cell, count) in enumerate(shows["cells"])]
    first = len(encoding.ids) - len(shows["ids"])
    return Shown(text, starts[0] if starts else 0, first, starts, cells, list(encoding.ids))


def common_part(now: Shown, had: Shown | None) -> tuple[int, int, int, int] | None:
    """What of the cells and the ids that the browser had stays: how many of each it drops at the front, and how many
    after those it keeps: (cells dropped, cells kept, ids dropped, ids kept). None where nothing does.

    An edit may change earlier tokens too, so ids are compared, and not texts.
    """
    if had is None or now.first < had.first or (now.starts and now.begin not in had.starts):
        return None
    if not now.starts or not had.starts:
        return None
    same = _common(now.ids, had.ids)
    if same < now.first:
        return None
    dropped = had.starts.index(now.begin)
    return dropped, _common(now.cells, had.cells[dropped:]), now.first - had.first, same - now.first


def _common(one: Sequence[Any], other: Sequence[Any]) -> int:
    """How many of their first entries are alike."""
    return next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def prompt_message(now: Shown, stays: tuple[int, int, int, int] | None, *, asked: str | None = None) -> dict[str, Any]:
    """A prompt: its text, or null where it is what was asked; the cells after those that stay; and the number of its
    ids after those that stay, whose rows the body has. Where none stay, the row before the first one leads them.

        {"text": null, "skipped": 0, "drop": [0, 0], "keep": [16, 16], "whole": false,
         "cells": [["b", 1]], "unknown": {}, "n": 1}                  drop and keep: of cells, of ids
    """
    cells_dropped, cells_kept, ids_dropped, ids_kept = stays or (0, 0, 0, 0)
    fresh = now.cells[cells_kept:]
    return {
        "text": None if now.text == asked else now.text,
        "skipped": now.begin,
        "drop": [cells_dropped, ids_dropped],
        "keep": [cells_kept, ids_kept],
        "whole": stays is None,
        "cells": [[text, count] for text, count, _ in fresh],
        "unknown": {str(i): other for i, (_, _, other) in enumerate(fresh, cells_kept) if other is not None},
        "n": len(now.ids) - now.first - ids_kept,
    }


def about(checkpoint: Checkpoint) -> dict[str, Any]:
    """What the page knows of a model.

        {"card": {…}, "unit": "character", "start": "\\n",
         "normalizer": "none",         "nfd" where symbols are composed to show them
         "symbols": ["\\n", " ", …], "special": [0],      the ids of special tokens
         "drops_first_space": false,   whether a text is shown without the space that its first symbol begins with
         "names": {"\\u200d": "zero width joiner"},        of what cannot be seen in the symbols
         "folded": false,              whether its rows are: see frames.py
         "stops": ["none", "line"],    where a run may end before its length (stopping.py)
         "by_characters": false}       whether it is a model of tokens that is asked for characters
    """
    vocabulary = checkpoint.vocabulary
    return {
        "card": sanitize.of_card(checkpoint.card) | _told_start(checkpoint),
        "unit": vocabulary.unit,
        "start": checkpoint.start,
        "normalizer": vocabulary.normalizer,
        "symbols": list(vocabulary.symbols),
        "special": sorted(vocabulary.special),
        "drops_first_space": vocabulary.drops_first_space,
        "names": unicode_text.names(set().union(*vocabulary.symbols)),
        "folded": len(vocabulary) > folding.LONG,
        "stops": list(stopping.stops_of(checkpoint)),
        "by_characters": isinstance(vocabulary, TokenCharacters),
    }


def _told_start(checkpoint: Checkpoint) -> dict[str, Any]:
    """What stands before every text, and where it comes from, unless the model's own files say it."""
    if checkpoint.start_source in ("own", "config"):
        return {}
    return {"start": {"text": checkpoint.start, "source": checkpoint.start_source}}


def biased_ids(checkpoint: Checkpoint, settings: Settings) -> Collection[int]:
    """The ids to which the settings give a bias."""
    return biases.ids(settings.bias, checkpoint.vocabulary.symbols)[0]


def names(now: Shown) -> dict[str, str]:
    """Names of what cannot be seen in the cells."""
    return unicode_text.names(set(now.text[now.begin :]))


def cell_starts(checkpoint: Checkpoint, text: str, encoding: Encoding) -> list[int]:
    """Where the cells of a text begin: its characters or its tokens."""
    if checkpoint.vocabulary.unit == "character":
        return _characters(text, encoding)
    lost = (s.position for s in encoding.substitutions if not s.replacement)  # what has no token has a cell too
    return sorted({0, *encoding.offsets, *lost} if text else ())


def cells_of(text: str, encoding: Encoding, starts: list[int]) -> dict[str, Any]:
    """The cells of a text that begin at `starts`, each with the number of its ids; these ids; and what is unknown.

    `unknown` has what stands for a cell that is not in the vocabulary, by the cell's number.
    """
    cells = [bisect_right(starts, offset) - 1 for offset in encoding.offsets]  # of each id; −1 before the first
    counts = Counter(cells)
    unknown = {bisect_right(starts, s.position) - 1: s.replacement for s in encoding.substitutions}
    return {
        "cells": [[text[a:b], counts[i]] for i, (a, b) in enumerate(pairwise([*starts, len(text)]))],
        "unknown": {str(cell): replacement for cell, replacement in unknown.items() if cell >= 0},
        "ids": [id for id, cell in zip(encoding.ids, cells, strict=True) if cell >= 0],
    }


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


def plain(settings: Settings) -> dict[str, Any]:
    """Settings as JSON: an infinite temperature is the word "inf"."""
    return {name: jsonable(value) for name, value in asdict(settings).items()}

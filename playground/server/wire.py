"""The server's messages about a prompt and a run: the heads of its frames (frames.py), plain JSON.

An answer begins with a head. The body has those rows of the prompt that the browser lacks and, if a text is written,
the row from which the first step is drawn.

    {"id": "…",                    the token of the request, or a new name
     "model": "shakespeare-lstm",
     "about": {…},                 of the model, see `about`; null if the browser has it already
     "names": {"\\u200d": "zero width joiner"},     of invisible characters in the cells
     "prompt": {…},                see `prompt_message`
     "first": 0,                   the number of the first step that follows; null if nothing is written
     "length": 400,                how many follow at most
     "settings": {…}}              the run's settings, by their names in the address; the prompt is in `prompt`

Then come the steps, in as many frames as it takes: {"n": 12, "done": false, "stopped": null}, each with a block. The
last one is `done`, and says why the run ended: "length", "line" or "end". A problem is one frame: {"problem": "…"} or
{"code": "…"}.

A prompt's cell is one user-perceived character (a grapheme cluster, with invisible characters after it) or one token,
and the number of its ids. `unknown` is keyed by the cell's index; `skipped` counts code points.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

from playground.inference import stopping
from playground.inference.score import unit_of
from playground.library import Checkpoint
from playground.sampling import folding
from playground.server import bias as biases
from playground.server import sanitize
from playground.server.settings import Settings, jsonable
from playground.text import unicode_text
from playground.text.by_characters import TokenCharacters
from playground.text.characters import Encoding

SHOWN_CELLS = 1_000  # the model reads all of a longer prompt, and the page shows the last ones
SHOWN_FOLDED = 300  # a folded row is 12 kB


@dataclass(frozen=True)
class VisiblePrompt:
    """The part of a prompt that the page shows.

    begin: where its first cell begins in the text, in code points. first: how many ids stand before that.
    starts, cells: for each cell where it begins, and its text with the number of its ids and its stand-in, if any. ids:
    of the whole prompt.
    """

    text: str
    begin: int
    first: int
    starts: list[int]
    cells: list[tuple[str, int, str | None]]
    ids: list[int]


def visible_prompt(checkpoint: Checkpoint, text: str, encoding: Encoding, begin: int = 0) -> VisiblePrompt:
    """The last cells of a prompt.

    begin: where the browser's cells begin. They are not moved to an earlier start while half of what is shown is there:
    the browser has no rows for what precedes them, and a model cannot advance backwards.
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
    return VisiblePrompt(text, starts[0] if starts else 0, first, starts, cells, list(encoding.ids))


def common_part(now: VisiblePrompt, had: VisiblePrompt | None) -> tuple[int, int, int, int] | None:
    """Which of the browser's cells and ids remain valid: how many of each it drops at the front, and how many after
    those it keeps: (cells dropped, cells kept, ids dropped, ids kept). None if nothing does.

    An edit may change earlier tokens too, so ids are compared rather than texts.
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
    """The length of the common prefix."""
    return next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def prompt_message(
    now: VisiblePrompt, stays: tuple[int, int, int, int] | None, *, sent_prompt: str | None = None
) -> dict[str, Any]:
    """A prompt: its text, or null if it is as requested; the cells after those kept; and the number of its ids after
    those kept, whose rows are in the body. If none are kept, the row before the first id comes first.

        {"text": null, "skipped": 0, "drop": [0, 0], "keep": [16, 16], "whole": false,
         "cells": [["b", 1]], "unknown": {}, "n": 1}                  drop and keep: of cells, of ids
    """
    cells_dropped, cells_kept, ids_dropped, ids_kept = stays or (0, 0, 0, 0)
    fresh = now.cells[cells_kept:]
    return {
        "text": None if now.text == sent_prompt else now.text,
        "skipped": now.begin,
        "drop": [cells_dropped, ids_dropped],
        "keep": [cells_kept, ids_kept],
        "whole": stays is None,
        "cells": [[text, count] for text, count, _ in fresh],
        "unknown": {str(i): other for i, (_, _, other) in enumerate(fresh, cells_kept) if other is not None},
        "n": len(now.ids) - now.first - ids_kept,
    }


def about(checkpoint: Checkpoint) -> dict[str, Any]:
    """The page's description of a model.

        {"card": {…}, "unit": "character", "start": "\\n",
         "counted": "jamo",            the unit of a symbol for counting (score.unit_of)
         "normalizer": "none",         "nfd" if symbols are composed for display
         "symbols": ["\\n", " ", …], "special": [0],      the ids of special tokens
         "drops_first_space": false,   whether a text is shown without its first symbol's leading space
         "names": {"\\u200d": "zero width joiner"},        of invisible symbols
         "folded": false,              whether its rows are: see frames.py
         "stops": ["none", "line"],    how a run may end before its length (stopping.py)
         "by_characters": false}       whether it is a token model used by characters
    """
    vocabulary = checkpoint.vocabulary
    return {
        "card": sanitize.of_card(checkpoint.card) | _start_shown(checkpoint),
        "unit": vocabulary.unit,
        "counted": unit_of(vocabulary),
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


def _start_shown(checkpoint: Checkpoint) -> dict[str, Any]:
    """The start that precedes every text, and where it comes from, unless the model's own files state it."""
    if checkpoint.start_source in ("own", "config"):
        return {}
    return {"start": {"text": checkpoint.start, "source": checkpoint.start_source}}


def biased_ids(checkpoint: Checkpoint, settings: Settings) -> Collection[int]:
    """The ids with a bias in the settings."""
    return biases.ids(settings.bias, checkpoint.vocabulary.symbols)[0]


def names(now: VisiblePrompt) -> dict[str, str]:
    """Names of invisible characters in the cells."""
    return unicode_text.names(set(now.text[now.begin :]))


def cell_starts(checkpoint: Checkpoint, text: str, encoding: Encoding) -> list[int]:
    """Where the cells of a text begin: its characters or its tokens."""
    if checkpoint.vocabulary.unit == "character":
        return _characters(text, encoding)
    lost = (s.position for s in encoding.substitutions if not s.replacement)  # these have a cell too
    return sorted({0, *encoding.offsets, *lost} if text else ())


def cells_of(text: str, encoding: Encoding, starts: list[int]) -> dict[str, Any]:
    """The cells of a text that begin at `starts`, each with the number of its ids; these ids; and unknown characters.

    `unknown` has the stand-in of each cell that is not in the vocabulary, by the cell's index.
    """
    cells = [bisect_right(starts, offset) - 1 for offset in encoding.offsets]  # for each id; −1 before the first
    counts = Counter(cells)
    unknown = {bisect_right(starts, s.position) - 1: s.replacement for s in encoding.substitutions}
    return {
        "cells": [[text[a:b], counts[i]] for i, (a, b) in enumerate(pairwise([*starts, len(text)]))],
        "unknown": {str(cell): replacement for cell, replacement in unknown.items() if cell >= 0},
        "ids": [id for id, cell in zip(encoding.ids, cells, strict=True) if cell >= 0],
    }


def _characters(text: str, encoding: Encoding) -> list[int]:
    """Where those characters of a text begin that have ids, the first at 0.

    An invisible one without an id belongs to the character before it. If it is a symbol, it is a character of its own.
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

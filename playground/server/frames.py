"""The binary form of what the stream says: frames, each a small JSON object and the numbers that belong to it.

    frame  = length of the JSON, length of the body (two uint32), the JSON (UTF-8), the body
    block  = ids, us, ranks, logits, rows      of N steps, one column after the other
    draws  = ids, us                           of N steps, if only the text is requested

A block's columns are uint32 ids, float64 us (NaN for picks), and a row for each step: the logits after it. So a row is
sent once: the next step is drawn from it. A prompt's block has no us. All numbers are little-endian.

A row is V float32 logits, the model's own, without a bias. For a large vocabulary it is folded (folding.py): the
numbers K and R, K ids and their logits, R counts and their means; integers as uint32, the others as float32. The K ids
include all with a bias in the settings. Only blocks of folded rows have ranks (uint32) and logits (float32): those of
each id in the row before it, which a folded row may not contain.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from playground.inference.prefill import Logits
from playground.sampling import folding


def frame(head: Mapping[str, Any], body: bytes = b"") -> bytes:
    """One frame. ValueError if the head is not plain JSON."""
    text = json.dumps(head, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    return struct.pack("<II", len(text), len(body)) + text + body


def block(
    ids: Sequence[int],
    before: Logits,
    after: Iterable[Logits],
    us: Sequence[float | None] | None = None,
    also: Collection[int] = (),
) -> bytes:
    """N ids, and the rows (V,) after each.

    before: the row from which the first id was drawn. also: ids that no row may fold.
    """
    rows = list(after)
    columns = [np.asarray(ids, "<u4").tobytes()]
    if us is not None:
        columns.append(_numbers(us))
    if is_long(before):
        stood = list(zip([before, *rows], ids, strict=False))  # no id was drawn from the last row
        columns.append(np.asarray([folding.rank(logits, id) for logits, id in stood], "<u4").tobytes())
        columns.append(np.asarray([logits[id] for logits, id in stood], "<f4").tobytes())
        columns += [row(logits, also) for logits in rows]
    else:
        columns += [np.asarray(logits, "<f4").tobytes() for logits in rows]
    return b"".join(columns)


def draws(ids: Sequence[int], us: Sequence[float | None]) -> bytes:
    """N ids and their us, without rows."""
    return np.asarray(ids, "<u4").tobytes() + _numbers(us)


def _numbers(us: Sequence[float | None]) -> bytes:
    return np.asarray([np.nan if u is None else u for u in us], "<f8").tobytes()


def row(logits: Logits, also: Collection[int] = ()) -> bytes:
    """One row (V,). also: ids that must not be folded."""
    if not is_long(logits):
        return np.ascontiguousarray(logits, "<f4").tobytes()
    short = folding.fold(logits, also=also)
    head = struct.pack("<II", len(short.ids), len(short.counts))
    parts = (short.ids, "<u4"), (short.logits, "<f4"), (short.counts, "<u4"), (short.means, "<f4")
    return head + b"".join(part.astype(dtype).tobytes() for part, dtype in parts)


def is_long(logits: Logits) -> bool:
    """Whether a row (V,) is folded."""
    return logits.shape[-1] > folding.LONG

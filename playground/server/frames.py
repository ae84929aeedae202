"""The binary form of what the stream says: frames, each a small JSON object and the numbers that belong to it.

    frame  = length of the JSON, length of the body (two uint32), the JSON (UTF-8), the body
    block  = ids, us, ranks, logits, rows      of N steps, one column after the other
    draws  = ids, us                           of N steps, where the text alone is wanted

A block's columns are uint32 ids, float64 us (NaN where a person chose), and a row for each step: what the model gives
after it. So a row travels once: it is what the next step is drawn from. A prompt's block has no us. All numbers are
little-endian.

A row is V float32 logits, the model's own, without a bias. Where the vocabulary is long it is a folded one
(folding.py): the numbers K and R, K ids and their logits, R counts and their means; uint32 the whole numbers, float32
the others. Among the K are all ids to which the settings give a bias. Only then a block has ranks (uint32) and logits
(float32): of each id, how it stood in the row before it, which the folded row may not tell.
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
    """One frame. ValueError where the head is no plain JSON."""
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

    before: the row that the first id came out of. also: ids that no row may fold.
    """
    rows = list(after)
    columns = [np.asarray(ids, "<u4").tobytes()]
    if us is not None:
        columns.append(_numbers(us))
    if is_long(before):
        stood = list(zip([before, *rows], ids, strict=False))  # the last row has no id after it
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
    """One row (V,). also: ids that are not to be folded."""
    if not is_long(logits):
        return np.ascontiguousarray(logits, "<f4").tobytes()
    short = folding.fold(logits, also=also)
    head = struct.pack("<II", len(short.ids), len(short.counts))
    parts = (short.ids, "<u4"), (short.logits, "<f4"), (short.counts, "<u4"), (short.means, "<f4")
    return head + b"".join(part.astype(dtype).tobytes() for part, dtype in parts)


def is_long(logits: Logits) -> bool:
    """Whether a row (V,) is folded."""
    return logits.shape[-1] > folding.LONG

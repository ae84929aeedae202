"""What was already sent of a run is not sent again, and the rest is the same, whichever replica continues it."""

import asyncio
import threading
from collections.abc import Sequence

import numpy as np
import pytest

from playground.engine.base import Chunk, Run, RunStart, Text
from playground.engine.local import Local
from playground.engine.ray_serve.record import Record
from playground.inference.stopping import Stop
from playground.sampling import Sampling

MODEL, TEXT = "shakespeare-lstm", Text((18, 47, 6), written=(1, 39, 56))
RUN = Run(Sampling(0.9), 7, Stop(120), first=3, picks={10: 4, 60: 5})


def run_chunks(run: Run) -> list[Chunk]:
    async def go() -> list[Chunk]:
        parts = Local().run(MODEL, TEXT, run, threading.Event())
        return [part async for part in parts if not isinstance(part, RunStart)]

    return asyncio.run(go())


def join(chunks: Sequence[Chunk]) -> tuple[list[int], list[float | None], list[object]]:
    rows = [row for chunk in chunks for row in chunk.rows]
    return [id for c in chunks for id in c.ids], [u for c in chunks for u in c.us], [row.tobytes() for row in rows]


def split(chunks: Sequence[Chunk], size: int) -> list[Chunk]:
    """The same steps in chunks of a given size."""
    ids, us, _ = join(chunks)
    rows = [row for chunk in chunks for row in chunk.rows]
    parts = [slice(n, n + size) for n in range(0, len(ids), size)]
    ends = [None] * (len(parts) - 1) + [chunks[-1].stopped]
    return [Chunk(ids[p], us[p], rows[p], end) for p, end in zip(parts, ends, strict=True)]


@pytest.mark.parametrize("lost", [(0,), (1,), (50,), (119,), (30, 31, 90)])
def test_a_lost_run_continues_where_it_was_with_the_same_bits(lost: tuple[int, ...]) -> None:
    whole = run_chunks(RUN)
    record, told = Record(), []
    for end in (*lost, None):
        record.rewind()
        for chunk in split(run_chunks(record.resumed_run(RUN)), 7):
            if (fresh := record.unsent_part(chunk)) is not None:
                told.append(fresh)
            if end is not None and len(record.ids) >= end:
                break
    assert join(told) == join(whole)
    assert [chunk.stopped for chunk in told] == [None] * (len(told) - 1) + ["length"]


def test_a_partly_sent_chunk_gives_the_rest() -> None:
    record = Record([1, 2, 3], repeated=3)
    rows = [np.full(2, n, np.float32) for n in range(5)]
    assert record.unsent_part(Chunk([1, 2], [0.1, 0.2], rows[:2], None)) is None
    fresh = record.unsent_part(Chunk([3, 4, 5], [0.3, 0.4, 0.5], rows[2:], "length"))
    assert fresh is not None
    assert (fresh.ids, fresh.us, fresh.stopped) == ([4, 5], [0.4, 0.5], "length")
    assert [row[0] for row in fresh.rows] == [3, 4]
    assert record.ids == [1, 2, 3, 4, 5]

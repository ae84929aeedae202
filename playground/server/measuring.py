"""Measures a text while it is written, for the columns of the Temperatures tab and /temperatures."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from playground.engine import ENGINE
from playground.engine.base import Chunk, Run, RunStart, Text
from playground.inference import measures, stopping
from playground.inference.prefill import Logits
from playground.library import Checkpoint
from playground.server.settings import Settings, jsonable, work_of
from playground.server.shares import Share


@dataclass(frozen=True)
class MeasuredRun:
    """A text that is measured while it is written. prompt: the text before it."""

    checkpoint: Checkpoint
    prompt: str
    before: Sequence[int]
    ids: list[int]
    bits: list[float]

    def add(self, chunk: Chunk, tip: Logits) -> None:
        """Add some steps. tip: the row from which the first was drawn."""
        rows = np.stack([tip, *chunk.rows[:-1]])
        self.ids.extend(chunk.ids)
        self.bits.extend(measures.surprises(rows, chunk.ids))

    @property
    def text(self) -> str:
        """The text including the prompt."""
        return self.checkpoint.vocabulary.join(self.prompt, [*self.before, *self.ids])

    def measures(self, *, whole: bool) -> dict[str, Any]:
        """Its measures, as JSON. whole: whether it ended by itself."""
        found = measures.measure(self._begin, self.text, self.bits, self.checkpoint.words, whole=whole)
        return {name: jsonable(value) for name, value in asdict(found).items()}

    def marks(self, *, whole: bool) -> dict[str, Any]:
        """Its loops and its unknown words."""
        text = measures.to_nfc(self.text)
        begin = measures.generated_start(self._begin, text)
        return {
            "loops": measures.loops(text, begin),
            "unknown": measures.unknown_words(text, begin, self.checkpoint.words, whole=whole),
        }

    @property
    def _begin(self) -> str:
        return self.checkpoint.vocabulary.join(self.prompt, list(self.before))


def run_of(checkpoint: Checkpoint, settings: Settings, seed: int, first: int = 0) -> Run:
    """A run under these settings, with its rows, from which surprise is computed."""
    stop = stopping.stop_of(checkpoint, settings.stop, settings.length)
    return Run(settings.sampling(checkpoint.vocabulary), seed, stop, first=first)


async def write_measured(
    checkpoint: Checkpoint, prompt: str, text: Text, run: Run, cancelled: threading.Event, share: Share
) -> tuple[MeasuredRun, bool]:
    """A complete run after a prompt, and whether it ended by itself. share: has the work reserved."""
    made = MeasuredRun(checkpoint, prompt, text.written, [], [])
    whole, each = False, work_of(checkpoint, 1)
    async with aclosing(ENGINE.run(checkpoint.name, text, run, cancelled, requester=share.requester)) as parts:
        async for part in parts:
            if isinstance(part, RunStart):
                tip = part.tip
                continue
            share.done(each * len(part.ids))
            await asyncio.to_thread(made.add, part, tip)
            tip = part.rows[-1]
            whole = part.stopped not in (None, "length")
    return made, whole

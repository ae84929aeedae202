"""The part of an answer received so far, so that another replica can resume it without gaps or repetition."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from playground.engine.base import Chunk, Run


@dataclass
class Record:
    """The ids of the steps that were passed on. repeated: how many of them are still to be repeated."""

    ids: list[int] = field(default_factory=list)
    repeated: int = 0

    def rewind(self) -> None:
        """The answer is computed again from the beginning."""
        self.repeated = len(self.ids)

    def resumed_run(self, run: Run) -> Run:
        """The same run, with the ids that were already sent as picks by step number, where nothing is drawn. So they
        are read one by one, as when they were written, and everything after is the same to the last bit."""
        known = {run.first + number: id for number, id in enumerate(self.ids)}
        return replace(run, picks={**run.picks, **known})

    def unsent_part(self, chunk: Chunk) -> Chunk | None:
        """The part of a chunk that was not passed on yet; None if all of it was."""
        old = min(self.repeated, len(chunk.ids))
        self.repeated -= old
        if old == len(chunk.ids):
            return None
        chunk = replace(chunk, ids=chunk.ids[old:], us=chunk.us[old:], rows=list(chunk.rows[old:]))
        self.ids += chunk.ids
        return chunk

"""What came of an answer so far, so that another replica can make it again and nothing is lost or told twice."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from playground.engine.base import Chunk, Run


@dataclass
class Record:
    """The ids of the steps that were told. repeated: how many of them are still to come again."""

    ids: list[int] = field(default_factory=list)
    repeated: int = 0

    def again(self) -> None:
        """It is made again from the beginning."""
        self.repeated = len(self.ids)

    def rest(self, run: Run) -> Run:
        """The same run, in which nothing is drawn where it was told what was: these ids are given by the numbers of
        their steps, as a person's choices are. So they are read one by one, as they were when they were written, and
        all that follows is the same to the last bit."""
        known = {run.first + number: id for number, id in enumerate(self.ids)}
        return replace(run, picks={**run.picks, **known})

    def fresh(self, chunk: Chunk) -> Chunk | None:
        """What of a chunk was not told yet; None where all of it was."""
        old = min(self.repeated, len(chunk.ids))
        self.repeated -= old
        if old == len(chunk.ids):
            return None
        chunk = replace(chunk, ids=chunk.ids[old:], us=chunk.us[old:], rows=list(chunk.rows[old:]))
        self.ids += chunk.ids
        return chunk

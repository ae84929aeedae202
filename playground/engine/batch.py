"""A batch of texts of one model, written together: each step reads one id of each.

Texts join and leave between any two steps, and each has its own settings, seed, length, stop and picks. A text does not
depend on the others (models/fast/rows.py). A step's ids and rows are stored for all texts together, and extracted for
each text when they are sent.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from playground.engine.base import Chunk
from playground.engine.seats import Log, RunEvent, Seat
from playground.errors import BadInput
from playground.inference.prefill import Prefill
from playground.inference.stopping import Reason
from playground.sampling import Sampling, choose, dice
from playground.sampling.many import Samplings, bases, choose_rows, dice_rows

logger = logging.getLogger(__name__)

CHUNK_SECONDS = 0.1  # how often an unfinished text is sent; its first step is sent at once
CHUNK_SECONDS_EACH = 0.002  # added per text in total, as sending takes time too
FIRST_PAUSES = 1 / 4  # of the usual interval, at least: how quickly the first few chunks of a text follow each other
LOG_STEPS = 64
TURN_SECONDS = 0.002  # minimum length of a turn, where possible: handing over takes time too


class BatchOwner(Protocol):
    """Allocates the slots of a model (scheduler.py). lock: guards `coming`, `taken` and `awake` of its batches, and is
    held during every call except `load` and `deliver`. load: how many texts are written in total, or more if they take
    longer to send."""

    model: Any
    key: str
    lock: threading.Lock
    deliver: Callable[[list[tuple[Seat, RunEvent]]], None]
    load: Callable[[], float]

    @property
    def weight(self) -> float: ...

    def to_preempt(self, here: Sequence[Seat]) -> list[int]: ...
    def settle(self, left: Sequence[Seat], preempted: Sequence[Seat]) -> None: ...
    def drop_abandoned(self) -> list[Seat]: ...
    def remove_batch(self, batch: Batch) -> None: ...


class Batch:
    """Up to `seats` texts of one model, as work for `Turns`."""

    name = ""

    def __init__(self, owner: BatchOwner, seats: int) -> None:
        self.owner, self.seats = owner, seats
        self.model, self.key = owner.model, owner.key
        self.here: list[Seat] = []
        self.coming: list[Seat] = []
        self.taken = 0  # slots taken
        self.awake = False  # whether it is scheduled for turns
        self.full = False  # whether some reader is slow
        self.state: Any = None
        self.rows: Any = None  # (B, V) logits from which the next ids are drawn
        self.bases: Any = None
        self.steps: Any = None  # (B,) the number of each text's next step
        self.log = Log()
        # Derived for the texts in the batch, so that a step need not visit each of them.
        self.samplings = Samplings([])
        self.ends: Any = None  # (B,) each text's end by length, as a step number
        self.stops: list[tuple[int, Seat]] = []  # texts that may end earlier
        self.picks: list[tuple[int, Seat]] = []
        self.due = 0.0  # when the next chunk of any text is due
        self.out: list[tuple[Seat, RunEvent]] = []

    @property
    def weight(self) -> float:
        """The number of visitors that it works for."""
        return self.owner.weight

    def turn(self) -> bool:
        """One step for all texts; several if they are short and nobody joins, leaves, or is due a chunk."""
        before, preempted = self.here, []
        try:
            self._leave([n for n, seat in enumerate(self.here) if seat.is_wanted()], None)
            preempted = self._preempt()
            coming = self._coming()
            before = before + coming
            self._join(coming)
            end = time.monotonic() + TURN_SECONDS
            while self.here:
                self._step()
                if self.out or self.coming or time.monotonic() > end:
                    break
                if not all(seat.is_wanted() for seat in self.here):
                    break
        except Exception as error:
            logger.exception("A step broke off.")
            before = before + self._coming()
            self._give_up(error, before)
            preempted = []
        with self.owner.lock:
            here = {*self.here, *preempted}
            self.taken = len(self.here) + len(self.coming)  # so that newcomers find the slots that are free now
            self.owner.settle([seat for seat in before if seat not in here], preempted)
            self.out += [(seat, None) for seat in self.owner.drop_abandoned()]
            self.awake = self.taken > 0
            if not self.awake:
                self.owner.remove_batch(self)
            awake = self.awake
        out, self.out = self.out, []
        if out:
            self.owner.deliver(out)
        return awake

    def _preempt(self) -> list[Seat]:
        """Texts that make room for others, or whose readers are slow: what they have is sent, unless it is shown only
        when complete, and they continue later from where they are."""
        with self.owner.lock:
            going = self.owner.to_preempt(self.here)
        if self.full:
            self.full = False
            going = [*{*going, *(n for n, seat in enumerate(self.here) if seat.full)}]
        if not going:
            return []
        seats = [self.here[n] for n in going]
        for n, seat in zip(going, seats, strict=True):
            if seat.lags(self.log) and seat.run.early:
                self.out.append((seat, seat.chunk(self.log, n, None)))
            seat.begin = Prefill(self.rows[n : n + 1].copy(), self.model.select(self.state, [n]))
            seat.step = int(self.steps[n])
        self._new_log()
        away = set(going)
        self._keep([n for n in range(len(self.here)) if n not in away])
        return seats

    def _coming(self) -> list[Seat]:
        """Texts that join."""
        with self.owner.lock:
            coming, self.coming = self.coming, []
        return coming

    def _join(self, coming: list[Seat]) -> None:
        if not coming:
            return
        self._new_log()
        runs = [seat.run for seat in coming]
        rows = np.stack([seat.begin.logits[-1] for seat in coming])
        numbers = np.array([seat.step for seat in coming], np.int64)
        states = [seat.begin.state for seat in coming]
        if not self.here:
            self.state, self.rows = self.model.merge(states), rows
            self.bases, self.steps = bases([run.seed for run in runs]), numbers
        else:
            self.state = self.model.merge([self.state, *states])
            self.rows = np.concatenate([self.rows, rows])
            self.bases = np.concatenate([self.bases, bases([run.seed for run in runs])])
            self.steps = np.concatenate([self.steps, numbers])
        for seat in coming:
            seat.begin = Prefill(seat.begin.logits[-1:], None)  # its state is in the batch now
        self.here = [*self.here, *coming]
        self._look_at_all()

    def _look_at_all(self) -> None:
        """Update what is derived from the set of texts."""
        runs = [seat.run for seat in self.here]
        self.samplings = Samplings([run.sampling for run in runs])
        self.ends = np.array([run.first + run.stop.length for run in runs], np.int64)
        self.stops = [(n, seat) for n, seat in enumerate(self.here) if seat.run.stop.ids]
        self.picks = [(n, seat) for n, seat in enumerate(self.here) if seat.run.picks]
        self.due = min(seat.due for seat in self.here)

    def _leave(self, stay: list[int], event: RunEvent) -> None:
        """Keep these texts; the others end, and are told so."""
        if len(stay) == len(self.here):
            return
        self._new_log()
        going = set(range(len(self.here))) - set(stay)
        self.out += [(self.here[n], event) for n in going]
        self._keep(stay)

    def _keep(self, stay: list[int]) -> None:
        self.here = [self.here[n] for n in stay]
        if stay:
            self.state = self.model.select(self.state, stay)
            self.rows, self.bases, self.steps = self.rows[stay], self.bases[stay], self.steps[stay]
            self._look_at_all()
        else:
            self.state = self.rows = self.bases = self.steps = None
            self.log = Log()

    def _step(self) -> None:
        ids, us = self._choose()
        if not self.here:
            return
        self.rows, self.state = self.model.step(ids, self.state)
        self.steps += 1
        log = self.log
        log.ids.append(ids)
        log.us.append(us)
        log.rows.append(self.rows)
        ended = self._ended(ids)
        now = time.monotonic()
        if ended or now > self.due:
            self._tell(now, ended)
        if ended:
            self._new_log()
            self._keep([n for n in range(len(self.here)) if n not in ended])
        elif len(log.ids) >= LOG_STEPS:
            self._new_log()

    def _ended(self, ids: list[int]) -> dict[int, Reason]:
        """Which texts have ended with these ids, and why."""
        ended: dict[int, Reason] = dict.fromkeys(np.flatnonzero(self.steps >= self.ends).tolist(), "length")
        for n, seat in self.stops:
            if ids[n] in seat.run.stop.ids:
                ended[n] = seat.run.stop.at
        return ended

    def _tell(self, now: float, ended: dict[int, Reason]) -> None:
        """Send the chunks that are due."""
        pause = max(CHUNK_SECONDS, CHUNK_SECONDS_EACH * self.owner.load())
        for n, seat in enumerate(self.here):
            stopped = ended.get(n)
            if stopped or now > seat.due:
                self.out.append((seat, seat.chunk(self.log, n, stopped)))
                self.full |= seat.full
                seat.due = now + min(pause, max(seat.pause, pause * FIRST_PAUSES))
                seat.pause *= 2
        self.due = min(seat.due for seat in self.here)

    def _choose(self) -> tuple[list[int], list[float | None]]:
        """The next id and u of each text. Texts for which nothing can be drawn end here."""
        numbers, samplings = self._dice(), self.samplings
        picked = self._picked()
        if picked:
            each = [Sampling() if n in picked else sampling for n, sampling in enumerate(samplings.each)]
            samplings = Samplings(each)
        try:
            ids = choose_rows(self.rows, samplings, numbers).tolist()
        except BadInput:
            self._new_log()
            self._keep(self._drawable(samplings.each, numbers.tolist()))
            return self._choose() if self.here else ([], [])
        us: list[float | None] = numbers.tolist()
        for n, id in picked.items():
            ids[n], us[n] = id, None
        return ids, us

    def _picked(self) -> dict[int, int]:
        """The next ids that users picked, by the rows of their texts."""
        chosen = {n: seat.run.picks.get(int(self.steps[n])) for n, seat in self.picks}
        return {n: id for n, id in chosen.items() if id is not None}

    def _dice(self) -> NDArray[np.float64]:
        if len(self.here) > 1:
            return dice_rows(self.bases, self.steps)
        [seat] = self.here
        return np.array([dice(seat.run.seed, self.steps.item())])  # faster for a single text

    def _drawable(self, samplings: Sequence[Any], numbers: list[float]) -> list[int]:
        stay = []
        for n, seat in enumerate(self.here):
            try:
                choose(self.rows[n], samplings[n], numbers[n])
            except BadInput as error:
                self.out.append((seat, error))
            else:
                stay.append(n)
        return stay

    def _new_log(self) -> None:
        """Start another log, because rows are renumbered or the last one is long."""
        for n, seat in enumerate(self.here):
            seat.leave_log(self.log, n)
        self.log = Log()

    def _give_up(self, error: Exception, seats: list[Seat]) -> None:
        """The common step failed: tell each text, unless it has ended already."""
        ended = {seat for seat, event in self.out if not isinstance(event, Chunk) or event.stopped}
        self.out += [(seat, error) for seat in seats if seat not in ended]
        self._keep([])

"""The texts of one model that are written together: each step reads one id of each.

They come and go between any two steps, and each has its own settings, seed, length, stop and picks. What a text is
does not depend on the others (models/fast/rows.py). A step's ids and rows are kept as they are, for all texts together,
and a text's own are put together when they are sent.
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
from playground.engine.seats import Log, Seat, Told
from playground.errors import BadInput
from playground.inference.prefill import Prefill
from playground.inference.stopping import Reason
from playground.sampling import Sampling, choose, dice
from playground.sampling.many import Samplings, bases, choose_rows, dice_rows

logger = logging.getLogger(__name__)

CHUNK_SECONDS = 0.1  # how often a text in the making is sent; its first step is sent at once
CHUNK_SECONDS_EACH = 0.002  # and more for each text of all, as sending takes time too
FIRST_PAUSES = 1 / 4  # of the usual pause, at least: how soon the first few chunks of a text follow each other
LOG_STEPS = 64
TURN_SECONDS = 0.002  # a turn takes at least so long, where it can: to hand it over takes a while too


class Desk(Protocol):
    """Who gives the seats of a model out (desk.py). lock: guards `coming`, `taken` and `awake` of its batches, and is
    held where it is asked anything but `load` and `deliver`. load: how many texts are written in
    all, or more where they take longer to send."""

    model: Any
    key: str
    lock: threading.Lock
    deliver: Callable[[list[tuple[Seat, Told]]], None]
    load: Callable[[], float]

    @property
    def weight(self) -> float: ...

    def to_stand_up(self, here: Sequence[Seat]) -> list[int]: ...
    def settle(self, left: Sequence[Seat], stood_up: Sequence[Seat]) -> None: ...
    def unwanted(self) -> list[Seat]: ...
    def leave(self, batch: Batch) -> None: ...


class Batch:
    """Up to `seats` texts of one model, as work for `Turns`."""

    name = ""

    def __init__(self, desk: Desk, seats: int) -> None:
        self.desk, self.seats = desk, seats
        self.model, self.key = desk.model, desk.key
        self.here: list[Seat] = []
        self.coming: list[Seat] = []
        self.taken = 0  # of the seats
        self.awake = False  # whether it has turns
        self.state: Any = None
        self.rows: Any = None  # (B, V) what the next ids are drawn from
        self.bases: Any = None
        self.steps: Any = None  # (B,) the number of each one's next step
        self.log = Log()
        # What is worked out for those who are here, so that a step need not ask each of them.
        self.samplings = Samplings([])
        self.ends: Any = None  # (B,) the number of the step that each one's length does not reach
        self.stops: list[tuple[int, Seat]] = []  # who may end sooner
        self.picks: list[tuple[int, Seat]] = []
        self.due = 0.0  # when the next chunk of any is
        self.out: list[tuple[Seat, Told]] = []

    @property
    def weight(self) -> float:
        """For how many visitors it works."""
        return self.desk.weight

    def turn(self) -> bool:
        """One step of all; some, where they are short and nobody comes, goes, or has something to be told."""
        before, stood_up = self.here, []
        try:
            self._leave([n for n, seat in enumerate(self.here) if seat.wanted()], None)
            stood_up = self._stand_up()
            coming = self._coming()
            before = before + coming
            self._join(coming)
            end = time.monotonic() + TURN_SECONDS
            while self.here:
                self._step()
                if self.out or self.coming or time.monotonic() > end:
                    break
                if not all(seat.wanted() for seat in self.here):
                    break
        except Exception as error:
            logger.exception("A step broke off.")
            before = before + self._coming()
            self._give_up(error, before)
            stood_up = []
        with self.desk.lock:
            here = {*self.here, *stood_up}
            self.taken = len(self.here) + len(self.coming)  # so that who sits down finds the seats that are free now
            self.desk.settle([seat for seat in before if seat not in here], stood_up)
            self.out += [(seat, None) for seat in self.desk.unwanted()]
            self.awake = self.taken > 0
            if not self.awake:
                self.desk.leave(self)
            awake = self.awake
        out, self.out = self.out, []
        if out:
            self.desk.deliver(out)
        return awake

    def _stand_up(self) -> list[Seat]:
        """Those who make room for others: what they have is sent, and they go on later from where they are."""
        with self.desk.lock:
            going = self.desk.to_stand_up(self.here)
        if not going:
            return []
        seats = [self.here[n] for n in going]
        for n, seat in zip(going, seats, strict=True):
            if seat.lags(self.log):
                self.out.append((seat, seat.chunk(self.log, n, None)))
            seat.begin = Prefill(self.rows[n : n + 1].copy(), self.model.select(self.state, [n]))
            seat.step = int(self.steps[n])
        self._new_log()
        away = set(going)
        self._keep([n for n in range(len(self.here)) if n not in away])
        return seats

    def _coming(self) -> list[Seat]:
        """Those who come."""
        with self.desk.lock:
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
        """Others are here than before."""
        runs = [seat.run for seat in self.here]
        self.samplings = Samplings([run.sampling for run in runs])
        self.ends = np.array([run.first + run.stop.length for run in runs], np.int64)
        self.stops = [(n, seat) for n, seat in enumerate(self.here) if seat.run.stop.ids]
        self.picks = [(n, seat) for n, seat in enumerate(self.here) if seat.run.picks]
        self.due = min(seat.due for seat in self.here)

    def _leave(self, stay: list[int], told: Told) -> None:
        """Keep these; the others end, and are told so."""
        if len(stay) == len(self.here):
            return
        self._new_log()
        going = set(range(len(self.here))) - set(stay)
        self.out += [(self.here[n], told) for n in going]
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
        pause = max(CHUNK_SECONDS, CHUNK_SECONDS_EACH * self.desk.load())
        for n, seat in enumerate(self.here):
            stopped = ended.get(n)
            if stopped or now > seat.due:
                self.out.append((seat, seat.chunk(self.log, n, stopped)))
                seat.due = now + min(pause, max(seat.pause, pause * FIRST_PAUSES))
                seat.pause *= 2
        self.due = min(seat.due for seat in self.here)

    def _choose(self) -> tuple[list[int], list[float | None]]:
        """The next id and u of each text. A text for which nothing can be drawn ends here."""
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
        """The ids that people chose as the next ones, by the rows of their texts."""
        chosen = {n: seat.run.picks.get(int(self.steps[n])) for n, seat in self.picks}
        return {n: id for n, id in chosen.items() if id is not None}

    def _dice(self) -> NDArray[np.float64]:
        if len(self.here) > 1:
            return dice_rows(self.bases, self.steps)
        [seat] = self.here
        return np.array([dice(seat.run.seed, self.steps.item())])  # sooner

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
        """Begin another log: rows get other numbers now, or the last one is long."""
        for n, seat in enumerate(self.here):
            seat.leave_log(self.log, n)
        self.log = Log()

    def _give_up(self, error: Exception, seats: list[Seat]) -> None:
        """Something is wrong with the step of all: each is told, unless it has come to an end already."""
        ended = {seat for seat, told in self.out if not isinstance(told, Chunk) or told.stopped}
        self.out += [(seat, error) for seat in seats if seat not in ended]
        self._keep([])

"""Beam search after a prompt, step by step, with texts to compare it with, for the Search tab.

The first frame's head has what is known before the model reads anything:

    {"model", "title", "unit", "counted", "normalizer", "special": [], "vocabulary": 65,
     "width": 3, "length": 12, "penalty": 0.0, "stop": "none"}

Then a frame for each step of the beam, and one for each comparison. `symbols` has those, by id, that no earlier frame
had, and `names` the names of invisible characters in them. All logarithms are natural.

    {"step": {"kept": [[0, 43, -0.91, -0.91, null], …],     parent, id, log-probability, score, why it stopped
              "dropped": […], "looked_at": 195, "log_mass": -0.1, "dropped_mass": 0.12},
     "symbols": {"43": "e"}, "names": {}}
    {"beams": [text, …]}                                     the last beam, best first
    {"greedy": text, "samples": [text, …]}                   a sample's seed too
    {"dull": text}                                           the best of a beam continued for ALONG symbols
    {"human": {"head": {…}, "skipped": 20, "log_probabilities": […]}}    head as in scoring.py; null if it is empty
    {"done": true}

A text is {"ids", "text", "log_probabilities", "log_probability", "length", "stopped"}: its text, log-probability and
length cover its first symbols, until it stops or has the requested length. The ids of greedy and of the samples
continue up to ALONG symbols, so that the curves can be drawn for the same texts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from playground.engine import ENGINE
from playground.inference import score as scores
from playground.inference import stopping
from playground.inference.beam import Beam, BeamStep, Branch, texts
from playground.inference.samples import Samples
from playground.models.footprint import text_size
from playground.sampling import Sampling
from playground.server import frames, requests, sanitize
from playground.server.answers import numbers
from playground.server.cache import Cache, once
from playground.server.jobs import CancelToken
from playground.server.scoring import head_of
from playground.server.settings import check_work, seeds_from, work_of
from playground.server.shares import UNBOUNDED, Share
from playground.text import unicode_text

ALONG, ALONG_TOKENS = 100, 40  # symbols of the texts whose surprise is drawn as a curve
SAMPLES = 10
LEAD = 20  # characters of the human text that are only context: before them a model has too little to go on


# Recent answers, complete: a class opens the tab with the same request.
_ANSWERS: Cache[list[bytes]] = Cache(100)  # one is 50 kB, of the widest and longest beam 200 kB


class _Answer:
    """What all parts of an answer need."""

    def __init__(self, request: requests.Search, cancel: CancelToken, share: Share) -> None:
        self.request, self.cancel, self.share = request, cancel, share
        settings = request.settings
        self.checkpoint = ENGINE.open(settings.model, cancel.event)
        vocabulary = self.checkpoint.vocabulary
        self.prompt = vocabulary.encode(settings.prompt).ids
        self.human = vocabulary.encode(request.human)
        self.stop = stopping.stop_of(self.checkpoint, settings.stop, request.length)
        self.dull = ALONG_TOKENS if vocabulary.unit == "token" else ALONG
        self.along = max(self.dull, request.length)
        self._sent: set[int] = set()

    def frames(self) -> Iterator[bytes]:
        check_work(self.checkpoint, len(self.prompt))
        check_work(self.checkpoint, len(self.human.ids))
        memory = text_size(self.checkpoint.model) * max(self.request.width, 1 + SAMPLES)
        self.share.reserve(work_of(self.checkpoint, self._reads() + self._writes()), memory)
        yield frames.frame(self._head())
        yield from self._beam()
        yield from self._samples()
        yield from self._dull()
        yield frames.frame({"human": self._human()})
        yield frames.frame({"done": True})

    def question(self) -> str:
        """Everything that the answer depends on."""
        request, settings = self.request, self.request.settings
        beam = (request.width, request.length, request.penalty, settings.stop)
        return repr((self.checkpoint.name, settings.prompt, settings.seed, *beam, request.human))

    def _reads(self) -> int:
        return 3 * len(self.prompt) + len(self.human.ids)

    def _writes(self) -> int:
        return self.request.width * (self.request.length + self.dull) + (1 + SAMPLES) * self.along

    def _head(self) -> dict[str, Any]:
        checkpoint, request = self.checkpoint, self.request
        return {
            "model": checkpoint.name,
            "title": sanitize.title(checkpoint.name, checkpoint.card),
            "unit": checkpoint.vocabulary.unit,
            "counted": scores.unit_of(checkpoint.vocabulary),
            "normalizer": checkpoint.vocabulary.normalizer,
            "special": sorted(checkpoint.vocabulary.special),
            "vocabulary": len(checkpoint.vocabulary),
            "width": request.width,
            "length": request.length,
            "penalty": request.penalty,
            "stop": request.settings.stop,
        }

    def _found(self, beam: Beam) -> Iterator[BeamStep]:
        """The steps of a beam, each charged as work."""
        for step in ENGINE.query(self.checkpoint.name, beam, self.cancel.event, requester=self.share.requester):
            self._did(beam.width)
            yield step

    def _did(self, ids: int) -> None:
        self.share.done(work_of(self.checkpoint, ids))

    def _beam(self) -> Iterator[bytes]:
        steps: list[BeamStep] = []
        for step in self._found(Beam(self.prompt, self.request.width, self.stop, self.request.penalty)):
            steps.append(step)
            branches = [*step.kept, *step.dropped]
            yield self._frame({"step": _plain(step)}, [b.id for b in branches if b.id is not None])
        found = [self._text(f.ids, f.log_probabilities) for f in texts(steps)]
        yield frames.frame({"beams": found})

    def _samples(self) -> Iterator[bytes]:
        seed = self.request.settings.seed
        seeds = [seed, *seeds_from(seed, SAMPLES)]
        samplings = [Sampling(0), *[Sampling()] * SAMPLES]
        ids: list[list[int]] = []
        logps: list[list[float]] = []
        query = Samples(self.prompt, samplings, seeds, self.along)
        for drawn in ENGINE.query(self.checkpoint.name, query, self.cancel.event, requester=self.share.requester):
            self._did(len(seeds))
            ids.append(drawn.ids)
            logps.append(drawn.log_probabilities)
        each = zip(zip(*ids, strict=True), zip(*logps, strict=True), strict=True)  # by text, not by step
        greedy, *samples = [self._text(own, logp) for own, logp in each]
        seeded = [{"seed": seed, **text} for seed, text in zip(seeds[1:], samples, strict=True)]
        yield self._frame({"greedy": greedy, "samples": seeded}, {id for step in ids for id in step})

    def _dull(self) -> Iterator[bytes]:
        steps = list(self._found(Beam(self.prompt, self.request.width, stopping.Stop(self.dull))))
        best = texts(steps)[0]
        yield self._frame({"dull": self._text(best.ids, best.log_probabilities)}, best.ids)

    def _human(self) -> dict[str, Any] | None:
        ids = self.human.ids
        if not ids:
            return None
        query = scores.LogProbabilities(ids)
        pieces = ENGINE.query(self.checkpoint.name, query, self.cancel.event, requester=self.share.requester)
        found = [p for piece in pieces for p in piece]
        self._did(len(ids))
        lead = sum(offset < LEAD for offset in self.human.offsets)
        return {
            "head": head_of(self.checkpoint, self.request.human, self.human),
            "skipped": min(lead, len(ids) // 2),
            "log_probabilities": numbers(found),
        }

    def _text(self, ids: Sequence[int], logps: Sequence[float]) -> dict[str, Any]:
        length = next((n for n, id in enumerate(ids, 1) if self.stop.reason(id, n)), len(ids))
        return {
            "ids": list(ids),
            "text": self.checkpoint.vocabulary.decode(ids[:length]),
            "log_probabilities": list(logps),
            "log_probability": sum(logps[:length]),
            "length": length,
            "stopped": self.stop.reason(ids[length - 1], length),
        }

    def _frame(self, head: dict[str, Any], ids: Collection[int]) -> bytes:
        """A frame with those symbols of these ids that the browser lacks."""
        symbols = {str(id): self.checkpoint.vocabulary.symbols[id] for id in set(ids) - self._sent}
        self._sent |= set(ids)
        return frames.frame({**head, "symbols": symbols, "names": unicode_text.names(set().union(*symbols.values()))})


def search(request: requests.Search, cancel: CancelToken, share: Share = UNBOUNDED) -> Iterator[bytes]:
    """Yield a head, the steps of the beam, and the comparisons. Complete answers are cached."""
    answer = _Answer(request, cancel, share)
    return once(_ANSWERS, answer.question(), cancel.event, answer.frames)


def _plain(step: BeamStep) -> dict[str, Any]:
    return {
        "kept": [_branch(branch) for branch in step.kept],
        "dropped": [_branch(branch) for branch in step.dropped],
        "looked_at": step.looked_at,
        "log_mass": step.log_mass,
        "dropped_mass": step.dropped_mass,
    }


def _branch(branch: Branch) -> list[Any]:
    return [branch.parent, branch.id, branch.logp, branch.score, branch.stopped]

"""Best-first search of the token sequences that spell the end of a text (its covers).

Weights are relative to the tokenizer's own cut, whose weight is 1 at the end of the text. So a token that replaces one
of the cut has the weight of the cut up to there times its own probability: weight(cut before t) · p(token).
next_character.py defines the query that uses it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush, nlargest
from itertools import count
from math import inf, prod
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from playground.inference.prefill import Logits, Prefill, prefill, require_finite
from playground.library import Checkpoint
from playground.models.footprint import parameters, text_size
from playground.text.spelling import symbol_of
from playground.text.trie import partial_character, trie_of

Outcome = str | int  # a character, or invalid bytes, as in symbols; or the id of a special token
Array = NDArray[np.float64]

TAIL = 24  # tokens at a text's end whose cut may vary
STEP_WORK = 500_000_000  # sequences times parameters of one step: some 50 ms
STEP_READ = 16  # sequences of one step at most: some 20 ms of a small model
MEMORY = 200_000_000  # bytes of the pending states
LEAST_STATES, MOST_STATES = 4, 256
ROOM = 16  # ids that a sequence has beyond the text, roughly


class Place(NamedTuple):
    """How far a sequence of tokens has come: how many bytes of the text it has spelt and, at the text's end, the bytes
    of an incomplete character."""

    at: int
    begun: bytes = b""


class Fork(NamedTuple):
    """How tokens continue from a place.

    ids, places: (N,) tokens that leave the next character open, and where each leads; begins: (N,) whether it begins a
    character beyond the text. begin, end: the ranges of the trie whose tokens determine the next character, and
    outcomes: which. special: the ids of special tokens, with their outcomes.
    """

    ids: NDArray[np.int64]
    places: list[Place]
    begins: NDArray[np.bool_]
    begin: NDArray[np.int64]
    end: NDArray[np.int64]
    outcomes: list[Outcome]
    special: dict[int, Outcome]


@dataclass
class State:
    """A state of the model; for a text's beginning it is computed on demand from an earlier one."""

    value: Any = None
    ids: tuple[int, ...] = ()


@dataclass(order=True, frozen=True)
class Node:
    """A sequence of tokens that is not read yet: its last token, and the state before it. order: its negative weight,
    and a number."""

    order: tuple[float, int]
    id: int = field(compare=False)
    place: Place = field(compare=False)
    parent: State = field(compare=False)

    @property
    def weight(self) -> float:
        return -self.order[0]


class Covers:
    """The search. The cut is taken as given except for its last `cut_anew` tokens; `open` holds what is to be read."""

    def __init__(
        self, checkpoint: Checkpoint, ids: Sequence[int], base: int, logits: Logits, before: Prefill, goal: float
    ) -> None:
        """ids: the text, without special tokens. logits: (N - base + 1, V), the rows before the tokens from `base` on,
        and the row after all of them. before: the row and the state after `base` of the text's tokens. goal: the share
        of the total that may be left out."""
        self.checkpoint, self.model = checkpoint, checkpoint.model
        self.parameters = max(1, parameters(self.model))
        self.trie = trie_of(checkpoint.vocabulary)
        self.special = sorted(checkpoint.vocabulary.special)
        self.ids, self.base, self.logits, self.before = list(ids), base, logits, before
        spelt = [self.trie.tokens[id] for id in ids]
        self.starts = np.cumsum([0, *map(len, spelt)]).tolist()
        self.text = b"".join(spelt)
        self.end = Place(len(self.text), partial_character(self.text))
        self.at = len(self.ids)  # tokens that are given
        self.masses: defaultdict[Outcome, float] = defaultdict(float)
        self.open: list[Node] = []  # a heap
        self.summed = 0.0  # total mass
        self.dropped = 0.0  # the weight of what is too unlikely to be read, or did not fit in memory
        self.goal = goal
        self.read = 0
        self.weight = 1.0  # of the given part of the cut
        self._beyond = self._elsewhere()
        self._numbers = count()
        self._forks: dict[Place, Fork] = {}
        self.most_states = max(LEAST_STATES, min(MOST_STATES, MEMORY // self._state_size(base + len(ids))))
        self.size = max(1, min(STEP_READ, STEP_WORK // self.parameters))
        self._expand(self._softmax(self.logits[-1]), 1.0, self.end, State(ids=tuple(self.ids[self.base :])))

    @property
    def cut_anew(self) -> int:
        """Tokens of the cut that are not taken as given."""
        return len(self.ids) - self.at

    def _state_size(self, ids: int) -> int:
        """Bytes of a state after that many ids: a Transformer's cache takes memory only as it is filled."""
        window = getattr(self.checkpoint.config, "window", 0)
        return max(1, int(text_size(self.model) * (min(1.0, (ids + ROOM) / window) if window else 1.0)))

    def first_answer(self) -> dict[Outcome, float]:
        """The shares of the outcomes after the given cut; for a character that a token only begins, its bytes."""
        found = dict(self.masses)
        for node in self.open:
            outcome = symbol_of(node.place.begun) if node.place.begun else self.checkpoint.vocabulary.symbols[node.id]
            found[outcome] = found.get(outcome, 0.0) + node.weight
        return _shares(found)

    def shares(self) -> dict[Outcome, float]:
        """The shares of the outcomes in the sum so far."""
        return _shares(self.masses)

    def left_out(self) -> float:
        """An upper bound on the share of what was not summed."""
        rest = float(sum(node.weight for node in self.open) + self.dropped)
        whole = rest + self.summed
        return rest / whole if whole > 0 else 1.0

    def left_out_of_all(self) -> float:
        """The same if the text before those tokens may be cut in any way too."""
        beyond = self._beyond[self.at - self.base]
        rest = float(sum(node.weight for node in self.open) + self.dropped) + beyond
        return rest / (rest + self.summed) if rest < inf and self.summed > 0 else 1.0

    def _elsewhere(self) -> list[float]:
        """Entry n: a bound on the weight of all covers that differ from the cut in its first n ids. Such a cover has
        another token in place of one of them, and weighs at most as much as the sequence up to that token."""
        if self.base:  # what comes before is unknown
            return [inf] * (len(self.ids) - self.base + 1)
        own = [self._softmax(row) for row in self.logits[:-1]]
        found = [0.0]
        shares = [float(row[id]) for row, id in zip(own, self.ids, strict=True)]
        for number, row in enumerate(own):
            rest = self.text[self.starts[number] :]
            ranges = [*((begin, end) for _, begin, end in self.trie.ending(rest)), self.trie.starting(rest)]
            others = np.unique(np.concatenate([self.trie.ids[begin:end] for begin, end in ranges]))
            others = others[others != self.ids[number]]
            follows = prod(shares[number:])
            found.append(found[-1] + (float(row[others].sum()) / follows if follows else inf))
        return found

    def wants_more(self) -> bool:
        """Whether to read on: while sequences that do not yet spell the text have more than the goal's share of the
        total, or one sequence that begins a character more than a tenth of it. With a vocabulary of all bytes, those
        are many."""
        if not self.open:
            return False
        whole = sum(node.weight for node in self.open) + self.dropped + self.summed
        short = sum(node.weight for node in self.open if node.place.begun == self.end.begun)
        return short > self.goal * whole or self.open[0].weight > self.goal / 10 * whole

    def widen(self) -> bool:
        """Take one token less as given. False if none is left, or its weight is indistinguishable from zero."""
        if self.at <= self.base:
            return False
        probabilities = self._softmax(self.logits[self.at - 1 - self.base])
        own = float(probabilities[self.ids[self.at - 1]])
        weight = self.weight / own if own else inf
        if weight > 1e200:
            return False
        self.at -= 1
        self.weight = weight
        probabilities[self.ids[self.at]] = 0.0  # that one was already followed
        place = Place(self.starts[self.at]) if self.starts[self.at] < self.end.at else self.end
        self._expand(probabilities, weight, place, State(ids=tuple(self.ids[self.base : self.at])))
        return True

    def step(self) -> None:
        """Read the likeliest pending sequences, several at once."""
        chosen = [heappop(self.open) for _ in range(min(self.size, len(self.open)))]
        states = [self._state_of(node.parent) for node in chosen]
        rows, after = self.model.step([node.id for node in chosen], self.model.merge(states))
        require_finite(self.checkpoint, rows)
        self.read += len(chosen)
        for number, (node, row) in enumerate(zip(chosen, rows, strict=True)):
            self._expand(self._softmax(row), node.weight, node.place, State(self.model.select(after, [number])))
        self._drop()

    def _expand(self, probabilities: Array, weight: float, place: Place, state: State) -> None:
        """Process a model's predictions at a place."""
        fork = self._forks.get(place)
        if fork is None:
            fork = self._forks[place] = self._fork(place)
        if fork.outcomes:
            low, high = fork.begin[0], fork.end[-1]
            some = np.append(probabilities[self.trie.ids[low:high]], 0.0)
            bounds = np.stack([fork.begin - low, fork.end - low], 1).reshape(-1)
            for outcome, mass in zip(fork.outcomes, np.add.reduceat(some, bounds)[::2].tolist(), strict=True):
                self._sum(outcome, weight * mass)
        for id, outcome in fork.special.items():
            self._sum(outcome, weight * float(probabilities[id]))
        weights = weight * probabilities[fork.ids]
        # The sum only grows, so a sequence that begins a character and is below this is never needed. The first answer
        # includes it.
        least = self.goal / 10 * self.summed if self.read else 0.0
        unlikely = fork.begins & (weights <= least)
        self.dropped += float(weights[unlikely].sum())
        for number in np.flatnonzero(~unlikely & (weights > 0)).tolist():
            order = -float(weights[number]), next(self._numbers)
            heappush(self.open, Node(order, int(fork.ids[number]), fork.places[number], state))

    def _sum(self, outcome: Outcome, mass: float) -> None:
        self.masses[outcome] += mass
        self.summed += mass

    def _fork(self, place: Place) -> Fork:
        rest = self.text[place.at :]
        ids: list[int] = []
        places: list[Place] = []
        for length, begin, end in self.trie.ending(rest):
            further = Place(place.at + length, place.begun)
            further = further if further.at < self.end.at else Place(self.end.at, place.begun or self.end.begun)
            ids += self.trie.ids[begin:end].tolist()
            places += [further] * (end - begin)
        begun = place.begun if place.at == self.end.at else self.end.begun
        decided: list[tuple[int, int, Outcome]] = []
        for group in self.trie.groups(rest, begun):
            if group.first is None:
                ids.append(int(self.trie.ids[group.begin]))
                places.append(Place(self.end.at, begun + self.trie.spelt[group.begin][len(rest) :]))
            else:
                decided.append((group.begin, group.end, symbol_of(group.first)))
        special: dict[int, Outcome] = {}
        if place.at == self.end.at:
            # After spelling part of a character itself, a sequence ends with invalid bytes.
            special = {id: id if place == self.end else symbol_of(place.begun) for id in self.special}
        bounds = np.array([each[:2] for each in decided], np.int64).reshape(-1, 2)
        outcomes = [outcome for _, _, outcome in decided]
        begins = np.array([place.begun != self.end.begun for place in places], bool)
        return Fork(np.array(ids, np.int64), places, begins, bounds[:, 0], bounds[:, 1], outcomes, special)

    def _state_of(self, state: State) -> Any:
        if state.value is None:
            read = prefill(self.checkpoint, state.ids, 1, self.before) if state.ids else self.before
            state.value = self.model.merge([read.state])
        return state.value

    def _drop(self) -> None:
        """Drop the least likely sequences if the states before them take too much memory."""
        parents = {id(node.parent) for node in self.open if node.parent.value is not None}
        if len(parents) <= self.most_states:
            return
        best: dict[int, float] = {}
        for node in self.open:
            best[id(node.parent)] = max(best.get(id(node.parent), 0.0), node.weight)
        kept = set(nlargest(self.most_states, best, key=best.__getitem__))
        self.dropped += sum(node.weight for node in self.open if id(node.parent) not in kept)
        self.open = sorted(node for node in self.open if id(node.parent) in kept)

    @staticmethod
    def _softmax(row: Logits) -> Array:
        weights = np.exp(row.astype(np.float64) - float(row.max()))
        weights /= weights.sum()
        return weights


def _shares(masses: dict[Outcome, float]) -> dict[Outcome, float]:
    whole = sum(masses.values())
    return {outcome: mass / whole for outcome, mass in masses.items() if mass > 0} if whole > 0 else {}

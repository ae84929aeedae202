"""A token model used as a character model: probabilities are summed over the ways to cut the text into tokens.

It has the interface of any language model, with the symbols of `text/by_characters.py`, so generation, scoring and
search work by characters too. With b a text and c a symbol,

    P(c | b) = P(b c …) ÷ P(b …),   P(b …) = Σ P(t₁ … tₖ) over the covers of b,

where a cover is a sequence of tokens that spells b, or b and more, and whose last token is needed for it (Vieira et
al., 2024, "From Language Models over Tokens to Language Models over Characters"). A state holds the beginnings of
covers: each a sequence of tokens that has been read, and the range of tokens that continue with the rest of the text. A
symbol narrows the ranges; where a token ends with it, the extended sequence is read, likeliest first, and becomes a
beginning too. So the cost of a symbol does not grow with the text.

Some are left out: sequences with too little mass, or beyond the limit on their number. At each position

    1 − Σ exp(logits)

is the share that was left out there, relative to the beginnings kept so far. So no probability is off by more, given
those. What was left out earlier does not come back, as in any beam.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple
from weakref import WeakValueDictionary

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from playground.checkpoints.folders import Checkpoint
from playground.errors import BadInput
from playground.models.footprint import text_size
from playground.models.tasks import LanguageModel, as_batch
from playground.text.by_characters import TokenCharacters

SUFFIX = ":characters"  # marks the name of a token model used by characters

Array = NDArray[np.float64]

ROWS = 16  # sequences read at once
KNOWN = 10_000  # ranges of the trie whose following symbols are cached
NOTHING = np.zeros(0)
FLOOR = 1e-20  # of a symbol that nothing reaches, because logits must be finite


@dataclass(frozen=True)
class Limits:
    """Limits per symbol. goal: the share that may stay unread. read: sequences read at most (at least one if there is
    any). kept: beginnings kept at most. least: the minimum share of a kept beginning."""

    goal: float = 1e-3
    read: int = 8
    kept: int = 8
    least: float = 1e-4


class Beginning(NamedTuple):
    """A sequence of tokens that has been read.

    weight: its probability, in a unit common to the state. begin, end: the tokens that may follow, a range of the trie:
    they start with the rest of the text, `length` bytes in the trie's spelling. some: (end - begin,) their
    probabilities. special: those of special tokens if no text is left, else empty. state: the model's, of one text.
    """

    weight: float
    begin: int
    end: int
    length: int
    some: Array
    special: Array
    state: Any

    @property
    def mass(self) -> float:
        return self.weight * float(self.some.sum() + self.special.sum())


@dataclass(frozen=True)
class CoverState:
    """The state of one text: the beginnings of its covers, and the latest that spelt all of it, at whichever
    position."""

    beginnings: tuple[Beginning, ...]
    whole: Beginning


class _Read(NamedTuple):
    """A sequence to be read: a beginning, the token after it, and its weight."""

    before: Beginning
    token: int
    weight: float


class ByCharacters:
    """The model; `characters` are the symbols of its tokens. A state of B texts is a list of B."""

    def __init__(self, model: LanguageModel, characters: TokenCharacters, limits: Limits = Limits()) -> None:
        self.model, self.characters, self.limits = model, characters, limits
        sizes = model.config
        self.config = sizes and sizes.model_copy(update={"vocabulary": len(characters)})
        self.trie = characters.trie
        self._special = np.array(list(characters.special_of), np.int64)
        self._special_ids = np.array(list(characters.special_of.values()), np.int64)
        self._token_of = {id: token for token, id in characters.special_of.items()}
        self._spelt = [symbol.encode() for symbol in characters.symbols]
        self._known: dict[tuple[int, int, int], tuple[NDArray[np.int64], NDArray[np.int64]]] = {}

    def parameters(self) -> Iterator[Tensor]:
        """Those of the token model."""
        own: Any = self.model
        return iter(own.parameters())

    def text_size(self) -> int:
        """Bytes of a state, roughly."""
        return text_size(self.model) * self.limits.kept // 2

    def advance(self, ids: Sequence[int] | Tensor, state: Any = None) -> tuple[Tensor, list[CoverState]]:
        """See LanguageModel. A text that begins (state None) starts with one token, given by its first id."""
        batch = as_batch(ids, len(self.characters), torch.device("cpu"))
        columns: list[list[int]] = batch.T.tolist()
        rows = []
        if state is None:
            texts = [self._begin(id) for id in columns.pop(0)]
            rows.append(np.stack([self._row(text.beginnings, text.whole.mass) for text in texts]))
        else:
            texts = list(state)
        for column in columns:
            row, texts = self.step(column, texts)
            rows.append(row)
        return torch.from_numpy(np.stack(rows, 1)), texts

    def step(self, ids: Sequence[int], state: Sequence[CoverState]) -> tuple[NDArray[np.float32], list[CoverState]]:
        """One more symbol of each text."""
        grown = [self._extend(text, id) for text, id in zip(state, ids, strict=True)]
        read = iter(self._read([each for _, reads, _ in grown for each in reads]))
        rows, texts = [], []
        for before, (kept, reads, mass) in zip(state, grown, strict=True):
            fresh = [next(read) for _ in reads]
            beginnings = (*kept, *fresh)
            if not beginnings:  # no token spells it: it is skipped
                beginnings = (before.whole._replace(weight=1.0),)
                mass = beginnings[0].mass
            whole = max(fresh, key=lambda each: each.weight, default=before.whole)
            rows.append(self._row(beginnings, mass))
            texts.append(CoverState(self._rescale(beginnings), whole))
        return np.stack(rows), texts

    def merge(self, states: Sequence[Sequence[CoverState]]) -> list[CoverState]:
        """The texts of all."""
        return [text for state in states for text in state]

    def select(self, state: Sequence[CoverState], rows: Sequence[int]) -> list[CoverState]:
        """Some of the texts."""
        return [state[row] for row in rows]

    def _begin(self, id: int) -> CoverState:
        token = self._token_of.get(id)
        if token is None:
            begin, end = self.trie.starting(self._spelt[id])
            if begin == end or self.trie.spelt[begin] != self._spelt[id]:
                raise BadInput("input.nothing_to_predict")
            token = int(self.trie.ids[begin])
        with torch.inference_mode():
            logits, state = self.model.advance([token])
        whole = self._spelling(logits[0, -1].numpy(), 1.0, self.model.merge([state]))
        return CoverState((whole,), whole)

    def _extend(self, text: CoverState, id: int) -> tuple[list[Beginning], list[_Read], float]:
        """What remains of a state after a symbol, the sequences to read next, and the total mass, including what is
        dropped."""
        if id in self._token_of:  # no alternative cut reaches across it
            ends = [each for each in text.beginnings if not each.length] or [text.whole]
            return [], [_Read(max(ends, key=lambda each: each.weight), self._token_of[id], 1.0)], 1.0
        narrow = [after for each in text.beginnings if (after := self._narrow(each, self._spelt[id])) is not None]
        mass = sum(each.mass for each in narrow)
        if not mass > 0:
            return [], [], 0.0
        narrow.sort(key=lambda each: -each.mass)
        kept = [each for each in narrow[: self.limits.kept] if each.mass >= self.limits.least * mass]
        reads = sorted((read for each in kept for read in self._completions(each)), key=lambda read: -read.weight)
        unread = sum(read.weight for read in reads)
        count = 0
        for read in reads[: self.limits.read]:
            if count and unread <= self.limits.goal * mass:
                break
            unread -= read.weight
            count += 1
        return kept, reads[:count], mass

    def _narrow(self, each: Beginning, data: bytes) -> Beginning | None:
        """A beginning after one more symbol; None if no token continues with it."""
        first = self.trie.spelt[each.begin][: each.length] if each.length else b""
        begin, end = self.trie.starting(first + data, (each.begin, each.end))
        some = each.some[begin - each.begin : end - each.begin]
        if not some.sum() > 0:
            return None
        # A slice would keep the whole array in memory.
        return Beginning(each.weight, begin, end, each.length + len(data), some.copy(), NOTHING, each.state)

    def _completions(self, each: Beginning) -> Iterator[_Read]:
        """The tokens that exactly complete the rest of the text."""
        for place in range(each.begin, each.end):
            if len(self.trie.spelt[place]) > each.length:
                return
            if weight := each.weight * float(each.some[place - each.begin]):
                yield _Read(each, int(self.trie.ids[place]), weight)

    def _read(self, reads: Sequence[_Read]) -> list[Beginning]:
        found = []
        for at in range(0, len(reads), ROWS):
            some = reads[at : at + ROWS]
            states = self.model.merge([read.before.state for read in some])
            rows, after = self.model.step([read.token for read in some], states)
            for number, (read, row) in enumerate(zip(some, rows, strict=True)):
                found.append(self._spelling(row, read.weight, self.model.select(after, [number])))
        return found

    def _spelling(self, row: NDArray[np.float32], weight: float, state: Any) -> Beginning:
        """A beginning that spells the whole text, with what follows it."""
        shares = np.exp(row.astype(np.float64) - float(row.max()))
        shares /= shares.sum()
        ids = self.trie.ids
        return Beginning(weight, 0, len(ids), 0, shares[ids], shares[self._special], state)

    def _row(self, beginnings: Sequence[Beginning], mass: float) -> NDArray[np.float32]:
        """The logarithm of each symbol's share of the mass."""
        sums = np.zeros(len(self.characters))
        for each in beginnings:
            symbols, bounds = self._next_symbols(each.begin, each.end, each.length)
            if len(symbols):
                sums[symbols] += each.weight * np.add.reduceat(each.some, bounds - each.begin)
            if not each.length:
                sums[self._special_ids] += each.weight * each.special
        return np.log(np.maximum(sums / mass, FLOOR)).astype(np.float32)

    def _next_symbols(self, begin: int, end: int, length: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The symbols that follow in the tokens of a range, and where each symbol's tokens begin; the last group
        reaches the end of the range."""
        known = self._known.get((begin, end, length))
        if known is not None:
            return known
        symbols, bounds, at = [], [], begin
        while at < end and len(self.trie.spelt[at]) == length:
            at += 1
        while at < end:
            spelt = self.trie.spelt[at]
            stop = length + 1
            while stop < len(spelt) and spelt[stop] & 0xC0 == 0x80:
                stop += 1
            symbols.append(self.characters.ids[spelt[length:stop].decode()])
            bounds.append(at)
            _, at = self.trie.starting(spelt[:stop], (at, end))
        if len(self._known) >= KNOWN:
            self._known.clear()
        known = np.array(symbols, np.int64), np.array(bounds, np.int64)
        self._known[begin, end, length] = known
        return known

    def _rescale(self, beginnings: Sequence[Beginning]) -> tuple[Beginning, ...]:
        """The same with weights near 1: a text's own probability would underflow."""
        most = max(each.mass for each in beginnings)
        return tuple(each._replace(weight=each.weight / most) for each in beginnings)


# Shared by concurrent requests. A model is freed once nobody holds it, so this must not keep it alive.
_models: WeakValueDictionary[tuple[int, Limits], ByCharacters] = WeakValueDictionary()
_lock = threading.Lock()


def by_characters(checkpoint: Checkpoint, limits: Limits = Limits()) -> Checkpoint:
    """The same model as a model of its tokens' characters. BadInput if it has no tokens."""
    if checkpoint.vocabulary.unit != "token" or isinstance(checkpoint.vocabulary, TokenCharacters):
        raise BadInput("model.characters_already", name=checkpoint.name)
    with _lock:
        model = _models.get((id(checkpoint.model), limits))
        if model is None:
            model = ByCharacters(checkpoint.model, TokenCharacters(checkpoint.vocabulary), limits)
            _models[id(checkpoint.model), limits] = model
    characters = model.characters
    before = " " if checkpoint.vocabulary.drops_first_space and " " in characters.ids else ""
    start_ids = (*characters.of_tokens(checkpoint.start_ids), *(characters.ids[each] for each in before))
    return replace(
        checkpoint,
        name=checkpoint.name + SUFFIX,
        config=model.config,
        vocabulary=characters,
        model=model,
        start=checkpoint.start + before,
        start_ids=start_ids,
        end_ids=tuple(characters.special_of[id] for id in checkpoint.end_ids if id in characters.special_of),
    )

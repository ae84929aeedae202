"""Token models so small that all their sequences can be listed: what follows an id is a table."""

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray

from playground.checkpoints.card import Card
from playground.library import Checkpoint
from playground.text.characters import Encoding
from playground.text.spelling import symbol_of

ORDER = 3  # ids that a row depends on


class Spelling:
    """Tokens that spell these bytes; the last of them, if `special`, end a text."""

    unit: ClassVar = "token"
    normalizer: ClassVar = "none"
    drops_first_space: ClassVar = False

    def __init__(self, tokens: Sequence[bytes], special: int = 0) -> None:
        self.tokens = tuple(tokens)
        self.symbols = tuple(map(symbol_of, tokens))
        self.special = frozenset(range(len(tokens) - special, len(tokens)))

    def __len__(self) -> int:
        return len(self.tokens)

    def encode(self, text: str) -> Encoding:
        """The longest token at each place, as a greedy tokenizer cuts."""
        return Encoding(self.cut(text.encode()), [], ())

    def cut(self, data: bytes) -> list[int]:
        ids: list[int] = []
        while data:
            fits = [id for id, token in enumerate(self.tokens) if token and data.startswith(token)]
            ids.append(max((id for id in fits if id not in self.special), key=lambda id: len(self.tokens[id])))
            data = data[len(self.tokens[ids[-1]]) :]
        return ids

    def decode(self, ids: Iterable[int]) -> str:
        raise NotImplementedError

    join = save = decode


class Table:
    """Random logits that depend on the last ids."""

    config = None

    def __init__(self, size: int, seed: int, spread: float = 2.0) -> None:
        self.size, self.seed, self.spread = size, seed, spread
        self.known: dict[tuple[int, ...], NDArray[np.float32]] = {}

    def row(self, last: tuple[int, ...]) -> NDArray[np.float32]:
        if last not in self.known:
            dice = np.random.default_rng([self.seed, *last])
            self.known[last] = (self.spread * dice.standard_normal(self.size)).astype(np.float32)
        return self.known[last]

    def advance(self, ids: Any, state: tuple[int, ...] | None = None) -> tuple[torch.Tensor, tuple[int, ...]]:
        listed = ids[0].tolist() if isinstance(ids, torch.Tensor) else list(ids)
        # A state that was merged is a list of one.
        last = state[0] if isinstance(state, list) else state or ()
        rows = []
        for id in listed:
            last = (*last, id)[-ORDER:]
            rows.append(self.row(last))
        return torch.from_numpy(np.stack(rows))[None], last

    def step(self, ids: Sequence[int], state: Any) -> tuple[NDArray[np.float32], Any]:
        after = [(*last, id)[-ORDER:] for id, last in zip(ids, state, strict=True)]
        return np.stack([self.row(last) for last in after]), after

    def merge(self, states: Sequence[Any]) -> Any:
        return [one for state in states for one in (state if isinstance(state, list) else [state])]

    def select(self, state: Any, rows: Sequence[int]) -> Any:
        return [state[row] for row in rows]


def checkpoint(tokens: Sequence[bytes], seed: int, special: int = 1, spread: float = 2.0) -> Checkpoint:
    """A model of these tokens, the last of which begins and ends a text."""
    spelling: Any = Spelling(tokens, special)
    model: Any = Table(len(tokens), seed, spread)
    return Checkpoint("table", "", None, spelling, model, Card(), "", (len(tokens) - 1,))

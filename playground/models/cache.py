"""The Transformer's memory of a text: keys and values in slots that several states share. Knows no layers."""

import threading
from dataclasses import dataclass

import numpy as np
from torch import Tensor


class Cache:
    """Keys and values of past positions, (layers, 2, B, heads, slots, D): written once, read by many states.

    Slots are only ever appended. A state owns the slots before its `end`; the one whose end is the
    buffer's may append in place, any other (an older one, advanced again) continues in a copy.
    With learned positions, the ids (B, slots) are kept too, of which some will be read anew.
    """

    def __init__(self, shape: tuple[int, int, int], batch: int, slots: int, like: Tensor, keep_ids: bool) -> None:
        """shape: layers, heads and D, the features of a head. like: a tensor of the dtype and the device."""
        layers, heads, features = shape
        self.batch = batch
        self.slots = slots
        self.end = 0
        self.lock = threading.Lock()
        self.buffer = like.new_empty(layers, 2, batch, heads, slots, features)
        self.ids = np.empty((batch, slots), np.int64) if keep_ids else None

    def claim(self, end: int, count: int) -> bool:
        """Take `count` slots for a state that ends at `end`; False where they are taken or there is no room."""
        with self.lock:
            free = end == self.end and end + count <= self.slots
            if free:
                self.end = end + count
            return free

    def row(self, number: int, end: int) -> "Cache":
        """A copy of the first `end` slots of one text of the batch."""
        layers, _, _, heads, _, features = self.buffer.shape
        copy = Cache((layers, heads, features), 1, self.slots, self.buffer, self.ids is not None)
        copy.end = end
        copy.buffer[..., :end, :] = self.buffer[:, :, number : number + 1, :, :end]
        if copy.ids is not None and self.ids is not None:
            copy.ids[:, :end] = self.ids[number : number + 1, :end]
        return copy


@dataclass(frozen=True)
class TransformerState:
    """The cache, the slot after the last id's, and the position of the next id: how many were read, or read anew."""

    cache: Cache
    end: int
    position: int


class Texts(tuple[TransformerState, ...]):
    """The states of several texts, each in a cache of its own: they differ in length, and come and go."""

    __slots__ = ()


def each_text(state: TransformerState | Texts) -> Texts:
    """The texts of a state one by one; those that were read in one batch in copies."""
    if isinstance(state, Texts):
        return state
    if state.cache.batch == 1:
        return Texts((state,))
    rows = (state.cache.row(number, state.end) for number in range(state.cache.batch))
    return Texts(TransformerState(row, state.end, state.position) for row in rows)

"""The Transformer's KV cache: keys and values in slots that several states share. Knows no layers."""

import threading
from dataclasses import dataclass

import numpy as np
from torch import Tensor


class KVCache:
    """Keys and values of past positions, (layers, 2, B, heads, slots, D): written once, read by many states.

    Slots are only ever appended. A state owns the slots before its `end`; the one whose end is the buffer's may append
    in place, any other (an older one, advanced again) continues in a copy.
    With learned positions the ids (B, slots) are kept too, because some are processed again later.
    """

    def __init__(self, shape: tuple[int, int, int], batch: int, slots: int, like: Tensor, keep_ids: bool) -> None:
        """shape: layers, heads and D, the features per head. like: a tensor with the dtype and device to use."""
        layers, heads, features = shape
        self.batch = batch
        self.slots = slots
        self.end = 0
        self.lock = threading.Lock()
        self.buffer = like.new_empty(layers, 2, batch, heads, slots, features)
        self.ids = np.empty((batch, slots), np.int64) if keep_ids else None

    def claim(self, end: int, count: int) -> bool:
        """Reserve `count` slots for a state that ends at `end`; False where they are taken or there is no room."""
        with self.lock:
            free = end == self.end and end + count <= self.slots
            if free:
                self.end = end + count
            return free

    def row(self, number: int, end: int) -> "KVCache":
        """A copy of the first `end` slots of one text in the batch."""
        layers, _, _, heads, _, features = self.buffer.shape
        copy = KVCache((layers, heads, features), 1, self.slots, self.buffer, self.ids is not None)
        copy.end = end
        copy.buffer[..., :end, :] = self.buffer[:, :, number : number + 1, :, :end]
        if copy.ids is not None and self.ids is not None:
            copy.ids[:, :end] = self.ids[number : number + 1, :end]
        return copy


@dataclass(frozen=True)
class TransformerState:
    """The cache, the end of this state's slots, and the position of the next id: how many were processed, or
    reprocessed."""

    cache: KVCache
    end: int
    position: int


class Texts(tuple[TransformerState, ...]):
    """The states of several texts, each with its own cache: their lengths differ, and they join and leave."""

    __slots__ = ()


def each_text(state: TransformerState | Texts) -> Texts:
    """The state split into one per text; texts that were processed in one batch are copied."""
    if isinstance(state, Texts):
        return state
    if state.cache.batch == 1:
        return Texts((state,))
    rows = (state.cache.row(number, state.end) for number in range(state.cache.batch))
    return Texts(TransformerState(row, state.end, state.position) for row in rows)

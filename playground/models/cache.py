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


@dataclass(frozen=True)
class TransformerState:
    """The cache, the slot after the last id's, and the position of the next id: how many were read, or read anew."""

    cache: Cache
    end: int
    position: int

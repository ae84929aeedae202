"""Peak memory of the intermediate tensors of a model: while it reads, and during training.

Counts the bytes of tensors, each once however many views it has, without the weights. Workspace inside an operator is
not seen.
"""

import weakref
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves


class _Alive(TorchDispatchMode):
    """Tracks the tensors that each operation creates, and when they are freed. most: bytes at the peak."""

    def __init__(self) -> None:
        super().__init__()
        self.now = self.most = 0
        self._tensors: Counter[int] = Counter()  # by storage: views share one
        self._sizes: dict[int, int] = {}

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        made = func(*args, **(kwargs or {}))
        given = {_place(one) for one in tree_leaves((args, kwargs)) if isinstance(one, Tensor)}
        for one in tree_leaves(made):
            if isinstance(one, Tensor):
                self._note(one, given)
        return made

    def _note(self, one: Tensor, given: set[int]) -> None:
        place = _place(one)
        if place not in self._sizes:
            if place in given:  # a view of an earlier tensor, such as a weight
                return
            self._sizes[place] = one.untyped_storage().nbytes()
            self.now += self._sizes[place]
            self.most = max(self.most, self.now)
        self._tensors[place] += 1
        weakref.finalize(one, self._forget, place)

    def _forget(self, place: int) -> None:
        self._tensors[place] -= 1
        if not self._tensors[place]:
            self.now -= self._sizes.pop(place)
            del self._tensors[place]


def _place(one: Tensor) -> int:
    return one.untyped_storage().data_ptr()


def peak_memory(work: Callable[[], Any]) -> int:
    """Bytes of all tensors that a function creates, at the peak."""
    with _Alive() as alive:
        work()
    return alive.most


def gradient_memory(model: Any, ids: Sequence[int]) -> int:
    """Bytes that a training pass over a text keeps for its gradient. model: in training mode."""
    weights = {_place(parameter) for parameter in model.parameters()}
    kept: dict[int, Tensor] = {}

    def keep(one: Tensor) -> Tensor:
        if _place(one) not in weights:
            kept[_place(one)] = one
        return one

    with torch.enable_grad(), torch.autograd.graph.saved_tensors_hooks(keep, lambda one: one):
        model.advance(torch.tensor([list(ids)]))
    return sum(one.untyped_storage().nbytes() for one in kept.values())

"""Single-text steps in NumPy: what all kinds share.

A step of a small model is a few dozen operations on short vectors, dominated not by arithmetic but by the call overhead
of torch: 5 µs and more per operation, against 0.5 µs in NumPy. So one id of one text (T = 1, B = 1), without gradients,
with float32 weights on a CPU, takes this path; training, prompts and batches stay in torch.
Knows no architecture: each has its own step in its own file.
"""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, Generic, TypeVar
from weakref import ref

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

Array = NDArray[np.float32]
Product = Callable[[Array], Array]
T = TypeVar("T")

# OpenBLAS splits the product of a larger matrix (460,800 numbers and more) and a vector among threads, whatever
# torch.set_num_threads says. For one vector that gains little; on a busy machine it took 7.9 ms instead of 60 µs.
ONE_THREAD_SIZE = 400_000


class Views(Generic[T]):
    """What a step reads of a module, as arrays: derived from its parameters, and again when those are replaced.

    The arrays are views of the parameters, so in-place changes show by themselves. The parameters' memory is kept
    alive, so that a replacement, by `load_state_dict(assign=True)`, `.to()` or `p.data = …`, must have another address.
    `copied` names the parameters of which a copy pays off; for these torch's version counter is checked too (which
    `p.data.copy_` bypasses).
    """

    def __init__(self, module: nn.Module, work_out: Callable[[Any], T], copied: Sequence[str] = ()) -> None:
        # A weak reference: a cycle would keep a large, unused model in memory until Python's cyclic garbage collection.
        self.module = ref(module)
        self.work_out = work_out
        # The dictionaries that torch itself updates; walking the modules at each step would take longer than the step.
        self.parameters = [part._parameters for part in module.modules()]
        split = [name.rpartition(".") for name in copied]
        self.copied = [(vars(module.get_submodule(part))["_parameters"], name) for part, _, name in split]
        # The mark, the derived views, and references that keep the memory alive; always replaced as a whole, because
        # threads share it.
        self.known: tuple[list[int], T, list[Tensor]] | None = None

    def __getstate__(self) -> dict[str, Any]:
        # After a deep copy the arrays would not be views of the copy's parameters.
        return {**vars(self), "known": None, "module": self.module()}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self.module = ref(state["module"])

    def current(self) -> T | None:
        """`work_out` for the current weights; None if torch must run the step."""
        module = self.module()
        if module is None or module.training:
            return None
        if torch.is_grad_enabled() and any(p.requires_grad for p in module.parameters()):
            return None
        mark = [p.data_ptr() for part in self.parameters for p in part.values() if p is not None]
        try:
            mark += [part[name]._version for part, name in self.copied]
        except RuntimeError:  # created in torch's inference mode, where changes are not counted
            return None
        known = self.known
        if known is None or known[0] != mark:
            if any(p.dtype != torch.float32 or p.device.type != "cpu" for p in module.parameters()):
                return None
            self.known = known = mark, self.work_out(module), [p.detach() for p in module.parameters()]
        return known[1]


def array(parameter: Tensor) -> Array:
    """A NumPy view of a parameter."""
    return parameter.detach().numpy()


def product(parameter: Tensor) -> Product:
    """x -> w · x on one thread, for a view w (out, in) of a parameter."""
    w = array(parameter)
    if w.size <= ONE_THREAD_SIZE:
        return w.dot
    rows = ONE_THREAD_SIZE // w.shape[1]
    parts = [w[row : row + rows] for row in range(0, len(w), rows)]
    return lambda x: np.concatenate([part.dot(x) for part in parts])


def single(ids: Sequence[int] | Tensor, vocabulary: int) -> int | None:
    """The id, if there is exactly one, of one text, and in range; otherwise None."""
    if type(ids) is not list and isinstance(ids, Tensor):  # the first test is cheaper
        id: Any = ids.item() if ids.shape == (1, 1) else -1
    else:
        id = ids[0] if len(ids) == 1 else -1
    return id if 0 <= id < vocabulary else None


def logits_of(row: Array) -> Tensor:
    """(V,) -> (B, T, V), with B = T = 1."""
    return torch.from_numpy(row[None, None])


def sigmoid_(x: Array) -> None:
    """In place. The bits of a row (…, C) do not depend on the number of rows."""
    if _rows_agree(x.shape[-1]):
        torch.sigmoid_(torch.from_numpy(x))  # for many numbers four times as fast as NumPy's tanh
    else:
        x *= HALF
        np.tanh(x, x)
        x *= HALF
        x += HALF


HALF = np.float32(0.5)


@cache
def _rows_agree(length: int) -> bool:
    """Whether torch gives a row of this length the same bits alone and among others. If the length is not a multiple of
    the kernel's vector size, the remainder is computed differently, and would fall on other numbers in other rows."""
    rows = torch.from_numpy(np.random.default_rng(1).standard_normal((64, 3 * length), np.float32) * 4)
    alone = [torch.sigmoid(rows[n, :length].clone()) for n in range(len(rows))]
    among = torch.sigmoid(rows[:, :length]), torch.sigmoid(rows[:, :length].clone())
    return all(torch.equal(one, all_of[n]) for all_of in among for n, one in enumerate(alone))

"""One step of one text in NumPy: what the kinds share of it.

A step of a small model is a few dozen operations on short vectors. There the time goes into calling torch, 5 µs and
more an operation, and not into arithmetic; NumPy takes 0.5 µs. So one id of one text (T = 1, B = 1), without
gradients, with float32 weights on a CPU, goes this way; training, prompts and batches stay torch's.
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

# OpenBLAS shares the product of a larger matrix and a vector (460,800 numbers and more) among threads, whatever
# torch.set_num_threads says. For one vector that wins little; on a busy machine it took 7.9 ms instead of 60 µs.
MOST = 400_000


class Views(Generic[T]):
    """What a step reads of a module, as arrays: worked out from its parameters, and again when they are others.

    The arrays are views of the parameters, so what is changed in place shows by itself. The memory of the parameters is
    kept alive: another tensor in the place of one, by `load_state_dict(assign=True)`, `.to()` or `p.data = …`, must
    have another address. Where a copy is worth it, `copied` says of which parameters, and torch's count of their
    changes is looked at too (which `p.data.copy_` escapes).
    """

    def __init__(self, module: nn.Module, work_out: Callable[[Any], T], copied: Sequence[str] = ()) -> None:
        # A weak reference: each would else keep the other alive until Python looks for cycles, and a large model that
        # nobody has any more would stay in memory until then.
        self.module = ref(module)
        self.work_out = work_out
        # Dictionaries that torch itself changes; to walk the modules at each step would take longer than the step.
        self.parameters = [part._parameters for part in module.modules()]
        split = [name.rpartition(".") for name in copied]
        self.copied = [(vars(module.get_submodule(part))["_parameters"], name) for part, _, name in split]
        # The mark, what was worked out, and what keeps the memory alive; always replaced as a whole: threads share it.
        self.known: tuple[list[int], T, list[Tensor]] | None = None

    def __getstate__(self) -> dict[str, Any]:
        # The arrays of a copy would be no views of the copy's parameters.
        return {**vars(self), "known": None, "module": self.module()}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self.module = ref(state["module"])

    def now(self) -> T | None:
        """What `work_out` gives for the weights of this moment; None where a step is torch's to do."""
        module = self.module()
        if module is None or module.training:
            return None
        if torch.is_grad_enabled() and any(p.requires_grad for p in module.parameters()):
            return None
        mark = [p.data_ptr() for part in self.parameters for p in part.values() if p is not None]
        try:
            mark += [part[name]._version for part, name in self.copied]
        except RuntimeError:  # made in torch's inference mode, where changes are not counted
            return None
        known = self.known
        if known is None or known[0] != mark:
            if any(p.dtype != torch.float32 or p.device.type != "cpu" for p in module.parameters()):
                return None
            self.known = known = mark, self.work_out(module), [p.detach() for p in module.parameters()]
        return known[1]


def array(parameter: Tensor) -> Array:
    """A view of a parameter."""
    return parameter.detach().numpy()


def product(parameter: Tensor) -> Product:
    """x -> w · x on one thread, for a view w (out, in) of a parameter."""
    w = array(parameter)
    if w.size <= MOST:
        return w.dot
    rows = MOST // w.shape[1]
    parts = [w[row : row + rows] for row in range(0, len(w), rows)]
    return lambda x: np.concatenate([part.dot(x) for part in parts])


def single(ids: Sequence[int] | Tensor, vocabulary: int) -> int | None:
    """The id, where there is just one, of one text, and in range; None for all else."""
    if type(ids) is not list and isinstance(ids, Tensor):  # the first is quicker to ask
        id: Any = ids.item() if ids.shape == (1, 1) else -1
    else:
        id = ids[0] if len(ids) == 1 else -1
    return id if 0 <= id < vocabulary else None


def logits_of(row: Array) -> Tensor:
    """(V,) -> (B, T, V), with B = T = 1."""
    return torch.from_numpy(row[None, None])


def sigmoid_(x: Array) -> None:
    """In place. The bits of a row (…, C) do not depend on how many there are."""
    if _rows_agree(x.shape[-1]):
        torch.sigmoid_(torch.from_numpy(x))  # of many numbers four times as quick as NumPy's tanh
    else:
        x *= HALF
        np.tanh(x, x)
        x *= HALF
        x += HALF


HALF = np.float32(0.5)


@cache
def _rows_agree(length: int) -> bool:
    """Whether torch gives a row of such a length the same bits alone and among others. Where the length is no multiple
    of what its kernel takes at once, the rest goes another way, and so would other numbers of other rows."""
    rows = torch.from_numpy(np.random.default_rng(1).standard_normal((64, 3 * length), np.float32) * 4)
    alone = [torch.sigmoid(rows[n, :length].clone()) for n in range(len(rows))]
    among = torch.sigmoid(rows[:, :length]), torch.sigmoid(rows[:, :length].clone())
    return all(torch.equal(one, all_of[n]) for all_of in among for n, one in enumerate(alone))

"""How much memory a model takes: its own tensors, what its kind works out from them, and more for a moment at first.

Known before anything is loaded, from a model's outline alone: what it says is compared with the process's memory in
tests/models/test_footprint.py.
"""

from typing import NamedTuple, Protocol, runtime_checkable
from weakref import WeakKeyDictionary

from torch import nn

SMALL_STATE = 100_000  # bytes; only attention keeps all that it has read


class Footprint(NamedTuple):
    """Bytes. kept: for as long as the model is there; peak: at most, while it is loaded and takes its first step."""

    kept: int
    peak: int


@runtime_checkable
class WorksOut(Protocol):
    """A kind that keeps more than its tensors."""

    def worked_out(self) -> Footprint:
        """Bytes of what it works out from its tensors: what it keeps of that, and what that takes at most, in all."""
        ...


def parameters(model: object) -> int:
    """How many numbers a model learned by descent; none, where it only counted."""
    if not isinstance(model, nn.Module):
        return 0
    found = _parameters.get(model)
    if found is None:
        found = _parameters[model] = sum(p.numel() for p in model.parameters())
    return found


_parameters: WeakKeyDictionary[nn.Module, int] = WeakKeyDictionary()  # asked for at each request


def text_size(model: object) -> int:
    """Bytes of a model's state of one text, roughly."""
    own = getattr(model, "text_size", None)
    return own() if callable(own) else SMALL_STATE


def footprint(model: nn.Module) -> Footprint:
    """What a model takes on a CPU, as float32; the same for its outline."""
    sizes = [t.numel() * t.element_size() for t in model.state_dict().values()]
    own, largest = sum(sizes), max(sizes, default=0)
    more = model.worked_out() if isinstance(model, WorksOut) else Footprint(0, 0)
    # A tensor is read as the file has it, and copied; only then is more worked out from all of them.
    return Footprint(own + more.kept, own + max(largest, more.peak))

"""How much memory a model takes: its own tensors, what its kind derives from them, and the peak while loading.

Known before anything is loaded, from a model's outline alone; tests/models/test_footprint.py compares it with the
process's memory.
"""

from typing import NamedTuple, Protocol, runtime_checkable
from weakref import WeakKeyDictionary

from torch import nn

SMALL_STATE = 100_000  # bytes; only attention keeps everything it has read


class Footprint(NamedTuple):
    """Bytes. kept: as long as the model is loaded; peak: at most, while it is loaded and takes its first step."""

    kept: int
    peak: int


@runtime_checkable
class HasDerivedTensors(Protocol):
    """A kind that keeps more than its own tensors."""

    def derived_footprint(self) -> Footprint:
        """Bytes of what it derives from its tensors: kept, and at most in total while deriving."""
        ...


def parameters(model: object) -> int:
    """How many numbers a model learned by gradient descent; none if it only counted."""
    if not isinstance(model, nn.Module):
        return 0
    found = _parameters.get(model)
    if found is None:
        found = _parameters[model] = sum(p.numel() for p in model.parameters())
    return found


_parameters: WeakKeyDictionary[nn.Module, int] = WeakKeyDictionary()  # needed at each request


def text_size(model: object) -> int:
    """Bytes of a model's state of one text, roughly."""
    own = getattr(type(model), "text_size", None)  # of a module itself, one that is missing is slow to look up
    return own(model) if callable(own) else SMALL_STATE


def footprint(model: nn.Module) -> Footprint:
    """What a model takes on a CPU as float32; the same from its outline."""
    sizes = [t.numel() * t.element_size() for t in model.state_dict().values()]
    own, largest = sum(sizes), max(sizes, default=0)
    more = model.derived_footprint() if isinstance(model, HasDerivedTensors) else Footprint(0, 0)
    # A tensor is read as stored in the file and copied; only then is more derived from all of them.
    return Footprint(own + more.kept, own + max(largest, more.peak))

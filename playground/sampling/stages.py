"""From logits to a distribution: bias, temperature, the truncating stages, then renormalisation.

The stages are in one table, in the order in which they apply. The contract is in the package's docstring.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field
from math import inf
from numbers import Integral, Real
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from playground.errors import BadInput

Array = NDArray[np.float64]


Bias = Mapping[int, float] | Iterable[tuple[int, float]]
Pairs = tuple[tuple[int, float], ...]


class Shift(NamedTuple):
    """A stage that changes logits, before they are ranked and before temperature.

    setting: the field of Sampling that sets it. off: the value that disables it.
    apply: (logits, value) -> new logits: one row (V,) in the order of the ids.
    """

    setting: str
    off: object
    apply: Callable[[Array, Any], Array]


class Cut(NamedTuple):
    """A stage that drops symbols from the unlikely end of a row.

    setting: the field of Sampling that sets it. off: the value that disables it.
    keep:    (logits, weights, value) -> how many of the first entries stay, at least 1. Both are one row in descending
             order, without the entries that earlier stages dropped; the weights are proportional to the probabilities.
    """

    setting: str
    off: object
    keep: Callable[[Array, Array, float], int]


def _add_bias(logits: Array, bias: Pairs) -> Array:
    """The logits with a bias added to some of them. BadInput if that leaves nothing possible."""
    ids = [id for id, _ in bias]
    if ids[-1] >= len(logits):  # they are in ascending order
        raise BadInput("sampling.bias_beyond", id=ids[-1], count=len(logits))
    shifted = logits.copy()
    shifted[ids] += [number for _, number in bias]
    if shifted.max() == -inf < logits.max():
        raise BadInput("sampling.bias_all")
    return shifted


def _keep_top_k(logits: Array, _: Array, k: float) -> int:
    """The number of logits at or above the k-th."""
    return int(np.count_nonzero(logits >= logits[int(k) - 1])) if k < len(logits) else len(logits)


def _keep_top_p(_: Array, weights: Array, p: float) -> int:
    """What is left after dropping symbols from the unlikely end while their mass is at most 1 − p."""
    tail = (weights / total(weights))[::-1].cumsum()
    return max(1, len(weights) - int(np.count_nonzero(tail <= 1 - p)))


def _keep_min_p(_: Array, weights: Array, share: float) -> int:
    """The number of symbols with at least this share of the likeliest one's probability."""
    return max(1, int(np.count_nonzero(weights >= share * weights[0])))


# A new stage is a row here, a field of Sampling, and its twin in stages.js. Temperature applies between the two
# kinds.
STAGES: tuple[Shift | Cut, ...] = (
    Shift("bias", (), _add_bias),
    Cut("top_k", 0, _keep_top_k),
    Cut("top_p", 1.0, _keep_top_p),
    Cut("min_p", 0.0, _keep_min_p),
)


@dataclass(frozen=True)
class Sampling:
    """The settings of the stages. The defaults are "off": as the model predicts.

    temperature: 0 (greedy) to infinity (uniform).
    top_k:       keep the k likeliest; 0 is off.
    top_p:       nucleus (Holtzman et al. 2020, arXiv 1904.09751): keep the smallest set of the likeliest
                 that holds at least this mass, from 0 to 1; 1 is off.
    min_p:       keep symbols with at least this share of the likeliest one's probability
                 (Nguyen et al. 2024, arXiv 2407.01082), from 0 to 1; 0 is off.
    bias:        added to the logits of some ids before anything else, as a mapping or pairs: a finite number, or minus
                 infinity to ban the id. Stored as pairs ordered by id, without zeros; () is off.

    Raises BadInput, naming the field, the range and the value.
    """

    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 1.0
    min_p: float = 0.0
    bias: Bias = ()

    # The stages that are active here, computed once because a run uses them at each step.
    shifts: list[tuple[Callable[[Array, Any], Array], Any]] = field(init=False, repr=False, compare=False)
    cuts: list[tuple[Callable[[Array, Array, float], int], float]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        for name, high in (("temperature", inf), ("top_p", 1), ("min_p", 1)):
            object.__setattr__(self, name, _number(getattr(self, name), name, 0, high))
        if not isinstance(self.top_k, Integral) or isinstance(self.top_k, bool) or self.top_k < 0:
            raise BadInput("sampling.top_k", value=repr(self.top_k))
        object.__setattr__(self, "bias", _pairs(self.bias))
        active = [(stage, value) for stage in STAGES if (value := getattr(self, stage.setting)) != stage.off]
        shifts = [(stage.apply, value) for stage, value in active if isinstance(stage, Shift)]
        object.__setattr__(self, "shifts", shifts)
        object.__setattr__(self, "cuts", [(stage.keep, value) for stage, value in active if isinstance(stage, Cut)])


def _pairs(bias: Bias) -> Pairs:
    """A bias ordered by id. Of several numbers for one id the last counts."""
    try:
        numbers = dict(bias)
    except (TypeError, ValueError):
        raise BadInput("sampling.bias_form", value=repr(bias)) from None
    for id, number in numbers.items():
        if not isinstance(id, Integral) or isinstance(id, bool) or id < 0:
            raise BadInput("sampling.bias_ids", value=repr(id))
        numbers[id] = _bias_of(number)
    return tuple((int(id), numbers[id]) for id in sorted(numbers) if numbers[id] != 0)


def _bias_of(value: object) -> float:
    if isinstance(value, Real) and not isinstance(value, bool):
        with suppress(OverflowError):
            number = float(value)
            if number < inf:
                return number
    raise BadInput("sampling.bias_number", value=repr(value))


def _number(value: object, name: str, low: float, high: float) -> float:
    if isinstance(value, Real) and not isinstance(value, bool):
        with suppress(OverflowError):  # a whole number beyond every float
            number = float(value)
            if low <= number <= high:
                return number
    raise BadInput("sampling.number", name=name, low=low, high=high, value=repr(value))


def distribution(logits: ArrayLike, sampling: Sampling = Sampling()) -> Array:
    """Return the distribution that `draw` samples from.

    logits: (..., V) floats; minus infinity for impossible symbols.
    returns: (..., V) float64; each row sums to 1.
    Raises BadInput if a logit is NaN or plus infinity, or everything in a row is impossible.
    """
    rows = np.asarray(logits, dtype=np.float64)
    if rows.ndim == 0 or rows.shape[-1] == 0:
        raise BadInput("sampling.empty")
    if rows.ndim == 1:
        return _row(rows, sampling)
    flat = rows.reshape(-1, rows.shape[-1])
    return np.stack([_row(row, sampling) for row in flat]).reshape(rows.shape)


def _row(logits: Array, sampling: Sampling) -> Array:
    probabilities = np.zeros(len(logits))
    ids, kept = truncate(logits, sampling)
    probabilities[ids] = kept
    return probabilities


def truncate(logits: Array, sampling: Sampling) -> tuple[NDArray[np.intp], Array]:
    """Of one row (V,): the ids that remain, by rank, and their probabilities. BadInput as in `distribution`."""
    for apply, value in sampling.shifts:
        logits = apply(logits, value)
    ranked = ranks(logits)
    ordered = logits[ranked]
    largest, last = ordered.item(0), ordered.item(-1)
    if not (-inf < largest < inf and last <= largest):  # the ends suffice, because NaN sorts last
        raise BadInput("sampling.finite")
    if sampling.temperature == 0:
        return ranked[:1], np.ones(1)

    weights = _weights(ordered, sampling.temperature)  # (V,) descending, the first is 1
    kept = len(weights)
    for keep, value in sampling.cuts:
        kept = keep(ordered[:kept], weights[:kept], value)
    weights = weights[:kept]
    return ranked[:kept], weights / total(weights)


def _weights(ranked: Array, temperature: float) -> Array:
    """e^((logit − largest) ÷ T) for logits in descending order; at T = ∞, 1 for every possible one."""
    if temperature == inf:
        return np.where(ranked == -inf, 0.0, 1.0)
    largest, last = ranked.item(0), ranked.item(-1)
    overflows = (last - largest) / temperature == -inf  # a gap divided by a tiny T overflows correctly to −∞
    with np.errstate(over="ignore") if overflows else nullcontext():  # entering errstate takes a while
        weights: Array = np.exp((ranked - largest) / temperature)
    return weights


def log_softmax(logits: ArrayLike) -> Array:
    """ln p at temperature 1 and without truncation, float64 of the same shape; the last axis is a row."""
    wide = np.asarray(logits, dtype=np.float64)
    shifted = wide - wide.max(axis=-1, keepdims=True)
    found: Array = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return found


def total(weights: Array) -> float:
    """Sum from left to right, as JavaScript does; NumPy's own sum adds in pairs."""
    return np.add.accumulate(weights).item(-1)


def ranks(values: ArrayLike) -> NDArray[np.intp]:
    """Ids of a (V,) array, largest value first, ties by id."""
    return (-np.asarray(values, dtype=np.float64)).argsort(kind="stable")


def entropy(probabilities: ArrayLike) -> float:
    """Entropy in bits of one row (Shannon 1948): −Σ p log₂ p, with 0 log 0 = 0."""
    row = np.asarray(probabilities, dtype=np.float64)
    possible = row[row > 0]
    return float(max(0.0, -(possible * np.log2(possible)).sum()))

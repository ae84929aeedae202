r"""The textual form of a bias: a number for each of some symbols, by the symbol's name (names.py).

    e:-inf,t:2.5      bans e, and adds 2.5 to the logit of t
    \,:1,#198:-inf    adds 1 to that of the comma, and bans the id 198

JSON may have an object instead: {"e": "-inf", "t": 2.5}. `web/core/bias.js` is the twin of this module.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import inf

from playground.errors import BadInput
from playground.server import names

MAX_BIASES = 200  # symbols
LARGEST = 1_000.0  # e^1000 exceeds any ratio of a model's probabilities


def read(raw: object) -> str:
    """A bias in its canonical form. Raises BadInput with a sentence that says what is expected."""
    if raw is None:
        return ""
    if not names.may_be_list(raw):
        raise _refusal(raw)
    pairs = list(_pairs(raw) if isinstance(raw, str) else _items(raw))
    if len(pairs) > MAX_BIASES:
        raise BadInput("input.bias_many", count=len(pairs), most=MAX_BIASES)
    return ",".join(f"{names.write(name)}:{_show(number)}" for name, number in dict(pairs).items() if number != 0)


def ids(bias: str, symbols: Sequence[str]) -> tuple[dict[int, float], list[str]]:
    """For a bias that was read: the number for each id, and the names that are not symbols of this vocabulary."""
    pairs = list(_pairs(bias))
    found = list(zip(names.ids([name for name, _ in pairs], symbols), pairs, strict=True))
    unknown = [names.show(name) for id, (name, _) in found if id is None]
    return {id: number for id, (_, number) in found if id is not None}, unknown


def _pairs(text: str) -> Iterator[tuple[names.Name, float]]:
    for part in names.members(text, "input.bias_many", MAX_BIASES):
        *before, number = names.split(part, ":")
        name = names.read(":".join(before))  # only the last colon ends the name
        if name is None:
            raise _refusal(text)
        yield name, _number(number)


def _items(raw: Mapping[object, object]) -> Iterator[tuple[names.Name, float]]:
    for key, number in raw.items():
        name = names.key(key)
        if name is None:
            raise _refusal(key)
        yield name, _number(number)


def _number(raw: object) -> float:
    try:
        number = float(str(raw).strip().replace("−", "-").replace("∞", "inf"))
    except ValueError:
        number = inf
    if isinstance(raw, bool) or not (number == -inf or -LARGEST <= number <= LARGEST):
        raise BadInput("input.bias_number", most=int(LARGEST), value=names.short(raw))
    return number


def _show(number: float) -> str:
    return str(number).removesuffix(".0")


def _refusal(raw: object) -> BadInput:
    return BadInput("input.bias", value=names.short(raw))

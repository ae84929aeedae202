r"""The bias as people and programs write it: a number for each of some symbols, by the symbol's own text.

    e:-inf,t:2.5        bans e, and adds 2.5 to the logit of t
    \,:1,\::-1,\\:2      a comma, a colon and a backslash have a backslash before them
    #198:-inf           the id 198, where no text names a symbol: a token that is a part of a character, or one of
                        several that are written alike. A symbol that looks so has a backslash before it: \#198

So a link stays readable, and holds for another model too, as far as that has the same symbols. JSON may have an object
instead: {"e": "-inf", "t": 2.5}, where only "#" with digits after it is an id, and nothing is escaped.
`web/core/bias.js` is the twin of this module.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from math import inf

from playground.errors import BadInput

MOST = 200  # symbols
LARGEST = 1_000.0  # e^1000 is beyond what any model tells apart
TOKEN = 100  # characters of a symbol

Name = str | int  # a symbol's text, or an id


def read(raw: object) -> str:
    """A bias in the one form that it is kept in. Raises BadInput with a sentence that says what is expected."""
    if isinstance(raw, str):
        # Half of a surrogate pair can come from a link or JSON, and no symbol has it.
        pairs = list(_pairs(raw.encode("utf-8", "replace").decode("utf-8")))
    elif isinstance(raw, Mapping):
        pairs = [(_key(name), _number(number)) for name, number in raw.items()]
    elif raw is None:
        return ""
    else:
        raise _refusal(raw)
    if len(pairs) > MOST:
        raise BadInput(f"bias has {len(pairs):,} symbols; at most {MOST} can have one.")
    return ",".join(f"{_written(name)}:{_shown(number)}" for name, number in dict(pairs).items() if number != 0)


def ids(bias: str, symbols: Sequence[str]) -> tuple[dict[int, float], list[str]]:
    """Of a bias that was read: the number of each id, and the names that are no symbol of this vocabulary."""
    if not bias:
        return {}, []
    known: dict[str, int] = {}
    for id, symbol in enumerate(symbols):
        known.setdefault(symbol, id)
    found, unknown = {}, []
    for name, number in _pairs(bias):
        id = known.get(name, -1) if isinstance(name, str) else name
        if 0 <= id < len(symbols):
            found[id] = number
        else:
            unknown.append(name if isinstance(name, str) else f"#{name}")
    return found, unknown


def _pairs(text: str) -> Iterator[tuple[Name, float]]:
    for part in _split(text, ",") if text else ():
        *name, number = _split(part, ":")
        joined = ":".join(name)  # only the last colon ends the name
        if not joined:
            raise _refusal(text)
        id = re.fullmatch(r"#(\d{1,9})", joined, flags=re.ASCII)
        yield (int(id[1]) if id else _unescaped(joined)), _number(number)


def _split(text: str, separator: str) -> list[str]:
    """The parts between separators that have no backslash before them."""
    parts = [""]
    for piece in re.findall(r"\\.|.", text, flags=re.DOTALL):
        if piece == separator:
            parts.append("")
        else:
            parts[-1] += piece
    return parts


def _key(name: object) -> Name:
    if not isinstance(name, str) or not 0 < len(name) <= TOKEN:
        raise _refusal(name)
    id = re.fullmatch(r"#(\d{1,9})", name, flags=re.ASCII)
    return int(id[1]) if id else name


def _unescaped(name: str) -> str:
    plain = re.sub(r"\\(.)", r"\1", name, flags=re.DOTALL)
    if len(plain) > TOKEN:
        raise _refusal(name)
    return plain


def _written(name: Name) -> str:
    if isinstance(name, int):
        return f"#{name}"
    escaped = re.sub(r"[\\,:]", r"\\\g<0>", name)
    return f"\\{escaped}" if re.fullmatch(r"#\d+", name, flags=re.ASCII) else escaped


def _number(raw: object) -> float:
    try:
        number = float(str(raw).strip().replace("−", "-").replace("∞", "inf"))
    except ValueError:
        number = inf
    if isinstance(raw, bool) or not (number == -inf or -LARGEST <= number <= LARGEST):
        limits = f"from -{LARGEST:,.0f} to {LARGEST:,.0f}"
        raise BadInput(f"bias must be numbers {limits}, or -inf to ban, but one was {_short(raw)}.")
    return number


def _shown(number: float) -> str:
    return str(number).removesuffix(".0")


def _refusal(raw: object) -> BadInput:
    return BadInput(f"bias must be symbols with a number each, such as e:-inf,t:2.5, but was {_short(raw)}.")


def _short(raw: object) -> str:
    text = str(raw)
    return repr(text if len(text) <= 40 else text[:40] + "…")

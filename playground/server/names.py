r"""Names of symbols in links and programs: their own text, so that it is readable and valid for other models too.

In a list, commas, colons and backslashes are escaped with a backslash. `#198` is the id 198, for symbols that no text
can name: a token that is part of a character, or one of several with the same text. A symbol that looks like that is
escaped: `\#198`. `web/core/names.js` is the twin of this module.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TypeGuard

from playground.errors import BadInput
from playground.halves import replace_halves

TOKEN = 100  # characters of a symbol, at most
LONGEST = 50_000  # characters of a list: more than its two hundred names need, all escaped
MOST = 1_000  # members of a list that is read at all

Name = str | int  # a symbol's text, or an id


def split(text: str, separator: str) -> list[str]:
    """The parts between unescaped separators; lone surrogates are replaced (halves.py). Linear in the length of the
    text, which a request may choose."""
    text = replace_halves(text)
    parts, begin = [], 0
    for found in re.finditer(rf"\\.|{re.escape(separator)}", text, flags=re.DOTALL):
        if found[0] == separator:
            parts.append(text[begin : found.start()])
            begin = found.end()
    return [*parts, text[begin:]]


def may_be_list(raw: object) -> TypeGuard[str | Mapping[object, object]]:
    """Whether a value from a request has the form of a list, and is not too long to be read."""
    return (isinstance(raw, str) and len(raw) <= LONGEST) or (isinstance(raw, Mapping) and len(raw) <= MOST)


def members(text: str, many: str, most: int) -> list[str]:
    """The members of a list, unread. Raises BadInput with the code `many` if there are too many to read."""
    parts = split(text, ",") if text else []
    if len(parts) > MOST:
        raise BadInput(many, count=len(parts), most=most)
    return parts


def read(text: str) -> Name | None:
    """The name written there, unescaped; None if it is invalid."""
    return _id(text) if _id(text) is not None else plain(re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL))


def key(raw: object) -> Name | None:
    """The name in JSON, where nothing is escaped; None if it is invalid."""
    if not isinstance(raw, str):
        return None
    return _id(raw) if _id(raw) is not None else plain(raw)


def plain(text: str) -> str | None:
    """A symbol's text, if it is valid."""
    return replace_halves(text) if 0 < len(text) <= TOKEN else None


def _id(text: str) -> int | None:
    found = re.fullmatch(r"#(\d{1,9})", text, flags=re.ASCII)
    return int(found[1]) if found else None


def write(name: Name) -> str:
    """A name in the form that `read` reads."""
    if isinstance(name, int):
        return f"#{name}"
    escaped = re.sub(r"[\\,:]", r"\\\g<0>", name)
    return f"\\{escaped}" if _id(name) is not None else escaped


def ids(names: Sequence[Name], symbols: Sequence[str]) -> list[int | None]:
    """The id of each name in a vocabulary; None if it has no such symbol. If several have the same text, the first."""
    known: dict[str, int] = {}
    if any(isinstance(name, str) for name in names):
        for id, symbol in enumerate(symbols):
            known.setdefault(symbol, id)
    return [known.get(n) if isinstance(n, str) else n if n < len(symbols) else None for n in names]


def show(name: Name) -> str:
    """A name within a sentence."""
    return name if isinstance(name, str) else f"#{name}"


def short(raw: object) -> str:
    """A value from a request, shortened for a sentence."""
    text = str(raw)
    return repr(text if len(text) <= 40 else text[:40] + "…")

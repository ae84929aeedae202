r"""Symbols as links and programs name them: by their own text, so that it can be read, and holds for another model too.

In a list, a comma, a colon and a backslash have a backslash before them. `#198` is the id 198, where no text names a
symbol: a token that is a part of a character, or one of several that are written alike. A symbol that looks so has a
backslash before it: `\#198`. `web/core/names.js` is the twin of this module.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

TOKEN = 100  # characters of a symbol, at most

Name = str | int  # a symbol's text, or an id


def split(text: str, separator: str) -> list[str]:
    """The parts between separators that have no backslash before them. Half of a surrogate pair, which can come from a
    link or JSON, becomes U+FFFD: no symbol has it."""
    parts = [""]
    for piece in re.findall(r"\\.|.", text.encode("utf-8", "replace").decode("utf-8"), flags=re.DOTALL):
        if piece == separator:
            parts.append("")
        else:
            parts[-1] += piece
    return parts


def read(text: str) -> Name | None:
    """The name that is written there with its backslashes; None where it is none."""
    return _id(text) if _id(text) is not None else plain(re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL))


def key(raw: object) -> Name | None:
    """The name that stands in JSON, where nothing has a backslash before it; None where it is none."""
    if not isinstance(raw, str):
        return None
    return _id(raw) if _id(raw) is not None else plain(raw)


def plain(text: str) -> str | None:
    """A symbol's text, if it can be one."""
    return text.encode("utf-8", "replace").decode("utf-8") if 0 < len(text) <= TOKEN else None


def _id(text: str) -> int | None:
    found = re.fullmatch(r"#(\d{1,9})", text, flags=re.ASCII)
    return int(found[1]) if found else None


def write(name: Name) -> str:
    """A name as `read` reads it."""
    if isinstance(name, int):
        return f"#{name}"
    escaped = re.sub(r"[\\,:]", r"\\\g<0>", name)
    return f"\\{escaped}" if _id(name) is not None else escaped


def ids(names: Sequence[Name], symbols: Sequence[str]) -> list[int | None]:
    """The id of each name in a vocabulary; None where it has no such symbol. Of several alike, a text is the first."""
    known: dict[str, int] = {}
    if any(isinstance(name, str) for name in names):
        for id, symbol in enumerate(symbols):
            known.setdefault(symbol, id)
    return [known.get(n) if isinstance(n, str) else n if n < len(symbols) else None for n in names]


def show(name: Name) -> str:
    """A name in a sentence."""
    return name if isinstance(name, str) else f"#{name}"


def short(raw: object) -> str:
    """What somebody sent, cut for a sentence."""
    text = str(raw)
    return repr(text if len(text) <= 40 else text[:40] + "…")

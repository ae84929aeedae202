"""Possible replacements for a character that a vocabulary lacks.

Tried in this order; the first whose symbols are all in the vocabulary is used:

1. a typographic equal: curly quotes, dashes, ellipsis, unusual spaces, other line ends;
2. the same letters with as many of their marks as are known, then without compatibility forms (Unicode NFKC and
   NFKD), then without any marks;
3. the other case of all these.
"""

import unicodedata
from collections.abc import Callable, Iterator

from playground.text.unicode_text import compose, is_mark

_EQUALS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u00b4`", ("'",)),
    **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", ('"', "'")),
    "'": ("\u2019",),
    '"': ("\u201d", "'"),
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2212", ("-",)),
    **dict.fromkeys("\u2014\u2015", ("--", "-")),
    "\u2026": ("...", "."),
    **dict.fromkeys("\u00a0\u2002\u2003\u2007\u2009\u200a\u202f\u3000\t\v", (" ",)),
    **dict.fromkeys("\r\u0085\u2028\u2029\f", ("\n",)),
    "\n": (" ",),
    "\u2022": ("*", "-"),
    **dict.fromkeys("\u00b7\u2027\u30fb\u318d", ("\u00b7", ".")),  # Korean texts use the last one, arae-a, as a dot
    "[": ("(",), "]": (")",), "{": ("(",), "}": (")",),
    "\u00df": ("ss",), "\u00e6": ("ae",), "\u00c6": ("AE", "Ae"), "\u0153": ("oe",), "\u0152": ("OE", "Oe"),
    "\u00f8": ("o",), "\u00d8": ("O",), "\u0142": ("l",), "\u0141": ("L",),
}  # fmt: skip


def stand_ins(character: str, knows: Callable[[str], bool]) -> Iterator[str]:
    """Possible replacements for a character of one or more code points (a grapheme cluster), best first.

    knows: whether a vocabulary has all symbols of a text.
    """
    decomposed, compatible = (unicodedata.normalize(form, character) for form in ("NFD", "NFKD"))
    plain = "".join(c for c in compatible if not is_mark(c))
    letters = [
        *_EQUALS.get(character, ()),
        _with_known_marks(decomposed, knows),
        compose(compatible),
        _with_known_marks(compatible, knows),
        plain,
        *_EQUALS.get(plain, ()),
    ]
    letters = [text for text in letters if text]
    yield from letters
    for other in [character, *letters]:
        for case in (other.lower(), other.upper()):
            if case:
                yield case


def _with_known_marks(decomposed: str, knows: Callable[[str], bool]) -> str:
    """The letters, each with those of its marks that the vocabulary has in combination with it."""
    kept = ""
    for character in decomposed:
        if not is_mark(character) or (kept and knows(compose(kept + character))):
            kept += character
    return compose(kept)

"""Lone surrogates ("half characters"): one half of a surrogate pair without the other. Links and JSON can hold them,
UTF-8 cannot.

Python's own `errors="replace"` encodes one as "?", which is a symbol of most models; U+FFFD is a symbol of none.
"""

import re

_HALF = re.compile("[\ud800-\udfff]")


def replace_halves(text: str) -> str:
    """The text with each lone surrogate replaced by U+FFFD."""
    return _HALF.sub("\ufffd", text)

"""Sanitizes untrusted text for use within a line: on the page, in a table or in the log. Knows nothing else."""

import unicodedata

__all__ = ["line"]


def line(text: str, limit: int) -> str:
    """A text on one line, without control characters or any that change the text direction."""
    plain = "".join(" " if c.isspace() else c for c in text[: 4 * limit] if c.isspace() or _seen(c))
    return " ".join(plain.split())[:limit]


def _seen(character: str) -> bool:
    # Cc: control, Cf: direction marks and joiners, Cs: lone surrogates, which UTF-8 cannot encode.
    return unicodedata.category(character) not in ("Cc", "Cf", "Cs")

"""Text of a stranger, made fit to stand within a line: on the page, in a table or in the log. Knows nothing else."""

import unicodedata

__all__ = ["line"]


def line(text: str, limit: int) -> str:
    """A text on one line: no control characters, and none that turn the direction of what stands beside it."""
    plain = "".join(" " if c.isspace() else c for c in text[: 4 * limit] if c.isspace() or _seen(c))
    return " ".join(plain.split())[:limit]


def _seen(character: str) -> bool:
    # Cc: control, Cf: what turns or joins, Cs: half a surrogate pair, which no UTF-8 text holds.
    return unicodedata.category(character) not in ("Cc", "Cf", "Cs")

"""What the page is told of an exception."""

from __future__ import annotations

from typing import Any

from playground.errors import PlaygroundError


def problem(error: Exception) -> dict[str, Any]:
    """The sentence of an error that the person can put right; the code "broken" of any other, whose message is not
    for the page."""
    return {"problem": str(error)} if isinstance(error, PlaygroundError) else {"code": "broken"}

"""What the page is told of an exception."""

from __future__ import annotations

from typing import Any

from playground.errors import PlaygroundError
from playground.words import for_page


def problem(error: Exception) -> dict[str, Any]:
    """The code and the sentences of an error that the person can put right; the code "broken" of any other, whose
    message is not for the page."""
    return {"problem": for_page(error.whole)} if isinstance(error, PlaygroundError) else {"code": "broken"}

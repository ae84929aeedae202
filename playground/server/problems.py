"""What the page receives for an exception."""

from __future__ import annotations

from typing import Any

from playground.errors import PlaygroundError
from playground.words import for_page


def problem(error: Exception) -> dict[str, Any]:
    """The code and the sentences of an error that the user can fix; the code "broken" for any other, whose message must
    not be shown."""
    return {"problem": for_page(error.whole)} if isinstance(error, PlaygroundError) else {"code": "broken"}

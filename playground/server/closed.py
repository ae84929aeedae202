"""Routes of gradio's that this page has no use for, and that take something from the server: files that fill its disk,
addresses that it asks elsewhere, streams without an end. They are not there.
"""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

CLOSED = (
    *("upload", "upload_progress", "process_recording", "deep_link", "dev/reload"),
    *("proxy={rest:path}", "stream/{rest:path}"),
)
METHODS = ["GET", "HEAD", "POST"]


def routes() -> list[Route]:
    """What stands before gradio's routes."""

    async def nothing(request: Request) -> Response:
        raise HTTPException(404)

    return [Route(f"/gradio_api/{path}", nothing, methods=METHODS) for path in CLOSED]

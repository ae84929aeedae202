"""Disables gradio routes that this page does not need and that cost the server something: file uploads that fill its
disk, addresses that it would fetch, endless streams."""

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
    """Routes that take precedence over gradio's."""

    async def nothing(request: Request) -> Response:
        raise HTTPException(404)

    return [Route(f"/gradio_api/{path}", nothing, methods=METHODS) for path in CLOSED]

"""Serves the browser's half of the page, the modules in `web/`, under a path that holds a digest of their content.

Modules import each other by relative paths, so one digest in the address of the first gives all of them a version. A
browser keeps what it has fetched for good, and a changed page has another address.
"""

from __future__ import annotations

import hashlib
import mimetypes
from functools import cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.staticfiles import StaticFiles

WEB = Path(__file__).parents[1] / "web"
FOR_GOOD = "public, max-age=31536000, immutable"

# Browsers run no module of another type, and on some machines the system's table says text/plain.
mimetypes.add_type("text/javascript", ".js")


@cache
def folder() -> str:
    """The folder's name in addresses, relative to the page: "web-" and 16 hex digits."""
    digest = hashlib.sha256()
    for path in sorted(path for path in WEB.rglob("*") if path.is_file()):
        digest.update(path.relative_to(WEB).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return f"web-{digest.hexdigest()[:16]}"


def route() -> Route:
    """What answers to addresses below `folder()`.

    A Mount would not do: behind a proxy that keeps the first part of the path to itself, it looks for the files in a
    folder of its own name.
    """
    files = StaticFiles(directory=WEB)

    async def module(request: Request) -> Response:
        response = await files.get_response(request.path_params["path"], request.scope)  # raises where there is none
        response.headers["Cache-Control"] = FOR_GOOD
        return response

    return Route(f"/{folder()}/{{path:path}}", module)
